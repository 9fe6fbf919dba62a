/** Accounts in the owner's hands (04 section 6.2): the list with its states, approving, suspending, whether it is an agent's. */
import { SESSION } from '../access.ts';
import type { Caller } from '../auth.ts';
import { ApiError } from '../errors.ts';
import { asUserId } from '../params.ts';
import { isoOrNull } from '../render.ts';
import { readBodyBy } from '../route-schema.ts';
import { ok, type Answer, type Route } from '../routes.ts';
import { adminSchemas } from '../schemas/page.ts';
import type { Account } from '../../workspace/account.ts';
import type { Accounts } from '../../workspace/accounts.ts';
import type { People } from '../../workspace/people.ts';

export function adminRoutes({ accounts, people }: { accounts: Accounts; people: People }): Route[] {
  const decide = (path: 'approve' | 'suspend', status: 'active' | 'suspended'): Route => ({
    method: 'POST',
    path: `/ajax/admin/users/:user/${path}`,
    access: SESSION,
    schema: adminSchemas[path],
    handle: ({ caller, param }): Answer => {
      requireOwner(caller);
      const user = asUserId(param('user'));
      if (user === null) throw new ApiError('user_not_found');
      if (user === caller.userId && status === 'suspended') {
        throw new ApiError('bad_request', { error: 'Cannot suspend the instance owner' });
      }
      return ok({ success: true, status: accounts.setStatus(caller.userId, user, status).status });
    },
  });
  return [
    {
      method: 'GET',
      path: '/ajax/admin/users',
      access: SESSION,
      schema: adminSchemas.users,
      handle: ({ caller }) => {
        requireOwner(caller);
        return ok({ success: true, users: accounts.list().map((one) => accountJson(one, caller)) });
      },
    },
    decide('approve', 'active'),
    decide('suspend', 'suspended'),
    {
      method: 'POST',
      path: '/ajax/admin/users/:user/classification',
      access: SESSION,
      body: 'caught',
      schema: adminSchemas.classification,
      handle: async ({ caller, param, body }) => {
        requireOwner(caller);
        const { account_type: accountType } = readBodyBy(adminSchemas.classification.body, body);
        const user = asUserId(param('user'));
        if (user === null || !accounts.list().some((one) => one.id === user))
          throw new ApiError('user_not_found');
        const profile = await people.updateProfile(user, { accountType });
        return ok({ success: true, account_type: profile.accountType });
      },
    },
  ];
}

function requireOwner(caller: Caller): void {
  if (!caller.isOwner) throw new ApiError('owner_required');
}

/** @param owner the caller: nobody else gets here. */
function accountJson(account: Account, owner: Caller) {
  return {
    id: account.id,
    username: account.username,
    display_name: account.displayName,
    account_type: account.accountType,
    status: account.status,
    is_owner: account.id === owner.userId,
    created_at: isoOrNull(account.createdAt),
  };
}
