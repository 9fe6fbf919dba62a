/** Channel messages, direct messages and the journal: order, paging, visibility, expiry (03 sections 5.5, 5.6, 6.1, 8). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { ChannelMessage } from '../../server/store/channel-messages.ts';
import type { Conversation } from '../../server/store/direct-places.ts';
import { toDbTime } from '../../server/store/time.ts';
import type { ChannelId, MessageId, UserId } from '../../server/wire/ids.ts';
import { memoryStore, NOW } from './support.ts';

const SECOND = 1000;
const GENERAL = 'general' as ChannelId;
const [ADA, BOB, CAT] = ['user_ada', 'user_bob', 'user_cat'] as UserId[] as [UserId, UserId, UserId];
const WITH_ADA: Conversation = { kind: 'person', id: ADA };
const IN_GROUP: Conversation = { kind: 'group', id: 'group:x' };

function withPeople() {
  const parts = memoryStore();
  for (const id of [ADA, BOB, CAT])
    parts.rows.users.insert({ id, username: id, publicKey: 'k', displayName: null, now: NOW });
  const post = (id: string, at: number, extra: Partial<ChannelMessage> = {}): boolean =>
    parts.rows.channelMessages.insert({
      id: id as MessageId,
      channelId: GENERAL,
      userId: ADA,
      content: id,
      createdAt: at,
      ...extra,
    });
  const ids = (messages: readonly { id: string }[]): string[] => messages.map((message) => message.id);
  return { ...parts, post, ids };
}

describe('channel messages', () => {
  test('every field is read back', () => {
    const { rows } = withPeople();
    const parent = 'M0' as MessageId;
    rows.channelMessages.insert({ id: parent, channelId: GENERAL, userId: BOB, content: '', createdAt: NOW });
    const message = {
      id: 'M1' as MessageId,
      channelId: GENERAL,
      userId: ADA,
      content: 'Grüße 🌲',
      messageType: 'file',
      createdAt: NOW,
      originPeer: null,
      expiresAt: NOW + 60 * SECOND,
      parentMessageId: parent,
      attachments: [{ id: 'F1' }],
      security: { a: 1 },
      sourceReference: { b: 2 },
      sourceLayout: { c: 3 },
      repostPolicy: 'deny',
      encryptedContent: 'e',
      cryptoState: 'decrypted',
      keyId: 'K1',
      nonce: 'n',
      ttlSeconds: 60,
      ttlMode: 'x',
      lastActivityAt: NOW + SECOND,
    };
    assert.equal(rows.channelMessages.insert(message), true);
    assert.equal(rows.channelMessages.insert(message), false);
    assert.deepEqual(rows.channelMessages.get(message.id), { ...message, editedAt: null });
    assert.equal(
      rows.channelMessages.update(message.id, { content: 'new', editedAt: NOW, attachments: [] }),
      true,
    );
    assert.deepEqual(rows.channelMessages.get(message.id), {
      ...message,
      content: 'new',
      editedAt: NOW,
      attachments: [],
    });
    assert.equal(rows.channelMessages.update('no' as MessageId, { content: '' }), false);
    assert.equal(rows.channelMessages.replyCount(parent, NOW), 1);
  });

  test('a resurfaced parent takes its replies along; older pages follow without gap or repeat', () => {
    const { rows, post, ids } = withPeople();
    post('M1', NOW);
    post('M2', NOW + 10 * SECOND);
    post('M3', NOW + 20 * SECOND, { parentMessageId: 'M1' as MessageId });
    const page = (limit: number, before: string | null = null): string[] =>
      ids(
        rows.channelMessages.page(GENERAL, {
          limit,
          now: NOW,
          before: before === null ? null : (rows.channelMessages.position(before as MessageId) ?? null),
        }),
      );
    assert.deepEqual(page(10), ['M1', 'M3', 'M2']);
    rows.channelMessages.update('M1' as MessageId, { lastActivityAt: NOW + 30 * SECOND });
    assert.deepEqual(page(10), ['M2', 'M1', 'M3']);
    assert.deepEqual([page(1), page(1, 'M3'), page(1, 'M1'), page(1, 'M2')], [['M3'], ['M1'], ['M2'], []]);
  });

  test('pages are cut from the order of the specification, whatever the threads look like', () => {
    const thread = fc.record({
      at: fc.nat(4),
      parent: fc.option(fc.nat(20)),
      active: fc.option(fc.nat(6)),
      expired: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(thread, { maxLength: 20 }), fc.integer({ min: 1, max: 7 }), (messages, limit) => {
        const { rows, post, ids, store } = withPeople();
        for (const [n, { at, parent, active, expired }] of messages.entries()) {
          post(`M${n}`, NOW + at * SECOND, {
            parentMessageId: parent !== null && parent < n ? (`M${parent}` as MessageId) : null,
            lastActivityAt: active === null ? null : NOW + active * SECOND,
            expiresAt: expired ? NOW : null,
          });
        }
        const own = (n: number): number => messages[n]?.active ?? messages[n]?.at ?? 0;
        const key = (n: number): [number, number, number] => {
          const parent = messages[n]?.parent ?? null;
          return [own(parent !== null && parent < n ? parent : n), messages[n]?.at ?? 0, n];
        };
        const expected = messages
          .map((_, n) => n)
          .filter((n) => messages[n]?.expired === false)
          .sort((a, b) => {
            const [x, y] = [key(a), key(b)];
            return x[0] - y[0] || x[1] - y[1] || x[2] - y[2];
          })
          .map((n) => `M${n}`);
        const paged: string[] = [];
        for (let before: string | undefined; ; before = paged[0]) {
          const position = before === undefined ? null : rows.channelMessages.position(before as MessageId);
          const page = ids(rows.channelMessages.page(GENERAL, { limit, now: NOW, before: position ?? null }));
          assert.equal(page.length, Math.min(limit, expected.length - paged.length), 'pages are full');
          if (page.length === 0) break;
          paged.unshift(...page);
        }
        store.close();
        assert.deepEqual(paged, expected);
      }),
      { numRuns: 100 },
    );
  });

  test('a reply without its parent is kept, and linked when the parent comes', () => {
    const { rows, post, store } = withPeople();
    const parent = 'M1' as MessageId;
    const reply = 'M2' as MessageId;
    assert.equal(post(reply, NOW, { parentMessageId: parent }), true);
    assert.equal(rows.channelMessages.get(reply)?.parentMessageId, null);
    rows.awaitedParents.add(reply, parent, NOW);
    rows.awaitedParents.add('M3' as MessageId, 'M9' as MessageId, NOW);
    post(parent, NOW);
    assert.deepEqual(rows.awaitedParents.link(parent), [reply]);
    assert.equal(rows.channelMessages.get(reply)?.parentMessageId, parent);
    assert.deepEqual([rows.awaitedParents.link(parent), rows.awaitedParents.prune(NOW + 1)], [[], 1]);
    assert.equal(rows.channelMessages.delete(parent, NOW), true);
    assert.equal(rows.channelMessages.get(reply)?.parentMessageId, null);
    assert.deepEqual(store.sql.all('SELECT * FROM pragma_foreign_key_check'), []);
  });

  test('a parent in another channel is not linked', () => {
    const { rows, post } = withPeople();
    const other = 'C1' as ChannelId;
    rows.channels.insert({
      id: other,
      name: 'c',
      channelType: 'private',
      privacyMode: 'private',
      createdBy: ADA,
      originPeer: null,
      description: null,
      now: NOW,
    });
    post('M2', NOW);
    rows.awaitedParents.add('M2' as MessageId, 'M1' as MessageId, NOW);
    rows.channelMessages.insert({
      id: 'M1' as MessageId,
      channelId: other,
      userId: ADA,
      content: '',
      createdAt: NOW,
    });
    rows.awaitedParents.link('M1' as MessageId);
    assert.equal(rows.channelMessages.get('M2' as MessageId)?.parentMessageId, null);
  });

  test('what has expired is nowhere, and is purged with its likes', () => {
    const { rows, post, ids } = withPeople();
    post('M1', NOW, { expiresAt: NOW + 10 * SECOND });
    post('M2', NOW + SECOND, { expiresAt: NOW + 11 * SECOND, parentMessageId: 'M1' as MessageId });
    rows.reactions.add({ itemId: 'M1', userId: BOB, reactionType: 'like' }, NOW);
    const at = NOW + 10 * SECOND;
    assert.deepEqual(ids(rows.channelMessages.page(GENERAL, { limit: 9, now: at - 1 })), ['M1', 'M2']);
    assert.deepEqual(ids(rows.channelMessages.page(GENERAL, { limit: 9, now: at })), ['M2']);
    assert.deepEqual(rows.channelMessages.ranges(at), [
      { channelId: GENERAL, oldest: toDbTime(NOW + SECOND), latest: toDbTime(NOW + SECOND), count: 1 },
    ]);
    assert.deepEqual(
      [
        rows.channelMessages.purge(at - 1, 10),
        ids(rows.channelMessages.purge(at, 10)),
        ids(rows.channelMessages.purge(at, 10)),
      ],
      [[], ['M1'], []],
    );
    assert.deepEqual(
      [rows.reactions.of(['M1']), rows.channelMessages.get('M2' as MessageId)?.parentMessageId],
      [[], null],
    );
    assert.equal(rows.channelMessages.latestAt(GENERAL, NOW + 11 * SECOND), null);
  });

  test('catch-up selects by creation time', () => {
    const { rows, post, ids } = withPeople();
    for (let n = 0; n < 5; n += 1) post(`M${n}`, NOW + n * SECOND);
    const options = { limit: 2, now: NOW };
    assert.deepEqual(ids(rows.channelMessages.createdAfter(GENERAL, null, options)), ['M0', 'M1']);
    assert.deepEqual(ids(rows.channelMessages.createdAfter(GENERAL, NOW + SECOND, options)), ['M2', 'M3']);
    assert.deepEqual(ids(rows.channelMessages.createdBefore(GENERAL, NOW + 3 * SECOND, options)), [
      'M1',
      'M2',
    ]);
    assert.equal(rows.channelMessages.latestAt(GENERAL, NOW), NOW + 4 * SECOND);
  });

  test('unread are others’ messages since the read mark', () => {
    const { rows, post } = withPeople();
    rows.channelMembers.add(GENERAL, BOB, 'member', NOW);
    post('M1', NOW + SECOND);
    post('M2', NOW + 2 * SECOND, { userId: BOB });
    post('M3', NOW + 3 * SECOND);
    assert.equal(rows.channelMessages.unreadCount(GENERAL, BOB, NOW), 2);
    rows.channelMembers.markRead(GENERAL, BOB, NOW + SECOND);
    assert.equal(rows.channelMessages.unreadCount(GENERAL, BOB, NOW), 1);
    assert.equal(rows.channelMessages.unreadCount(GENERAL, CAT, NOW), 0, 'who is no member reads nothing');
  });

  test('one reaction per person and message', () => {
    const { rows, post } = withPeople();
    post('M1', NOW);
    const like = { itemId: 'M1', userId: BOB, reactionType: 'like' };
    assert.deepEqual(
      [rows.reactions.add(like, NOW), rows.reactions.add({ ...like, reactionType: 'love' }, NOW)],
      [true, false],
    );
    assert.deepEqual(rows.reactions.of(['M1', 'M2']), [like]);
    assert.deepEqual([rows.reactions.remove('M1', BOB), rows.reactions.remove('M1', BOB)], [true, false]);
  });
});

describe('direct messages', () => {
  function conversation() {
    const parts = withPeople();
    const send = (
      id: string,
      senderId: UserId,
      recipientId: string | null,
      metadata: Record<string, unknown> | null = null,
    ): boolean =>
      parts.rows.directMessages.insert({
        id: id as MessageId,
        senderId,
        recipientId,
        content: `text ${id}`,
        metadata,
        createdAt: NOW + Number(id) * SECOND,
      });
    return { ...parts, send };
  }

  test('content is sealed on disk and clear in the hand', () => {
    const { rows, store, send } = conversation();
    assert.deepEqual([send('1', ADA, BOB), send('1', ADA, BOB)], [true, false]);
    const stored = store.sql.get<{ content: string }>('SELECT content FROM messages');
    assert.match(stored?.content ?? '', /^ENC:1:[0-9a-f]{24}:[0-9a-f]+$/);
    assert.deepEqual(rows.directMessages.get('1' as MessageId), {
      id: '1',
      senderId: ADA,
      recipientId: BOB,
      content: 'text 1',
      contentState: 'decrypted',
      messageType: 'text',
      metadata: {},
      createdAt: NOW + SECOND,
      editedAt: null,
      deliveredAt: null,
      readAt: null,
    });
    const edit = { content: '', messageType: 'file', metadata: { attachments: [] }, editedAt: NOW };
    assert.equal(rows.directMessages.edit('1' as MessageId, edit), true);
    const edited = rows.directMessages.get('1' as MessageId);
    assert.deepEqual(
      [edited?.content, edited?.contentState, edited?.messageType, edited?.metadata, edited?.editedAt],
      ['', 'plain', 'file', { attachments: [] }, NOW],
    );
  });

  test('damaged and foreign rows are shown as such, never thrown', () => {
    const { rows, store, send } = conversation();
    send('1', ADA, BOB);
    for (const [content, state] of [
      ['ENC:1:00:00', 'failed'],
      [`ENC:1:${'0'.repeat(24)}:${'0'.repeat(40)}`, 'failed'],
      ['clear', 'plain'],
    ]) {
      store.sql.run("UPDATE messages SET content = @content, metadata = '{broken'", {
        content: content ?? '',
      });
      const row = rows.directMessages.get('1' as MessageId);
      assert.deepEqual([row?.contentState, row?.metadata], [state, {}]);
      assert.equal(rows.directMessages.visibleTo(BOB, { limit: 5 }).length, 1);
      assert.equal(rows.directMessages.visibleTo(CAT, { limit: 5 }).length, 0);
    }
  });

  test('a row is seen by its sender, recipient, listed group members, or everybody of a broadcast', () => {
    const { rows, send } = conversation();
    const { directMessages } = rows;
    send('1', ADA, BOB);
    send('2', BOB, ADA);
    send('3', ADA, 'group:x', { group_id: 'group:x', group_members: [ADA, BOB] });
    send('4', ADA, 'group:y', null);
    send('5', ADA, null);
    const seen = (user: UserId): string[] => directMessages.visibleTo(user, { limit: 10 }).map((m) => m.id);
    assert.deepEqual(
      [seen(ADA), seen(BOB), seen(CAT)],
      [['5', '4', '3', '2', '1'], ['5', '3', '2', '1'], ['5']],
    );
    assert.deepEqual(
      directMessages
        .visibleTo(BOB, { limit: 10, before: directMessages.position('3' as MessageId) ?? null })
        .map((m) => m.id),
      ['2', '1'],
    );
    assert.deepEqual(
      directMessages.visibleTo(BOB, { limit: 10, since: NOW + 2 * SECOND }).map((m) => m.id),
      ['5', '3'],
    );
    assert.deepEqual(
      directMessages.conversation(BOB, WITH_ADA, { limit: 1 }).map((m) => m.id),
      ['2'],
    );
    assert.deepEqual(
      directMessages
        .conversation(BOB, WITH_ADA, { limit: 9, before: directMessages.position('2' as MessageId) ?? null })
        .map((m) => m.id),
      ['1'],
    );
    assert.deepEqual(
      directMessages.conversation(BOB, IN_GROUP, { limit: 9 }).map((m) => m.id),
      ['3'],
    );
    assert.deepEqual(directMessages.conversation(CAT, IN_GROUP, { limit: 9 }), []);
    assert.deepEqual(
      directMessages.conversation(BOB, { kind: 'everyone' }, { limit: 9 }).map((m) => m.id),
      ['5'],
    );
    assert.deepEqual(rows.directHistory.unreadCounts(BOB), [
      { conversation: null, count: 1 },
      { conversation: 'group:x', count: 1 },
      { conversation: ADA, count: 1 },
    ]);
    const first = { id: '1' as MessageId, recipientId: BOB };
    assert.deepEqual(
      [directMessages.setRead(first, BOB, NOW), directMessages.setRead(first, BOB, NOW)],
      [true, false],
    );
    assert.deepEqual(
      [directMessages.setDelivered('1' as MessageId, NOW), directMessages.get('1' as MessageId)?.deliveredAt],
      [true, NOW],
    );
    assert.equal(rows.directHistory.unreadCounts(BOB).length, 2);
    assert.deepEqual(
      [directMessages.delete('1' as MessageId, NOW), directMessages.delete('1' as MessageId, NOW)],
      [true, false],
    );
  });
});

describe('the journal', () => {
  test('numbers ascend, types and targets filter, keys are unique', () => {
    const { rows } = withPeople();
    const { journal } = rows;
    const add = (n: number, type: string, target: UserId | null, key: string | null = null): number | null =>
      journal.append({
        eventId: `EVT${n}`,
        eventType: type,
        scope: target === null ? 'feed' : 'user',
        now: NOW + n,
        targetUserId: target,
        dedupeKey: key,
        payload: { n },
      });
    const [first, second, third] = [add(1, 'a', ADA), add(2, 'b', BOB, 'k'), add(3, 'a', null)];
    assert.ok(first !== null && second !== null && third !== null && first < second && second < third);
    assert.equal(add(4, 'b', BOB, 'k'), null);
    assert.deepEqual(
      [journal.latestSeq(), journal.get(second)?.payload, journal.get(third + 100)],
      [third, { n: 2 }, undefined],
    );
    const after = (seq: number, options: { types?: string[]; userId?: UserId } = {}): string[] =>
      journal.after(seq, { limit: 10, ...options }).map((row) => row.eventId);
    assert.deepEqual(
      [after(0), after(first), after(third)],
      [['EVT1', 'EVT2', 'EVT3'], ['EVT2', 'EVT3'], []],
    );
    assert.deepEqual(
      [after(0, { types: ['a'] }), after(0, { userId: ADA }), after(0, { types: [] })],
      [['EVT1', 'EVT3'], ['EVT1', 'EVT3'], []],
    );
    assert.equal(journal.prune(NOW + 2, 10), 1);
    assert.deepEqual(after(0), ['EVT2', 'EVT3']);
    assert.equal(journal.prune(0, 1), 1);
    assert.deepEqual(after(0), ['EVT3']);
    assert.equal(journal.prune(NOW * 2, 0), 1);
    const next = add(5, 'a', ADA);
    assert.ok(next !== null && next > third, 'a number is never given out twice');
  });
});
