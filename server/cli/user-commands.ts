/** `canopy user …`: accounts without a browser (03 sections 3.1 and 3.2). */
import { systemClock } from '../ports/system.ts';
import { SystemState } from '../store/system-state.ts';
import type { User } from '../store/users.ts';
import { account } from '../workspace/account.ts';
import type { Account } from '../workspace/account.ts';
import type { Context, Outcome } from './context.ts';
import { CliError } from './errors.ts';
import { count, jsonTime, table, time } from './format.ts';
import { readPassword } from './password-input.ts';
import { accountRows, onStoppedNode, readingStore } from './stopped-node.ts';
import type { StoppedNode } from './stopped-node.ts';

const ON_THE_PAGE = 'stop it first, or use its page, where accounts are made and passwords changed';

/** `user create NAME`: the first account owns the node. */
export function createUser(context: Context): Promise<Outcome> {
  const [username = ''] = context.words;
  const displayName = context.options.get('--display-name') ?? null;
  return onStoppedNode(context, ON_THE_PAGE, async ({ workspace }) => {
    const first = !workspace.accounts.hasUsers();
    const agent = context.options.has('--agent');
    if (first && agent)
      throw new CliError(
        'usage',
        'The first account owns the node and is a person: create one without --agent.',
      );
    const password = await readPassword(context, username);
    if (agent) {
      const made = await workspace.accounts.registerByApi({
        username,
        displayName,
        password,
        accountType: 'agent',
      });
      return {
        text: `Agent account ${username} created (${made.account.id}).\nAPI key, shown this once: ${made.apiKey}`,
        json: { user: userJson(made.account, null), api_key: made.apiKey },
      };
    }
    const fields = { username, displayName, password };
    const made = await (first ? workspace.accounts.setup(fields) : workspace.accounts.register(fields));
    const ownerId = workspace.accounts.owner()?.id ?? null;
    const role = made.id === ownerId ? ', the owner of this node' : '';
    return {
      text: `Account ${made.username} created (${made.id})${role}.`,
      json: { user: userJson(made, ownerId) },
    };
  });
}

/** `user list`: the accounts of this node. Works while it runs. */
export function listUsers(context: Context): Outcome {
  return readingStore(context, ({ sql }) => {
    const ownerId = new SystemState(sql).get('instance_owner_id');
    const accounts = accountRows(sql).withPassword().map(account);
    const rows = accounts.map((each) => [
      each.username,
      each.displayName,
      each.accountType,
      each.id === ownerId ? `${each.status}, owner` : each.status,
      time(each.createdAt),
      each.id,
    ]);
    return {
      text:
        accounts.length === 0
          ? 'No accounts yet: "canopy user create NAME" makes the first, which owns the node.'
          : table([['NAME', 'SHOWN AS', 'KIND', 'STATE', 'CREATED', 'ID'], ...rows]),
      json: { users: accounts.map((each) => userJson(each, ownerId)) },
    };
  });
}

/** `user password NAME`: sets a new password and ends every session of the account. */
export function setPassword(context: Context): Promise<Outcome> {
  const [username = ''] = context.words;
  return onStoppedNode(context, ON_THE_PAGE, async (node) => {
    const user = requireAccount(node, username);
    await node.workspace.accounts.resetPassword(user.id, await readPassword(context, username));
    const ended = node.workspace.sessions.endOthers(user.id, null);
    return {
      text: `Password of ${username} changed; ${count(ended, 'session')} ended.`,
      json: { user_id: user.id, sessions_ended: ended, changed_at: jsonTime(systemClock.now()) },
    };
  });
}

/**
 * The account of this node with that name.
 * @throws {CliError} `not_found`.
 */
export function requireAccount({ repositories }: Pick<StoppedNode, 'repositories'>, username: string): User {
  const user = repositories.users.byUsername(username);
  if (user === undefined || user.passwordHash === null) throw noAccount(username);
  return user;
}

export function noAccount(username: string): CliError {
  return new CliError('not_found', `This node has no account "${username}"; "canopy user list" shows them.`);
}

function userJson(each: Account, ownerId: string | null) {
  return {
    id: each.id,
    username: each.username,
    display_name: each.displayName,
    account_type: each.accountType,
    status: each.status,
    is_owner: each.id === ownerId,
    created_at: jsonTime(each.createdAt),
  };
}
