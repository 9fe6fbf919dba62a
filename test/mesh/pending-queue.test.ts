import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PendingQueue } from '../../server/mesh/pending-queue.ts';
import type { Intent } from '../../server/mesh/pending-queue.ts';
import type { PeerId } from '../../server/wire/ids.ts';
import type { MessageType } from '../../server/wire/message-types.ts';

const TARGET = 'T' as PeerId;

function intent(type: MessageType, content: string, to = TARGET): Intent {
  return { type, to, payload: { content, metadata: {} }, ttl: 5, encrypt: false };
}

function contents(queue: PendingQueue): string[] {
  return queue.take(TARGET, 0).map((item) => (item.kind === 'own' ? item.intent.payload.content : ''));
}

test('what was put in first comes out first, once', () => {
  const queue = new PendingQueue();
  queue.addOwn(intent('channel_message', 'a'), 0);
  queue.addOwn(intent('channel_message', 'b'), 0);
  assert.deepEqual(queue.counts(), { T: 2 });
  assert.deepEqual(contents(queue), ['a', 'b']);
  assert.deepEqual(contents(queue), []);
  assert.equal(queue.total, 0);
});

test('a full queue gives up its oldest message, a delete signal last', () => {
  const queue = new PendingQueue();
  queue.addOwn(intent('delete_signal', 'keep'), 0);
  for (let i = 0; i < 500; i += 1) queue.addOwn(intent('channel_message', `${i}`), 0);
  assert.equal(queue.dropped, 1);
  const kept = contents(queue);
  assert.deepEqual([kept.length, kept[0], kept[1], kept.at(-1)], [500, 'keep', '1', '499']);

  for (let i = 0; i < 501; i += 1) queue.addOwn(intent('delete_signal', `${i}`), 0);
  assert.equal(contents(queue)[0], '1');
});

test('many targets and large messages are bounded together', () => {
  const queue = new PendingQueue();
  for (let i = 0; i < 6_000; i += 1) queue.addOwn(intent('channel_message', 'x', `T${i}` as PeerId), 0);
  assert.equal(queue.total, 5_000);
  const large = new PendingQueue();
  for (let i = 0; i < 100; i += 1) large.addOwn(intent('channel_message', 'x'.repeat(1_000_000)), 0);
  assert.equal(large.total, 33);
  large.drop(TARGET);
  large.addOwn(intent('channel_message', 'x'.repeat(1_000_000)), 0);
  assert.equal(large.total, 1);
});
