/**
 * What a peer sees of us: which messages come after connecting and in which order (02 section 5.2), towards accepted
 * and unaccepted peers, and that payloads have the fields the reference's have (golden mesh messages).
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, test } from 'node:test';
import * as z from 'zod';
import { parseTime, toDbTime } from '../../server/store/time.ts';
import type { MessageId, UserId } from '../../server/wire/ids.ts';
import type { MessageType } from '../../server/wire/message-types.ts';
import { CoreWorld, GENERAL } from '../sim/core.ts';
import type { Core } from '../sim/core.ts';
import type { SimNode } from '../sim/node.ts';
import { DEFAULT_CAPABILITIES } from '../../server/wire/message-types.ts';

const GOLDEN = path.join(import.meta.dirname, '../../../shared/vectors/mesh/messages');

let world: CoreWorld;
let core: Core;
/** A bare mesh node that only listens. */
let peer: SimNode;
let alice: UserId;

beforeEach(async () => {
  world = new CoreWorld(11);
  core = world.core();
  peer = world.node({ capabilities: DEFAULT_CAPABILITIES });
  alice = core.addPerson('alice');
  await core.start();
  await peer.mesh.start();
});

async function connect(): Promise<void> {
  void peer.mesh.connect(core.mesh.peerId, core.mesh.localEndpoints());
  await world.time.until(
    () => core.mesh.isConnected(peer.mesh.peerId) && peer.mesh.isConnected(core.mesh.peerId),
  );
}

const seen = (): string[] => peer.inbox.map((message) => message.envelope.type);
const accept = (): unknown => core.workspace.trust.setScore(peer.mesh.peerId, 90);

async function fromPeer(type: MessageType, metadata: object): Promise<void> {
  void peer.mesh.sendDirect(type, core.mesh.peerId, { content: '', metadata: { type, ...metadata } });
  await world.time.run(1_000);
}

test('an accepted peer gets lists, cards, the membership question and the catch-up question, in this order', async () => {
  accept();
  await connect();
  await world.time.run(1_000);
  assert.deepEqual(seen(), [], 'nothing before the connection has settled');
  await world.time.run(4_000);
  assert.deepEqual(seen(), [
    'channel_sync',
    'channel_announce',
    'profile_sync',
    'channel_membership_query',
    'channel_catchup_request',
  ]);
  assert.ok(peer.inbox.every((message) => message.targeted));
});

test('an unaccepted peer gets the public channels and nothing else', async () => {
  await connect();
  await world.time.run(300_000);
  assert.deepEqual(seen(), ['channel_sync', 'channel_announce']);
});

test('accepting later does the work again, whole', async () => {
  await connect();
  await world.time.run(5_000);
  peer.inbox.length = 0;
  accept();
  await world.time.run(5_000);
  assert.deepEqual(seen().slice(0, 3), ['channel_sync', 'channel_announce', 'profile_sync']);
});

test('a third neighbour is introduced both ways', async () => {
  accept();
  await connect();
  await world.time.run(5_000);
  const third = world.node();
  await third.mesh.start();
  core.workspace.trust.setScore(third.mesh.peerId, 90);
  void third.mesh.connect(core.mesh.peerId, core.mesh.localEndpoints());
  await world.time.run(10_000);
  const introduced = (node: SimNode): unknown[] =>
    node.inbox
      .filter((message) => message.envelope.type === 'peer_announcement')
      .map((message) => (message.metadata['introduced_peers'] as { peer_id: string }[])[0]?.peer_id);
  assert.deepEqual(introduced(peer), [third.mesh.peerId]);
  assert.deepEqual(introduced(third), [peer.mesh.peerId]);
});

test('a peer that syncs again gets our cards again, once a minute (R12)', async () => {
  accept();
  await connect();
  await world.time.run(5_000);
  const cards = (): number => seen().filter((type) => type === 'profile_sync').length;
  assert.equal(cards(), 1);
  await fromPeer('channel_sync', { channels: [] });
  await fromPeer('channel_sync', { channels: [] });
  assert.equal(cards(), 2);
  await fromPeer('channel_sync', { channels: [] });
  assert.equal(cards(), 2);
  await world.time.run(61_000);
  await fromPeer('channel_sync', { channels: [] });
  assert.equal(cards(), 3);
});

