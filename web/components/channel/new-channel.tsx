/** Making a channel: its name, who it is for, and who is in it from the start (05 section 3.3). */
import { useEffect, useState } from 'preact/hooks';
import type { ChannelJson } from '../../api/types.ts';
import { ApiError } from '../../api/client.ts';
import { loadChannels } from '../../state/channel.ts';
import { correspondents, loadPeople, personName } from '../../state/people.ts';
import { navigate } from '../../state/router.ts';
import { api } from '../../state/session.ts';
import { Button } from '../button.tsx';
import { Dialog } from '../dialog.tsx';
import { Field } from '../field.tsx';
import { Notice } from '../parts.tsx';

/** The node's limit for a name (04 section 3.7). */
const MAX_NAME = 80;
const AUDIENCES = [
  { mode: 'open', label: 'Open', hint: 'Everybody on this and all connected devices.' },
  { mode: 'private', label: 'Private', hint: 'Only the people chosen here and added later.' },
] as const;
type Mode = (typeof AUDIENCES)[number]['mode'];

export function NewChannel({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [about, setAbout] = useState('');
  const [mode, setMode] = useState<Mode>('open');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [error, setError] = useState<string | null>(null);
  const [clear, setClear] = useState(false);
  const [busy, setBusy] = useState(false);
  useEffect(() => void loadPeople().catch(() => undefined), []);

  const create = async (): Promise<void> => {
    setError(null);
    if (name.trim() === '') return setError('Give the channel a name.');
    setBusy(true);
    try {
      const { channel } = await api.post<{ channel: ChannelJson }>('/api/v1/channels', {
        name: name.trim(),
        description: about.trim(),
        type: mode === 'open' ? 'public' : 'private',
        privacy_mode: mode,
        ...(mode === 'private' ? { members: [...chosen], accept_unencrypted: clear } : {}),
      });
      await loadChannels();
      navigate(`/channels?channel=${encodeURIComponent(channel.id)}`, { replace: true });
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : 'The channel could not be made.');
      // Said once; whoever presses again has read it.
      setClear(cause instanceof ApiError && cause.code === 'channel_not_readable_encrypted');
      setBusy(false);
    }
  };

  return (
    <Dialog title="New channel" onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        {error === null ? null : <Notice tone="danger">{error}</Notice>}
        <Field label="Name" value={name} onInput={setName} maxLength={MAX_NAME} />
        <Field label="What it is about" value={about} onInput={setAbout} maxLength={500} hint="Optional." />
        <fieldset>
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
        {mode === 'private' ? <People chosen={chosen} onChange={setChosen} /> : null}
        <div class="row-actions">
          <Button type="submit" kind="primary" busy={busy}>
            {clear ? 'Create without encryption' : 'Create channel'}
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </div>
      </form>
    </Dialog>
  );
}

function People({
  chosen,
  onChange,
}: {
  chosen: ReadonlySet<string>;
  onChange: (next: ReadonlySet<string>) => void;
}) {
  const toggle = (id: string): void => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    onChange(next);
  };
  return (
    <fieldset>
      <legend>Members besides you</legend>
      {correspondents.value.length === 0 ? <p class="quiet-text">Nobody else is known here yet.</p> : null}
      <div class="checks">
        {correspondents.value.map((person) => (
          <label key={person.user_id} class="check">
            <input
              type="checkbox"
              checked={chosen.has(person.user_id)}
              onChange={() => toggle(person.user_id)}
            />
            <span>
              <bdi>{personName(person.user_id)}</bdi> <span class="quiet-text">@{person.username}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
