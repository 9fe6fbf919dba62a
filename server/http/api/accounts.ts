/**
 * Setting up, registering, signing in and out (03 sections 3.1 to 3.3, 04 section 3.2). The web addresses take forms
 * and JSON: a form is answered as in the reference (redirect, or the page again), JSON with JSON. They need no CSRF
 * token and are refused when another site started the request.
 */
import type { Request, Response } from 'express';
import { formOrJson, isEmptyObject, readBody, type JsonObject } from '../body.ts';
import type { HttpOptions } from '../components.ts';
import type { Csrf } from '../csrf.ts';
import { ApiError, errorAnswer } from '../errors.ts';
import type { Invites } from '../invites.ts';
import { showPage, type Page } from '../pages.ts';
import { stringField } from '../params.ts';
import type { RouteSchema } from '../route-schema.ts';
import { sendJson, type Method, type Route } from '../routes.ts';
import { formSchemas, logoutLink } from '../schemas/page.ts';
import { registration } from '../schemas/people.ts';
import type { SessionCookies } from '../session.ts';
import { isForeignLink, requireOwnSite } from '../site-check.ts';
import { redirect } from '../redirect.ts';
import type { Timers } from '../../ports/types.ts';
import type { Account } from '../../workspace/account.ts';
import type { Accounts } from '../../workspace/accounts.ts';
import { requireGoodPassword } from '../../workspace/password.ts';

/** How long an answer to `/setup` waits for the invite given there; the dialling goes on behind it. */
const SETUP_INVITE_WAIT_MS = 5_000;

/** Collaborators of the web addresses. */
interface WebComponents {
  workspace: { accounts: Accounts };
  sessions: SessionCookies;
  csrf: Csrf;
  invites: Invites;
  page: Page;
  ports: { timers: Timers };
}

/** `/setup`, `/login`, `/register` and `/logout`. */
function web(components: WebComponents): Route[] {
  const { accounts } = components.workspace;
  const { sessions, csrf } = components;

  const signedIn = (req: Request, res: Response, account: Account) => {
    const session = sessions.start(req, res, account.id);
    return {
      success: true,
      user: userJson(account, accounts.owner()?.id === account.id),
      csrf_token: csrf.token(session, req, res),
      redirect: '/',
    };
  };

  /** Runs an account form; a refused form shows the page again, as the reference does. */
  const form = (
    path: keyof typeof formSchemas,
    submit: (fields: JsonObject, req: Request, res: Response) => Promise<object>,
  ): Route =>
    route('POST', path, formSchemas[path], async (req, res) => {
      requireOwnSite(req);
      await readBody(req);
      const { fields, json } = formOrJson(req);
      if (json) {
        sendJson(res, { status: 200, body: await submit(fields, req, res) });
        return;
      }
      try {
        await submit(fields, req, res);
      } catch (error) {
        if (path === '/setup' && accounts.hasUsers()) redirect(res, '/login');
        else if (isRefusal(error)) showPage(components.page, req, res);
        else throw error;
        return;
      }
      redirect(res, '/');
    });

  const signOut = (req: Request, res: Response): void => {
    requireOwnSite(req);
    sessions.end(req, res);
  };

  return [
    form('/setup', async (fields, req, res) => {
      const account = await accounts.setup(newAccount(fields));
      const code = (stringField(fields, 'invite_code') ?? '').trim();
      const answer = signedIn(req, res, account);
      return code === '' ? answer : { ...answer, invite: await inviteOutcome(components, code) };
    }),
    form('/login', async (fields, req, res) => {
      const username = stringField(fields, 'username') ?? '';
      return signedIn(req, res, await accounts.login(username, stringField(fields, 'password') ?? ''));
    }),
    form('/register', async (fields, req, res) => {
      // The first account of a node is made by /setup, which makes it the owner.
      if (!accounts.hasUsers()) throw new ApiError('setup_needed');
      return signedIn(req, res, await accounts.register(newAccount(fields)));
    }),
    route('POST', '/logout', formSchemas['/logout'], async (req, res) => {
      signOut(req, res);
      await readBody(req);
      if (formOrJson(req).json) sendJson(res, { status: 200, body: { success: true, redirect: '/login' } });
      else redirect(res, '/login');
    }),
    route('GET', '/logout', logoutLink, (req, res) => {
      if (isForeignLink(req)) return askToSignOut(res);
      signOut(req, res);
      redirect(res, '/login');
    }),
  ];
}

