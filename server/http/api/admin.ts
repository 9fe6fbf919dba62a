/** Accounts in the owner's hands (04 section 6.2): who waits for approval, approving, suspending. */
import type { Authenticator, Caller } from '../auth.ts';
import type { HttpComponents } from '../components.ts';
import { ApiError } from '../errors.ts';
import { asUserId } from '../params.ts';
import { ok, type Answer, type Route } from '../routes.ts';
import type { Account } from '../../workspace/account.ts';
import type { UserId } from '../../wire/ids.ts';

export function adminRoutes(components: HttpComponents, authenticator: Authenticator): Route[] {
  const { accounts } = components.workspace;
  const decide = (path: string, status: 'active' | 'suspended'): Route => ({
    method: 'POST',
    path: `/ajax/admin/users/:user/${path}`,
    access: 'open',
    handle: ({ req, param }): Answer => {
      const owner = requireOwner(authenticator.bySession(req));
      authenticator.requireCsrf(req);
      const user = requireLocal(asUserId(param('user')));
      if (user === owner.userId && status === 'suspended') {
        throw new ApiError('bad_request', { error: 'Cannot suspend the instance owner' });
      }
      return ok({ success: true, status: accounts.setStatus(owner.userId, user, status).status });
    },
  });
  return [
    {
      method: 'GET',
      path: '/ajax/admin/users',
      access: 'open',
      handle: ({ req }) => {
        requireOwner(authenticator.bySession(req));
        return ok({ success: true, users: accounts.pending().map(accountJson) });
      },
    },
    decide('approve', 'active'),
    decide('suspend', 'suspended'),
  ];
}

function requireOwner(caller: Caller | null): Caller {
  if (caller === null) throw new ApiError('authentication_required');
  if (!caller.isOwner) throw new ApiError('owner_required');
  return caller;
}

function requireLocal(user: UserId | null): UserId {
  if (user === null) throw new ApiError('user_not_found');
  return user;
}

function accountJson(account: Account) {
  return {
    id: account.id,
    username: account.username,
    display_name: account.displayName,
    account_type: account.accountType,
    status: account.status,
  };
}
