/** Messages kept after they were read: the same as read anew, whatever happened in between. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { RowMemory } from '../../server/store/row-memory.ts';
import type { ChannelId, MessageId, UserId } from '../../server/wire/ids.ts';
import { memoryStore, NOW } from './support.ts';

const ADA = 'user_ada' as UserId;
const ROOMS = ['C1', 'C2'] as ChannelId[];
const idOf = (n: number): MessageId => `M${n}` as MessageId;

function withRooms() {
  const parts = memoryStore();
  const { users, channels } = parts.rows;
  users.insert({ id: ADA, username: 'ada', publicKey: 'k', displayName: null, now: NOW });
  const room = { name: 'room', channelType: 'private', privacyMode: 'private', description: null, now: NOW };
  for (const id of ROOMS) channels.insert({ id, ...room, createdBy: ADA, originPeer: null });
  return parts;
}

describe('a row that was read', () => {
  test('is what the table holds, after every write in every order, done or undone', () => {
    const step = fc.record({
      what: fc.constantFrom('insert', 'answer', 'update', 'delete', 'join', 'undone', 'leave'),
      n: fc.nat(4),
      room: fc.constantFrom(...ROOMS),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const { rows, store } = withRooms();
        const { channelMessages, channels, awaitedParents } = rows;
        const insert = (n: number, channelId: ChannelId, parent: number | null): boolean =>
          channelMessages.insert({
            id: idOf(n),
            channelId,
            userId: ADA,
            content: `${channelId} ${n}`,
            createdAt: NOW,
            parentMessageId: parent === null ? null : idOf(parent),
          });
        const change = ({ what, n, room }: (typeof steps)[number], at: number): void => {
          if (what === 'insert') insert(n, room, null);
          if (what === 'answer') insert(n, room, (n + 1) % 5);
          if (what === 'update') channelMessages.update(idOf(n), { content: `at ${at}` });
          if (what === 'delete') channelMessages.delete(idOf(n), NOW);
          if (what === 'join') {
            awaitedParents.add(idOf(n), idOf((n + 1) % 5), NOW);
            awaitedParents.link(idOf(n));
          }
          if (what === 'leave' && channels.get(room) !== undefined) channels.delete(room);
        };
        for (const [at, one] of steps.entries()) {
          if (channels.get(one.room) === undefined) continue;
          if (one.what === 'undone')
            assert.throws(() =>
              store.commit.now(() => {
                insert(one.n, one.room, null);
                channelMessages.update(idOf(one.n), { content: 'undone' });
                channelMessages.get(idOf(one.n));
                throw new Error('undone');
              }),
            );
          else change(one, at);
          for (let n = 0; n < 5; n += 1) {
            // Inside a transaction nothing kept is used.
            const fresh = store.commit.now(() => channelMessages.get(idOf(n)));
            assert.deepEqual(channelMessages.get(idOf(n)), fresh);
            assert.deepEqual(channelMessages.get(idOf(n)), fresh);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test('is read once however many others come, frozen, and not kept when it is large', () => {
    const { rows, store } = withRooms();
    const memory = new RowMemory<{ text: string }>({ sql: store.sql }, { table: 'channel_messages' });
    let reads = 0;
    const read = (text: string) => () => {
      reads += 1;
      return { text };
    };
    memory.get('a', read('a'));
    memory.inserts();
    rows.channelMessages.insert({
      id: idOf(1),
      channelId: 'C1' as ChannelId,
      userId: ADA,
      content: 'x',
      createdAt: NOW,
    });
    const row = memory.get('a', read('a'));
    assert.equal(reads, 1);
    assert.ok(Object.isFrozen(row));
    for (let n = 0; n < 2; n += 1) memory.get('large', read('x'.repeat(10_000)));
    assert.equal(reads, 3);
    for (let n = 0; n < 300; n += 1) memory.get(`${n}`, read(''));
    memory.get('a', read('a'));
    assert.equal(reads, 304, 'the one read longest ago went first');
  });
});
