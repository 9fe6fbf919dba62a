/** `/admin`: accounts, the keys of others, relay and trust, and the log, for the owner of the node (03 section 3.5, 05 section 10.15, K-6). */
import { useEffect, useState } from 'preact/hooks';
import type { AccountInfo } from '../api/types.ts';
import { AccountTable } from '../components/admin/account-table.tsx';
import { LogView } from '../components/admin/log-view.tsx';
import { MeshSummary } from '../components/admin/mesh-summary.tsx';
import { OtherKeys } from '../components/admin/other-keys.tsx';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { Name, Notice } from '../components/parts.tsx';
import { Region } from '../components/region.tsx';
import { Shell } from '../components/shell.tsx';
import { speak } from '../state/notices.ts';
import { api, isOwner } from '../state/session.ts';
import { settingsRevision } from '../state/settings-revision.ts';

const ADDRESS = '/ajax/admin/users';

export function AdminPage() {
  return (
    <Shell title="Admin">
      <div class="page settings">
        <h1>Admin</h1>
        {isOwner.value ? (
          <>
            <Accounts />
            <MeshSummary />
            <div class="wide">
              <OtherKeys />
            </div>
            <div class="wide">
              <LogView />
            </div>
          </>
        ) : (
          <p>Only the owner of this node sees its accounts and decides about them.</p>
        )}
      </div>
    </Shell>
  );
}

function Accounts() {
  const [accounts, setAccounts] = useState<readonly AccountInfo[] | null>(null);
  const [suspending, setSuspending] = useState<AccountInfo | null>(null);
  const [error, setError] = useState<string | null>(null);

  const load = async (): Promise<void> => {
    try {
      setAccounts((await api.get<{ users: AccountInfo[] }>(ADDRESS)).users);
      setError(null);
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : 'The accounts could not be read.');
    }
  };
  useEffect(() => void load(), [settingsRevision.value]);

  const decide = async (account: AccountInfo, verb: 'approve' | 'suspend'): Promise<void> => {
    setSuspending(null);
    try {
      await api.post(`${ADDRESS}/${encodeURIComponent(account.id)}/${verb}`);
      await load();
      speak(`${account.username} is ${verb === 'approve' ? 'active' : 'suspended'}`);
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : 'That did not work.');
    }
  };
  const classify = async (account: AccountInfo, kind: AccountInfo['account_type']): Promise<void> => {
    try {
      await api.post(`${ADDRESS}/${encodeURIComponent(account.id)}/classification`, { account_type: kind });
      await load();
      speak(`${account.username} is ${kind === 'agent' ? 'an agent' : 'a person'}`);
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : 'That did not work.');
    }
  };
  return (
    <>
      <div class="wide">
        <Region title="Accounts">
          <p class="quiet-text">
            Everybody with an account on this node. Accounts made through the API, agents above all, wait here
            until you approve them.
          </p>
          {error === null ? null : (
            <Notice tone="danger" action={<Button onClick={load}>Retry</Button>}>
              {error}
            </Notice>
          )}
          {accounts === null ? null : (
            <AccountTable
              accounts={accounts}
              approve={(account) => decide(account, 'approve')}
              suspend={setSuspending}
              classify={classify}
            />
          )}
        </Region>
      </div>
      {suspending === null ? null : (
        <Dialog title={`Suspend ${suspending.username}?`} onClose={() => setSuspending(null)}>
          <p>
            <Name>{suspending.display_name}</Name> is signed out everywhere at once, and their API keys stop
            working until you lift the suspension. What they wrote stays.
          </p>
          <div class="row-actions">
            <Button kind="danger" onClick={() => decide(suspending, 'suspend')}>
              Suspend account
            </Button>
            <Button onClick={() => setSuspending(null)}>Cancel</Button>
          </div>
        </Dialog>
      )}
    </>
  );
}
