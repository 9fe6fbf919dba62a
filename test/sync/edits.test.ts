/** Edits and deletions from the door of one node to the page of another (03 sections 5.2, 6.4 and 9.4; 06 section 3.2). */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { ChannelId, MessageId, UserId } from '../../server/wire/ids.ts';
import { DEFAULT_CAPABILITIES } from '../../server/wire/message-types.ts';
import { GENERAL } from '../sim/core.ts';
import type { Core, CoreWorld } from '../sim/core.ts';
import type { SimNode } from '../sim/node.ts';
import { settledIn, twoFriends } from './two-friends.ts';

let world: CoreWorld;
let [a, b]: [Core, Core] = [] as never;
let [alice, bob] = ['' as UserId, '' as UserId];

beforeEach(async () => {
  ({ world, a, b, alice, bob } = await twoFriends(41));
});

const settle = <T>(work: Promise<T>, ms?: number): Promise<T> => settledIn(world, work, ms);
const post = async (content: string): Promise<MessageId> =>
  (await settle(a.workspace.channelMessages.post(alice, { channelId: GENERAL, content }))).id;
const letter = async (content: string): Promise<MessageId> =>
  (await settle(a.workspace.directMessages.send(alice, { recipientIds: [bob], content }))).id;
const texts = (messages: { content: string }[]): string[] => messages.map((message) => message.content);

test('an edit shows on the other node, with its time, and the newest of several wins', async () => {
  const id = await post('frist');
  await settle(a.workspace.channelEdits.edit(alice, GENERAL, id, { content: 'frst' }), 3);
  await settle(a.workspace.channelEdits.edit(alice, GENERAL, id, { content: ' first ' }));
  assert.deepEqual(texts(b.general(bob)), ['first']);
  assert.notEqual(b.general(bob)[0]?.editedAt, null);
  assert.equal(a.workspace.delivery.summary('message', id)?.state, 'delivered');
  const dm = await letter('yuo');
  await settle(a.workspace.directEdits.edit(alice, dm, { content: 'you' }));
  assert.deepEqual(texts(b.direct(bob)), ['you']);
  assert.notEqual(b.direct(bob)[0]?.editedAt, null);
});

test('attachments are replaced and taken away by an edit', async () => {
  const file = { id: 'F1', name: 'one.txt', type: 'text/plain', size: 3 };
  const id = await post('with a file');
  await settle(a.workspace.channelEdits.edit(alice, GENERAL, id, { attachments: [file] }));
  assert.deepEqual(
    b.general(bob)[0]?.attachments.map((one) => one['name']),
    ['one.txt'],
  );
  await settle(a.workspace.channelEdits.edit(alice, GENERAL, id, { attachments: [] }));
  assert.deepEqual([b.general(bob)[0]?.attachments, b.general(bob)[0]?.type], [[], 'text']);
});

test('what was changed and deleted while the peer was away arrives as it is now', async () => {
  const [kept, gone] = [await post('kept'), await post('gone')];
  const dm = await letter('private');
  world.network.partition('10.0.0.1', '10.0.0.2');
  await world.time.run(60_000);
  await settle(a.workspace.channelEdits.edit(alice, GENERAL, kept, { content: 'kept, changed' }));
  await settle(a.workspace.channelEdits.remove(alice, GENERAL, gone));
  assert.equal(await settle(a.workspace.directEdits.remove(alice, dm)), true);
  assert.deepEqual(texts(b.general(bob)), ['kept', 'gone']);
  world.network.heal('10.0.0.1', '10.0.0.2');
  await world.time.run(120_000);
  assert.deepEqual(texts(b.general(bob)), ['kept, changed']);
  assert.deepEqual(b.direct(bob), []);
});

test('a deleted message does not come back, and its answers stay', async () => {
  const parent = await post('question');
  await settle(
    b.workspace.channelMessages.post(bob, { channelId: GENERAL, content: 'answer', parentMessageId: parent }),
  );
  await settle(a.workspace.channelEdits.remove(alice, GENERAL, parent));
  b.mesh.drop(a.mesh.peerId);
  await world.time.run(300_000);
  for (const shown of [a.general(alice), b.general(bob)])
    assert.deepEqual(
      shown.map((message) => [message.content, message.parentMessageId]),
      [['answer', null]],
    );
});

