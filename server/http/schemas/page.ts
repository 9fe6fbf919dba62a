/** What the routes of the page and of the reference's own pages take and answer (04 sections 6.1 and 6.2). */
import * as z from 'zod';
import { done, id, time, type RouteSchema } from '../route-schema.ts';
import { user } from './people.ts';

const loose = z.looseObject({});
const count = z.int().min(0);
const text = z.string().nullish();
const signedIn = z.looseObject({
  success: z.literal(true),
  user,
  csrf_token: z.string(),
  redirect: z.string(),
});
const account = z.looseObject({ username: z.string(), password: z.string() });
const newAccount = account.extend({ password_confirm: text, display_name: text });

/** Forms of a browser without scripts are answered so. */
const others = { 302: 'It worked, or did not: where to go on.' } as const;

/** The forms: JSON is answered with JSON, a form with a redirect or the page. */
export const formSchemas = {
  '/setup': {
    summary: 'Create the first account, the owner of the node',
    others,
    body: newAccount.extend({ invite_code: text }),
    answer: signedIn.extend({ invite: loose.optional() }),
    errors: [
      'setup_done',
      'weak_password',
      'username_required',
      'invalid_username',
      'cross_site',
      'bad_json',
      'not_an_object',
      'body_too_large',
      'password_mismatch',
      'password_too_long',
    ],
  },
  '/login': {
    summary: 'Sign in',
    others,
    body: account,
    answer: signedIn,
    errors: [
      'login_failed',
      'login_incomplete',
      'account_inactive',
      'cross_site',
      'bad_json',
      'not_an_object',
      'body_too_large',
    ],
  },
  '/register': {
    summary: 'Register an account in the browser',
    others,
    body: newAccount,
    answer: signedIn,
    errors: [
      'setup_needed',
      'weak_password',
      'username_taken',
      'registration_full',
      'cross_site',
      'bad_json',
      'not_an_object',
      'body_too_large',
      'password_mismatch',
      'password_too_long',
    ],
  },
  '/logout': {
    summary: 'Sign out',
    others,
    answer: z.object({ success: z.literal(true), redirect: z.string() }),
    errors: ['cross_site', 'bad_json', 'not_an_object', 'body_too_large'],
  },
} as const satisfies Record<string, RouteSchema>;

export const logoutLink: RouteSchema = { summary: 'Sign out by a link', answer: 'text/html', others };

const kind = z.enum(['human', 'agent']);
const decided = z.object({ success: z.literal(true), status: z.enum(['active', 'suspended']) });

export const adminSchemas = {
  users: {
    summary: 'List the accounts of this node, for its owner',
    answer: z.object({
      success: z.literal(true),
      users: z.array(
        z.object({
          id,
          username: z.string(),
          display_name: z.string(),
          account_type: kind,
          status: z.string(),
          is_owner: z.boolean(),
          created_at: time.nullable(),
        }),
      ),
    }),
    errors: ['owner_required'],
  },
  approve: {
    summary: 'Let an account in',
    answer: decided,
    errors: ['owner_required', 'user_not_found'],
  },
  suspend: {
    summary: 'Shut an account out',
    answer: decided,
    errors: ['owner_required', 'user_not_found', 'bad_request'],
  },
  classification: {
    summary: 'Say whether an account is a person or an agent',
    body: z.object({ account_type: kind }),
    answer: z.object({ success: z.literal(true), account_type: kind }),
    errors: ['owner_required', 'user_not_found', 'json_required', 'invalid_field'],
  },
} satisfies Record<string, RouteSchema>;

export const pageSchemas = {
  password: {
    summary: 'Change the own password; all other sessions end',
    body: z.looseObject({
      current_password: z.string(),
      new_password: z.string(),
      confirm_password: z.string().nullish(),
    }),
    answer: done.extend({ message: z.string(), sessions_ended: count, csrf_token: z.string() }),
    errors: ['wrong_password', 'weak_password', 'password_mismatch', 'password_too_long'],
  },
  connections: {
    summary: 'Connections and recent failures; without a session it leads to /login',
    others: { 302: 'Nobody is signed in: to /login.' },
    answer: z.looseObject({ success: z.literal(true), peers: z.array(loose) }),
  },
  diagnostics: {
    summary: 'The mesh in detail; without a session it leads to /login',
    others: { 302: 'Nobody is signed in: to /login.' },
    answer: z.looseObject({ success: z.literal(true), diagnostics: loose }),
  },
  resync: {
    summary: 'Catch up with all connected peers again',
    body: z.looseObject({ include_reconnect: z.unknown().optional() }),
    answer: done.extend({
      scheduled_syncs: count,
      connected_targets: z.array(id),
      reconnect_scheduled: z.boolean(),
    }),
    errors: ['owner_required'],
  },
  violation: {
    summary: 'Report what the content policy of the page stopped, as browsers do; it goes to the log',
    body: z.looseObject({ 'csp-report': z.unknown().optional() }),
    answer: z.object({ success: z.literal(true) }),
    errors: ['cross_site', 'body_too_large'],
  },
  fault: {
    summary: 'Report that the page could not be drawn, as the page itself does; it goes to the log',
    body: z.looseObject({
      error: z.string().optional(),
      page: z.string().nullish(),
      at: z.array(z.unknown()).optional(),
    }),
    answer: z.object({ success: z.literal(true), error_id: z.string().nullable() }),
    errors: ['cross_site', 'body_too_large'],
  },
  thumbnail: {
    summary: 'A small picture of a file',
    answer: 'image/webp',
    errors: ['file_not_found', 'file_access_denied'],
  },
} satisfies Record<string, RouteSchema>;
