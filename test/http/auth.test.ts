/** Who may call what, in the order of 04 section 1.3. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PASSWORD, sessionOf, startHarness, type Harness, type Session } from './harness.ts';

let node: Harness;
let owner: Session;
let readOnly: string;
let voiceOnly: string;
const noSuchKey = 'A'.repeat(43);

before(async () => {
  node = await startHarness();
  owner = await node.setUp();
  readOnly = node.key('owner', ['read_messages', 'read_feed']);
  voiceOnly = node.key('owner', ['voice_call']);
});
after(() => node.close());

describe('keys', () => {
  test('are read from X-API-Key and from Authorization in each form', async () => {
    const forms: Record<string, string>[] = [
      { 'X-API-Key': ` ${readOnly} ` },
      { Authorization: `Bearer ${readOnly}` },
      { Authorization: `ApiKey ${readOnly}` },
      { Authorization: `api-key ${readOnly}` },
      { Authorization: `TOKEN ${readOnly}` },
      { Authorization: readOnly },
    ];
    for (const headers of forms) {
      const answer = await node.call('GET', '/api/v1/auth/status', { headers });
      assert.equal(answer.status, 200, JSON.stringify(headers));
    }
  });

  test('X-API-Key wins over Authorization, and a blank one counts as absent', async () => {
    const both = { 'X-API-Key': noSuchKey, Authorization: `Bearer ${readOnly}` };
    assert.equal((await node.call('GET', '/api/v1/auth/status', { headers: both })).status, 403);
    const blank = { 'X-API-Key': '  ', Authorization: `Bearer ${readOnly}` };
    assert.equal((await node.call('GET', '/api/v1/auth/status', { headers: blank })).status, 200);
  });

  test('are not taken from the query', async () => {
    const answer = await node.call('GET', `/api/v1/auth/status?api_key=${readOnly}`);
    assert.equal(answer.status, 401);
    assert.equal(answer.json['error'], 'API key required');
  });

  test('an unknown scheme is an invalid key, not a missing one', async () => {
    const answer = await node.call('GET', '/api/v1/channels', { headers: { Authorization: 'Basic eDp5' } });
    assert.deepEqual([answer.status, answer.json['error']], [403, 'Invalid or insufficient permissions']);
  });

  test('a bad key is never rescued by a session', async () => {
    const answer = await node.call('GET', '/api/v1/p2p/peers', { key: noSuchKey, session: owner });
    assert.deepEqual([answer.status, answer.json['code']], [403, 'insufficient_permissions']);
  });

  test('need the permission of the route; reading messages implies reading the feed, not the reverse', async () => {
    const feedOnly = node.key('owner', ['read_feed']);
    const messagesOnly = node.key('owner', ['read_messages']);
    assert.equal((await node.call('GET', '/api/v1/channels', { key: messagesOnly })).status, 200);
    assert.equal((await node.call('GET', '/api/v1/messages', { key: feedOnly })).status, 403);
    assert.equal((await node.call('GET', '/api/v1/keys', { key: readOnly })).status, 403);
  });

  test('any valid key passes routes that also take sessions', async () => {
    assert.equal((await node.call('GET', '/api/v1/p2p/peers', { key: voiceOnly })).status, 200);
  });

  test('of a waiting account get one answer everywhere but at auth/status', async () => {
    const registered = await node.call('POST', '/api/v1/register', {
      body: { username: 'bot', password: PASSWORD, account_type: 'agent' },
    });
    assert.equal(registered.status, 201);
    const key = String(registered.json['api_key']);
    const status = await node.call('GET', '/api/auth/status', { key });
    assert.deepEqual([status.status, status.json['status']], [200, 'pending_approval']);
    const other = await node.call('GET', '/api/v1/channels', { key });
    assert.equal(other.status, 403);
    assert.deepEqual(
      [other.json['error'], other.json['status']],
      ['Account pending approval', 'pending_approval'],
    );
    const info = await node.call('GET', '/api/v1/info', { key });
    assert.deepEqual(Object.keys(info.json), ['version']);
  });

  test('cannot create stronger keys, and only manage_keys creates any', async () => {
    const manager = node.key('owner', ['manage_keys', 'read_feed']);
    const stronger = await node.call('POST', '/api/v1/keys', {
      key: manager,
      body: { permissions: ['delete_data'] },
    });
    assert.deepEqual([stronger.status, stronger.json['code']], [403, 'key_exceeds_caller']);
    const equal = await node.call('POST', '/api/v1/keys', {
      key: manager,
      body: { permissions: ['read_feed'] },
    });
    assert.equal(equal.status, 201);
    const refused = await node.call('POST', '/api/v1/keys', {
      key: readOnly,
      body: { permissions: ['read_feed'] },
    });
    assert.deepEqual(
      [refused.status, refused.json['error']],
      [403, 'Invalid API key or insufficient permissions'],
    );
    const nobody = await node.call('POST', '/api/v1/keys', { body: { permissions: ['read_feed'] } });
    assert.equal(nobody.status, 401);
  });

  test('a revoked key is refused at once; revoking twice is no error', async () => {
    const key = node.key('owner', ['manage_keys']);
    const list = await node.call('GET', '/api/v1/keys', { key });
    const [newest] = list.json['keys'] as { id: string }[];
    const revoke = () =>
      node.call('DELETE', `/api/v1/keys/${newest?.id}`, {
        session: owner,
        headers: { 'X-Canopy-Page': '1' },
      });
    assert.equal((await revoke()).status, 200);
    assert.equal((await revoke()).status, 200);
    assert.equal((await node.call('GET', '/api/v1/keys', { key })).status, 403);
  });
});

describe('sessions', () => {
  test('are enough for S routes, need the CSRF token on unsafe ones', async () => {
    assert.equal((await node.call('GET', '/api/v1/p2p/peers', { session: owner })).status, 200);
    const body = { policy: 'broker_only' };
    assert.equal((await node.call('POST', '/api/v1/p2p/relay_policy', { session: owner, body })).status, 200);
    for (const csrf of ['', 'x', `${owner.csrf}x`]) {
      const refused = await node.call('POST', '/api/v1/p2p/relay_policy', {
        session: { ...owner, csrf },
        body,
      });
      assert.equal(refused.status, 403);
      assert.deepEqual(
        [refused.json['error'], refused.json['message']],
        ['Forbidden', 'Insufficient permissions'],
      );
    }
  });

  test('the CSRF token is never read from the URL', async () => {
    const path = `/api/v1/p2p/relay_policy?_csrf=${owner.csrf}&csrf_token=${owner.csrf}`;
    const answer = await node.call('POST', path, {
      session: { ...owner, csrf: '' },
      body: { policy: 'off' },
    });
    assert.equal(answer.status, 403);
  });

  test('a form may carry the CSRF token in its body', async () => {
    const peer = '1'.repeat(16);
    const form = `csrf_token=${encodeURIComponent(owner.csrf)}&peer_id=${peer}`;
    const answer = await node.call('POST', '/api/v1/p2p/connect_introduced', {
      session: { ...owner, csrf: '' },
      body: form,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });
    // Past the token check: this route reads no forms, so the peer id is missing.
    assert.deepEqual([answer.status, answer.json['error']], [400, 'peer_id required']);
  });

  test('a token of another session does not fit', async () => {
    const other = await node.call('POST', '/register', { body: { username: 'eve', password: PASSWORD } });
    const body = { policy: 'off' };
    const answer = await node.call('POST', '/api/v1/p2p/relay_policy', {
      session: { ...owner, csrf: sessionOf(other).csrf },
      body,
    });
    assert.equal(answer.status, 403);
  });

  test('key routes take one only from the page of this node', async () => {
    const bare = await node.call('GET', '/api/v1/channels', { session: owner });
    assert.deepEqual([bare.status, bare.json['error']], [401, 'API key required']);
    const page = await node.call('GET', '/api/v1/channels', {
      session: owner,
      headers: { 'X-Canopy-Page': '1' },
    });
    assert.equal(page.status, 200);
  });

  test('of a suspended account end', async () => {
    const registered = await node.call('POST', '/register', {
      body: { username: 'dave', password: PASSWORD },
    });
    const dave = sessionOf(registered);
    assert.equal((await node.call('GET', '/api/v1/p2p/peers', { session: dave })).status, 200);
    const { accounts } = node.components.workspace;
    const ownerId = accounts.owner()?.id;
    const daveId = (registered.json['user'] as { id: NonNullable<typeof ownerId> }).id;
    assert.ok(ownerId);
    accounts.setStatus(ownerId, daveId, 'suspended');
    assert.equal((await node.call('GET', '/api/v1/p2p/peers', { session: dave })).status, 401);
  });

  test('without credentials the two kinds of route answer differently', async () => {
    const s = await node.call('GET', '/api/v1/p2p/peers');
    assert.deepEqual(
      [s.status, s.json['error'], s.json['message']],
      [401, 'Authentication required', 'Sign in to the web UI or provide X-API-Key'],
    );
    const k = await node.call('GET', '/api/v1/channels');
    assert.deepEqual([k.status, k.json['error']], [401, 'API key required']);
  });
});

test('forgetting needs delete_data literally when a key is used, and is checked before the body', async () => {
  for (const body of [{}, '{broken', '[]']) {
    const answer = await node.call('POST', '/api/v1/p2p/forget', { key: readOnly, body });
    assert.deepEqual([answer.status, answer.json['error']], [403, 'Invalid or insufficient permissions']);
  }
});

test('a stranger who asks for a key is refused before the body is looked at', async () => {
  assert.equal((await node.call('POST', '/api/v1/keys', { body: '{broken' })).status, 401);
  assert.equal((await node.call('POST', '/api/v1/keys', { key: readOnly, body: '{broken' })).status, 403);
});
