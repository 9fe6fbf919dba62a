import test from 'node:test';
import assert from 'node:assert/strict';
import type { ChannelMessage, DirectMessage } from '../../../web/api/types.ts';
import { channelEntry, directEntry, withUnsent } from '../../../web/state/entries.ts';
import type { Unsent } from '../../../web/state/outbox.ts';
import type { Entry } from '../../../web/state/thread.ts';

const ME = { id: 'user_me', display_name: 'Me' };
const NONE: ReadonlySet<string> = new Set();

function unsent(over: Partial<Unsent> = {}): Unsent {
  return {
    localId: 'u1',
    target: { kind: 'channel', id: 'general' },
    text: 'hi',
    at: 5,
    state: 'sending',
    reason: null,
    after: null,
    doubtful: false,
    ...over,
  };
}

function entry(over: Partial<Entry>): Entry {
  return {
    id: 'm1',
    authorId: ME.id,
    authorName: 'Me',
    originPeer: null,
    device: null,
    text: 'hi',
    at: 1,
    edited: false,
    mine: true,
    delivery: null,
    kind: 'message',
    unconfirmedVia: null,
    channelId: null,
    replyTo: null,
    reactions: [],
    ...over,
  };
}

const names = (userId: string, fallback?: string | null): string => fallback ?? userId;

function direct(over: Partial<DirectMessage>): DirectMessage {
  return {
    id: 'd1',
    sender_id: 'user_b',
    recipient_id: ME.id,
    content: 'x',
    message_type: 'text',
    status: 'delivered',
    created_at: '2026-01-02T03:04:05+00:00',
    edited_at: null,
    delivered_at: null,
    read_at: null,
    metadata: null,
    attachments: [],
    sender_name: 'Bob',
    delivery: null,
    like_counts: {},
    liked_by: {},
    reactions_unseen_by: [],
    ...over,
  };
}

test('a channel message becomes an entry with its author, time and ownership', () => {
  const message: Pick<
    ChannelMessage,
    | 'id'
    | 'user_id'
    | 'content'
    | 'created_at'
    | 'edited_at'
    | 'origin_peer'
    | 'display_name'
    | 'username'
    | 'delivery'
    | 'channel_id'
    | 'liked_by'
    | 'attachments'
  > = {
    id: 'M1',
    user_id: ME.id,
    content: 'text',
    created_at: '2026-01-02T03:04:05+00:00',
    edited_at: '2026-01-02T03:05:05+00:00',
    origin_peer: 'peer',
    display_name: '',
    username: 'me',
    delivery: null,
    channel_id: 'general',
    liked_by: { love: ['u_other', ME.id] },
    attachments: [],
  };
  const made = channelEntry(message as ChannelMessage, ME.id, names);
  assert.equal(made.mine, true);
  assert.equal(made.edited, true);
  assert.equal(made.at, Date.UTC(2026, 0, 2, 3, 4, 5));
  assert.equal(made.authorName, 'me');
  assert.deepEqual(
    made.reactions.map(({ kind, count, mine }) => [kind, count, mine]),
    [['love', 2, true]],
  );
});

test('a text from another node names the person and the device it came from', () => {
  const metadata = { p2p_send: { user_name: 'Carol', device: 'Carols desk' }, origin_peer: 'peerC' };
  const made = directEntry(direct({ sender_name: 'peer', metadata }), ME.id, names);
  assert.equal(made.authorName, 'Carol');
  assert.equal(made.device, 'Carols desk');
  assert.equal(made.originPeer, 'peerC');
});

test('hostile metadata changes nothing but the fallback', () => {
  for (const metadata of [
    null,
    {},
    { p2p_send: 'x' },
    { p2p_send: { user_name: 7, device: [] }, origin_peer: {} },
  ]) {
    const made = directEntry(direct({ metadata }), ME.id, names);
    assert.equal(made.authorName, 'Bob');
    assert.equal(made.device, null);
    assert.equal(made.originPeer, null);
  }
});

test('what is not on the node yet stands at the end', () => {
  const shown = withUnsent([entry({ id: 'm0', text: 'other' })], [unsent()], ME, NONE);
  assert.deepEqual(
    shown.map((one) => one.id),
    ['m0', 'u1'],
  );
  assert.deepEqual(shown[1]?.unsent, { state: 'sending', reason: null });
});

test('an own message that came by event before the answer stands for the unsent one', () => {
  const shown = withUnsent(
    [entry({ id: 'm0', text: 'hi' }), entry({ id: 'm1' })],
    [unsent({ after: 'm0' })],
    ME,
    NONE,
  );
  assert.deepEqual(
    shown.map((one) => one.id),
    ['m0', 'm1'],
  );
});

test('an older message with the same text does not swallow a new one', () => {
  const shown = withUnsent([entry({ id: 'm1' })], [unsent({ after: 'm1' })], ME, NONE);
  assert.deepEqual(
    shown.map((one) => one.id),
    ['m1', 'u1'],
  );
});

test('two equal texts stay two', () => {
  const two = [unsent({ localId: 'u1' }), unsent({ localId: 'u2' })];
  assert.deepEqual(
    withUnsent([entry({ id: 'm1' })], two, ME, NONE).map((one) => one.id),
    ['m1', 'u2'],
  );
  assert.deepEqual(
    withUnsent([entry({ id: 'm1' })], [unsent()], ME, new Set(['m1'])).map((one) => one.id),
    ['m1', 'u1'],
  );
});

test('a refused text is never hidden', () => {
  const shown = withUnsent([entry({ id: 'm1' })], [unsent({ state: 'failed', reason: 'no' })], ME, NONE);
  assert.deepEqual(
    shown.map((one) => one.id),
    ['m1', 'u1'],
  );
});
