/**
 * Changing the own password (04 section 6.2). Every other session of the account ends, and the one that asked goes on
 * under a new id, so that whoever had a copy of any cookie is out.
 */
import { SESSION } from '../access.ts';
import type { Authenticator } from '../auth.ts';
import type { Csrf } from '../csrf.ts';
import { ApiError } from '../errors.ts';
import { stringField } from '../params.ts';
import { ok, type Route } from '../routes.ts';
import { pageSchemas } from '../schemas/page.ts';
import type { SessionCookies } from '../session.ts';
import type { Accounts } from '../../workspace/accounts.ts';
import type { Sessions } from '../../workspace/sessions.ts';

export function passwordRoutes(components: {
  workspace: { accounts: Accounts; sessions: Sessions };
  sessions: SessionCookies;
  csrf: Csrf;
  authenticator: Authenticator;
}): Route[] {
  const { workspace, sessions, csrf, authenticator } = components;
  return [
    {
      method: 'POST',
      path: '/ajax/change_password',
      access: SESSION,
      body: 'strict',
      schema: pageSchemas.password,
      handle: async ({ caller, req, body }, res) => {
        await workspace.accounts.changePassword(caller.userId, {
          current: stringField(body, 'current_password') ?? '',
          password: stringField(body, 'new_password') ?? '',
          passwordConfirm: stringField(body, 'confirm_password') ?? null,
        });
        // Hashing takes a while in which the session may have been ended elsewhere; it is not revived.
        if (authenticator.again(req, SESSION).userId !== caller.userId)
          throw new ApiError('authentication_required');
        const ended = workspace.sessions.endOthers(caller.userId, sessions.current(req)?.id ?? null);
        const session = sessions.start(req, res, caller.userId);
        return ok({
          success: true,
          message: 'Password changed successfully',
          sessions_ended: ended,
          csrf_token: csrf.token(session, req, res),
        });
      },
    },
  ];
}
