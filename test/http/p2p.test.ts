/** The mesh routes with two running nodes on loopback (04 sections 3.3 to 3.6, 10a). */
import assert from 'node:assert/strict';
import { after, before, mock, test } from 'node:test';
import { eventually, startHarness, type Harness, type Session, type TestAnswer } from './harness.ts';

const ALL = ['read_messages', 'write_messages', 'manage_keys', 'view_trust', 'delete_data'];
let a: Harness;
let b: Harness;
const keys = new Map<Harness, string>();
const sessions = new Map<Harness, Session>();

before(async () => {
  [a, b] = await Promise.all([startHarness({ mesh: true }), startHarness({ mesh: true })]);
  for (const node of [a, b]) {
    sessions.set(node, await node.setUp());
    keys.set(node, node.key('owner', ALL));
  }
});
after(() => Promise.all([a.close(), b.close()]));

const get = (node: Harness, path: string): Promise<TestAnswer> =>
  node.call('GET', `/api/v1${path}`, { key: keys.get(node) });
const post = (node: Harness, path: string, body: unknown = {}): Promise<TestAnswer> =>
  node.call('POST', `/api/v1${path}`, { key: keys.get(node), body });
const peerId = (node: Harness): string => node.components.identity?.peerId ?? '';
const meshPort = (node: Harness): number => node.components.mesh?.mesh.port ?? 0;
const inviteOf = async (node: Harness): Promise<string> =>
  String((await get(node, `/p2p/invite?public_host=127.0.0.1`)).json['invite_code']);
const connected = (node: Harness, other: Harness): Promise<true> =>
  eventually(
    'connected',
    async () =>
      ((await get(node, '/p2p/peers')).json['connected_peers'] as string[]).includes(peerId(other)) ||
      undefined,
  );

test('status without a key has numbers only, with one the whole object', async () => {
  const open = await a.call('GET', '/api/v1/p2p/status');
  assert.deepEqual(Object.keys(open.json).sort(), [
    'canopy_version',
    'connected_peers',
    'discovered_peers',
    'peer_id',
    'protocol_version',
    'relay_policy',
    'running',
  ]);
  assert.deepEqual([open.json['running'], open.json['peer_id']], [true, peerId(a)]);
  const whole = (await get(a, '/p2p/status')).json;
  for (const field of ['connected_peers_list', 'peers', 'peer_versions', 'sync_digest', 'security'])
    assert.ok(field in whole, field);
});

test('an invite puts the public address first and checks it', async () => {
  const answer = (await get(a, '/p2p/invite?public_host=198.51.100.1&public_port=7771')).json;
  assert.equal((answer['endpoints'] as string[])[0], 'ws://198.51.100.1:7771');
  assert.deepEqual((answer['raw'] as { ep: string[] }).ep, answer['endpoints']);
  const v6 = (await get(a, '/p2p/invite?public_host=2001:db8::1')).json;
  assert.equal((v6['endpoints'] as string[])[0], `ws://[2001:db8::1]:${meshPort(a)}`);
  const external = (
    await get(a, '/p2p/invite?external_endpoint=wss%3A%2F%2Fmesh.example.org&public_host=vpn.example')
  ).json;
  assert.deepEqual((external['endpoints'] as string[]).slice(0, 2), [
    'wss://mesh.example.org:443',
    `ws://vpn.example:${meshPort(a)}`,
  ]);
  const wrong: [string, string][] = [
    ['public_host=198.51.100.1&public_port=99999', 'Invalid public port'],
    ['public_host=198.51.100.1&public_port=abc', 'Invalid public port'],
    ['public_host=http%3A%2F%2Fx', 'Invalid public host'],
    ['public_host=a%20b', 'Invalid public host'],
    ['public_host=0.0.0.0', 'Invalid public host'],
    ['external_endpoint=http%3A%2F%2Fmesh.example.org', 'Invalid external mesh endpoint'],
  ];
  for (const [query, error] of wrong) {
    const refused = await get(a, `/p2p/invite?${query}`);
    assert.deepEqual([refused.status, refused.json['error']], [400, error], query);
  }
});

