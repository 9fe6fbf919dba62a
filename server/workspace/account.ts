/** An account of this node as other rooms see it: nothing secret, a name always. */
import type { AccountStatus, AccountType, User } from '../store/users.ts';
import type { UserId } from '../wire/ids.ts';

export interface Account {
  id: UserId;
  username: string;
  /** Never empty. */
  displayName: string;
  accountType: AccountType;
  status: AccountStatus;
  /** Base58. */
  publicKey: string;
  createdAt: number | null;
}

/** The account of a row. */
export function account(user: User): Account {
  return {
    id: user.id,
    username: user.username,
    displayName: user.displayName === null || user.displayName === '' ? user.username : user.displayName,
    accountType: user.accountType,
    status: user.status,
    publicKey: user.publicKey,
    createdAt: user.createdAt,
  };
}
