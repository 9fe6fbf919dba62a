/** Asking other nodes to delete: who may ask for what, and whose answers count. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { createNodeIdentity } from '../../server/identity/node-identity.ts';
import { systemPorts } from '../../server/ports/system.ts';
import type { PeerId } from '../../server/wire/ids.ts';
import { startHarness, type Harness, type TestAnswer } from './harness.ts';

const [PEER, OTHER] = [1, 2].map(() => createNodeIdentity(systemPorts().random, nativeCrypto).peerId) as [
  PeerId,
  PeerId,
];

describe('delete signals', () => {
  let node: Harness;
  let key: string;
  let bob: string;
  before(async () => {
    node = await startHarness();
    await node.setUp();
    const { accounts, trust } = node.components.workspace;
    key = node.key('owner', ['delete_data', 'view_trust', 'write_feed', 'write_messages']);
    const { account } = await accounts.registerByApi({
      username: 'bob',
      password: 'Passw0rd!x',
      displayName: null,
      accountType: 'human',
    });
    const owner = accounts.owner();
    assert.ok(owner !== null);
    accounts.setStatus(owner.id, account.id, 'active');
    bob = node.key(account.id, ['delete_data', 'write_feed']);
    trust.setScore(PEER, 90);
  });
  after(() => node.close());

  const ask = (body: object, by = key): Promise<TestAnswer> =>
    node.call('POST', '/api/v1/delete-signals', { key: by, body: { target_peer_id: PEER, ...body } });
  const pending = async (query = ''): Promise<{ id: string }[]> =>
    (await node.call('GET', `/api/v1/delete-signals${query}`, { key })).json['delete_signals'] as {
      id: string;
    }[];
  const idOf = (answer: TestAnswer): string => (answer.json['delete_signal'] as { id: string }).id;

  it('asks a peer, waits for its answer, and believes nobody else', async () => {
    const asked = await ask({ data_type: 'channel_message', data_id: 'Mffff', reason: 'cleanup' });
    assert.equal(asked.status, 201);
    assert.equal(asked.json['status'], 'created_and_broadcast');
    const id = idOf(asked);
    assert.deepEqual(
      (await pending()).map((one) => one.id),
      [id],
    );
    assert.deepEqual(await pending(`?target_peer_id=${OTHER}`), []);
    const owed = node.sql.all<{ object_id: string }>('SELECT object_id FROM native_outbox');
    assert.deepEqual(
      owed.map((row) => row.object_id),
      ['channel_message:Mffff'],
    );
    const { deleteSignals, trust } = node.components.workspace;
    const before = trust.state(PEER);
    deleteSignals.answered(id, OTHER, 'complied');
    assert.equal((await pending()).length, 1);
    deleteSignals.answered(id, PEER, 'complied');
    assert.equal((await pending()).length, 0);
    deleteSignals.answered(id, PEER, 'rejected');
    assert.deepEqual(deleteSignals.counts(), { total: 1, pending: 0, complied: 1, violated: 0 });
    assert.deepEqual(trust.state(PEER), before, 'trust is for people to change');
    assert.equal(trust.state(OTHER).explicit, false);
  });

  it('lets only the author ask, and the owner for the accounts of the node', async () => {
    const posted = await node.call('POST', '/api/v1/channels/messages', {
      key,
      body: { channel_id: 'general', content: 'mine' },
    });
    const { id } = posted.json['message'] as { id: string };
    const refused = await ask({ data_type: 'channel_message', data_id: id }, bob);
    assert.equal(refused.status, 403);
    assert.equal(refused.json['code'], 'delete_signal_not_owned');
    assert.equal((await ask({ data_type: 'channel_message', data_id: id })).status, 201);
    assert.equal((await ask({ data_type: 'message', data_id: 'ffff' })).status, 403, 'not here, so nobody’s');
    assert.equal((await ask({ data_type: 'channel', data_id: 'general' }, bob)).status, 403);
  });

  it('refuses what is no signal', async () => {
    const none = await ask({ target_peer_id: '', data_type: 'x' });
    assert.deepEqual(
      [none.status, none.json['error']],
      [400, 'target_peer_id, data_type, and data_id required'],
    );
    assert.equal((await ask({ data_type: 'file', data_id: 'F1' })).json['code'], 'invalid_data_type');
    const stranger = await ask({ target_peer_id: OTHER, data_type: 'post', data_id: 'p' });
    assert.equal(stranger.json['code'], 'peer_not_accepted');
    assert.equal((await ask({ target_peer_id: 'x', data_type: 'post', data_id: 'p' })).status, 400);
    assert.equal(
      (await ask({ data_type: 'post', data_id: 'p' }, node.key('owner', ['write_feed']))).status,
      403,
    );
  });

  it('asks everybody, of whom no single answer counts, and forgets with the peer', async () => {
    const all = await ask({ target_peer_id: 'all', data_type: 'feed_post', data_id: 'p9' });
    assert.equal((all.json['delete_signal'] as { target_peer_id: string }).target_peer_id, '*');
    node.components.workspace.deleteSignals.answered(idOf(all), PEER, 'rejected');
    assert.equal(node.components.workspace.deleteSignals.counts().violated, 0);
    const removed = node.components.workspace.peerCleanup.forget(PEER);
    assert.equal(removed.deleteSignals, 2);
  });
});