test('a code that is no invite is 400 with the reason', async () => {
  const code = await inviteOf(a);
  const raw = JSON.parse(Buffer.from(code.slice(7), 'base64url').toString()) as Record<string, unknown>;
  const encode = (value: object): string =>
    `canopy:${Buffer.from(JSON.stringify(value)).toString('base64url')}`;
  const cases: [unknown, string, string][] = [
    ['hello', 'Invalid invite code', 'malformed'],
    [code.slice(0, -20), 'Invalid invite code', 'malformed'],
    [123, 'Invalid invite code', 'malformed'],
    [encode({ ...raw, pid: 'A'.repeat(16) }), 'Invalid invite code', 'id_mismatch'],
    [encode({ ...raw, epk: undefined }), 'Invalid invite code', 'malformed'],
    [await inviteOf(b), 'Invalid invite code', 'own_invite'],
  ];
  for (const [invite_code, error, reason] of cases) {
    const answer = await post(b, '/p2p/invite/import', { invite_code });
    assert.deepEqual([answer.status, answer.json['error'], answer.json['reason']], [400, error, reason]);
    if (reason === 'id_mismatch') assert.equal(answer.json['message'], 'Peer ID does not match public key');
  }
  assert.equal((await post(b, '/p2p/invite/import', {})).json['error'], 'invite_code required');
  assert.deepEqual((await get(b, '/p2p/known_peers')).json['known_peers'], []);
});

test('a peer that does not answer is registered all the same', async () => {
  const raw = JSON.parse(Buffer.from((await inviteOf(a)).slice(7), 'base64url').toString()) as Record<
    string,
    unknown
  >;
  const code = JSON.stringify({ ...raw, ep: ['ws://127.0.0.1:1', 'nonsense'] });
  const answer = await post(b, '/p2p/invite/import', { invite_code: code });
  assert.deepEqual(
    [answer.status, answer.json['status'], answer.json['peer_id']],
    [200, 'imported_not_connected', peerId(a)],
  );
  assert.ok((answer.json['attempts'] as unknown[]).length > 0);
  const known = (await get(b, '/p2p/known_peers')).json['known_peers'] as {
    peer_id: string;
    connected: boolean;
  }[];
  assert.deepEqual(
    known.map((peer) => [peer.peer_id, peer.connected]),
    [[peerId(a), false]],
  );
});

test('importing connects, is consent to that peer, and says when it was connected before', async () => {
  const invite_code = await inviteOf(a);
  const answer = await post(b, '/p2p/invite/import', { invite_code });
  assert.deepEqual([answer.status, answer.json['status']], [200, 'connected'], answer.text);
  assert.equal(answer.json['connected_endpoint'], `ws://127.0.0.1:${meshPort(a)}`);
  assert.equal((await get(b, `/trust/${peerId(a)}`)).json['is_trusted'], true);
  assert.equal((await get(a, `/trust/${peerId(b)}`)).json['is_trusted'], false);
  assert.equal((await post(b, '/p2p/invite/import', { invite_code })).json['already_connected'], true);
  await Promise.all([connected(a, b), connected(b, a)]);
  const peers = (await get(b, '/p2p/peers')).json;
  assert.deepEqual(
    (peers['links'] as { peer_id: string; protection: string; via: null }[]).map((link) => [
      link.peer_id,
      link.protection,
      link.via,
    ]),
    [[peerId(a), 'secure', null]],
  );
  // The same id with another agreement key: refused, and shown with the peer.
  const read = (code: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(code.slice(7), 'base64url').toString()) as Record<string, unknown>;
  const forged = JSON.stringify({ ...read(invite_code), xpk: read(await inviteOf(b))['xpk'] });
  const refusal = await post(b, '/p2p/invite/import', { invite_code: forged });
  assert.deepEqual([refusal.status, refusal.json['reason']], [400, 'key_conflict'], refusal.text);
  const known = (await get(b, '/p2p/known_peers')).json['known_peers'] as { key_conflicts: unknown }[];
  assert.deepEqual(known[0]?.key_conflicts, [{ key: 'x25519', source: 'invite', introduced_by: null }]);
});

