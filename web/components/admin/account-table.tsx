/** The accounts of a node with their states; those that wait for a decision come first (05 section 10.15, K-6). */
import type { AccountInfo } from '../../api/types.ts';
import { parseTime } from '../../state/time.ts';
import { Button } from '../button.tsx';
import { CheckIcon, ClockIcon, CloseIcon } from '../icons.tsx';
import { Name, Time } from '../parts.tsx';

interface AccountTableProps {
  accounts: readonly AccountInfo[];
  approve: (account: AccountInfo) => Promise<void>;
  suspend: (account: AccountInfo) => void;
  classify: (account: AccountInfo, kind: AccountInfo['account_type']) => Promise<void>;
}

export function AccountTable({ accounts, approve, suspend, classify }: AccountTableProps) {
  const waits = (account: AccountInfo): number => Number(account.status === 'pending_approval');
  const ordered = [...accounts].sort((a, b) => waits(b) - waits(a));
  return (
    <table class="table" aria-label="Accounts">
      <thead>
        <tr>
          <th scope="col">Account</th>
          <th scope="col">Kind</th>
          <th scope="col">Created</th>
          <th scope="col">State</th>
          <th scope="col">
            <span class="visually-hidden">Action</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {ordered.map((account) => (
          <AccountRow key={account.id} {...{ account, approve, suspend, classify }} />
        ))}
      </tbody>
    </table>
  );
}

function AccountRow({
  account,
  approve,
  suspend,
  classify,
}: { account: AccountInfo } & Omit<AccountTableProps, 'accounts'>) {
  const created = parseTime(account.created_at);
  const { username } = account;
  return (
    <tr>
      <th scope="row">
        <Name>{account.display_name}</Name>{' '}
        <span class="quiet-text">
          <Name>{`@${username}`}</Name>
        </span>
      </th>
      <td data-label="Kind">
        <select
          class="input"
          aria-label={`Kind of ${username}`}
          value={account.account_type}
          onChange={(event) =>
            void classify(account, event.currentTarget.value === 'agent' ? 'agent' : 'human')
          }
        >
          <option value="human">Person</option>
          <option value="agent">Agent</option>
        </select>
      </td>
      <td data-label="Created">{created === null ? '–' : <Time at={created} />}</td>
      <td data-label="State">
        <StateBadge account={account} />
      </td>
      <td>
        <div class="row-actions">
          {account.status === 'active' ? null : (
            <Button
              kind={account.status === 'pending_approval' ? 'primary' : 'plain'}
              onClick={() => approve(account)}
              label={`${approveWord(account)}: ${username}`}
            >
              {approveWord(account)}
            </Button>
          )}
          {account.is_owner || account.status === 'suspended' ? null : (
            <Button onClick={() => suspend(account)} label={`Suspend: ${username}`}>
              Suspend
            </Button>
          )}
        </div>
      </td>
    </tr>
  );
}

function approveWord(account: AccountInfo): string {
  return account.status === 'pending_approval' ? 'Approve' : 'Lift suspension';
}

function StateBadge({ account }: { account: AccountInfo }) {
  switch (account.status) {
    case 'active':
      return (
        <span class="badge ok">
          <CheckIcon />
          {account.is_owner ? 'Owner' : 'Active'}
        </span>
      );
    case 'pending_approval':
      return (
        <span class="badge warn">
          <ClockIcon />
          Waiting for approval
        </span>
      );
    case 'suspended':
      return (
        <span class="badge danger">
          <CloseIcon />
          Suspended
        </span>
      );
  }
}