test('a deletion reaches a node that meets only somebody who was told of it', async () => {
  const c = world.core({ host: '10.0.0.4' });
  const carol = c.addPerson('carol');
  for (const [one, other] of [
    [a, c],
    [b, c],
    [c, a],
    [c, b],
  ] as const)
    one.workspace.trust.setScore(other.mesh.peerId, 90);
  await c.start();
  for (const known of [a, b]) void c.importInviteOf(known);
  await world.time.run(30_000);
  const id = await post('soon gone');
  assert.deepEqual(texts(c.general(carol)), ['soon gone']);
  for (const host of ['10.0.0.1', '10.0.0.2']) world.network.partition(host, '10.0.0.4');
  await world.time.run(60_000);
  await settle(a.workspace.channelEdits.remove(alice, GENERAL, id));
  await settle(a.stop());
  world.network.heal('10.0.0.2', '10.0.0.4');
  await world.time.run(300_000);
  assert.ok(c.mesh.isConnected(b.mesh.peerId));
  assert.deepEqual(c.general(carol), []);
});

test('only the author changes and deletes, and only what is there', async () => {
  const id = await post('mine');
  const edit = (core: Core, user: UserId, message: MessageId, channel = GENERAL): Promise<void> =>
    core.workspace.channelEdits.edit(user, channel, message, { content: 'x' });
  const refused = async (work: Promise<unknown>, code: string): Promise<void> => {
    work.catch(() => undefined);
    await world.time.run(10);
    await assert.rejects(work, { code });
  };
  const carol = a.addPerson('carol');
  await refused(edit(a, carol, id), 'not_message_author');
  await refused(edit(b, bob, id), 'not_message_author');
  await refused(edit(a, alice, 'Mffff' as MessageId), 'message_not_found');
  await refused(edit(a, alice, id, 'Cnone' as ChannelId), 'not_found');
  await refused(a.workspace.channelEdits.edit(alice, GENERAL, id, { content: ' ' }), 'empty_message');
  await refused(a.workspace.channelEdits.remove(carol, GENERAL, id), 'delete_not_allowed');
  const dm = await letter('mine');
  await refused(b.workspace.directEdits.edit(bob, dm, { content: 'x' }), 'not_message_author');
  await refused(a.workspace.directEdits.edit(carol, dm, { content: 'x' }), 'not_message_author');
  await refused(a.workspace.directEdits.edit(carol, 'f' as MessageId, { content: 'x' }), 'message_not_found');
  assert.equal(await settle(b.workspace.directEdits.remove(bob, dm)), false);
  assert.deepEqual([texts(a.general(alice)), texts(b.direct(bob))], [['mine'], ['mine']]);
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
const signal = (python: SimNode, type: string, id: string): void => {
  const metadata = {
    type: 'delete_signal',
    signal_id: 'DS0011223344556677',
    data_type: type,
    data_id: id,
    reason: 'user_deleted',
    // A claim nobody has to believe.
    requester_peer: a.mesh.peerId,
    is_ack: false,
  };
  void python.mesh.sendDirect('delete_signal', a.mesh.peerId, { content: '', metadata });
};
const answers = (python: SimNode): unknown[] =>
  python.inbox
    .filter((message) => message.envelope.type === 'delete_signal' && message.metadata['is_ack'] === true)
    .map((message) => message.metadata['ack_status']);

test('nobody deletes what others wrote, whatever the signal claims', async () => {
  const [id, dm] = [await post('mine'), await letter('ours')];
  const python = await pythonPeer();
  signal(python, 'channel_message', id);
  signal(python, 'direct_message', dm);
  await world.time.run(3_000);
  assert.deepEqual([texts(a.general(alice)), texts(a.direct(alice))], [['mine'], ['ours']]);
  assert.deepEqual(answers(python), ['rejected', 'rejected']);
});

test('a Python node is told of edits and deletions in its own words, and its own are followed', async () => {
  const python = await pythonPeer();
  const id = await post('frist');
  await settle(a.workspace.channelEdits.edit(alice, GENERAL, id, { content: 'first' }));
  await settle(a.workspace.channelEdits.remove(alice, GENERAL, id));
  const said = python.inbox
    .filter((message) => ['channel_message', 'delete_signal'].includes(message.envelope.type))
    .map(({ envelope, content, metadata }) => [
      envelope.type,
      content,
      metadata['update_only'] ?? metadata['data_type'] ?? null,
      metadata['message_id'] ?? metadata['data_id'],
    ]);
  assert.deepEqual(said.slice(0, 2), [
    ['channel_message', 'frist', null, id],
    ['channel_message', 'first', true, id],
  ]);
  assert.ok(said.length > 2);
  for (const one of said.slice(2)) assert.deepEqual(one, ['delete_signal', '', 'channel_message', id]);
  signal(python, 'channel_message', 'Mnever0seen0here');
  await world.time.run(3_000);
  assert.deepEqual(answers(python), ['complied']);
});

test('what a node behind another one deletes by a flood is not answered by a flood (R18)', async () => {
  const python = await pythonPeer();
  const [far, bystander] = ['10.0.0.4', '10.0.0.5'].map((host) =>
    world.node({ host, canopyVersion: '0.5.38', capabilities: DEFAULT_CAPABILITIES }),
  );
  assert.ok(far && bystander);
  for (const [node, to] of [
    [far, python.mesh],
    [bystander, a.mesh],
  ] as const) {
    await node.mesh.start();
    void node.mesh.connect(to.peerId, to.localEndpoints());
    await world.time.until(() => node.mesh.isConnected(to.peerId));
  }
  const { peerId, ed25519, x25519 } = far.identity;
  for (const known of [a.knownPeers, python.knownPeers, bystander.knownPeers])
    known.importPeer({ peerId, ed25519PublicKey: ed25519.publicKey, x25519PublicKey: x25519.publicKey });
  a.workspace.trust.setScore(peerId, 90);
  await world.time.run(5_000);
  const id = await post('mine');
  const metadata = { type: 'delete_signal', signal_id: 'DS0011223344556677', data_type: 'channel_message' };
  void far.mesh.flood('delete_signal', {
    content: '',
    metadata: { ...metadata, data_id: id, is_ack: false },
  });
  await world.time.run(5_000);
  assert.deepEqual(texts(a.general(alice)), ['mine']);
  const received = (node: SimNode): unknown[] => [
    node.inbox.some(({ envelope }) => envelope.type === 'delete_signal' && envelope.fromPeer === peerId),
    answers(node).length,
  ];
  assert.deepEqual(
    [received(bystander), received(python)],
    [
      [true, 0],
      [true, 0],
    ],
  );
});

test('a reaction shows on the other node with its kind, and a second call takes it back', async () => {
  const id = await post('nice');
  const react = (core: Core, user: UserId, kind: 'like' | 'love') =>
    settle(core.workspace.reactions.toggle(user, GENERAL, id, kind));
  const counts = (core: Core): unknown => core.workspace.reactions.of([id]).get(id) ?? {};
  assert.deepEqual(await react(b, bob, 'love'), {
    liked: true,
    reactionType: 'love',
    reactions: { love: [bob] },
  });
  await react(a, alice, 'like');
  assert.deepEqual(
    [counts(a), counts(b)],
    [
      { love: [bob], like: [alice] },
      { love: [bob], like: [alice] },
    ],
  );
  // Away: what happened meanwhile arrives as it is now.
  world.network.partition('10.0.0.1', '10.0.0.2');
  await world.time.run(60_000);
  assert.equal((await react(b, bob, 'like')).liked, false);
  await react(a, alice, 'like');
  await react(a, alice, 'love');
  world.network.heal('10.0.0.1', '10.0.0.2');
  await world.time.run(120_000);
  assert.deepEqual([counts(a), counts(b)], [{ love: [alice] }, { love: [alice] }]);
  assert.deepEqual(a.general(alice)[0]?.reactions, { love: [alice] });
  assert.equal(a.disk.repositories.outbox.count(b.mesh.peerId), 0);
});

test("a Python node's likes count once, for its own people alone", async () => {
  const python = await pythonPeer();
  const id = await post('liked?');
  const like = async (user: string, action: string, item: string): Promise<void> => {
    const metadata = { type: 'interaction', item_id: item, user_id: user, action, item_type: 'message' };
    void python.mesh.flood('interaction', { content: '', metadata });
    await world.time.run(3_000);
  };
  const counts = (): unknown => a.workspace.reactions.of([id]).get(id) ?? {};
  await like('user_guido', 'like', id);
  await like('user_guido', 'like', id);
  await like(alice, 'like', id);
  await like(bob, 'like', id);
  assert.deepEqual(counts(), { like: ['user_guido'] });
  await like('user_guido', 'unlike', id);
  assert.deepEqual(counts(), {});
  await settle(a.workspace.reactions.toggle(alice, GENERAL, id, 'laugh'));
  const said = python.inbox.filter((message) => message.envelope.type === 'interaction').at(-1)?.metadata;
  assert.deepEqual([said?.['action'], said?.['item_id'], said?.['user_id']], ['like', id, alice]);
});

test('what a message said before is kept on every node that saw it, for those who may read it, and goes with it', async () => {
  const id = await post('one');
  const dm = await letter('eins');
  for (const content of ['two', 'two', 'three'])
    await settle(a.workspace.channelEdits.edit(alice, GENERAL, id, { content }));
  await settle(a.workspace.directEdits.edit(alice, dm, { content: 'zwei' }));
  for (const [core, user] of [
    [a, alice],
    [b, bob],
  ] as const) {
    const { messageHistory } = core.workspace;
    const earlier = messageHistory.ofChannelMessage(user, GENERAL, id);
    assert.deepEqual(
      earlier.map(({ text }) => text),
      ['one', 'two'],
    );
    assert.ok((earlier[0]?.writtenAt ?? 0) < (earlier[1]?.writtenAt ?? 0));
    assert.deepEqual(
      messageHistory.ofDirectMessage(user, dm).map(({ text }) => text),
      ['eins'],
    );
  }
  const carol = b.addPerson('carol');
  assert.throws(() => b.workspace.messageHistory.ofDirectMessage(carol, dm), { code: 'message_not_found' });
  const stored = b.disk.store.sql.all<{ text: Uint8Array }>('SELECT text FROM native_channel_history');
  assert.ok(stored.every(({ text }) => !Buffer.from(text).toString('latin1').includes('one')));
  await settle(a.workspace.channelEdits.remove(alice, GENERAL, id));
  await settle(a.workspace.directEdits.remove(alice, dm));
  for (const { disk } of [a, b])
    assert.deepEqual(
      ['native_channel_history', 'native_direct_history'].map((table) =>
        disk.store.sql.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`),
      ),
      [{ n: 0 }, { n: 0 }],
    );
});

test('another time to disappear travels, and a message does not look edited for it', async () => {
  const id = await post('for a minute');
  const edit = (expiry: object) =>
    settle(a.workspace.channelEdits.edit(alice, GENERAL, id, { expiry }), 3_000);
  const [before] = b.general(bob);
  await edit({ ttlSeconds: 60 });
  const [after] = b.general(bob);
  assert.equal(after?.editedAt, null);
  assert.ok((after?.expiresAt ?? Infinity) < (before?.expiresAt ?? 0));
  await edit({ ttlMode: 'none' });
  assert.ok((b.general(bob)[0]?.expiresAt ?? 0) > (before?.expiresAt ?? 0));
  const past = { expiry: { expiresAt: '2001-01-01T00:00:00Z' } };
  const refused = assert.rejects(a.workspace.channelEdits.edit(alice, GENERAL, id, past), {
    code: 'expiry_not_ahead',
  });
  await settle(refused, 100);
  await edit({ ttlSeconds: 60 });
  await world.time.run(61_000);
  assert.deepEqual([a.general(alice), b.general(bob)], [[], []]);
});
