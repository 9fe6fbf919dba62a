/** A channel by time: parts that join without gap or overlap, threads, and the first message that was not read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ChannelId, MessageId, UserId } from '../../server/wire/ids.ts';
import { memoryStore, NOW } from './support.ts';

const GENERAL = 'general' as ChannelId;
const [ADA, BOB] = ['user_ada', 'user_bob'] as [UserId, UserId];
const SECOND = 1000;

function scene() {
  const { rows, ports } = memoryStore();
  for (const id of [ADA, BOB])
    rows.users.insert({ id, username: id, publicKey: 'k', displayName: null, now: NOW });
  const post = (id: string, at: number, extra: { parent?: string; by?: UserId; expiresAt?: number } = {}) =>
    rows.channelMessages.insert({
      id: id as MessageId,
      channelId: GENERAL,
      userId: extra.by ?? ADA,
      content: id,
      createdAt: at,
      parentMessageId: (extra.parent ?? null) as MessageId | null,
      expiresAt: extra.expiresAt ?? null,
    });
  return { rows, post, ports, now: NOW + 3600 * SECOND };
}

test('parts read backwards and forwards from any message make up the whole channel in order of time', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 20 }),
      fc.nat(19),
      fc.integer({ min: 1, max: 4 }),
      (times, from, limit) => {
        const { rows, post, now } = scene();
        times.forEach((at, index) => post(`M${index}`, NOW + at * SECOND));
        const order = times.map((at, index) => ({ at, id: `M${index}` }));
        order.sort((a, b) => a.at - b.at);
        const start = `M${from % times.length}` as MessageId;
        const found = [start];
        for (;;) {
          const place = rows.channelHistory.place(found[0] ?? start);
          const page = rows.channelHistory.before(GENERAL, place ?? null, { limit, now });
          if (page.length === 0) break;
          found.unshift(...page);
        }
        for (;;) {
          const place = rows.channelHistory.place(found.at(-1) ?? start);
          assert.ok(place !== undefined);
          const page = rows.channelHistory.after(GENERAL, place, { limit, now });
          if (page.length === 0) break;
          found.push(...page);
        }
        assert.deepEqual(
          found,
          order.map(({ id }) => id),
        );
        assert.deepEqual(rows.channelHistory.before(GENERAL, null, { limit, now }), found.slice(-limit));
      },
    ),
    { numRuns: 30 },
  );
});

test('a thread is its first message with answers to answers, and is found from any of them', () => {
  const { rows, post, now } = scene();
  post('root', NOW);
  post('other', NOW + SECOND);
  post('first', NOW + 2 * SECOND, { parent: 'root' });
  post('late', NOW + 4 * SECOND, { parent: 'first' });
  post('gone', NOW + 3 * SECOND, { parent: 'root', expiresAt: NOW + 4 * SECOND });
  for (const id of ['root', 'first', 'late'] as MessageId[]) {
    assert.equal(rows.channelHistory.root(id), 'root');
  }
  const read = (limit: number) => rows.channelHistory.thread('root' as MessageId, { limit, now });
  assert.deepEqual(read(9), ['root', 'first', 'late']);
  assert.deepEqual(read(2), ['root', 'late']);
  assert.deepEqual(rows.channelHistory.replyCounts(['root', 'first', 'other'] as MessageId[], now), {
    root: 2,
    first: 1,
  });
});

test('answers in a circle end', () => {
  const { rows, post, now } = scene();
  post('a', NOW);
  post('b', NOW + SECOND, { parent: 'a' });
  rows.channelMessages.update('a' as MessageId, { parentMessageId: 'b' as MessageId });
  const root = rows.channelHistory.root('a' as MessageId);
  assert.deepEqual([...rows.channelHistory.thread(root, { limit: 9, now })].sort(), ['a', 'b']);
});

test('the first unread message is the first of others after the read mark, wherever that is set', () => {
  const { rows, post, now } = scene();
  rows.channelMembers.add(GENERAL, BOB, 'member', NOW);
  assert.equal(rows.channelHistory.firstUnread(GENERAL, BOB, now), null);
  post('own', NOW + SECOND, { by: BOB });
  for (let n = 2; n <= 4; n += 1) post(`M${n}`, NOW + n * SECOND);
  assert.equal(rows.channelHistory.firstUnread(GENERAL, BOB, now), 'M2');
  rows.channelMembers.markRead(GENERAL, BOB, NOW + 4 * SECOND);
  assert.equal(rows.channelHistory.firstUnread(GENERAL, BOB, now), null);
  rows.channelMembers.setReadMark(GENERAL, BOB, NOW + 2 * SECOND);
  assert.equal(rows.channelHistory.firstUnread(GENERAL, BOB, now), 'M3');
});
