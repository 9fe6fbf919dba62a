/** Import Friend's Invite (05 section 10.4, C-3, C-4). */
import { useState } from 'preact/hooks';
import { importState, startImport } from '../../state/import.ts';
import { describeInvite, readInvite } from '../../state/invite.ts';
import { connectedIds, knownIds, status } from '../../state/mesh.ts';
import { Button } from '../button.tsx';
import { Field } from '../field.tsx';
import { ImportResult } from '../import-result.tsx';
import { Region } from '../region.tsx';
import { ScanButton } from './scan-button.tsx';

export function ImportInvite() {
  const [text, setText] = useState('');
  const [asked, setAsked] = useState(false);
  const reading = readInvite(text);
  const words = describeInvite(reading, {
    ownPeerId: status.value?.peer_id ?? null,
    connected: connectedIds.value,
    known: knownIds.value,
  });
  const working = importState.value.state === 'working';
  const missing = asked && reading.state === 'empty' ? 'Paste an invite code first.' : null;

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setAsked(true);
    if (reading.state !== 'invite' || !words.usable || working) return;
    await startImport(reading);
    const { state } = importState.value;
    if (state === 'connected' || state === 'not_connected') {
      setText('');
      setAsked(false);
    }
  };

  return (
    <Region title="Import Friend's Invite">
      <form class="form" onSubmit={(event) => void submit(event)} noValidate>
        <Field
          label="Invite code"
          value={text}
          onInput={(value) => {
            setText(value);
            setAsked(false);
          }}
          rows={4}
          code
          hint={words.text}
          error={missing ?? (words.tone === 'error' ? words.text : null)}
        />
        <div class="row-actions">
          <Button type="submit" kind="primary" busy={working}>
            Connect
          </Button>
          <ScanButton
            onCode={(code) => {
              setText(code);
              setAsked(false);
            }}
          />
        </div>
      </form>
      <ImportResult />
    </Region>
  );
}
