/** Making a channel: its name, who it is for, who may post, and who is in it from the start (05 section 3.3). */
import { useEffect, useState } from 'preact/hooks';
import type { ChannelJson } from '../../api/types.ts';
import { ApiError } from '../../api/client.ts';
import { loadChannels } from '../../state/channel.ts';
import { AUDIENCES, type PrivacyMode } from '../../state/channel-words.ts';
import { loadPeople } from '../../state/people.ts';
import { navigate } from '../../state/router.ts';
import { api } from '../../state/session.ts';
import { Button } from '../button.tsx';
import { Dialog } from '../dialog.tsx';
import { Field } from '../field.tsx';
import { Notice } from '../parts.tsx';
import { ChoosePeople } from '../choose-people.tsx';
import { EndsEncryption } from './ends-encryption.tsx';

/** The node's limit for a name (04 section 3.7). */
const MAX_NAME = 80;

export function NewChannel({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [about, setAbout] = useState('');
  const [mode, setMode] = useState<PrivacyMode>('open');
  const [curated, setCurated] = useState(false);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [nameError, setNameError] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  useEffect(() => void loadPeople().catch(() => undefined), []);

  const create = async (acceptUnencrypted: boolean): Promise<void> => {
    setError(null);
    setAsking(false);
    if (name.trim() === '') return setNameError('Give the channel a name.');
    setBusy(true);
    try {
      const { channel } = await api.post<{ channel: ChannelJson }>('/api/v1/channels', {
        name: name.trim(),
        description: about.trim(),
        type: mode === 'open' || mode === 'guarded' ? 'public' : 'private',
        privacy_mode: mode,
        post_policy: curated ? 'curated' : 'open',
        ...(mode === 'open' ? {} : { members: [...chosen], accept_unencrypted: acceptUnencrypted }),
      });
      await loadChannels();
      navigate(`/channels?channel=${encodeURIComponent(channel.id)}`, { replace: true });
    } catch (cause) {
      setBusy(false);
      if (cause instanceof ApiError && cause.code === 'channel_not_readable_encrypted') setAsking(true);
      else setError(cause instanceof Error ? cause.message : 'The channel could not be made.');
    }
  };

  return (
    <Dialog title="New channel" onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void create(false);
        }}
      >
        {error === null ? null : <Notice tone="danger">{error}</Notice>}
        <Field
          label="Name"
          value={name}
          onInput={(text) => {
            setName(text);
            setNameError(null);
          }}
          maxLength={MAX_NAME}
          error={nameError}
        />
        <Field label="What it is about" value={about} onInput={setAbout} maxLength={500} hint="Optional." />
        <fieldset class="choose">
          <legend>Who it is for</legend>
          {AUDIENCES.map((one) => (
            <label key={one.mode} class="check">
              <input
                type="radio"
                name="audience"
                checked={mode === one.mode}
                onChange={() => setMode(one.mode)}
              />
              <span>
                {one.label}. <span class="quiet-text">{one.hint}</span>
              </span>
            </label>
          ))}
        </fieldset>
        {mode === 'open' ? null : (
          <ChoosePeople legend="Members besides you" chosen={chosen} onChange={setChosen} />
        )}
        <label class="check">
          <input type="checkbox" checked={curated} onChange={() => setCurated(!curated)} />
          <span>
            Only chosen people post. <span class="quiet-text">Everybody else reads and replies.</span>
          </span>
        </label>
        {asking ? (
          <EndsEncryption
            action="Create without encryption"
            onAccept={() => create(true)}
            onCancel={() => setAsking(false)}
          />
        ) : (
          <div class="row-actions">
            <Button type="submit" kind="primary" busy={busy}>
              Create channel
            </Button>
            <Button onClick={onClose}>Cancel</Button>
          </div>
        )}
      </form>
    </Dialog>
  );
}
