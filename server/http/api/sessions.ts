/** Who is signed in, CSRF tokens, and the caller's sessions (03 section 3.3, 04 sections 3.2 and 10a). */
import { ANY_KEY_PENDING, SESSION } from '../access.ts';
import { userJson } from './accounts.ts';
import type { Authenticator } from '../auth.ts';
import type { Csrf } from '../csrf.ts';
import { ApiError } from '../errors.ts';
import { isoOrNull } from '../render.ts';
import { ok, type Route } from '../routes.ts';
import { sessionSchemas } from '../schemas/people.ts';
import type { SessionCookies } from '../session.ts';
import type { Accounts } from '../../workspace/accounts.ts';
import type { Sessions } from '../../workspace/sessions.ts';

export function sessionRoutes(components: {
  workspace: { accounts: Accounts; sessions: Sessions };
  sessions: SessionCookies;
  csrf: Csrf;
  authenticator: Authenticator;
}): Route[] {
  const { workspace, sessions, csrf, authenticator } = components;
  return [
    {
      method: 'GET',
      path: '/csrf',
      access: 'open',
      schema: sessionSchemas.csrf,
      handle: ({ req }, res) => {
        const session = sessions.current(req) ?? sessions.start(req, res, null);
        return ok({ csrf_token: csrf.token(session, req, res) });
      },
    },
    {
      method: 'GET',
      path: '/session',
      access: 'open',
      schema: sessionSchemas.current,
      handle: ({ req }, res) => {
        const session = sessions.current(req);
        const caller = authenticator.bySession(req);
        return ok({
          authenticated: caller !== null,
          has_users: workspace.accounts.hasUsers(),
          user: caller === null ? null : userJson({ ...caller, id: caller.userId }, caller.isOwner),
          // Asking who is signed in starts no session, so the answer to a stranger has no token.
          csrf_token: session === null ? '' : csrf.token(session, req, res),
        });
      },
    },
    {
      method: 'GET',
      path: '/sessions',
      access: SESSION,
      schema: sessionSchemas.list,
      handle: ({ caller, req }) => {
        const current = sessions.current(req)?.id;
        const list = workspace.sessions.list(caller.userId).map((session) => ({
          id: session.id,
          current: session.id === current,
          created_at: isoOrNull(session.createdAt),
          last_seen_at: isoOrNull(session.lastSeenAt),
          expires_at: isoOrNull(session.expiresAt),
          user_agent: session.userAgent,
          address: session.address,
        }));
        return ok({ sessions: list, count: list.length });
      },
    },
    {
      method: 'DELETE',
      path: '/sessions',
      access: SESSION,
      // All but the one that asks; `POST /logout` ends that.
      schema: sessionSchemas.endOthers,
      handle: ({ caller, req }) => {
        const ended = workspace.sessions.endOthers(caller.userId, sessions.current(req)?.id ?? null);
        return ok({ success: true, ended });
      },
    },
    {
      method: 'DELETE',
      path: '/sessions/:id',
      access: SESSION,
      schema: sessionSchemas.end,
      handle: ({ caller, param }) => {
        if (!workspace.sessions.endById(caller.userId, param('id'))) throw new ApiError('session_not_found');
        return ok({ success: true });
      },
    },
    {
      method: 'GET',
      path: '/auth/status',
      access: ANY_KEY_PENDING,
      schema: sessionSchemas.status,
      handle: ({ caller }) =>
        ok({
          user_id: caller.userId,
          username: caller.username,
          display_name: caller.displayName,
          account_type: caller.accountType,
          status: caller.status,
          permissions: caller.key === null ? null : [...caller.key.permissions],
          is_owner: caller.isOwner,
        }),
    },
  ];
}
