/** Posts from the door of one node to the feed of another (03 sections 7, 8 and 11.3 A10; 02 sections 2.11 and 2.12). */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { PeerId, PostId, UserId } from '../../server/wire/ids.ts';
import { DEFAULT_CAPABILITIES } from '../../server/wire/message-types.ts';
import type { PostDraft } from '../../server/workspace/feed.ts';
import type { FeedPostView } from '../../server/workspace/types.ts';
import { GENERAL } from '../sim/core.ts';
import type { Core, CoreWorld } from '../sim/core.ts';
import type { SimNode } from '../sim/node.ts';
import { settledIn, twoFriends } from './two-friends.ts';

let world: CoreWorld;
let [a, b]: [Core, Core] = [] as never;
let [alice, bob] = ['' as UserId, '' as UserId];

beforeEach(async () => {
  ({ world, a, b, alice, bob } = await twoFriends(43));
});

const settle = <T>(work: Promise<T>, ms?: number): Promise<T> => settledIn(world, work, ms);
const post = async (content: string, draft: Partial<PostDraft> = {}): Promise<PostId> =>
  (await settle(a.workspace.feed.create(alice, { content, visibility: 'network', ...draft }))).id;
const feed = (core: Core, user: UserId): FeedPostView[] => core.workspace.feed.list(user, { limit: 100 });
const texts = (core: Core, user: UserId): string[] => feed(core, user).map((one) => one.content);
const tombstones = (core: Core, id: PostId): PeerId[] =>
  core.disk.repositories.tombstones.signers('feed_post', id);

test('a post shows on the other node as it is, and its changes', async () => {
  const id = await post('frist', { metadata: { title: 'T' }, postType: 'link' });
  const [there] = feed(b, bob);
  assert.deepEqual(
    [
      there?.content,
      there?.visibility,
      there?.postType,
      there?.metadata,
      there?.originPeer,
      there?.displayName,
    ],
    ['frist', 'network', 'link', { title: 'T', origin_peer: a.mesh.peerId }, a.mesh.peerId, 'alice'],
  );
  assert.equal(a.workspace.delivery.summary('post', id)?.state, 'delivered');
  await settle(a.workspace.feed.edit(alice, id, { content: 'frst' }), 3);
  await settle(a.workspace.feed.edit(alice, id, { content: 'first', visibility: 'trusted' }));
  const [changed] = feed(b, bob);
  assert.deepEqual([changed?.content, changed?.visibility], ['first', 'trusted']);
  assert.notEqual(changed?.editedAt, null);
});

test('private and custom posts stay; one made private is withdrawn, and one deleted is gone', async () => {
  await post('mine', { visibility: 'private' });
  await post('for bob', { visibility: 'custom', permissions: [bob] });
  const [narrowed, gone] = [await post('narrowed'), await post('gone')];
  assert.deepEqual(texts(b, bob), ['gone', 'narrowed']);
  await settle(a.workspace.feed.edit(alice, narrowed, { visibility: 'private' }));
  await settle(a.workspace.feed.remove(alice, gone, { owner: false }));
  assert.deepEqual(texts(b, bob), []);
  assert.equal(texts(a, alice).includes('narrowed'), true);
  assert.deepEqual(tombstones(b, gone), [a.mesh.peerId]);
  const again = a.workspace.feed.edit(alice, narrowed, { visibility: 'network' });
  again.catch(() => undefined);
  await world.time.run(10);
  await assert.rejects(again, { code: 'post_withdrawn' });
});

test('likes and votes show on the other node, and a second like takes the first back', async () => {
  const id = await post('[poll]\nquestion: Tea?\noptions:\n- Yes\n- No\n[/poll]');
  const like = (core: Core, user: UserId, kind: 'like' | 'love') =>
    settle(core.workspace.feedReactions.toggle(user, id, kind));
  await like(b, bob, 'love');
  await like(a, alice, 'like');
  for (const [core, user] of [
    [a, alice],
    [b, bob],
  ] as const) {
    const [shown] = feed(core, user);
    assert.deepEqual([shown?.reactions, shown?.likes], [{ love: [bob], like: [alice] }, 2]);
  }
  await like(b, bob, 'like');
  assert.deepEqual([feed(a, alice)[0]?.likes, feed(a, alice)[0]?.reactions], [1, { like: [alice] }]);
  await settle(b.workspace.polls.vote(bob, 'feed', id, 1));
  await settle(b.workspace.polls.vote(bob, 'feed', id, 0));
  const poll = a.workspace.polls.get(alice, 'feed', id);
  assert.deepEqual(
    [poll.totalVotes, poll.options.map((option) => option.count), poll.userVote],
    [1, [1, 0], null],
  );
  const content = '[poll]\nquestion: Here?\noptions:\n- Yes\n- No\n[/poll]';
  const message = await settle(a.workspace.channelMessages.post(alice, { channelId: GENERAL, content }));
  await settle(b.workspace.polls.vote(bob, 'channel', message.id, 1));
  assert.equal(a.workspace.polls.get(alice, 'channel', message.id).options[1]?.count, 1);
});

