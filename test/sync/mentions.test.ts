/**
 * Mentions between two nodes (03 sections 5.9, 11.2 P3, 11.3 A1; 02 section 2.12): both ways, for those who are called
 * alone, and never in another's name.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { toIsoTime } from '../../server/store/time.ts';
import type { MentionRow } from '../../server/store/mentions.ts';
import type { ChannelId, MessageId, PostId, UserId } from '../../server/wire/ids.ts';
import type { MessageType } from '../../server/wire/message-types.ts';
import { CoreWorld, GENERAL } from '../sim/core.ts';
import type { Core } from '../sim/core.ts';

let world: CoreWorld;
let here: Core;
let there: Core;
let alice: UserId;
let bob: UserId;
let mallory: UserId;

beforeEach(async () => {
  world = new CoreWorld(7);
  [here, there] = [world.core(), world.core()];
  [alice, bob, mallory] = [here.addPerson('alice'), here.addPerson('bob'), there.addPerson('mallory')];
  await here.start();
  await there.start();
  here.workspace.trust.setScore(there.mesh.peerId, 90);
  void there.importInviteOf(here);
  await world.time.until(() => here.mesh.isConnected(there.mesh.peerId));
  await world.time.run(10_000);
});

afterEach(async () => {
  const stopping = Promise.all([here.stop(), there.stop()]);
  await world.time.run(2_000);
  await stopping;
});

async function post(core: Core, userId: UserId, content: string, channelId = GENERAL): Promise<MessageId> {
  const posted = core.workspace.channelMessages.post(userId, { channelId, content });
  await world.time.run(5_000);
  return (await posted).id;
}
async function send(type: MessageType, metadata: Record<string, unknown>, content = ''): Promise<void> {
  void there.mesh.sendDirect(type, here.mesh.peerId, { content, metadata: { type, ...metadata } });
  await world.time.run(1_000);
}
const mentions = (core: Core, userId: UserId): MentionRow[] => core.workspace.mentions.list(userId);
const told = (fields: Record<string, unknown>): Record<string, unknown> => ({
  action: 'mention',
  item_type: 'channel_message',
  source_type: 'channel_message',
  author_id: mallory,
  user_id: mallory,
  target_user_ids: [alice],
  preview: 'made up',
  origin_peer: there.mesh.peerId,
  ...fields,
});

test('a mention reaches the other node once, by any of the names its people have there', async () => {
  await post(here, alice, 'hello');
  const shadow = there.workspace.people.get(alice);
  assert.match(shadow?.username ?? '', /^alice\./);
  const id = await post(there, mallory, `ask @${shadow?.username}, and @ALICE again`);
  assert.deepEqual(
    mentions(here, alice).map((one) => [one.sourceId, one.originPeer, one.authorId]),
    [[id, there.mesh.peerId, mallory]],
  );
  assert.deepEqual(
    here.workspace.inbox.list(alice).map((item) => [item.triggerType, item.preview]),
    [['mention', `ask @${shadow?.username}, and @ALICE again`]],
  );
  assert.equal(here.sync.counts()['interaction.received'], 1);
  await post(here, bob, 'over to @mallory');
  assert.equal(mentions(there, mallory).length, 1);
  assert.deepEqual(mentions(here, bob), []);
});

test('word of a mention counts for the author’s own messages alone, and for those who read them (A1)', async () => {
  const own = await post(here, bob, 'nobody is named');
  await send('interaction', told({ source_id: own }));
  await send('interaction', told({ source_id: own, author_id: bob, user_id: bob }));
  await send('interaction', told({ source_id: 'M000000000000000000000000' }));
  await send('interaction', { action: 'mention', target_user_ids: 'all' });
  assert.deepEqual([...mentions(here, alice), ...mentions(here, bob)], []);
  const theirs = await post(there, mallory, 'plain');
  const many = Array.from({ length: 5_000 }, (_, i) => `user_${i}`);
  await send('interaction', told({ source_id: theirs, target_user_ids: [...many, alice] }));
  assert.deepEqual(mentions(here, alice), [], 'no more names than a text can call');
  await send('interaction', told({ source_id: theirs }));
  assert.deepEqual(
    mentions(here, alice).map(({ preview }) => preview),
    ['plain'],
    'with the text of the message, whatever was claimed',
  );
});

test('a private channel calls its members alone', async () => {
  const created = here.workspace.channels.create(alice, { name: 'plans', type: 'private' });
  await world.time.run(1_000);
  const { id } = await created;
  here.disk.store.commit.now(() => here.disk.repositories.channelMembers.add(id, mallory, 'member', 0));
  await send(
    'channel_message',
    {
      channel_id: id,
      user_id: mallory,
      message_id: 'M0000000000000000000000aa',
      timestamp: toIsoTime(world.time.now()),
      origin_peer: there.mesh.peerId,
    },
    'psst @alice @bob',
  );
  const source = 'M0000000000000000000000aa';
  await send(
    'interaction',
    told({ source_id: source, channel_id: id satisfies ChannelId, target_user_ids: [bob] }),
  );
  assert.equal(mentions(here, alice).length, 1);
  assert.deepEqual(mentions(here, bob), []);
});

test('what is said of a mention in private goes to the home of who is called, without the text (P3)', async () => {
  await post(there, mallory, 'hello');
  const created = here.workspace.channels.create(alice, { name: 'plans', type: 'private' });
  await world.time.run(1_000);
  const { id } = await created;
  here.disk.store.commit.now(() => here.disk.repositories.channelMembers.add(id, mallory, 'member', 0));
  const secret = await post(here, alice, '@mallory the secret', id);
  const owed = here.workspace.mentions.forSending(secret, there.mesh.peerId);
  assert.deepEqual([owed?.text.content, owed?.targets], ['', [mallory]]);
  assert.equal(here.workspace.mentions.forSending(secret, here.mesh.peerId), null);
  const open = await post(here, alice, '@mallory the news');
  assert.equal(
    here.workspace.mentions.forSending(open, there.mesh.peerId)?.text.content,
    '@mallory the news',
  );
});

test('a flood of handles and of messages leaves a bounded mark', async () => {
  const names = Array.from({ length: 3_000 }, (_, i) => `@name${i}`).join(' ');
  for (let i = 0; i < 6; i += 1) await post(there, mallory, `@alice ${i} ${names}`);
  assert.equal(mentions(here, alice).length, 6);
  assert.equal(here.workspace.inbox.count(alice), 1, 'the sender waits its turn');
  const reasons = here.workspace.inbox.audit(alice, { since: null, limit: 50 }).map(({ reason }) => reason);
  assert.ok(reasons.length === 5 && reasons.every((reason) => /cooldown|limit/.test(reason)), reasons.join());
});

test('a post calls those who may see it, here and on the other node, and forgets them when it goes', async () => {
  await post(here, alice, 'hello');
  const feed = there.workspace.feed;
  const share = async (content: string, visibility: 'network' | 'private'): Promise<PostId> => {
    const created = feed.create(mallory, { content, visibility });
    await world.time.run(5_000);
    return (await created).id;
  };
  const secret = await share('not for @alice', 'private');
  const id = await share('look here @alice', 'network');
  const found = mentions(here, alice);
  assert.deepEqual(
    found.map((one) => [one.sourceType, one.sourceId, one.authorId, one.originPeer, one.channelId]),
    [['feed_post', id, mallory, there.mesh.peerId, null]],
  );
  assert.deepEqual(
    here.workspace.inbox.list(alice).map((item) => [item.triggerType, item.messageId, item.preview]),
    [['mention', null, 'look here @alice']],
  );
  assert.equal(
    here.sync.counts()['interaction.received'],
    1,
    'word of it came as well, and of this one alone',
  );
  const { claimed } = await claimOf(here, alice, id);
  assert.ok(claimed, 'a post can be claimed');

  void feed.edit(mallory, id, { content: 'look there @bob' });
  await world.time.run(5_000);
  assert.deepEqual(
    mentions(here, bob).map(({ preview }) => preview),
    ['look there @bob'],
  );
  assert.deepEqual(
    mentions(here, alice).map(({ preview }) => preview),
    ['look there @bob'],
  );

  await send('interaction', told({ item_type: 'feed_post', source_type: 'feed_post', source_id: secret }));
  assert.equal(mentions(here, alice).length, 1, 'what is not here calls nobody');
  void feed.edit(mallory, id, { visibility: 'private' });
  await world.time.run(5_000);
  assert.deepEqual([...mentions(here, alice), ...mentions(here, bob)], [], 'withdrawn');
  assert.deepEqual(here.workspace.inbox.list(alice), []);
});

test('a post for some calls them alone, and shows nobody what it became after they were taken off', async () => {
  const { feed } = here.workspace;
  const created = await settled(
    feed.create(alice, { content: '@bob see', visibility: 'custom', permissions: [bob] }),
  );
  assert.deepEqual(
    mentions(here, bob).map(({ preview }) => preview),
    ['@bob see'],
  );
  await settled(feed.revoke(alice, created.id, bob, { owner: false }));
  await settled(feed.edit(alice, created.id, { content: '@bob secret' }));
  assert.deepEqual(
    mentions(here, bob).map(({ preview }) => preview),
    ['@bob see'],
  );
  assert.deepEqual(
    here.workspace.inbox.list(bob).map(({ preview }) => preview),
    [''],
  );
});

function claimOf(core: Core, userId: UserId, sourceId: string) {
  const by = { userId, username: 'somebody' };
  return settled(core.workspace.mentionClaims.claim(by, { sourceType: 'feed_post', sourceId }));
}
async function settled<T>(work: Promise<T>): Promise<T> {
  await world.time.run(1_000);
  return work;
}
