import test from 'node:test';
import assert from 'node:assert/strict';
import type { DirectMessage } from '../../../web/api/types.ts';
import {
  conversationAddress,
  conversationKey,
  conversationList,
  conversationOf,
  directMessageAddress,
  placeOf,
  protectionWords,
  withOwn,
  type ConversationId,
} from '../../../web/state/conversations.ts';
import { parseLocation } from '../../../web/state/router.ts';

const ME = 'user_me';
let n = 0;
function message(
  from: string,
  to: string | null,
  minute: number,
  over: Partial<DirectMessage> = {},
): DirectMessage {
  n += 1;
  return {
    id: `d${n}`,
    sender_id: from,
    recipient_id: to,
    content: `text ${n}`,
    message_type: 'text',
    status: 'delivered',
    created_at: `2026-01-02T03:${String(minute).padStart(2, '0')}:00+00:00`,
    edited_at: null,
    delivered_at: null,
    read_at: null,
    metadata: null,
    attachments: [],
    sender_name: from,
    delivery: null,
    like_counts: {},
    liked_by: {},
    reactions_unseen_by: [],
    ...over,
  };
}

test('a message belongs to the other person, to the group, or to everyone', () => {
  assert.deepEqual(placeOf(message('user_b', ME, 1), ME), { kind: 'person', id: 'user_b' });
  assert.deepEqual(placeOf(message(ME, 'user_b', 1), ME), { kind: 'person', id: 'user_b' });
  assert.deepEqual(placeOf(message(ME, ME, 1), ME), { kind: 'person', id: ME });
  assert.deepEqual(placeOf(message('user_b', 'group:1', 1), ME), { kind: 'group', id: 'group:1' });
  assert.deepEqual(placeOf(message('user_b', null, 1), ME), { kind: 'everyone' });
});

const listed = (...messages: DirectMessage[]): { last: DirectMessage; unread: number }[] =>
  messages.map((last, index) => ({ last, unread: index }));

test('the conversation with the newest message is first, with what is unread in it', () => {
  const found = conversationList(
    listed(message('user_b', ME, 3), message(ME, 'user_c', 5), message('user_d', null, 4)),
    ME,
  );
  assert.deepEqual(
    found.map(({ key, unread }) => [key, unread]),
    [
      ['person:user_c', 1],
      ['everyone', 2],
      ['person:user_b', 0],
    ],
  );
});

test('an own message becomes the last one of its conversation, which stays as unread as it was', () => {
  const before = listed(message('user_c', ME, 1), message('user_b', ME, 2));
  const own = message(ME, 'user_b', 6);
  const now = withOwn(before, own, ME);
  assert.deepEqual(
    now.map(({ last, unread }) => [last.recipient_id, unread]),
    [
      ['user_b', 1],
      [ME, 0],
    ],
  );
  assert.equal(withOwn(before, message(ME, 'user_new', 7), ME).length, 3);
});

test('a group keeps its members, odd metadata does no harm', () => {
  const group = message('user_b', 'group:1', 1, { metadata: { group_members: ['user_b', ME, 7] } });
  assert.deepEqual(conversationList(listed(group), ME)[0]?.members, ['user_b', ME]);
  assert.deepEqual(
    conversationList(listed(message('user_b', ME, 1, { metadata: { group_members: 'x' } })), ME)[0]?.members,
    [],
  );
});

test('addresses lead back to their conversation, also with a message or a thread', () => {
  const all: ConversationId[] = [
    { kind: 'person', id: 'user_b' },
    { kind: 'group', id: 'group:a|b&c' },
    { kind: 'everyone' },
  ];
  for (const id of all) {
    const back = conversationOf(parseLocation(conversationAddress(id)).query);
    assert.ok(back !== null);
    assert.equal(conversationKey(back), conversationKey(id));
    const { query } = parseLocation(directMessageAddress(id, 'd&1', 'thread'));
    assert.deepEqual([conversationOf(query), query.get('thread')], [id, 'd&1']);
  }
  assert.equal(conversationOf(new URLSearchParams('search=x')), null);
});

test('protection is never more than the message says', () => {
  assert.equal(protectionWords(null), '');
  assert.equal(protectionWords(message(ME, 'user_b', 1)), '');
  assert.equal(protectionWords(message(ME, 'user_b', 1, { metadata: { security: { e2e: 'yes' } } })), '');
  assert.match(
    protectionWords(message(ME, 'user_b', 1, { metadata: { security: { e2e: true } } })),
    /encrypted/,
  );
  assert.match(
    protectionWords(message(ME, 'user_b', 1, { metadata: { security: { e2e: true, local_only: true } } })),
    /this node/,
  );
  assert.equal(
    protectionWords(message(ME, 'user_b', 1, { metadata: { security: { e2e: false, label: 'Plaintext' } } })),
    'Plaintext',
  );
});