test('what happened while the other node was away arrives as it is now', async () => {
  const [kept, narrowed, gone] = [await post('kept'), await post('narrowed'), await post('gone')];
  world.network.partition('10.0.0.1', '10.0.0.2');
  await world.time.run(60_000);
  await settle(a.workspace.feed.edit(alice, kept, { content: 'kept, changed' }));
  await settle(a.workspace.feed.edit(alice, narrowed, { visibility: 'private' }));
  await settle(a.workspace.feed.remove(alice, gone, { owner: false }));
  await post('new');
  await settle(b.workspace.feedReactions.toggle(bob, kept, 'like'));
  assert.deepEqual(texts(b, bob), ['gone', 'narrowed', 'kept']);
  world.network.heal('10.0.0.1', '10.0.0.2');
  await world.time.run(120_000);
  assert.deepEqual(texts(b, bob), ['new', 'kept, changed']);
  assert.equal(a.workspace.feed.get(alice, kept).likes, 1);
  assert.equal(a.disk.repositories.outbox.count(b.mesh.peerId), 0);
});

test('a node that comes later learns what people liked and voted before, and nothing twice', async () => {
  const text = '[poll]\nquestion: Tea?\noptions:\n- Yes\n- No\n[/poll]';
  const id = await post(text);
  const message = await settle(
    a.workspace.channelMessages.post(alice, { channelId: GENERAL, content: 'hi' }),
  );
  await settle(a.workspace.feedReactions.toggle(alice, id, 'love'));
  await settle(b.workspace.feedReactions.toggle(bob, id, 'like'));
  await settle(a.workspace.polls.vote(alice, 'feed', id, 1));
  await settle(a.workspace.reactions.toggle(alice, GENERAL, message.id, 'angry'));
  const hidden = await post('mine', { visibility: 'private' });
  await settle(a.workspace.feedReactions.toggle(alice, hidden, 'like'));
  const c = world.core({ host: '10.0.0.3' });
  const carol = c.addPerson('carol');
  await c.start();
  for (const other of [a, b]) {
    void c.importInviteOf(other);
    await world.time.until(() => other.workspace.requests.list().length > 0);
    other.workspace.requests.decide(c.mesh.peerId, 'accept');
    await world.time.run(60_000);
  }
  assert.deepEqual(c.workspace.feed.get(carol, id).reactions, { love: [alice], like: [bob] });
  assert.equal(c.workspace.polls.get(carol, 'feed', id).options[1]?.count, 1);
  const there = c.workspace.channelMessages.get(carol, GENERAL, message.id);
  assert.deepEqual(there?.reactions, { angry: [alice] });
  const taken = (): number => c.sync.counts()['interaction.received'] ?? 0;
  assert.equal(taken(), 4);
  world.network.partition('10.0.0.1', '10.0.0.3');
  await world.time.run(60_000);
  world.network.heal('10.0.0.1', '10.0.0.3');
  await world.time.run(60_000);
  assert.equal(taken(), 4);
});

test('posts of a node that is not trusted any more do not show', async () => {
  await post('while we are friends');
  b.workspace.trust.setScore(a.mesh.peerId, 0);
  assert.deepEqual(texts(b, bob), []);
});

test('a file comes with its post, and its readers may open it', async () => {
  const upload = await a.workspace.inbound.uploads.beginReceived();
  await upload.write(Buffer.from('hello file'));
  const file = await settle(upload.finishAny({ name: 'hello.txt', type: 'text/plain' }, alice));
  await post('with a file', { metadata: { attachments: [{ id: file.id }] } });
  await world.time.run(30_000);
  const [there] = feed(b, bob);
  const [entry] = there?.metadata?.['attachments'] as Record<string, unknown>[];
  assert.deepEqual(
    [entry?.['name'], entry?.['size'], entry?.['download_status']],
    ['hello.txt', 10, 'completed'],
  );
  const copy = b.disk.repositories.files.get(String(entry?.['id']) as never);
  assert.ok(copy !== undefined);
  assert.equal(b.workspace.files.access(bob, copy.id).access.allowed, true);
});

