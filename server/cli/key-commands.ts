/** `canopy key …`: API keys without a browser (03 section 3.4). A running node is asked by REST, a stopped one is not needed. */
import * as z from 'zod';
import { systemClock } from '../ports/system.ts';
import { ApiKeyRows } from '../store/api-keys.ts';
import type { ApiKeyRecord } from '../store/api-keys.ts';
import type { KeyId } from '../wire/ids.ts';
import { PERMISSIONS } from '../workspace/api-keys.ts';
import type { Context, Outcome } from './context.ts';
import { CliError } from './errors.ts';
import { jsonTime, table, time } from './format.ts';
import { keyClient } from './rest-client.ts';
import { accountRows, onStoppedNode, readingStore } from './stopped-node.ts';
import { noAccount, requireAccount } from './user-commands.ts';

const createdSchema = z.object({
  api_key: z.string(),
  id: z.string(),
  user_id: z.string(),
  permissions: z.array(z.string()),
  expires_at: z.string().nullable(),
});
const anySchema = z.object({});
const KEY_NOT_NEEDED = '--key was not needed: the list is read from the data directory.';

/** `key create`: a key for `--user`, or on a running node for the account of the key given. */
export async function createKey(context: Context): Promise<Outcome> {
  const wanted = {
    permissions: permissions(context.options.get('--permissions')),
    expires_days: days(context.options.get('--expires-days')),
    name: context.options.get('--name') ?? null,
  };
  if (asksNode(context)) {
    if (context.options.has('--user'))
      throw new CliError(
        'usage',
        'A running node makes keys for the account of --key: leave --user out, or stop it.',
      );
    const made = await keyClient(context).call('POST', '/keys', createdSchema, wanted);
    return created(made);
  }
  return onStoppedNode(context, '', (node) => {
    const username = context.options.get('--user');
    const user = username === undefined ? node.workspace.accounts.owner() : requireAccount(node, username);
    if (user === null)
      throw new CliError('not_found', 'There is no account yet: "canopy user create NAME" makes the first.');
    const { key, info } = node.workspace.apiKeys.create(user.id, {
      permissions: wanted.permissions,
      expiresDays: wanted.expires_days,
      name: wanted.name,
    });
    return created({
      api_key: key,
      id: info.id,
      user_id: info.userId,
      permissions: [...info.permissions],
      expires_at: jsonTime(info.expiresAt),
    });
  });
}

/** `key list`: the keys of one account or of all; their text is nowhere to be had. Works while the node runs. */
export function listKeys(context: Context): Outcome {
  return readingStore(context, ({ sql }) => {
    const username = context.options.get('--user');
    const accounts = accountRows(sql).withPassword();
    const chosen = accounts.filter((each) => username === undefined || each.username === username);
    if (username !== undefined && chosen.length === 0) throw noAccount(username);
    const rows = new ApiKeyRows(sql);
    const keys = chosen.flatMap((user) =>
      rows.ofUser(user.id).map((key) => ({ username: user.username, key })),
    );
    const lines =
      keys.length === 0
        ? 'No API keys: "canopy key create" makes one.'
        : table([
            ['USER', 'NAME', 'STATE', 'EXPIRES', 'CREATED', 'ID'],
            ...keys.map(({ username: user, key }) => [
              user,
              key.name ?? '–',
              state(key),
              time(key.expiresAt),
              time(key.createdAt),
              key.id,
            ]),
          ]);
    return {
      text: context.options.has('--key') ? `${lines}\n\n${KEY_NOT_NEEDED}` : lines,
      json: { keys: keys.map(({ username: user, key }) => keyJson(user, key)) },
    };
  });
}

/** `key revoke ID`. */
export async function revokeKey(context: Context): Promise<Outcome> {
  const id = (context.words[0] ?? '') as KeyId;
  const done = { text: `API key ${id} revoked.`, json: { id, revoked: true } };
  if (asksNode(context)) {
    await keyClient(context).call('DELETE', `/keys/${encodeURIComponent(id)}`, anySchema);
    return done;
  }
  return onStoppedNode(context, '', ({ workspace, repositories }) => {
    const record = repositories.apiKeys.get(id);
    if (record === undefined)
      throw new CliError('not_found', `There is no API key ${id}; "canopy key list" shows them.`);
    workspace.apiKeys.revoke(record.userId, id);
    return done;
  });
}

function asksNode(context: Context): boolean {
  return context.running || context.options.has('--url');
}

function created(made: z.infer<typeof createdSchema>): Outcome {
  const expiry = made.expires_at === null ? 'never expires' : `expires ${made.expires_at}`;
  return {
    text: `API key, shown this once: ${made.api_key}\nid ${made.id}, ${expiry}, may: ${made.permissions.join(', ')}`,
    json: made,
  };
}

function permissions(text: string | undefined): string[] {
  if (text === undefined) return [];
  if (text.trim() === 'all') return [...PERMISSIONS];
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function days(text: string | undefined): number {
  if (text === undefined) return 0;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new CliError('usage', `--expires-days: "${text}" is no number of days.`);
}

function state(key: ApiKeyRecord): string {
  if (key.revoked) return 'revoked';
  return key.expiresAt !== null && key.expiresAt <= systemClock.now() ? 'expired' : 'usable';
}

/** The stored list; empty when it is none, as for a key that cannot be used. */
function names(json: string): string[] {
  try {
    return z.array(z.string()).parse(JSON.parse(json));
  } catch {
    return [];
  }
}

function keyJson(username: string, key: ApiKeyRecord) {
  return {
    id: key.id,
    user_id: key.userId,
    username,
    name: key.name,
    state: state(key),
    permissions: names(key.permissions),
    created_at: jsonTime(key.createdAt),
    expires_at: jsonTime(key.expiresAt),
  };
}