test('a membership query is answered even when there is nothing to say', async () => {
  accept();
  await connect();
  await world.time.run(5_000);
  await fromPeer('channel_membership_query', { query_id: 'MCQ1', local_user_ids: ['user_x'] });
  const answer = peer.inbox.find((message) => message.envelope.type === 'channel_membership_response');
  assert.deepEqual([answer?.metadata['query_id'], answer?.metadata['channels']], ['MCQ1', []]);
});

test('a direct message leaves only after the peer has shown that it accepts us, and never as a flood', async () => {
  accept();
  await connect();
  await world.time.run(5_000);
  core.workspace.inbound.changes.now(() =>
    core.workspace.people.admitSigned({ userId: 'user_bob' as UserId, displayName: 'Bob' }, peer.mesh.peerId),
  );
  const sending = core.workspace.directMessages.send(alice, {
    recipientIds: ['user_bob' as UserId],
    content: 'hi',
  });
  await world.time.run(2_000);
  const { id } = await sending;
  assert.equal(core.workspace.delivery.summary('dm', id)?.queuedFor[0]?.reason, 'awaiting_acceptance');
  assert.ok(!seen().includes('direct_message'));
  await fromPeer('profile_sync', {
    profile: { user_id: 'user_bob', display_name: 'Bob', peer_id: peer.mesh.peerId },
  });
  const message = peer.inbox.find((one) => one.envelope.type === 'direct_message');
  assert.ok(message !== undefined && message.targeted && message.content === '');
});

test('catch-up of an unaccepted peer is answered for public open channels', async () => {
  const posting = core.workspace.channelMessages.post(alice, { channelId: GENERAL, content: 'public' });
  const sharing = core.workspace.feed.create(alice, { content: 'for friends', visibility: 'network' });
  await world.time.run(100);
  await Promise.all([posting, sharing]);
  await connect();
  await world.time.run(5_000);
  await fromPeer('channel_catchup_request', { channel_timestamps: {}, feed_latest: toDbTime(0) });
  await world.time.run(5_000);
  const answers = (): unknown[][] =>
    peer.inbox
      .filter((message) => message.envelope.type === 'channel_catchup_response')
      .map(({ metadata }) => [metadata['messages'], metadata['feed_posts'] ?? []])
      .map((lists) => lists.map((list) => (Array.isArray(list) ? list.length : list)));
  assert.deepEqual(answers(), [[1, 0]]);
  // Accepted, it gets the post: there was one to keep back.
  accept();
  await world.time.run(5_000);
  peer.inbox.length = 0;
  await fromPeer('channel_catchup_request', { channel_timestamps: {}, feed_latest: toDbTime(0) });
  await world.time.run(5_000);
  assert.deepEqual(
    answers().reduce<number>((sum, [, posts]) => sum + Number(posts), 0),
    1,
  );
});

test('a peer is not asked again while its answer is still coming (R17), nor told of private channels it has no part in (P5)', async () => {
  const closed = core.workspace.channels.create(alice, { name: 'closed', type: 'private' });
  await world.time.run(100);
  const { id } = await closed;
  const posts = [GENERAL, id].map((channelId) =>
    core.workspace.channelMessages.post(alice, { channelId, content: 'kept' }),
  );
  await world.time.run(100);
  await Promise.all(posts);
  const now = world.time.now();
  core.workspace.inbound.changes.now(() => {
    for (const channelId of [GENERAL, id])
      core.disk.repositories.catchup.advanceAsked(peer.mesh.peerId, channelId, now);
  });
  accept();
  await connect();
  const questions = () => peer.inbox.filter(({ envelope }) => envelope.type === 'channel_catchup_request');
  await world.time.until(() => questions().length > 0);
  // The periodic question falls into an answer that takes two minutes.
  for (let part = 0; part < 60; part += 1) {
    await fromPeer('channel_catchup_response', { messages: [] });
    await world.time.run(1_000);
  }
  assert.equal(questions().length, 1);
  await world.time.run(180_000);
  assert.equal(questions().length, 2);
  for (const { metadata } of questions())
    for (const name of ['channel_timestamps', 'channel_ranges'])
      assert.deepEqual(Object.keys(metadata[name] as object), [GENERAL]);
});