/** A node as Python's: it sends what the reference sends, and answers nothing. */
async function pythonPeer(): Promise<SimNode> {
  const python = world.node({
    host: '10.0.0.3',
    canopyVersion: '0.5.38',
    capabilities: DEFAULT_CAPABILITIES,
  });
  await python.mesh.start();
  a.workspace.trust.setScore(python.mesh.peerId, 90);
  void python.mesh.connect(a.mesh.peerId, a.mesh.localEndpoints());
  await world.time.until(() => python.mesh.isConnected(a.mesh.peerId));
  // A card shows that it accepted us.
  const profile = { user_id: 'user_guido', display_name: 'Guido', peer_id: python.mesh.peerId };
  const card = { content: '', metadata: { type: 'profile_sync', profile } };
  void python.mesh.sendDirect('profile_sync', a.mesh.peerId, card);
  await world.time.run(5_000);
  python.inbox.length = 0;
  return python;
}
async function sends(python: SimNode, content: string, fields: Record<string, unknown>): Promise<void> {
  const metadata = {
    type: 'feed_post',
    post_id: 'f'.repeat(32),
    author_id: 'user_guido',
    post_type: 'text',
    visibility: 'network',
    timestamp: new Date(world.time.now()).toISOString(),
    metadata: { origin_peer: python.mesh.peerId },
    expires_at: null,
    ttl_seconds: null,
    ttl_mode: null,
    display_name: 'Guido',
    account_type: 'human',
    ...fields,
  };
  void python.mesh.sendDirect('feed_post', a.mesh.peerId, { content, metadata });
  await world.time.run(3_000);
}
const edited = (python: SimNode, at: string) => ({
  metadata: { origin_peer: python.mesh.peerId, edited_at: at },
});

test('nobody posts, changes, deletes or likes in the name of others', async () => {
  const id = await post('mine');
  const fromB = (await settle(b.workspace.feed.create(bob, { content: 'by bob', visibility: 'network' }))).id;
  const python = await pythonPeer();
  const newer = '2099-01-01T00:00:00+00:00';
  await sends(python, 'as alice', { author_id: alice });
  await sends(python, 'as bob', { author_id: bob });
  await sends(python, 'of another node', { metadata: { origin_peer: b.mesh.peerId } });
  await sends(python, 'changed', { post_id: id, author_id: alice, ...edited(python, newer) });
  await sends(python, 'changed', { post_id: fromB, author_id: bob, ...edited(python, newer) });
  await sends(python, 'taken over', { post_id: fromB, author_id: 'user_guido', ...edited(python, newer) });
  for (const visibility of ['private', 'custom', 'galaxy', 7]) await sends(python, 'hidden', { visibility });
  await sends(python, 'x'.repeat(70_000), { metadata: { padding: 'y'.repeat(70_000) } });
  for (const item of [id, fromB])
    for (const [type, fields] of [
      [
        'delete_signal',
        { data_type: 'feed_post', data_id: item, signal_id: 'DS1', requester_peer: a.mesh.peerId },
      ],
      ['interaction', { item_id: item, user_id: alice, action: 'like', item_type: 'post' }],
      ['interaction', { item_id: item, user_id: bob, action: 'like', item_type: 'post' }],
    ] as const)
      void python.mesh.sendDirect(type, a.mesh.peerId, { content: '', metadata: { type, ...fields } });
  await world.time.run(5_000);
  assert.deepEqual(
    feed(a, alice).map((one) => [one.content, one.authorId, one.likes, one.originPeer]),
    [
      ['by bob', bob, 0, b.mesh.peerId],
      ['mine', alice, 0, null],
    ],
  );
  const hidden = (await settle(a.workspace.feed.create(alice, { content: 'private', visibility: 'private' })))
    .id;
  const metadata = {
    type: 'interaction',
    item_id: hidden,
    user_id: 'user_guido',
    action: 'like',
    item_type: 'post',
  };
  void python.mesh.flood('interaction', { content: '', metadata });
  await world.time.run(3_000);
  assert.equal(a.workspace.feed.get(alice, hidden).likes, 0);
});

