/**
 * Accounts that are not active reach nothing (03 sections 3.3, 3.4 and A15, 04 section 1.3 and S9): every registered
 * route is called with a key and with a session of each state, so that a new route cannot forget it; and what such an
 * account holds open ends at once.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RegisteredRoute } from '../../server/http/routes.ts';
import { PERMISSIONS } from '../../server/workspace/api-keys.ts';
import type { UserId } from '../../server/wire/ids.ts';
import { PASSWORD, sessionOf, startHarness, type Harness, type Session, type TestAnswer } from './harness.ts';

let node: Harness;
let owner: Session;
before(async () => {
  node = await startHarness();
  owner = await node.setUp();
});
after(() => node.close());

/** An account of this node, with a key that may do everything. */
async function account(username: string): Promise<{ userId: UserId; key: string; session: Session }> {
  const answer = await node.call('POST', '/register', { body: { username, password: PASSWORD } });
  const userId = (answer.json['user'] as { id: UserId }).id;
  return { userId, key: node.key(userId, [...PERMISSIONS]), session: sessionOf(answer) };
}

/** A session made behind the program's back, with the token its unsafe calls need. */
async function sessionFor(userId: UserId): Promise<Session> {
  const cookie = `session=${node.components.workspace.sessions.create(userId).token}`;
  const csrf = await node.call('GET', '/api/v1/csrf', { headers: { Cookie: cookie } });
  return { cookie, csrf: String(csrf.json['csrf_token']) };
}

function setStored(userId: UserId, status: string): void {
  node.sql.run('UPDATE users SET status = @status WHERE id = @userId', { status, userId });
}

/** How an account gets into a state, and what its key is told then. */
const STATES: readonly { name: string; enter(userId: UserId): void; code: string }[] = [
  {
    name: 'pending',
    enter: (userId) => setStored(userId, 'pending_approval'),
    code: 'pending_approval',
  },
  {
    name: 'pending agent',
    enter: (userId) => {
      setStored(userId, 'pending_approval');
      node.sql.run("UPDATE users SET account_type = 'agent' WHERE id = @userId", { userId });
    },
    code: 'pending_approval',
  },
  {
    name: 'suspended',
    enter: (userId) => {
      const { accounts } = node.components.workspace;
      accounts.setStatus(accounts.owner()?.id ?? userId, userId, 'suspended');
    },
    code: 'insufficient_permissions',
  },
  {
    name: 'of a state nobody knows',
    enter: (userId) => setStored(userId, 'frozen'),
    code: 'insufficient_permissions',
  },
  {
    name: 'deleted',
    enter: (userId) => {
      node.sql.run('PRAGMA foreign_keys = OFF');
      node.sql.run('DELETE FROM users WHERE id = @userId', { userId });
      node.sql.run('PRAGMA foreign_keys = ON');
    },
    code: 'insufficient_permissions',
  },
];

const address = ({ path }: RegisteredRoute): string => path.replace(/:\w+/g, 'x');

/** What a client can tell an answer by. */
function outcome({ status, json, headers }: TestAnswer): object {
  const { code, authenticated, error } = json;
  return { status, code, error, authenticated, fields: Object.keys(json), to: headers.get('location') };
}

describe('every route', () => {
  test('is in the list the tests walk', () => {
    const paths = node.routes.map(({ method, path }) => `${method} ${path}`);
    assert.equal(new Set(paths).size, paths.length);
    for (const known of [
      'POST /login',
      'POST /ajax/change_password',
      'POST /ajax/admin/users/:user/suspend',
      'GET /api/v1/events/stream',
      'POST /api/v1/channels/messages',
      'POST /api/v1/keys',
    ])
      assert.ok(paths.includes(known), known);
  });

  for (const state of STATES) {
    test(`is closed to the key and the session of an account that is ${state.name}`, async () => {
      const { userId, key } = await account(`u-${state.name.replace(/ /g, '-')}`);
      assert.equal((await node.call('GET', '/api/v1/channels', { key })).status, 200);
      state.enter(userId);
      for (const route of node.routes) {
        const where = `${route.method} ${route.path}`;
        const call = (init: { key?: string; session?: Session }) =>
          node.call(route.method, address(route), { ...init, headers: { 'X-Canopy-Page': '1' } });
        const byKey = await call({ key });
        const bySession = await call({ session: await sessionFor(userId) });
        if (route.access === 'open') {
          const stranger = outcome(await call({}));
          assert.deepEqual(outcome(bySession), stranger, `${where} by session`);
          if (byKey.status !== 403) assert.deepEqual(outcome(byKey), stranger, `${where} by key`);
        } else if (route.access.pending && state.code === 'pending_approval') {
          assert.deepEqual([byKey.status, byKey.json['status']], [200, 'pending_approval'], where);
        } else {
          assert.deepEqual([byKey.status, byKey.json['code']], [403, state.code], `${where} by key`);
          assert.equal(bySession.status, 401, `${where} by session`);
        }
      }
    });

    test(`leads somebody whose account is ${state.name} from the page to sign-in`, async () => {
      const { userId } = await account(`p-${state.name.replace(/ /g, '-')}`);
      state.enter(userId);
      const page = await node.call('GET', '/', { session: await sessionFor(userId) });
      assert.deepEqual([page.status, page.headers.get('location')], [302, '/login']);
    });
  }
});

