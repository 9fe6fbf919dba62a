/**
 * The main job over real sockets: two nodes in processes of their own meet by invite, talk in #general and by direct
 * message, survive restarts, and fill what was missed.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NodeProcess, eventually } from './node-process.ts';
import type { TestMessage } from './node-process.ts';

const a = new NodeProcess({ name: 'alpha' });
const b = new NodeProcess({ name: 'beta' });

before(async () => {
  await Promise.all([a.start(), b.start()]);
  await Promise.all([a.setUp(), b.setUp()]);
});
after(async () => {
  await Promise.all([a.dispose(), b.dispose()]);
});

test('status answers without a key, with numbers only', async () => {
  const { status, body } = await a.request('GET', '/api/v1/p2p/status');
  assert.equal(status, 200);
  assert.equal(body['running'], true);
  assert.equal(body['connected_peers'], 0);
  assert.equal(body['connected_peers_list'], undefined);
});

test('an invite connects two nodes, and the unasked side sees a request', async () => {
  const imported = await b.importInviteOf(a);
  assert.equal(imported['status'], 'connected');
  assert.equal(imported['peer_id'], await a.peerId());
  await a.waitConnected(await b.peerId());
  await b.waitConnected(await a.peerId());
  const requests = await eventually('the request shows', async () => {
    const answer = await a.api<{ count: number; requests: { peer_id: string }[] }>('GET', '/p2p/requests');
    return answer.count > 0 && answer;
  });
  assert.deepEqual(
    requests.requests.map((request) => request.peer_id),
    [await b.peerId()],
  );
});

test('content of an unaccepted peer waits, and arrives by catch-up once accepted', async () => {
  await b.post('written before acceptance');
  const accepted = await a.api('POST', `/p2p/requests/${await b.peerId()}`, { action: 'accept' });
  assert.equal(accepted['success'], true);
  await a.waitForMessage('written before acceptance');
});

test('#general crosses live in both directions, with names', async () => {
  await a.post('hello from alpha');
  await b.post('hello from beta');
  const atB = await b.waitForMessage('hello from alpha');
  const atA = await a.waitForMessage('hello from beta');
  assert.equal(atB.user_id, a.userId);
  assert.equal(atA.user_id, b.userId);
  await eventually(
    'names appear',
    async () => (await b.waitForMessage('hello from alpha')).display_name === 'alpha-owner',
  );
});

test('a direct message crosses, end to end encrypted', async () => {
  const sent = await a.api<{ message: TestMessage }>('POST', '/messages', {
    recipient_id: b.userId,
    content: 'for beta alone',
  });
  assert.equal((sent.message.metadata?.['security'] as { mode?: string } | undefined)?.mode, 'peer_e2e_v1');
  const received = await eventually('the message arrives', async () =>
    (await b.api<{ messages: TestMessage[] }>('GET', '/messages')).messages.find(
      (message) => message.content === 'for beta alone',
    ),
  );
  assert.equal(received.sender_id, a.userId);
});

test('p2p/send reaches the people of the other node', async () => {
  const broadcast = await b.api('POST', '/p2p/send', { content: 'Hello from Machine B!', broadcast: true });
  assert.equal(broadcast['success'], true);
  assert.deepEqual(broadcast['delivered_to'], [await a.peerId()]);
  const direct = await b.api('POST', '/p2p/send', { content: 'Hello peer!', peer_id: await a.peerId() });
  assert.equal(direct['success'], true);
  for (const content of ['Hello from Machine B!', 'Hello peer!']) {
    await eventually(`"${content}" shows`, async () =>
      (await a.api<{ messages: TestMessage[] }>('GET', '/messages')).messages.some(
        (message) => message.content === content,
      ),
    );
  }
});

test('after a restart the nodes find each other again and each gets what it missed', async () => {
  await a.stop();
  await b.post('while alpha was away');
  await a.start();
  await a.waitConnected(await b.peerId());
  await a.waitForMessage('while alpha was away');
  assert.equal(await b.stop(), 0);
  await a.post('while beta was away');
  await b.start();
  await b.waitForMessage('while beta was away');
  for (const node of [a, b]) {
    const contents = (await node.generalMessages()).map((message) => message.content);
    assert.equal(new Set(contents).size, contents.length, 'nothing shows twice');
  }
});

test('a direct message to a stopped node is owed and arrives when it returns', async () => {
  await b.stop();
  await a.api('POST', '/messages', { recipient_id: b.userId, content: 'kept for later' });
  await a.stop();
  await Promise.all([a.start(), b.start()]);
  await eventually('the owed message arrives', async () =>
    (await b.api<{ messages: TestMessage[] }>('GET', '/messages')).messages.some(
      (message) => message.content === 'kept for later',
    ),
  );
});