test("a Python node's posts count in its own words: created, changed by time, liked, deleted", async () => {
  const python = await pythonPeer();
  const id = 'f'.repeat(32) as PostId;
  await sends(python, 'frist', { post_type: 'hologram' });
  await sends(python, 'frist again', {});
  assert.deepEqual(texts(a, alice), ['frist']);
  assert.equal(feed(a, alice)[0]?.postType, 'text');
  await sends(python, 'second', edited(python, '2026-01-02T00:00:00+00:00'));
  await sends(python, 'first', edited(python, '2026-01-01T00:00:00+00:00'));
  assert.deepEqual(texts(a, alice), ['second']);
  const like = { type: 'interaction', item_id: id, user_id: 'user_guido', action: 'like', item_type: 'post' };
  void python.mesh.flood('interaction', { content: '', metadata: like });
  await settle(a.workspace.feedReactions.toggle(alice, id, 'love'));
  assert.equal(feed(a, alice)[0]?.likes, 2);
  const said = python.inbox.filter((message) => message.envelope.type === 'interaction').at(-1)?.metadata;
  assert.deepEqual([said?.['action'], said?.['item_type'], said?.['item_id']], ['like', 'post', id]);
  const signal = {
    type: 'delete_signal',
    signal_id: 'DS1',
    data_type: 'feed_post',
    data_id: id,
    is_ack: false,
  };
  void python.mesh.sendDirect('delete_signal', a.mesh.peerId, { content: '', metadata: signal });
  await world.time.run(3_000);
  await sends(python, 'back again', edited(python, '2098-01-02T00:00:00+00:00'));
  assert.deepEqual(texts(a, alice), []);
});

test('a Python node is told in its own words, also that a post was withdrawn', async () => {
  const python = await pythonPeer();
  const id = await post('frist');
  await settle(a.workspace.feed.edit(alice, id, { content: 'first' }));
  await settle(a.workspace.feed.edit(alice, id, { visibility: 'private' }));
  const said = python.inbox.filter((one) => ['feed_post', 'delete_signal'].includes(one.envelope.type));
  assert.deepEqual(
    said.map(({ content, metadata }) => [content, metadata['visibility'] ?? metadata['reason']]),
    [
      ['frist', 'network'],
      ['first', 'network'],
      ['', 'visibility_narrowed:network->private'],
    ],
  );
  const inner = { ...(said[0]?.metadata['metadata'] as object) };
  assert.deepEqual([inner, said[0]?.metadata['ttl_seconds']], [{ origin_peer: a.mesh.peerId }, null]);
});

test('catch-up with Python: posts in clear with metadata as text; ciphertext waits for the post itself', async () => {
  await post('before');
  await post('private', { visibility: 'private' });
  const python = await pythonPeer();
  const ask = { type: 'channel_catchup_request', channel_timestamps: {} };
  void python.mesh.sendDirect('channel_catchup_request', a.mesh.peerId, { content: '', metadata: ask });
  await world.time.run(10_000);
  const offered = python.inbox.flatMap(
    ({ metadata }) => (metadata['feed_posts'] ?? []) as Record<string, unknown>[],
  );
  assert.deepEqual(
    offered.map((one) => [one['content'], one['visibility'], typeof one['metadata'], one['origin_peer']]),
    [['before', 'network', 'string', a.mesh.peerId]],
  );
  const answer = async (fields: Record<string, unknown>): Promise<void> => {
    const item = {
      id: 'f'.repeat(32),
      author_id: 'user_guido',
      content: 'ENC:1:00112233445566778899aabb:ffff',
      content_type: 'text',
      visibility: 'network',
      metadata: null,
      created_at: '2026-01-01 00:00:00',
      expires_at: '2030-01-01 00:00:00',
      ...fields,
    };
    const metadata = { type: 'channel_catchup_response', messages: [], feed_posts: [item] };
    void python.mesh.sendDirect('channel_catchup_response', a.mesh.peerId, { content: '', metadata });
    await world.time.run(5_000);
  };
  await answer({});
  await answer({ id: 'a', author_id: alice, content: 'as alice' });
  await answer({ id: 'b', content: 'hidden', visibility: 'private' });
  const [waiting] = feed(a, alice).filter((one) => one.id === 'f'.repeat(32));
  assert.deepEqual([waiting?.available, feed(a, alice).length], [false, 3]);
  assert.equal(a.disk.repositories.items.ofObject('p', 'f'.repeat(32)).length, 0);
  await answer({ content: 'in clear' });
  const [now] = feed(a, alice).filter((one) => one.id === 'f'.repeat(32));
  assert.deepEqual([now?.available, now?.content], [true, 'in clear']);
  assert.equal(a.disk.repositories.items.ofObject('p', 'f'.repeat(32)).length, 1);
});
