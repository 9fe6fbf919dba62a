import test from 'node:test';
import assert from 'node:assert/strict';
import { callsOf, FILTERS, grouped, passes } from '../../../web/state/attention.ts';
import type { Filter, InboxRow, MentionRow } from '../../../web/state/attention.ts';
import { conversationList } from '../../../web/state/conversations.ts';
import { lettersOf } from '../../../web/state/letters.ts';

const mention = (over: Partial<MentionRow>): MentionRow => ({
  id: 'MN1',
  source_type: 'channel_message',
  source_id: 'M1',
  author_id: 'u1',
  channel_id: 'C1',
  preview: 'hi @me',
  created_at: '2026-01-02T03:00:00+00:00',
  acknowledged_at: null,
  ...over,
});
const item = (over: Partial<InboxRow>): InboxRow => ({
  id: 'IN1',
  source_type: 'channel_message',
  source_id: 'M1',
  message_id: 'M1',
  channel_id: 'C1',
  sender_user_id: 'u1',
  trigger_type: 'mention',
  status: 'pending',
  created_at: '2026-01-02T03:00:00+00:00',
  preview: 'hi @me',
  ...over,
});

test('what stands in mentions and inbox stands once, and is unread only if both say so', () => {
  const [call, ...more] = callsOf([mention({})], [item({})]);
  assert.deepEqual(more, []);
  assert.deepEqual([call?.mentionIds, call?.inboxIds, call?.unread], [['MN1'], ['IN1'], true]);
  assert.equal(callsOf([mention({})], [item({ status: 'completed' })])[0]?.unread, false);
  assert.equal(callsOf([mention({ acknowledged_at: 'x' })], [item({})])[0]?.unread, false);
});

test('replies and channels are among them, direct messages are not; the newest is first', () => {
  const calls = callsOf(
    [mention({}), mention({ id: 'MN2', source_type: 'channel_added', source_id: 'C2', channel_id: 'C2' })],
    [
      item({ id: 'IN2', source_id: 'M2', trigger_type: 'reply', created_at: '2026-01-03T00:00:00+00:00' }),
      item({ id: 'IN3', source_id: 'D1', trigger_type: 'dm' }),
    ],
  );
  assert.deepEqual(
    calls.map(({ kind, address }) => [kind, address]),
    [
      ['reply', '/channels?channel=C1&focus_message=M2'],
      ['mention', '/channels?channel=C1&focus_message=M1'],
      ['added', '/channels?channel=C2'],
    ],
  );
});

test('what was put away is not shown; the rest stands by conversation', () => {
  assert.deepEqual(callsOf([mention({})], [item({ status: 'skipped' })]), []);
  assert.deepEqual(callsOf([mention({ status: 'dismissed' })], [item({})]), []);
  assert.deepEqual(callsOf([], [item({ trigger_type: 'reply', status: 'skipped' })]), []);
  const calls = callsOf(
    [
      mention({}),
      mention({ id: 'MN2', source_id: 'M2', channel_id: 'C2' }),
      mention({ id: 'MN3', source_id: 'M3' }),
    ],
    [],
  );
  assert.deepEqual(
    grouped(calls).map(({ place, calls: list }) => [place, list.length]),
    [
      ['channel:C1', 2],
      ['channel:C2', 1],
    ],
  );
});

const conversation = (from: string, id: string, unread: number, to = 'me') =>
  conversationList(
    [
      {
        unread,
        last: {
          ...{ id, sender_id: from, recipient_id: to, content: `text of ${id}`, message_type: 'text' },
          ...{
            status: 'delivered',
            created_at: '2026-01-02T05:00:00+00:00',
            edited_at: null,
            delivered_at: null,
          },
          ...{ read_at: null, metadata: null, attachments: [], sender_name: from, delivery: null },
          ...{ like_counts: {}, liked_by: {}, reactions_unseen_by: [] },
        },
      },
    ],
    'me',
  );
const direct = (over: Partial<InboxRow>): InboxRow =>
  item({
    ...{ source_type: 'dm', source_id: 'D1', message_id: 'D1', channel_id: null, trigger_type: 'dm' },
    ...{ dm_thread_id: 'u1', preview: 'hello' },
    ...over,
  });

test('each direct message of the inbox leads to itself, and is unread as long as its conversation is', () => {
  const group = direct({ id: 'IN2', source_id: 'D2', dm_thread_id: 'group:ab' });
  const unread = [...conversation('u1', 'D1', 2), ...conversation('u1', 'D2', 1, 'group:ab')];
  assert.deepEqual(
    lettersOf([direct({}), group], unread, 'me').map(({ kind, place, address, unread: open }) => [
      kind,
      place,
      address,
      open,
    ]),
    [
      ['dm', 'person:u1', '/messages?with=u1&focus_message=D1', true],
      ['dm', 'group:group:ab', '/messages?group=group%3Aab&focus_message=D2', true],
    ],
  );
  const [read] = lettersOf([direct({})], conversation('u1', 'D1', 0), 'me');
  assert.equal(read?.unread, false);
  const [handled] = lettersOf([direct({ status: 'completed' })], conversation('u1', 'D1', 1), 'me');
  assert.equal(handled?.unread, false);
  assert.deepEqual(lettersOf([direct({ status: 'skipped' })], conversation('u1', 'D1', 1), 'me'), []);
});

test('what the inbox left out of an unread conversation is there by its newest message; own ones call nobody', () => {
  const [letter] = lettersOf([], conversation('u1', 'D9', 3), 'me');
  assert.deepEqual(
    [letter?.key, letter?.unread, letter?.readsAll, letter?.text],
    ['D9', true, 'u1', 'text of D9'],
  );
  assert.deepEqual(lettersOf([], conversation('u1', 'D9', 0), 'me'), []);
  assert.deepEqual(lettersOf([], conversation('me', 'D9', 1, 'u1'), 'me'), []);
});

test('every filter of the reference lets its kind pass and nothing else', () => {
  const all = [
    ...callsOf(
      [
        mention({}),
        mention({
          id: 'MN4',
          source_type: 'feed_post',
          source_id: 'P1',
          channel_id: null,
          acknowledged_at: 'x',
        }),
      ],
      [item({ id: 'IN5', source_id: 'M5', trigger_type: 'reply', status: 'completed' })],
    ),
    ...lettersOf([direct({})], conversation('u1', 'D1', 1), 'me'),
  ];
  const kept = Object.keys(FILTERS).map((filter) => [
    filter,
    all
      .filter((call) => passes(filter as Filter, call))
      .map(({ key }) => key)
      .sort()
      .join(' '),
  ]);
  assert.deepEqual(Object.fromEntries(kept), {
    all: 'D1 M1 M5 P1',
    unread: 'D1 M1',
    mentions: 'M1 P1',
    replies: 'M5',
    inbox: 'D1 M5',
    direct: 'D1',
    channels: 'M1 M5',
    feed: 'P1',
  });
});
