import test from 'node:test';
import assert from 'node:assert/strict';
import { callsOf, grouped, type InboxRow, type MentionRow } from '../../../web/state/attention.ts';

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
    grouped(calls).map(({ channelId, calls: list }) => [channelId, list.length]),
    [
      ['C1', 2],
      ['C2', 1],
    ],
  );
});