test('a link says that it is secure and pinned, and who may lift the pin', async () => {
  await connected(a, b);
  const peer = peerId(b);
  const link = async (): Promise<Record<string, unknown> | undefined> =>
    ((await get(a, '/p2p/peers')).json['links'] as Record<string, unknown>[]).find(
      (one) => one['peer_id'] === peer,
    );
  const before = await link();
  assert.deepEqual([before?.['protection'], before?.['pinned'], before?.['via']], ['secure', true, null]);
  const lift = (body: unknown, key?: string): Promise<TestAnswer> =>
    a.call('POST', '/api/v1/p2p/security', { key: key ?? keys.get(a), body });
  assert.equal(
    (await lift({ peer_id: peer, action: 'unpin' }, a.key('owner', ['read_messages']))).status,
    403,
  );
  assert.equal((await lift({ peer_id: 'nobody', action: 'unpin' })).json['code'], 'invalid_peer_id');
  assert.equal((await lift({ peer_id: peer, action: 'trust' })).json['code'], 'invalid_security_action');
  assert.equal((await link())?.['pinned'], true);
  const lifted = await lift({ peer_id: peer, action: 'unpin' });
  assert.deepEqual([lifted.status, lifted.json['pinned']], [200, false]);
  assert.equal((await link())?.['pinned'], false);
  assert.equal((await lift({ peer_id: peer, action: 'unpin' })).json['code'], 'peer_not_pinned');
});

test('a file that did not come can be asked for again, of who is connected', async () => {
  await connected(a, b);
  const ask = (peer: string, file: string): Promise<TestAnswer> =>
    a.call('POST', '/api/v1/files/fetch', {
      key: a.key('owner', ['read_files']),
      body: { peer_id: peer, origin_file_id: file },
    });
  assert.deepEqual((await ask(peerId(b), 'Fnone')).json, { success: true, asked: true });
  assert.equal((await ask('nobody', 'Fnone')).json['code'], 'invalid_peer_id');
  assert.equal((await ask(peerId(b), 'x'.repeat(999))).json['code'], 'file_not_found');
});

test('the asked side decides; only the owner or a key with manage_keys may', async () => {
  const request = await eventually(
    'the request',
    async () => ((await get(a, '/p2p/requests')).json['requests'] as { peer_id: string }[])[0],
  );
  assert.equal(request.peer_id, peerId(b));
  const weak = a.key('owner', ['read_messages', 'write_messages']);
  const path = `/api/v1/p2p/requests/${peerId(b)}`;
  assert.equal((await a.call('POST', path, { key: weak, body: { action: 'accept' } })).status, 403);
  assert.equal(
    (await a.call('PUT', `/api/v1/trust/${peerId(b)}`, { key: weak, body: { score: 90 } })).status,
    403,
  );
  assert.equal((await post(a, `/p2p/requests/${peerId(b)}`, { action: 'hug' })).status, 400);
  assert.equal((await post(a, `/p2p/requests/${'1'.repeat(16)}`, { action: 'accept' })).status, 404);
  for (const [action, state] of [
    ['block', 'blocked'],
    ['ignore', 'ignored'],
  ] as const) {
    await post(a, `/p2p/requests/${peerId(b)}`, { action });
    assert.equal((await get(a, '/p2p/requests')).json['count'], 0);
    const answered = (await get(a, '/p2p/requests?answered=yes')).json['requests'] as Record<
      string,
      unknown
    >[];
    assert.deepEqual(
      [answered.length, answered[0]?.['peer_id'], answered[0]?.['state']],
      [1, peerId(b), state],
    );
  }
  const accepted = await post(a, `/p2p/requests/${peerId(b)}`, { action: 'accept' });
  assert.equal((await get(a, '/p2p/requests?answered=yes')).json['count'], 0);
  assert.deepEqual(accepted.json, { success: true, peer_id: peerId(b), state: 'accepted' });
  assert.equal((await get(a, `/trust/${peerId(b)}`)).json['is_trusted'], true);
  assert.equal((await get(a, '/p2p/requests')).json['count'], 0);
});