test('catch-up asks from a second before what the peer offered, and once an hour from a day before', async () => {
  accept();
  await connect();
  await world.time.run(10_000);
  const offered = toDbTime(world.time.now());
  await fromPeer('channel_catchup_response', {
    messages: [
      {
        id: 'M000000000000000000000001',
        channel_id: GENERAL,
        user_id: 'user_bob',
        content: 'offered',
        created_at: offered,
        channel_type: 'public',
        channel_privacy_mode: 'open',
      },
    ],
  });
  peer.inbox.length = 0;
  await world.time.run(2 * 3_600_000);
  const asked = peer.inbox
    .filter((message) => message.envelope.type === 'channel_catchup_request')
    .map((message) => (message.metadata['channel_timestamps'] as Record<string, string>)[GENERAL]);
  const secondBefore = toDbTime((parseTime(offered) ?? 0) - 1_000);
  assert.ok(asked.length >= 38 && asked.length <= 42, `every three minutes, not ${asked.length} times`);
  const others = asked.filter((time) => time !== secondBefore);
  assert.ok(others.length >= 1 && others.length <= 2, 'now and then a deeper one');
  for (const time of others)
    assert.ok((parseTime(time ?? '') ?? Infinity) < world.time.now() - 22 * 3_600_000);
});

const exampleSchema = z.object({
  examples: z.array(
    z.object({
      frame: z.object({
        message: z.object({ payload: z.object({ metadata: z.record(z.string(), z.unknown()) }).nullable() }),
      }),
    }),
  ),
});

/** The metadata of the first golden example of a type. */
function golden(type: string): Record<string, unknown> {
  const file = exampleSchema.parse(JSON.parse(readFileSync(path.join(GOLDEN, `${type}.json`), 'utf8')));
  return file.examples[0]?.frame.message.payload?.metadata ?? {};
}

test(
  'payloads have the reference’s fields',
  { skip: existsSync(GOLDEN) ? false : 'no golden data here' },
  async () => {
    accept();
    await connect();
    await world.time.run(5_000);
    const posting = core.workspace.channelMessages.post(alice, { channelId: GENERAL, content: 'hello' });
    await world.time.run(1_000);
    await posting;
    await fromPeer('channel_catchup_request', { channel_timestamps: {} });
    await world.time.run(1_000);
    const sent = (type: string): Record<string, unknown> =>
      peer.inbox.find((message) => message.envelope.type === type)?.metadata ?? {};
    const first = (list: unknown): object => (Array.isArray(list) ? (list as object[])[0] : undefined) ?? {};
    const keys = (value: object): string[] => Object.keys(value).sort();
    for (const type of ['channel_message', 'channel_announce', 'profile_sync', 'channel_membership_query'])
      assert.deepEqual(keys(sent(type)), keys(golden(type)), type);
    assert.deepEqual(
      keys(first(sent('channel_sync')['channels'])),
      keys(first(golden('channel_sync')['channels'])),
    );
    assert.deepEqual(
      keys(first(sent('channel_catchup_response')['messages'])),
      keys(first(golden('channel_catchup_response')['messages'])),
    );
    const card = sent('profile_sync')['profile'] as Record<string, unknown>;
    assert.deepEqual(keys(card), keys(golden('profile_sync')['profile'] as object));
    assert.match(String(card['profile_hash']), /^[0-9a-f]{16}$/);
    assert.match(
      String(sent('channel_message')['timestamp']),
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/,
    );
  },
);

test('a catch-up answer stays inside the limits of the reference, however much is asked for', async () => {
  core.workspace.inbound.changes.now(() => {
    for (let n = 0; n < 700; n += 1)
      core.disk.repositories.channelMessages.insert({
        id: `M${String(n).padStart(24, '0')}` as MessageId,
        channelId: GENERAL,
        userId: alice,
        content: `${n}`,
        createdAt: world.time.now() - 700_000 + n * 1_000,
        originPeer: core.mesh.peerId,
      });
  });
  accept();
  await connect();
  await world.time.run(5_000);
  const metadata = { type: 'channel_catchup_request', channel_timestamps: {} };
  const asked = { content: '', metadata };
  const answers = (): number => seen().filter((type) => type === 'channel_catchup_response').length;
  const perSecond: number[] = [];
  for (let second = 0; second < 120; second += 1) {
    if (second % 10 === 0) void peer.mesh.sendDirect('channel_catchup_request', core.mesh.peerId, asked);
    const before = answers();
    await world.time.run(1_000);
    perSecond.push(answers() - before);
  }
  assert.ok(answers() >= 400);
  const most = (seconds: number): number =>
    Math.max(
      ...perSecond.map((_, at) => perSecond.slice(at, at + seconds).reduce((sum, one) => sum + one, 0)),
    );
  // Receivers drop what is above 120 in 5 s and 500 in 60 s (01 section 7.6).
  assert.ok(most(5) <= 120);
  assert.ok(most(60) <= 500);
});
