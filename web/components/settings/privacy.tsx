/** Privacy: whether senders learn that their direct messages were read (06 section 3.2); each account decides for itself. */
import { useEffect, useState } from 'preact/hooks';
import { api } from '../../state/session.ts';
import { settingsRevision } from '../../state/settings-revision.ts';
import { Button } from '../button.tsx';
import { Notice } from '../parts.tsx';
import { Region } from '../region.tsx';
import { useSaving } from '../saving.ts';

const ADDRESS = '/api/v1/profile';

interface PrivacyAnswer {
  privacy_settings: { read_receipts?: unknown } | null;
}

export function Privacy() {
  const [receipts, setReceipts] = useState<boolean | null>(null);
  const [unread, setUnread] = useState<string | null>(null);
  const { outcome, run } = useSaving();

  const load = async (): Promise<void> => {
    try {
      const { privacy_settings: settings } = await api.get<PrivacyAnswer>(ADDRESS);
      setReceipts(settings?.read_receipts !== false);
      setUnread(null);
    } catch (cause) {
      setUnread(cause instanceof Error ? cause.message : 'Your privacy settings could not be read.');
    }
  };
  useEffect(() => void load(), [settingsRevision.value]);

  const choose = async (wanted: boolean): Promise<void> => {
    setReceipts(wanted);
    if (!(await run(() => api.post(ADDRESS, { read_receipts: wanted })))) setReceipts(!wanted);
  };
  return (
    <Region title="Privacy">
      {unread === null ? null : (
        <Notice tone="danger" action={<Button onClick={load}>Retry</Button>}>
          {unread}
        </Notice>
      )}
      {receipts === null ? null : (
        <label class="check">
          <input
            type="checkbox"
            checked={receipts}
            aria-describedby="receipts-note"
            onChange={(event) => void choose(event.currentTarget.checked)}
          />
          <span>Send read receipts</span>
        </label>
      )}
      <p id="receipts-note" class="note">
        People who write you a direct message see Read at it once you have read it. Channels send none. This
        is for your account; others on this node choose for themselves.
      </p>
      {outcome.kind === 'saved' ? <p class="saved">{outcome.text}</p> : null}
      {outcome.kind === 'refused' ? (
        <p class="note error" role="alert">
          {outcome.text}
        </p>
      ) : null}
    </Region>
  );
}