test('people of the other node are found by include_humans and can be written to', async () => {
  const remote = await eventually('the person', async () => {
    const people = (await get(a, '/agents?include_humans=1')).json['agents'] as {
      user_id: string;
      is_remote: boolean;
      origin_peer: string;
    }[];
    return people.find((person) => person.is_remote);
  });
  assert.equal(remote.origin_peer, peerId(b));
  const sent = await post(a, '/messages', { recipient_id: remote.user_id, content: 'for you' });
  assert.equal(sent.status, 201);
  await eventually('it arrives', async () => {
    const messages = (await get(b, '/messages')).json['messages'] as { content: string }[];
    return messages.some((message) => message.content === 'for you');
  });
});

test('p2p/send tells what became of it', async () => {
  const broadcast = await post(b, '/p2p/send', { content: 'Hello from Machine B!', broadcast: true });
  assert.deepEqual(
    [broadcast.json['success'], broadcast.json['message'], broadcast.json['delivered_to']],
    [true, 'Message broadcast to all peers', [peerId(a)]],
  );
  const direct = await post(b, '/p2p/send', { content: 'Hello peer!', peer_id: peerId(a) });
  assert.deepEqual([direct.json['success'], direct.json['message']], [true, `Message sent to ${peerId(a)}`]);
  const nobody = await post(b, '/p2p/send', { content: 'x', peer_id: 'unknownpeer' });
  assert.deepEqual(
    [nobody.status, nobody.json['success'], nobody.json['message']],
    [200, false, 'Failed to send message'],
  );
  assert.equal(
    (await post(b, '/p2p/send', { content: 'x' })).json['error'],
    'peer_id required for direct message',
  );
  assert.equal(
    (await post(b, '/p2p/send', { peer_id: peerId(a) })).json['error'],
    'Message content required',
  );
});

test('p2p/send repeated after the node ended before its answer was kept sends nothing again, and answers', async () => {
  for (const body of [
    { content: 'once to all', broadcast: true },
    { content: 'once to one', peer_id: peerId(a) },
  ]) {
    const name = body.content.replaceAll(' ', '-');
    const send = (): Promise<TestAnswer> =>
      b.call('POST', '/api/v1/p2p/send', {
        key: keys.get(b),
        body,
        headers: { 'Idempotency-Key': name },
      });
    const first = await send();
    assert.deepEqual(first.json['delivered_to'], [peerId(a)]);
    b.sql.run('UPDATE native_created SET answer = NULL WHERE key = @key', { key: name });
    const again = await send();
    assert.equal(again.headers.get('idempotency-replayed'), 'true', again.text);
    assert.deepEqual(again.json, first.json);
  }
  const texts = (await get(a, '/messages?limit=100')).text;
  for (const content of ['once to all', 'once to one']) assert.equal(texts.split(`"${content}"`).length, 2);
});