/** A link on another site led here (05 section 10.13, P-22): only the person can tell whether they want it. */
function askToSignOut(res: Response): void {
  res
    .status(200)
    .set({ 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' })
    .send(
      '<!doctype html>\n<html lang="en">\n<title>Sign out of Canopy?</title>\n<h1>Sign out of Canopy?</h1>\n' +
        '<form method="post" action="/logout"><button>Sign out</button></form>\n' +
        '<p><a href="/">Back to Canopy</a></p>\n</html>\n',
    );
}

/** `POST /register` of the API: an account and its first key. */
function api(components: { workspace: { accounts: Accounts }; options: HttpOptions }): Route[] {
  const { accounts } = components.workspace;
  return [
    {
      method: 'POST',
      path: '/register',
      access: 'open',
      body: 'caught',
      schema: registration,
      handle: async ({ body }) => {
        if (isEmptyObject(body)) throw new ApiError('json_required');
        const username = (stringField(body, 'username') ?? '').trim();
        if ([...username].length < 2) throw new ApiError('username_required');
        const password = stringField(body, 'password') ?? '';
        if (password === '') throw new ApiError('password_required');
        if (!accounts.hasUsers()) throw new ApiError('setup_needed');
        // Before the name is looked up, as in the reference.
        requireGoodPassword(password);
        const accountType = body['account_type'] === 'agent' ? 'agent' : 'human';
        const displayName = stringField(body, 'display_name') ?? null;
        const { account, apiKey, quarantineChannelId } = await accounts.registerByApi({
          username,
          password,
          displayName,
          accountType,
        });
        return {
          status: 201,
          body: {
            success: true,
            user_id: account.id,
            username: account.username,
            display_name: account.displayName,
            account_type: account.accountType,
            status: account.status,
            api_key: apiKey,
            public_key: account.publicKey,
            quarantine_channel_id: quarantineChannelId,
            message: registrationMessage(account),
          },
        };
      },
    },
  ];
}

export const accountRoutes = { web, api };

/** The signed-in person, as the page shows it. */
export function userJson(
  account: Pick<Account, 'id' | 'username' | 'displayName' | 'accountType'>,
  isOwner: boolean,
) {
  return {
    id: account.id,
    username: account.username,
    display_name: account.displayName,
    account_type: account.accountType,
    is_owner: isOwner,
  };
}

/** A route that writes its own answer. */
function route(
  method: Method,
  path: string,
  schema: RouteSchema,
  answer: (req: Request, res: Response) => void | Promise<void>,
): Route {
  return {
    method,
    path,
    access: 'open',
    schema,
    handle: async ({ req }, res) => {
      await answer(req, res);
      return null;
    },
  };
}

function newAccount(fields: JsonObject) {
  return {
    username: stringField(fields, 'username') ?? '',
    displayName: stringField(fields, 'display_name') ?? null,
    password: stringField(fields, 'password') ?? '',
    passwordConfirm: stringField(fields, 'password_confirm') ?? null,
  };
}

function isRefusal(error: unknown): boolean {
  const { status } = errorAnswer(error);
  return status >= 400 && status < 500 && status !== 429;
}

/** The account exists by now: whatever happens to the invite is told, not thrown. */
async function inviteOutcome(components: WebComponents, code: string): Promise<object> {
  const imported = components.invites.import(code).catch((error: unknown) => errorAnswer(error).body);
  const patience = new Promise<object>((resolve) => {
    components.ports.timers.after(SETUP_INVITE_WAIT_MS, () => resolve({ status: 'connecting' }));
  });
  return Promise.race([imported, patience]);
}

function registrationMessage(account: Account): string {
  const wait =
    account.status === 'active'
      ? 'Account created. Use the api_key in the X-API-Key header.'
      : 'Account created. It waits for approval by the owner of this node: poll GET /api/auth/status with the api_key until status is "active".';
  return account.accountType === 'agent'
    ? `${wait} Agents start in the private #agent-start-here channel until the owner widens their access.`
    : wait;
}
