/** Setup, sign-in, registration and sign-out as forms and as JSON (03 sections 3.1 to 3.3). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PASSWORD, sessionOf, startHarness, type Harness } from './harness.ts';

let node: Harness;
before(async () => {
  node = await startHarness();
});
after(() => node.close());

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

test('a fresh node leads every visitor to setup', async () => {
  assert.equal((await node.call('GET', '/')).headers.get('location'), '/login');
  assert.equal((await node.call('GET', '/login')).headers.get('location'), '/setup');
  assert.equal((await node.call('GET', '/setup')).status, 200);
  const session = await node.call('GET', '/api/v1/session');
  assert.deepEqual(session.json, { authenticated: false, has_users: false, user: null, csrf_token: '' });
  assert.equal(session.headers.getSetCookie().length, 0);
});

test('nobody registers before the owner', async () => {
  const body = { username: 'early', password: PASSWORD };
  for (const path of ['/register', '/api/v1/register']) {
    const answer = await node.call('POST', path, { body });
    assert.deepEqual([answer.status, answer.json['code']], [409, 'setup_needed'], path);
  }
});

test('setup names every broken password rule', async () => {
  const body = { username: 'ada', password: 'abc', password_confirm: 'abc' };
  const answer = await node.call('POST', '/setup', { body });
  assert.equal(answer.status, 400);
  assert.equal(answer.json['error'], 'Password must be at least 8 characters long');
  assert.equal((answer.json['violations'] as string[]).length, 4);
});

test('account forms are refused when another site sent them', async () => {
  const body = { username: 'ada', password: PASSWORD, password_confirm: PASSWORD };
  const foreign: Record<string, string>[] = [
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
    { Origin: 'http://evil.example' },
    { Origin: 'null' },
    { Origin: 'http://127.0.0.1:1' },
    { Origin: 'http://evil.example', 'Sec-Fetch-Site': 'same-origin' },
    { Origin: node.url, 'Sec-Fetch-Site': 'cross-site' },
  ];
  for (const headers of foreign) {
    for (const path of ['/setup', '/login', '/register', '/logout']) {
      const answer = await node.call('POST', path, { body, headers });
      assert.deepEqual(
        [answer.status, answer.json['code']],
        [403, 'cross_site'],
        `${path} ${JSON.stringify(headers)}`,
      );
    }
  }
});

test('setup as JSON signs the owner in, once', async () => {
  const body = {
    username: 'ada',
    display_name: 'Ada L',
    password: PASSWORD,
    password_confirm: PASSWORD,
    invite_code: 'nonsense',
  };
  const answer = await node.call('POST', '/setup', { body, headers: { Origin: node.url } });
  assert.equal(answer.status, 200);
  assert.equal((answer.json['user'] as { is_owner: boolean }).is_owner, true);
  // The mesh is off here; a bad code never undoes the account.
  assert.equal(typeof (answer.json['invite'] as { error: string }).error, 'string');
  const session = await node.call('GET', '/api/v1/session', { session: sessionOf(answer) });
  assert.equal((session.json['user'] as { display_name: string }).display_name, 'Ada L');
  assert.notEqual(session.json['csrf_token'], '');
  assert.equal((await node.call('POST', '/setup', { body })).status, 409);
  const form = await node.call('POST', '/setup', { body: 'username=zed&password=x', headers: FORM });
  assert.deepEqual([form.status, form.headers.get('location')], [302, '/login']);
  assert.equal((await node.call('GET', '/setup')).headers.get('location'), '/login');
});

test('cookies are HttpOnly, Lax, and one of them is bound to the port', async () => {
  const answer = await node.call('POST', '/login', { body: { username: 'ada', password: PASSWORD } });
  const cookies = answer.headers.getSetCookie();
  assert.equal(cookies.length, 2);
  for (const cookie of cookies) {
    assert.match(cookie, /; HttpOnly/);
    assert.match(cookie, /; SameSite=Lax/);
    assert.doesNotMatch(cookie, /Secure/);
  }
  const port = new URL(node.url).port;
  const bound = cookies.find((cookie) => cookie.startsWith(`session_${port}=`))?.split(';')[0] ?? '';
  // Another node on this machine has overwritten the cookie without port.
  const session = { cookie: `session=${'x'.repeat(43)}; ${bound}`, csrf: '' };
  assert.equal((await node.call('GET', '/api/v1/session', { session })).json['authenticated'], true);
});

test('sign-in as a form redirects, a refused form shows the page again', async () => {
  const good = `username=ada&password=${encodeURIComponent(PASSWORD)}`;
  const signedIn = await node.call('POST', '/login', { body: good, headers: FORM });
  assert.deepEqual([signedIn.status, signedIn.headers.get('location')], [302, '/']);
  assert.notEqual(sessionOf(signedIn).cookie, '');
  const refused = await node.call('POST', '/login', { body: 'username=ada&password=nope', headers: FORM });
  assert.equal(refused.status, 200);
  assert.match(refused.headers.get('content-type') ?? '', /text\/html/);
  const json = await node.call('POST', '/login', { body: { username: 'ada', password: 'nope' } });
  assert.deepEqual([json.status, json.json['error']], [401, 'Invalid username or password']);
});

test('signing in starts a new session and ends the old one', async () => {
  const before = await node.call('GET', '/api/v1/csrf');
  const anonymous = sessionOf(before);
  const signedIn = sessionOf(
    await node.call('POST', '/login', { session: anonymous, body: { username: 'ada', password: PASSWORD } }),
  );
  assert.notEqual(signedIn.cookie, anonymous.cookie);
  const old = await node.call('GET', '/api/v1/session', { session: anonymous });
  assert.equal(old.json['authenticated'], false);
  assert.equal(old.json['csrf_token'], '');
});

test('signing out ends the session on the node, not only in the browser', async () => {
  const session = sessionOf(
    await node.call('POST', '/login', { body: { username: 'ada', password: PASSWORD } }),
  );
  const out = await node.call('POST', '/logout', { session, body: {} });
  assert.equal(out.status, 200);
  assert.equal((await node.call('GET', '/api/v1/p2p/peers', { session })).status, 401);
  const link = await node.call('GET', '/logout');
  assert.deepEqual([link.status, link.headers.get('location')], [302, '/login']);
});

test('a link of another site does not sign out but asks, and the answer does', async () => {
  const session = sessionOf(
    await node.call('POST', '/login', { body: { username: 'ada', password: PASSWORD } }),
  );
  const isSignedIn = async (): Promise<unknown> =>
    (await node.call('GET', '/api/v1/session', { session })).json['authenticated'];
  const foreign: Record<string, string>[] = [
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site', Referer: node.url },
    { Referer: 'http://evil.example/page' },
    { Referer: 'nonsense' },
  ];
  for (const headers of foreign) {
    const asked = await node.call('GET', '/logout', { session, headers });
    assert.equal(asked.status, 200, JSON.stringify(headers));
    assert.match(asked.text, /<form method="post" action="\/logout">/);
    assert.equal(await isSignedIn(), true, JSON.stringify(headers));
  }
  const answer = await node.call('POST', '/logout', {
    session,
    body: '',
    headers: { Origin: node.url, 'Content-Type': 'application/x-www-form-urlencoded' },
  });
  assert.deepEqual([answer.status, answer.headers.get('location')], [302, '/login']);
  assert.equal(await isSignedIn(), false);
  const own = sessionOf(await node.call('POST', '/login', { body: { username: 'ada', password: PASSWORD } }));
  const headers = { 'Sec-Fetch-Site': 'same-origin', Referer: `${node.url}/channels` };
  assert.equal((await node.call('GET', '/logout', { session: own, headers })).status, 302);
});

test('signing out ends the sessions of both cookies', async () => {
  const login = () => node.call('POST', '/login', { body: { username: 'ada', password: PASSWORD } });
  const older = sessionOf(await login());
  const newer = sessionOf(await login());
  const port = new URL(node.url).port;
  const bound = newer.cookie.replace('session=', `session_${port}=`);
  const both = { cookie: `${older.cookie}; ${bound}`, csrf: '' };
  await node.call('POST', '/logout', { session: both, body: {} });
  for (const session of [older, newer, both]) {
    const { json } = await node.call('GET', '/api/v1/session', { session });
    assert.equal(json['authenticated'], false);
  }
});

test('sessions are listed and ended one by one', async () => {
  const first = sessionOf(
    await node.call('POST', '/login', { body: { username: 'ada', password: PASSWORD } }),
  );
  const second = sessionOf(
    await node.call('POST', '/login', { body: { username: 'ada', password: PASSWORD } }),
  );
  const list = (await node.call('GET', '/api/v1/sessions', { session: first })).json['sessions'] as {
    id: string;
    current: boolean;
  }[];
  assert.equal(list.filter((one) => one.current).length, 1);
  const mine = (await node.call('GET', '/api/v1/sessions', { session: second })).json['sessions'] as {
    id: string;
    current: boolean;
  }[];
  const target = mine.find((one) => one.current)?.id ?? '';
  assert.equal((await node.call('DELETE', `/api/v1/sessions/${target}`, { session: first })).status, 200);
  assert.equal((await node.call('GET', '/api/v1/sessions', { session: second })).status, 401);
  assert.equal((await node.call('DELETE', `/api/v1/sessions/${target}`, { session: first })).status, 404);
});

test('changing the password ends the other sessions and renews this one', async () => {
  const next = 'N3xt-Passw0rd';
  const registered = await node.call('POST', '/register', {
    body: { username: 'changer', password: PASSWORD },
  });
  const first = sessionOf(registered);
  const second = sessionOf(
    await node.call('POST', '/login', { body: { username: 'changer', password: PASSWORD } }),
  );
  const change = (body: object, init: { session?: typeof first; key?: string } = { session: first }) =>
    node.call('POST', '/ajax/change_password', { ...init, body });
  const good = { current_password: PASSWORD, new_password: next, confirm_password: next };

  const wrong = await change({ ...good, current_password: 'Wr0ng-Passw0rd' });
  assert.deepEqual(
    [wrong.status, wrong.json['code'], wrong.json['field'], wrong.json['error']],
    [403, 'wrong_password', 'current_password', 'Current password is incorrect'],
  );
  assert.equal(
    (await change({ ...good, new_password: 'weak', confirm_password: 'weak' })).json['code'],
    'weak_password',
  );
  assert.equal((await change({ ...good, confirm_password: 'else' })).json['code'], 'password_mismatch');
  assert.equal((await change({ ...good, new_password: 7 })).json['code'], 'invalid_field');
  assert.equal((await change(good, {})).status, 401);
  assert.equal((await change(good, { session: { ...first, csrf: '' } })).json['code'], 'csrf_failed');
  const { id } = registered.json['user'] as { id: string };
  assert.equal((await change(good, { key: node.key(id, ['manage_keys']) })).json['code'], 'session_required');
  assert.equal((await node.call('GET', '/api/v1/sessions', { session: second })).json['count'], 2);

  const changed = await change(good);
  assert.deepEqual([changed.status, changed.json['success'], changed.json['sessions_ended']], [200, true, 1]);
  const renewed = sessionOf(changed);
  assert.notEqual(renewed.cookie, first.cookie);
  for (const old of [first, second])
    assert.equal((await node.call('GET', '/api/v1/sessions', { session: old })).status, 401);
  assert.equal((await node.call('GET', '/api/v1/sessions', { session: renewed })).json['count'], 1);
  assert.equal((await node.call('DELETE', '/api/v1/sessions', { session: renewed })).json['ended'], 0);
  const login = (password: string) =>
    node.call('POST', '/login', { body: { username: 'changer', password } });
  assert.equal((await login(PASSWORD)).json['code'], 'login_failed');
  assert.equal((await login(next)).status, 200);
});

test('a session tells when it expires, and all others can be ended at once', async () => {
  const first = sessionOf(
    await node.call('POST', '/register', { body: { username: 'ender', password: PASSWORD } }),
  );
  const signIn = async () =>
    sessionOf(await node.call('POST', '/login', { body: { username: 'ender', password: PASSWORD } }));
  const [second, third] = [await signIn(), await signIn()];
  const { sessions } = (await node.call('GET', '/api/v1/sessions', { session: first })).json as {
    sessions: { last_seen_at: string; expires_at: string }[];
  };
  assert.equal(sessions.length, 3);
  for (const { last_seen_at, expires_at } of sessions)
    assert.equal(Date.parse(expires_at) - Date.parse(last_seen_at), 7 * 86_400_000);
  assert.equal((await node.call('DELETE', '/api/v1/sessions', { session: first })).json['ended'], 2);
  for (const other of [second, third])
    assert.equal((await node.call('GET', '/api/v1/sessions', { session: other })).status, 401);
  assert.equal((await node.call('GET', '/api/v1/sessions', { session: first })).json['count'], 1);
});

test('registration by API answers with a key and the reason to wait', async () => {
  const body = { username: 'bot1', password: PASSWORD, display_name: ' Bot One ', account_type: 'agent' };
  const answer = await node.call('POST', '/api/v1/register', { body });
  assert.equal(answer.status, 201);
  assert.equal(answer.json['status'], 'pending_approval');
  assert.equal(answer.json['display_name'], 'Bot One');
  assert.match(String(answer.json['api_key']), /^[\w-]{43}$/);
  const again = await node.call('POST', '/api/v1/register', { body });
  assert.deepEqual([again.status, again.json['error']], [409, 'Username "bot1" is already taken']);
  const cases: [Record<string, unknown>, string][] = [
    [{}, 'JSON data required'],
    [{ username: 'x', password: PASSWORD }, 'username required (min 2 chars)'],
    [{ username: 'xy' }, 'password required'],
    [{ username: 'xy', password: 'PASSW0RD!' }, 'Password must contain at least one lowercase letter'],
  ];
  for (const [wrong, error] of cases) {
    const refused = await node.call('POST', '/api/v1/register', { body: wrong });
    assert.deepEqual([refused.status, refused.json['error']], [400, error]);
  }
  const number = await node.call('POST', '/api/v1/register', { body: { username: 7, password: PASSWORD } });
  assert.deepEqual([number.status, number.json['field']], [400, 'username']);
});