test('sign-in tells a waiting and a suspended account why, and only after the right password', async () => {
  for (const [username, status, words] of [
    ['waiting', 'pending_approval', 'Account pending approval'],
    ['stopped', 'suspended', 'Account suspended'],
  ] as const) {
    const { userId } = await account(username);
    setStored(userId, status);
    const login = (password: string) => node.call('POST', '/login', { body: { username, password } });
    const { json, status: answered, headers } = await login(PASSWORD);
    assert.deepEqual(
      [answered, json['code'], json['error'], json['status']],
      [403, 'account_inactive', words, status],
    );
    assert.equal(headers.getSetCookie().length, 0);
    assert.equal((await login('Wrong0!wrong')).json['code'], 'login_failed');
  }
});

test('suspending ends the sessions for good; approving again brings the keys back, not the sessions', async () => {
  const { userId, key, session } = await account('twice');
  const decide = (verb: string) =>
    node.call('POST', `/ajax/admin/users/${userId}/${verb}`, { session: owner });
  assert.equal((await decide('suspend')).json['status'], 'suspended');
  assert.equal((await node.call('GET', '/api/v1/channels', { key })).status, 403);
  assert.equal((await decide('approve')).json['status'], 'active');
  assert.equal((await node.call('GET', '/api/v1/channels', { key })).status, 200);
  assert.equal((await node.call('GET', '/api/v1/sessions', { session })).status, 401);
});

describe('the list of accounts', () => {
  test('has every account with its state, for the owner alone', async () => {
    const { key, session } = await account('reader');
    const listed = (await node.call('GET', '/ajax/admin/users', { session: owner })).json['users'] as {
      username: string;
      status: string;
      is_owner: boolean;
      created_at: string;
    }[];
    const reader = listed.find((one) => one.username === 'reader');
    assert.deepEqual([reader?.status, reader?.is_owner], ['active', false]);
    assert.ok(Number.isFinite(Date.parse(reader?.created_at ?? '')));
    assert.deepEqual(
      listed.filter((one) => one.is_owner).map((one) => one.username),
      ['owner'],
    );
    const codes = await Promise.all(
      [{ session }, { key }, {}].map(
        async (init) => (await node.call('GET', '/ajax/admin/users', init)).json['code'],
      ),
    );
    assert.deepEqual(codes, ['owner_required', 'session_required', 'authentication_required']);
  });

  test('the owner says whether an account is a person or an agent, nobody else does', async () => {
    const { userId, session } = await account('maybe-bot');
    const classify = (by: Session, body: object, id: string = userId) =>
      node.call('POST', `/ajax/admin/users/${id}/classification`, { session: by, body });
    assert.deepEqual((await classify(owner, { account_type: 'agent' })).json, {
      success: true,
      account_type: 'agent',
    });
    assert.equal(node.components.workspace.accounts.get(userId)?.accountType, 'agent');
    assert.equal((await classify(session, { account_type: 'human' })).json['code'], 'owner_required');
    assert.equal((await classify(owner, { account_type: 'root' })).status, 400);
    assert.equal(
      (await classify(owner, { account_type: 'human' }, 'user_nobody')).json['code'],
      'user_not_found',
    );
    assert.equal(node.components.workspace.accounts.get(userId)?.accountType, 'agent');
  });

  test('the owner cannot suspend themselves, nobody else can decide at all', async () => {
    const { userId, session } = await account('meddler');
    const ownerId = node.components.workspace.accounts.owner()?.id ?? '';
    const suspend = (id: string, by: Session) =>
      node.call('POST', `/ajax/admin/users/${id}/suspend`, { session: by });
    assert.equal((await suspend(ownerId, owner)).json['error'], 'Cannot suspend the instance owner');
    assert.equal((await suspend(ownerId, session)).json['code'], 'owner_required');
    assert.equal((await suspend(userId, session)).json['code'], 'owner_required');
    assert.equal((await suspend('user_nobody', owner)).json['code'], 'user_not_found');
  });
});

