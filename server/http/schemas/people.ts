/** What the routes of accounts, keys, sessions, profiles and people take and answer (04 sections 3.2 and 4.6). */
import * as z from 'zod';
import {
  beforeParam,
  done,
  id,
  limitParam,
  nextCursor,
  textParam,
  time,
  yesParam,
  type RouteSchema,
} from '../route-schema.ts';

const count = z.int().min(0);
const text = z.string().nullish();
const permissions = z.array(z.string());
const accountType = z.enum(['human', 'agent']);

export const apiKey = z
  .object({
    id,
    user_id: id,
    permissions,
    created_at: time.nullable(),
    last_used_at: time.nullable().describe('To about a minute; null: not since uses are noted'),
    expires_at: time.nullable(),
    revoked: z.boolean(),
    usable: z.boolean(),
    name: z.string().nullable(),
  })
  .meta({ id: 'ApiKey' });

export const keySchemas = {
  list: { summary: 'List the API keys of the caller', answer: z.object({ keys: z.array(apiKey) }) },
  create: {
    summary: 'Make an API key; its text is shown this once',
    body: z.looseObject({
      permissions: z.union([permissions, z.string()]).nullish(),
      expires_days: z.number().nullish(),
      name: text,
    }),
    answer: z.object({
      success: z.literal(true),
      api_key: z.string(),
      id,
      user_id: id,
      permissions,
      expires_days: z.number().nullable(),
      expires_at: time.nullable(),
      name: z.string().nullable(),
    }),
    status: 201,
    errors: [
      'key_creation_unauthenticated',
      'key_creation_forbidden',
      'key_exceeds_caller',
      'json_required',
      'permissions_not_list',
      'invalid_permission',
      'invalid_expiry',
      'invalid_key_name',
      'pending_approval',
      'csrf_failed',
      'bad_json',
      'not_an_object',
      'unsupported_media_type',
      'body_too_large',
    ],
  },
  revoke: {
    summary: 'Revoke an API key',
    answer: z.object({ message: z.string(), success: z.literal(true) }),
    errors: ['key_not_found'],
  },
} satisfies Record<string, RouteSchema>;

export const user = z
  .object({
    id,
    username: z.string(),
    display_name: z.string(),
    account_type: accountType,
    is_owner: z.boolean(),
  })
  .meta({ id: 'SignedInUser' });

export const sessionSchemas = {
  csrf: {
    summary: 'Get the CSRF token of the browser session, which begins here if there is none',
    answer: z.object({ csrf_token: z.string() }),
  },
  current: {
    summary: 'Who is signed in in this browser',
    answer: z.object({
      authenticated: z.boolean(),
      has_users: z.boolean(),
      user: user.nullable(),
      csrf_token: z.string(),
    }),
  },
  list: {
    summary: 'List the browser sessions of the caller',
    answer: z.object({
      sessions: z.array(
        z.object({
          id,
          current: z.boolean(),
          created_at: time.nullable(),
          last_seen_at: time.nullable(),
          expires_at: time.nullable(),
          user_agent: z.string().nullable(),
          address: z.string().nullable(),
        }),
      ),
      count,
    }),
  },
  endOthers: {
    summary: 'Sign out everywhere else',
    answer: z.object({ success: z.literal(true), ended: count }),
  },
  end: { summary: 'End one browser session', answer: done, errors: ['session_not_found'] },
  status: {
    summary: 'Whose key this is, and what it may do; also for accounts that wait for approval',
    answer: z.object({
      user_id: id,
      username: z.string(),
      display_name: z.string(),
      account_type: accountType,
      status: z.string(),
      permissions: permissions.nullable(),
      is_owner: z.boolean(),
    }),
  },
} satisfies Record<string, RouteSchema>;

export const registration: RouteSchema = {
  summary: 'Register an account and get its first API key; the owner approves it',
  body: z.looseObject({ username: z.string(), password: z.string(), display_name: text, account_type: text }),
  answer: z.object({
    success: z.literal(true),
    user_id: id,
    username: z.string(),
    display_name: z.string(),
    account_type: accountType,
    status: z.string(),
    api_key: z.string(),
    public_key: z.string().nullable(),
    quarantine_channel_id: z.string().nullable(),
    message: z.string(),
  }),
  status: 201,
  errors: [
    'json_required',
    'username_required',
    'password_required',
    'setup_needed',
    'weak_password',
    'username_taken',
    'registration_full',
  ],
};

export const profileSchemas = {
  get: {
    summary: 'Read the own profile',
    answer: z.looseObject({
      user_id: id,
      username: z.string(),
      display_name: z.string(),
      account_type: accountType,
      bio: z.string().nullable(),
      avatar_file_id: id.nullable(),
      avatar_url: z.string().nullable(),
      origin_peer: z.string().nullable(),
      created_at: time.nullable(),
      updated_at: time.nullable(),
    }),
    errors: ['profile_not_found'],
  },
  update: {
    summary: 'Change the own profile; fields that are absent stay',
    body: z.looseObject({
      display_name: text,
      bio: text,
      avatar_file_id: text,
      account_type: text,
      agent_directives: text,
      read_receipts: z.boolean().optional(),
    }),
    answer: done,
    errors: ['no_profile_fields', 'invalid_field', 'directives_forbidden', 'avatar_file_invalid'],
  },
  device: {
    summary: 'Read the profile of this device',
    answer: z.looseObject({
      display_name: z.string(),
      description: z.string(),
      avatar_b64: z.string().nullable(),
      avatar_mime: z.string().nullable(),
      device_id: z.string(),
    }),
  },
  updateDevice: {
    summary: 'Change the profile of this device; fields that are absent stay, an empty avatar clears it',
    body: z.looseObject({ display_name: text, description: text, avatar_b64: text }),
    answer: z.object({ ok: z.literal(true), success: z.literal(true) }),
    errors: [
      'device_profile_body',
      'invalid_field',
      'avatar_not_base64',
      'avatar_not_image',
      'avatar_too_large',
    ],
  },
} satisfies Record<string, RouteSchema>;

const person = z
  .looseObject({
    user_id: id,
    username: z.string(),
    display_name: z.string(),
    account_type: accountType,
    status: z.string(),
    origin_peer: z.string(),
    is_remote: z.boolean(),
    stable_handle: z.string().optional(),
    mention_handles: z.array(z.string()),
    bio: z.string(),
    avatar_url: z.string().nullable(),
    created_at: time.nullable(),
  })
  .meta({ id: 'Person' });

export const agentSchemas = {
  list: {
    summary: 'List agents, or with include_humans everybody this node knows',
    query: z.looseObject({
      q: textParam('Part of a name'),
      limit: limitParam(100),
      include_humans: yesParam(false),
      include_remote: yesParam(true),
      active_only: yesParam(true),
      include_skills: yesParam(true),
      before: beforeParam,
    }),
    answer: z.looseObject({
      agents: z.array(person),
      count,
      filters: z.looseObject({}),
      next_cursor: nextCursor,
    }),
    errors: ['invalid_cursor'],
  },
  me: {
    summary: 'Who the caller is',
    answer: z.looseObject({
      user_id: id,
      username: z.string(),
      display_name: z.string(),
      account_type: accountType,
      bio: z.string(),
      avatar_file_id: id.nullable(),
      created_at: time.nullable(),
    }),
  },
} satisfies Record<string, RouteSchema>;
