/** API keys of the other accounts; their owner's owner may end them (05 section 10.15, K-6). */
import { useEffect, useState } from 'preact/hooks';
import { speak } from '../../state/notices.ts';
import { expiryText, permissionsText } from '../../state/permissions.ts';
import { api } from '../../state/session.ts';
import { settingsRevision } from '../../state/settings-revision.ts';
import { parseTime } from '../../state/time.ts';
import { Button } from '../button.tsx';
import { Dialog } from '../dialog.tsx';
import { Name, Notice, Time } from '../parts.tsx';
import { Region } from '../region.tsx';
import { useRereadKeys } from '../reread-keys.ts';
import { problemText } from '../saving.ts';

interface OtherKey {
  id: string;
  user_id: string;
  username: string;
  display_name: string;
  name: string | null;
  permissions: readonly string[];
  created_at: string | null;
  expires_at: string | null;
  usable: boolean;
}

export function OtherKeys() {
  const [keys, setKeys] = useState<readonly OtherKey[] | null>(null);
  const [ending, setEnding] = useState<OtherKey | null>(null);
  const [error, setError] = useState<string | null>(null);
  const load = async (): Promise<void> => {
    try {
      const { keys: all } = await api.get<{ keys: OtherKey[] }>('/api/v1/admin/api-keys');
      setKeys(all.filter((key) => key.usable));
      setError(null);
    } catch (cause) {
      setError(problemText(cause));
    }
  };
  useEffect(() => void load(), [settingsRevision.value]);
  useRereadKeys(keys, load);
  const revoke = async (key: OtherKey): Promise<void> => {
    setEnding(null);
    try {
      await api.delete(
        `/api/v1/admin/users/${encodeURIComponent(key.user_id)}/api-keys/${encodeURIComponent(key.id)}`,
      );
      speak('The key was revoked');
      await load();
    } catch (cause) {
      setError(problemText(cause));
    }
  };
  return (
    <Region title="API keys of others">
      {error === null ? null : (
        <Notice tone="danger" action={<Button onClick={load}>Retry</Button>}>
          {error}
        </Notice>
      )}
      {keys?.length === 0 ? <p class="note">Nobody else has a key that works.</p> : null}
      {keys === null || keys.length === 0 ? null : (
        <table class="table" aria-label="API keys of others">
          <thead>
            <tr>
              <th scope="col">Account</th>
              <th scope="col">Key</th>
              <th scope="col">Permissions</th>
              <th scope="col">Created</th>
              <th scope="col">Expires</th>
              <th scope="col">
                <span class="visually-hidden">Action</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {keys.map((key) => (
              <KeyRow key={key.id} one={key} end={() => setEnding(key)} />
            ))}
          </tbody>
        </table>
      )}
      {ending === null ? null : (
        <Dialog title="Revoke this key?" onClose={() => setEnding(null)}>
          <p>
            Programs of <Name>{ending.display_name}</Name> that use it stop working at once. It cannot be
            brought back.
          </p>
          <div class="row-actions">
            <Button kind="danger" onClick={() => revoke(ending)}>
              Revoke
            </Button>
            <Button onClick={() => setEnding(null)}>Cancel</Button>
          </div>
        </Dialog>
      )}
    </Region>
  );
}

function KeyRow({ one, end }: { one: OtherKey; end: () => void }) {
  const created = parseTime(one.created_at);
  const name = one.name ?? `…${one.id.slice(-4)}`;
  return (
    <tr>
      <th scope="row">
        <Name>{one.display_name}</Name>
      </th>
      <td data-label="Key">
        <Name>{name}</Name>
      </td>
      <td data-label="Permissions">{permissionsText(one.permissions)}</td>
      <td data-label="Created">{created === null ? '–' : <Time at={created} />}</td>
      <td data-label="Expires">{expiryText(one.expires_at)}</td>
      <td>
        <Button onClick={end} label={`Revoke: ${name} of ${one.username}`}>
          Revoke
        </Button>
      </td>
    </tr>
  );
}