test('disconnect, reconnect, activity and diagnostics', async () => {
  assert.equal(
    (await post(b, '/p2p/reconnect', { peer_id: peerId(a) })).json['message'],
    'Already connected',
  );
  assert.equal((await post(b, '/p2p/disconnect', { peer_id: peerId(a) })).json['status'], 'disconnected');
  assert.equal((await post(b, '/p2p/disconnect', { peer_id: peerId(a) })).json['status'], 'not_connected');
  const unknown = await post(b, '/p2p/reconnect', { peer_id: 'unknownpeer' });
  assert.deepEqual([unknown.status, unknown.json['error']], [400, 'No known endpoints for this peer']);
  const back = await post(b, '/p2p/reconnect', { peer_id: peerId(a) });
  assert.deepEqual([back.status, back.json['status']], [200, 'connected'], back.text);
  assert.equal((await post(b, '/p2p/reconnect_all')).status, 202);
  const activity = (await get(b, '/p2p/activity?kind=connection&limit=500')).json;
  assert.ok((activity['events'] as { status: string }[]).some((event) => event.status === 'connected'));
  assert.equal(
    typeof (activity['peers'] as Record<string, { connected_at: number }>)[peerId(a)]?.connected_at,
    'number',
  );
  const later = (await get(b, `/p2p/activity?since=${String(activity['server_time'])}`)).json;
  assert.deepEqual(later['events'], []);
  const diagnostics = (await get(b, '/p2p/diagnostics')).json;
  const [peer] = diagnostics['peers'] as { peer_id: string; connection_type: string }[];
  assert.deepEqual([peer?.peer_id, peer?.connection_type], [peerId(a), 'direct']);
  const none = await post(b, '/p2p/promote_direct', { peer_id: 'unknownpeer' });
  assert.deepEqual([none.status, none.json['status']], [400, 'no_endpoints']);
  const stranger = await post(b, '/p2p/connect_introduced', { peer_id: 'unknownpeer' });
  assert.deepEqual([stranger.status, stranger.json['error']], [404, 'Peer not found in introduced list']);
});

test('the diagnostics of the page name who is caught up with', async () => {
  const sync = a.components.mesh?.sync;
  assert.ok(sync);
  const caughtUp = async (): Promise<unknown> => {
    const answer = await a.call('GET', '/ajax/p2p/diagnostics', { session: sessions.get(a) });
    return (answer.json['diagnostics'] as { sync: { active_catchups: unknown } }).sync.active_catchups;
  };
  assert.deepEqual(await caughtUp(), []);
  const active = mock.method(sync, 'activeCatchups', () => [peerId(b)]);
  assert.deepEqual(await caughtUp(), [peerId(b)]);
  active.mock.restore();
});

test('the relay policy is set by its three words only', async () => {
  assert.equal(
    (await post(b, '/p2p/relay_policy', { policy: '  FULL_RELAY ' })).json['relay_policy'],
    'full_relay',
  );
  assert.equal((await get(b, '/p2p/relay_status')).json['relay_policy'], 'full_relay');
  for (const body of [{}, { policy: 'maximum' }, { policy: null }, { policy: 3 }]) {
    assert.equal((await post(b, '/p2p/relay_policy', body)).status, 400);
  }
});

test('forgetting removes the peer and its trust, and says when there was nothing', async () => {
  const answer = (await post(b, '/p2p/forget', { peer_id: peerId(a) })).json;
  assert.deepEqual(
    [answer['success'], answer['status'], answer['removed_known_peer'], answer['disconnected']],
    [true, 'forgotten', true, true],
  );
  const cleanup = (answer['residue_cleanup'] as { cleanup: { trust_scores_deleted: number } }).cleanup;
  assert.equal(cleanup.trust_scores_deleted, 1);
  assert.equal((await get(b, `/trust/${peerId(a)}`)).json['is_trusted'], false);
  await b.call('PUT', `/api/v1/trust/${peerId(a)}`, { key: keys.get(b), body: { score: 90 } });
  assert.equal((await get(b, `/trust/${peerId(a)}`)).json['is_trusted'], true);
  const kept = (await post(b, '/p2p/forget', { peer_id: peerId(a), purge_residue: false })).json;
  assert.deepEqual(
    [kept['status'], kept['residue_cleanup']],
    ['forgotten', { success: true, skipped: true }],
  );
  assert.equal(
    (await get(b, `/trust/${peerId(a)}`)).json['is_trusted'],
    false,
    'consent goes whatever stays',
  );
  const nothing = (await post(b, '/p2p/forget', { peer_id: 'unknownpeer' })).json;
  assert.deepEqual([nothing['success'], nothing['status']], [true, 'not_found']);
});
