/** `/keys`: API keys of this account (05 sections 10.2 and 10.15, K-1). */
import { useEffect, useState } from 'preact/hooks';
import type { ApiKeyInfo } from '../api/types.ts';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { NewKeyDialog } from '../components/new-key-dialog.tsx';
import { useRereadKeys } from '../components/reread-keys.ts';
import { KeyIcon } from '../components/icons.tsx';
import { Empty, Notice, Time } from '../components/parts.tsx';
import { Shell } from '../components/shell.tsx';
import { expiryText, keyState, permissionsText } from '../state/permissions.ts';
import { api } from '../state/session.ts';
import { settingsRevision } from '../state/settings-revision.ts';
import { parseTime } from '../state/time.ts';

export function KeysPage() {
  const [keys, setKeys] = useState<readonly ApiKeyInfo[] | null>(null);
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<ApiKeyInfo | null>(null);
  const [error, setError] = useState<string | null>(null);

  const load = async (): Promise<void> => {
    try {
      setKeys((await api.get<{ keys: ApiKeyInfo[] }>('/api/v1/keys')).keys);
      setError(null);
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : 'The keys could not be read.');
    }
  };
  useEffect(() => void load(), [settingsRevision.value]);
  useRereadKeys(keys, load);

  const revoke = async (key: ApiKeyInfo): Promise<void> => {
    try {
      await api.delete(`/api/v1/keys/${encodeURIComponent(key.id)}`);
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : 'The key could not be revoked.');
    }
    setRevoking(null);
    await load();
  };

  const generate = (
    <Button kind="primary" onClick={() => setMaking(true)}>
      Generate New Key
    </Button>
  );
  return (
    <Shell title="API Keys">
      <div class="page">
        <header class="page-head">
          <h1>API Keys</h1>
          {keys !== null && keys.length > 0 ? generate : null}
        </header>
        <p class="lead">A key lets a script or an agent act as you, with the permissions you give it.</p>
        {error === null ? null : (
          <Notice tone="danger" action={<Button onClick={load}>Retry</Button>}>
            {error}
          </Notice>
        )}
        {keys === null || keys.length > 0 ? null : (
          <Empty icon={KeyIcon} action={generate}>
            No keys yet. Keys you make appear here.
          </Empty>
        )}
        {keys === null || keys.length === 0 ? null : <KeyTable keys={keys} revoke={setRevoking} />}
      </div>
      {making ? <NewKeyDialog onMade={() => void load()} onClose={() => setMaking(false)} /> : null}
      {revoking === null ? null : (
        <Dialog title="Revoke this key?" onClose={() => setRevoking(null)}>
          <p>
            Scripts that use the key ending in <code>{revoking.id.slice(-4)}</code> stop working at once. This
            cannot be undone.
          </p>
          <div class="row-actions">
            <Button kind="danger" onClick={() => revoke(revoking)}>
              Revoke key
            </Button>
            <Button onClick={() => setRevoking(null)}>Cancel</Button>
          </div>
        </Dialog>
      )}
    </Shell>
  );
}

function KeyTable({ keys, revoke }: { keys: readonly ApiKeyInfo[]; revoke: (key: ApiKeyInfo) => void }) {
  return (
    <table class="table" aria-label="API keys">
      <thead>
        <tr>
          <th scope="col">Key</th>
          <th scope="col">Permissions</th>
          <th scope="col">Created</th>
          <th scope="col">Last used</th>
          <th scope="col">Expires</th>
          <th scope="col">State</th>
          <th scope="col">
            <span class="visually-hidden">Action</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <KeyRow key={key.id} info={key} revoke={revoke} />
        ))}
      </tbody>
    </table>
  );
}

function KeyRow({ info, revoke }: { info: ApiKeyInfo; revoke: (key: ApiKeyInfo) => void }) {
  const created = parseTime(info.created_at);
  const used = parseTime(info.last_used_at ?? null);
  const state = keyState(info, Date.now());
  return (
    <tr class={state === 'Active' ? undefined : 'inactive'}>
      <th scope="row">
        {info.name ? <span>{info.name} </span> : null}
        <code>…{info.id.slice(-4)}</code>
      </th>
      <td data-label="Permissions">{permissionsText(info.permissions)}</td>
      <td data-label="Created">{created === null ? '–' : <Time at={created} />}</td>
      <td data-label="Last used">{used === null ? 'Not yet' : <Time at={used} />}</td>
      <td data-label="Expires">{expiryText(info.expires_at)}</td>
      <td data-label="State">{state}</td>
      <td>{info.revoked ? null : <Button onClick={() => revoke(info)}>Revoke</Button>}</td>
    </tr>
  );
}