test('only the owner, or a key that manages, sets the relay policy', async () => {
  const { userId, session } = await account('relay-setter');
  const set = (init: { key?: string; session?: Session }) =>
    node.call('POST', '/api/v1/p2p/relay_policy', { ...init, body: { policy: 'off' } });
  assert.equal((await set({ session })).json['code'], 'owner_required');
  assert.equal((await set({ key: node.key(userId, ['write_messages']) })).json['code'], 'owner_required');
  assert.equal((await set({ key: node.key('owner', ['write_messages']) })).status, 200);
  assert.equal((await set({ key: node.key(userId, ['manage_keys']) })).status, 200);
  assert.equal((await set({ session: owner })).status, 200);
});

/** An open event stream; `ended` resolves when the node closes it. */
async function follow(headers: Record<string, string>): Promise<{ ended: Promise<void>; open(): boolean }> {
  const response = await fetch(`${node.url}/api/v1/events/stream`, { headers });
  assert.equal(response.status, 200);
  const reader = response.body?.getReader();
  let open = true;
  const drain = async (): Promise<void> => {
    while ((await reader?.read())?.done === false);
    open = false;
  };
  return { ended: drain(), open: () => open };
}

describe('open event streams end at once', () => {
  const byCookie = (session: Session) => follow({ Cookie: session.cookie });
  const signIn = async (username: string): Promise<Session> =>
    sessionOf(await node.call('POST', '/login', { body: { username, password: PASSWORD } }));

  test('of an account that is suspended, by session and by key; those of others go on', async () => {
    const { userId, key, session } = await account('streamer');
    const mine = await Promise.all([byCookie(session), follow({ 'X-API-Key': key })]);
    const others = await byCookie(owner);
    await node.call('POST', `/ajax/admin/users/${userId}/suspend`, { session: owner });
    await Promise.all(mine.map((stream) => stream.ended));
    assert.equal(others.open(), true);
  });

  test('with their key, when it is revoked', async () => {
    const { userId, key } = await account('revoker');
    const other = node.key(userId, ['read_messages']);
    const [revoked, kept] = await Promise.all([follow({ 'X-API-Key': other }), follow({ 'X-API-Key': key })]);
    const { keys } = (await node.call('GET', '/api/v1/keys', { key })).json as {
      keys: { id: string; permissions: string[] }[];
    };
    const id = keys.find((one) => one.permissions.length === 1)?.id ?? '';
    assert.equal((await node.call('DELETE', `/api/v1/keys/${id}`, { key })).status, 200);
    await revoked.ended;
    assert.equal(kept.open(), true);
  });

  test('with their session: ended from another one, or signed out in another tab', async () => {
    const { session: first } = await account('tabs');
    const second = await signIn('tabs');
    const [ends, stays] = await Promise.all([byCookie(second), byCookie(first)]);
    const { sessions } = (await node.call('GET', '/api/v1/sessions', { session: first })).json as {
      sessions: { id: string; current: boolean }[];
    };
    const id = sessions.find((one) => !one.current)?.id ?? '';
    assert.equal((await node.call('DELETE', `/api/v1/sessions/${id}`, { session: first })).status, 200);
    await ends.ended;
    assert.equal(stays.open(), true);
    await node.call('POST', '/logout', { session: first, body: {} });
    await stays.ended;
  });

  test('when somebody else signs in with the same browser', async () => {
    const { session } = await account('shared-pc');
    await account('next-one');
    const stream = await byCookie(session);
    await node.call('POST', '/login', {
      session,
      body: { username: 'next-one', password: PASSWORD },
    });
    await stream.ended;
  });
});
