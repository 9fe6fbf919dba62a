/** The newest pages of channels, kept: the same as read anew, whatever happened (03 sections 5.5, 5.6). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { NewChannelMessage } from '../../server/store/channel-messages.ts';
import { PageMemory } from '../../server/store/page-memory.ts';
import type { ChannelId, MessageId, UserId } from '../../server/wire/ids.ts';
import { memoryStore, NOW } from './support.ts';

const SECOND = 1000;
const ADA = 'user_ada' as UserId;
const ROOM = 'C1' as ChannelId;

function withRoom() {
  const parts = memoryStore();
  const { rows } = parts;
  rows.users.insert({ id: ADA, username: 'ada', publicKey: 'k', displayName: null, now: NOW });
  const room = { name: 'room', channelType: 'private', privacyMode: 'private', description: null, now: NOW };
  rows.channels.insert({ id: ROOM, ...room, createdBy: ADA, originPeer: null });
  const post = (id: string, extra: Partial<NewChannelMessage> = {}): boolean =>
    rows.channelMessages.insert({
      id: id as MessageId,
      channelId: ROOM,
      userId: ADA,
      content: id,
      createdAt: NOW,
      ...extra,
    });
  const page = (now = NOW, limit = 50): string[] =>
    rows.channelMessages.page(ROOM, { limit, now }).map((message) => message.content);
  return { ...parts, post, page };
}

describe('kept pages of messages', () => {
  test('follow posts, edits, deletions and the end of their channel', () => {
    const { rows, post, page } = withRoom();
    assert.deepEqual(page(), []);
    post('M1');
    assert.deepEqual([page(), page()], [['M1'], ['M1']]);
    rows.channelMessages.update('M1' as MessageId, { content: 'changed', editedAt: NOW });
    assert.deepEqual(page(), ['changed']);
    post('M2', { createdAt: NOW + SECOND });
    rows.channelMessages.delete('M1' as MessageId, NOW);
    assert.deepEqual(page(), ['M2']);
    rows.channels.delete(ROOM);
    assert.deepEqual(page(), []);
  });

  test('let go of a message when its time comes, and show it again when the clock is set back', () => {
    const { post, page } = withRoom();
    post('M1');
    post('M2', { createdAt: NOW + SECOND, expiresAt: NOW + 60 * SECOND });
    assert.deepEqual(page(), ['M1', 'M2']);
    assert.deepEqual(page(NOW + 59 * SECOND), ['M1', 'M2']);
    assert.deepEqual(page(NOW + 60 * SECOND), ['M1']);
    assert.deepEqual(page(NOW + 61 * SECOND), ['M1']);
    assert.deepEqual(page(NOW + 10 * SECOND), ['M1', 'M2']);
  });

  test('an older message comes into a full page when a newer one expires', () => {
    const { post, page } = withRoom();
    post('M1');
    post('M2', { createdAt: NOW + SECOND, expiresAt: NOW + 60 * SECOND });
    assert.deepEqual(page(NOW, 1), ['M2']);
    assert.deepEqual(page(NOW + 60 * SECOND, 1), ['M1']);
  });

  test('what was posted and undone is not kept', () => {
    const { store, post, page } = withRoom();
    post('M1');
    assert.throws(() =>
      store.commit.now(() => {
        post('M2', { createdAt: NOW + SECOND });
        assert.deepEqual(page(), ['M1', 'M2']);
        throw new Error('undone');
      }),
    );
    assert.deepEqual(page(), ['M1']);
  });

  test('what one work of a shared commit posted and undid is not kept, what the others posted is', async () => {
    const { store, ports, post, page } = withRoom();
    const works = [
      store.commit.run(() => post('M1')),
      store.commit.run(() => {
        post('M2', { createdAt: NOW + SECOND });
        page();
        throw new Error('undone');
      }),
    ];
    ports.fire();
    const settled = await Promise.allSettled(works);
    assert.deepEqual(
      settled.map((one) => one.status),
      ['fulfilled', 'rejected'],
    );
    assert.deepEqual(page(), ['M1']);
  });

  test('a caller that changes a message, its attachments or the page fails', () => {
    const { rows, post } = withRoom();
    post('M1', { attachments: [{ id: 'F1', meta: { name: 'a' } }], security: { level: 1 } });
    const page = rows.channelMessages.page(ROOM, { limit: 5, now: NOW });
    const [message] = page;
    assert.throws(() => Object.assign(message ?? {}, { content: 'x' }), TypeError);
    assert.throws(() => message?.attachments.push({}), TypeError);
    assert.throws(() => Object.assign(message?.attachments[0] ?? {}, { id: 'F2' }), TypeError);
    assert.throws(() => Object.assign(message?.security ?? {}, { level: 2 }), TypeError);
    assert.throws(() => Array.prototype.push.call(page, message), TypeError);
  });

  test('JSON nested deeper than the stack is a page like any other', () => {
    const depth = 20_000;
    const { store, rows, post } = withRoom();
    post('M1');
    store.sql.run('UPDATE channel_messages SET attachments = @deep', {
      deep: '['.repeat(depth) + ']'.repeat(depth),
    });
    assert.equal(rows.channelMessages.page(ROOM, { limit: 5, now: NOW }).length, 1);
  });

  test('any order of posting, expiring, deleting and undoing reads as from a node that keeps nothing', () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('post'),
        at: fc.nat(5),
        expires: fc.option(fc.nat(20)),
        undo: fc.boolean(),
      }),
      fc.record({ kind: fc.constant('delete'), which: fc.nat(8) }),
      fc.record({ kind: fc.constant('wait'), seconds: fc.integer({ min: -3, max: 8 }) }),
    );
    type Step = {
      kind: string;
      at?: number;
      expires?: number | null;
      undo?: boolean;
      which?: number;
      seconds?: number;
    };
    fc.assert(
      fc.property(fc.array<Step>(step, { maxLength: 15 }), (steps) => {
        const { rows, store, post, page } = withRoom();
        let now = NOW;
        steps.forEach(({ kind, at = 0, expires = null, undo, which, seconds = 0 }, number) => {
          if (kind === 'wait') now += seconds * SECOND;
          if (kind === 'delete') rows.channelMessages.delete(`M${which}` as MessageId, now);
          if (kind === 'post') {
            const expiresAt = expires === null ? null : NOW + expires * SECOND;
            const work = (): void => {
              post(`M${number}`, { createdAt: NOW + at * SECOND, expiresAt });
              page(now, 3);
              if (undo === true) throw new Error('undone');
            };
            if (undo === true) assert.throws(() => store.commit.now(work));
            else store.commit.now(work);
          }
          // Inside a transaction nothing is remembered.
          const anew = store.commit.now(() => page(now, 3));
          assert.deepEqual(page(now, 3), anew);
        });
        store.close();
      }),
      { numRuns: 40 },
    );
  });
});

describe('memory of kept pages', () => {
  const row = (content: string) => ({ content, expiresAt: null });
  const at = { stamp: 1, now: NOW };

  test('holds a few pages: the one asked for longest ago goes first', () => {
    const memory = new PageMemory<{ content: string; expiresAt: number | null }>();
    let reads = 0;
    const ask = (key: string): unknown =>
      memory.get(key, at, () => {
        reads += 1;
        return [row(key)];
      });
    for (let i = 0; i < 16; i += 1) ask(`p${i}`);
    ask('p0');
    assert.equal(reads, 16);
    ask('p16');
    ask('p0');
    assert.equal(reads, 17, 'p1 went for p16');
    ask('p1');
    assert.equal(reads, 18);
  });

  test('a page of much text, wherever in the message it stands, is not kept', () => {
    const memory = new PageMemory<{ content: string; attachments: unknown[]; expiresAt: number | null }>();
    let reads = 0;
    const big = (): unknown =>
      memory.get('big', at, () => {
        reads += 1;
        return [{ content: '', attachments: [{ a: ['x'.repeat(300 * 1024)] }], expiresAt: null }];
      });
    big();
    big();
    assert.equal(reads, 2);
  });
});
