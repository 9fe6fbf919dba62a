/** Acknowledged delivery between our nodes (06 section 3): states, window, refusals, what breaks, what repeats. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { ACK } from '../../server/mesh/secure/types.ts';
import { SYSTEM_USER } from '../../server/store/seed.ts';
import type { MessageId, PeerId, UserId } from '../../server/wire/ids.ts';
import { changedAt } from '../../server/wire/item-id.ts';
import { CoreWorld, GENERAL } from '../sim/core.ts';
import type { Core } from '../sim/core.ts';
import { LinkWorld } from './acknowledging-links.ts';

const HOUR = 3_600_000;

let world: CoreWorld;
let links: LinkWorld;
let a: Core;
let b: Core;
let alice: UserId;
let bob: UserId;
let [atA, atB]: [PeerId, PeerId] = ['' as PeerId, '' as PeerId];

/** Two acquainted nodes with a session that acknowledges; without it when `accepted` is false, a has not accepted b. */
async function meet(accepted = true): Promise<void> {
  void b.importInviteOf(a);
  await world.time.until(() => a.workspace.requests.list().length === 1);
  if (accepted) a.workspace.requests.decide(atB, 'accept');
  await world.time.run(10_000);
  // From here on nothing travels but over sessions that acknowledge.
  world.network.partition('10.0.0.1', '10.0.0.2');
  a.mesh.drop(atB);
  await world.time.run(100_000);
  links.open(atA, atB);
  await world.time.run(1_000);
}

async function post(core: Core, user: UserId, content: string): Promise<MessageId> {
  const posted = core.workspace.channelMessages.post(user, { channelId: GENERAL, content });
  await world.time.run(3);
  return (await posted).id;
}

async function direct(core: Core, from: UserId, to: UserId, content: string): Promise<MessageId> {
  const sent = core.workspace.directMessages.send(from, { recipientIds: [to], content });
  await world.time.run(3);
  return (await sent).id;
}

const texts = (messages: readonly { content: string }[]): string[] =>
  messages.map((message) => message.content);
const stateAt = (core: Core, kind: 'message' | 'dm', id: MessageId) =>
  core.workspace.delivery.summary(kind, id);
const owed = (core: Core, peer: PeerId): number => core.disk.repositories.outbox.count(peer);

beforeEach(async () => {
  world = new CoreWorld(21);
  links = new LinkWorld(world.time);
  [a, b] = [
    world.core({ host: '10.0.0.1', links: links.of }),
    world.core({ host: '10.0.0.2', links: links.of }),
  ];
  [atA, atB] = [a.mesh.peerId, b.mesh.peerId];
  [alice, bob] = [a.addPerson('alice'), b.addPerson('bob')];
  await a.start();
  await b.start();
});

test('messages are delivered when the peer has them on disk, and every step is told', async () => {
  await meet();
  const message = await post(a, alice, 'for all');
  const letter = await direct(a, alice, bob, 'for bob');
  assert.equal(stateAt(a, 'message', message)?.state, 'queued');
  a.events.length = 0;
  await world.time.run(1_000);
  assert.deepEqual(texts(b.general(bob)), ['for all']);
  assert.deepEqual(texts(b.direct(bob)), ['for bob']);
  for (const sum of [stateAt(a, 'message', message), stateAt(a, 'dm', letter)])
    assert.deepEqual([sum?.state, sum?.of, sum?.delivered], ['delivered', 1, 1]);
  assert.equal(owed(a, atB), 0);
  assert.ok(a.events.some((event) => event.type === 'message.delivery' && event.id === message));
  assert.notEqual(a.direct(alice)[0]?.deliveredAt, null);
});

test('what was on its way when the session broke is sent again and shown once', async () => {
  await meet();
  links.onArrival = () => 'lose_ack';
  const message = await post(a, alice, 'taken, but nobody said so');
  const letter = await direct(a, alice, bob, 'this too');
  await world.time.run(1_000);
  links.break(atA, atB);
  assert.equal(owed(a, atB), 2);
  links.onArrival = () => null;
  const before = links.sent.length;
  links.open(atA, atB);
  await world.time.run(1_000);
  assert.equal(links.sent.length - before, 2);
  assert.deepEqual(texts(b.general(bob)), ['taken, but nobody said so']);
  assert.deepEqual(texts(b.direct(bob)), ['this too']);
  assert.deepEqual(
    [stateAt(a, 'message', message)?.state, stateAt(a, 'dm', letter)?.state],
    ['delivered', 'delivered'],
  );
});

test('rows survive a restart of the sender and leave in their order', async () => {
  await meet();
  links.break(atA, atB);
  const stopping = a.stop();
  await world.time.run(2_000);
  await stopping;
  const letters = ['one', 'two', 'three'];
  const offline = world.core({ host: '10.0.0.1', links: links.of }, a.disk);
  for (const letter of letters) await direct(offline, alice, bob, letter);
  const again = world.core({ host: '10.0.0.1', links: links.of }, a.disk);
  await again.start();
  links.open(atA, atB);
  await world.time.run(5_000);
  assert.deepEqual(texts(b.direct(bob)), letters);
  assert.equal(owed(again, atB), 0);
});

test('a peer that has not accepted us keeps everything waiting until it says so', async () => {
  await meet(false);
  const first = await post(b, bob, 'knock');
  const second = await post(b, bob, 'knock again');
  await world.time.run(60_000);
  assert.deepEqual(stateAt(b, 'message', first)?.queuedFor, [{ peerId: atA, reason: 'awaiting_acceptance' }]);
  assert.deepEqual([owed(b, atA), texts(a.general(alice))], [2, []]);
  const tries = links.sent.length;
  await world.time.run(600_000);
  assert.equal(links.sent.length, tries, 'it is not pressed');
  a.workspace.requests.decide(atB, 'accept');
  await world.time.run(10_000);
  assert.deepEqual(texts(a.general(alice)).sort(), ['knock', 'knock again']);
  assert.equal(stateAt(b, 'message', second)?.state, 'delivered');
});

test('being accepted counts also when it is heard before the answer to what came earlier', async () => {
  await meet(false);
  links.onArrival = () => {
    links.onArrival = () => null;
    a.workspace.requests.decide(atB, 'accept');
    return ACK.waiting;
  };
  const id = await post(b, bob, 'crossing');
  await world.time.run(10_000);
  assert.equal(stateAt(b, 'message', id)?.state, 'delivered');
  assert.equal(owed(b, atA), 0);
});

test('a refusal ends the row with its reason', async () => {
  await meet();
  for (const [status, reason] of [
    [ACK.not_entitled, 'not_entitled'],
    [ACK.invalid, 'invalid'],
    [ACK.too_large, 'too_large'],
    [ACK.gone, 'gone'],
  ] as const) {
    links.onArrival = () => status;
    const id = await post(a, alice, `refused: ${reason}`);
    await world.time.run(1_000);
    const sum = stateAt(a, 'message', id);
    assert.deepEqual([sum?.state, sum?.failedFor], ['failed', [{ peerId: atB, reason }]]);
  }
  assert.equal(owed(a, atB), 0);
});

test('a recipient who is not there is a failure the sender sees', async () => {
  await meet();
  a.workspace.inbound.changes.now(() =>
    a.workspace.people.admitSigned({ userId: 'user_ghost' as UserId, displayName: 'Ghost' }, atB),
  );
  const id = await direct(a, alice, 'user_ghost' as UserId, 'anybody?');
  await world.time.run(1_000);
  assert.deepEqual(stateAt(a, 'dm', id)?.failedFor, [{ peerId: atB, reason: 'gone' }]);
});

test('a busy peer is tried again after half a minute, doubling, and nothing else is pressed on it', async () => {
  await meet();
  links.onArrival = () => ACK.busy;
  const id = await post(a, alice, 'disk full');
  await world.time.run(1_000);
  await post(a, alice, 'behind it');
  const tries = (): number => links.sent.length;
  const first = tries();
  await world.time.run(25_000);
  assert.equal(tries(), first);
  await world.time.run(10_000);
  assert.ok(tries() > first);
  links.onArrival = () => null;
  await world.time.run(120_000);
  assert.equal(stateAt(a, 'message', id)?.state, 'delivered');
  assert.deepEqual(texts(b.general(bob)).sort(), ['behind it', 'disk full']);
});

test('a clock that was hours ahead and is put back delays nothing by hours', async () => {
  await meet();
  links.onArrival = () => ACK.busy;
  const id = await post(a, alice, 'written too early');
  await world.time.run(1_000);
  a.disk.store.sql.run(`UPDATE native_outbox SET next_at = next_at + ${3 * HOUR}`);
  links.onArrival = () => null;
  await world.time.run(60_000);
  assert.equal(stateAt(a, 'message', id)?.state, 'delivered');
});

test('a message whose channel is known from somebody else’s words alone stays owed, and holds nothing else up', async () => {
  await meet();
  const elsewhere = 'Elsewhere1111111111111111111' as PeerId;
  const creating = a.workspace.channels.create(alice, { name: 'not told yet', type: 'public' });
  await world.time.run(3);
  const { id: channelId } = await creating;
  const { changes, channelMerge } = b.workspace.inbound;
  changes.now(() => channelMerge.placeholder(channelId, SYSTEM_USER, elsewhere));
  const inIt = await Promise.all(
    ['one', 'two'].map(async (content) => {
      const posted = a.workspace.channelMessages.post(alice, { channelId, content });
      await world.time.run(3);
      return (await posted).id;
    }),
  );
  await world.time.run(60_000);
  const other = await post(a, alice, 'behind them');
  await world.time.run(40_000);
  assert.equal(stateAt(a, 'message', other)?.state, 'delivered');
  assert.deepEqual(
    inIt.map((id) => stateAt(a, 'message', id)?.state),
    ['queued', 'queued'],
  );
  changes.now(() => {
    b.disk.repositories.channels.update(channelId, { originPeer: atA });
    const channel = b.disk.repositories.channels.get(channelId);
    const claim = {
      id: channelId,
      name: 'told',
      type: 'public',
      privacyMode: 'open',
      originPeer: atA,
    } as const;
    if (channel !== undefined) channelMerge.follow(channel, claim);
  });
  await world.time.run(HOUR);
  assert.deepEqual(
    inIt.map((id) => stateAt(a, 'message', id)?.state),
    ['delivered', 'delivered'],
  );
  assert.deepEqual(texts(b.workspace.channelMessages.list(bob, channelId, { limit: 9 })), ['one', 'two']);
});

test('an own open channel is owed, as it is when it leaves, to whoever was away when it was told', async () => {
  await meet();
  links.break(atA, atB);
  const creating = a.workspace.channels.create(alice, { name: 'for all', type: 'public' });
  await world.time.run(3);
  const { id } = await creating;
  assert.equal(owed(a, atB), 1);
  const changing = a.workspace.channelAdmin.describe({ userId: alice, owner: false }, id, {
    name: 'for everybody',
  });
  await world.time.run(3);
  await changing;
  assert.equal(owed(a, atB), 1);
  links.open(atA, atB);
  await world.time.run(1_000);
  assert.equal(b.disk.repositories.channels.get(id)?.name, 'for everybody');
  assert.equal(owed(a, atB), 0);
});

test('a message on which five sessions break is set aside for an hour; the others pass', async () => {
  await meet();
  links.onArrival = (frame) => (frame.payload.content === 'poison' ? 'break' : null);
  const poison = await post(a, alice, 'poison');
  const good = await post(a, alice, 'good');
  for (let session = 0; session < 6; session += 1) {
    await world.time.run(1_000);
    links.open(atA, atB);
  }
  await world.time.run(1_000);
  assert.equal(stateAt(a, 'message', good)?.state, 'delivered');
  assert.equal(stateAt(a, 'message', poison)?.state, 'queued');
  links.onArrival = () => null;
  await world.time.run(HOUR + 60_000);
  assert.equal(stateAt(a, 'message', poison)?.state, 'delivered');
  assert.deepEqual(texts(b.general(bob)).sort(), ['good', 'poison']);
});

test('a row that changed on its way is settled only by the answer to what it is now', async () => {
  await meet();
  const { outbox } = a.disk.repositories;
  const id = await post(a, alice, 'first words');
  const row = outbox.find(atB, 'message', id);
  assert.ok(row);
  a.workspace.inbound.changes.now(() => {
    const channel = a.disk.repositories.channels.get(GENERAL);
    assert.ok(channel);
    a.disk.repositories.channelMessages.update(id, { content: 'better words' });
    a.workspace.owing.message(channel, { id, expiresAt: null }, changedAt(5));
  });
  await world.time.run(1_000);
  assert.deepEqual(texts(b.general(bob)), ['better words']);
  assert.equal(links.sent.filter((frame) => frame.type === 'channel_message').length, 2);
  const last = links.sent.at(-1)?.payload.metadata as Record<string, unknown>;
  assert.deepEqual([last['canopy_rev'], last['update_only']], [5, true]);
  assert.equal(owed(a, atB), 0);
});

test('a deletion takes the place of what had not left yet, and goes to everybody who had it', async () => {
  await meet();
  links.break(atA, atB);
  const id = await post(a, alice, 'never seen');
  const peers = a.workspace.inbound.changes.now(() => a.workspace.owing.deletion('channel_message', id));
  assert.deepEqual(peers, [atB]);
  const rows = a.disk.repositories.outbox.forPeer(atB, { limit: 10 });
  assert.deepEqual(
    rows.map((row) => [row.kind, row.objectId, row.version]),
    [['delete', `channel_message:${id}`, 'x']],
  );
});

test('no more than the window is on its way, and everything arrives in order', async () => {
  await meet();
  links.break(atA, atB);
  const count = 600;
  for (let i = 0; i < count; i += 1)
    void a.workspace.channelMessages.post(alice, { channelId: GENERAL, content: `n${i}` });
  await world.time.run(1_000);
  assert.equal(owed(a, atB), count);
  links.peak = 0;
  links.open(atA, atB);
  await world.time.run(60_000);
  assert.equal(owed(a, atB), 0);
  assert.ok(links.peak > 100 && links.peak <= 256, `${links.peak} at once`);
  assert.deepEqual(
    links.sent.map((frame) => frame.payload.content).filter((text) => /^n\d/.test(text)),
    Array.from({ length: count }, (_, i) => `n${i}`),
  );
});

test('what expires, and what a peer may not have any more, fails visibly', async () => {
  await meet();
  links.break(atA, atB);
  const letter = await direct(a, alice, bob, 'too late');
  world.time.shiftWallClock(31 * 24 * HOUR);
  await world.time.run(61_000);
  assert.deepEqual(stateAt(a, 'dm', letter)?.failedFor, [{ peerId: atB, reason: 'expired' }]);
  const second = await direct(a, alice, bob, 'never mind');
  a.workspace.trust.setScore(atB, 0);
  await world.time.run(100);
  assert.deepEqual(stateAt(a, 'dm', second)?.failedFor, [{ peerId: atB, reason: 'removed' }]);
  assert.equal(owed(a, atB), 0);
});

test('what was deleted stays owed to whoever is not accepted for a while, and is gone there in the end', async () => {
  await meet();
  const message = await post(a, alice, 'taken back');
  await world.time.run(1_000);
  assert.deepEqual(texts(b.general(bob)), ['taken back']);
  links.break(atA, atB);
  void a.workspace.channelEdits.remove(alice, GENERAL, message);
  await world.time.run(100);
  const other = await post(a, alice, 'something else');
  assert.equal(owed(a, atB), 2);
  a.workspace.trust.setScore(atB, 0);
  await world.time.run(100);
  assert.equal(owed(a, atB), 1);
  assert.deepEqual(stateAt(a, 'message', other)?.failedFor, [{ peerId: atB, reason: 'removed' }]);
  a.workspace.trust.setScore(atB, 90);
  links.open(atA, atB);
  await world.time.run(60_000);
  assert.equal(owed(a, atB), 0);
  assert.ok(!texts(b.general(bob)).includes('taken back'));
});

test('a text between nodes is acknowledged, and one that was broadcast too', async () => {
  await meet();
  const sent = a.sync.peerSend.direct(alice, atB, 'to the node', {});
  const all = a.sync.peerSend.broadcast(alice, 'to all nodes', {});
  await world.time.run(5_000);
  assert.deepEqual([(await sent).deliveredTo, (await all).deliveredTo], [[atB], [atB]]);
  assert.deepEqual(texts(b.direct(bob)).sort(), ['to all nodes', 'to the node']);
  assert.deepEqual(a.disk.store.sql.all('SELECT * FROM native_owed_texts'), []);
});

test('a run of reconciliation settles what both sides hold, and rows wait for it', async () => {
  await meet();
  links.break(atA, atB);
  const ids: MessageId[] = [];
  for (let i = 0; i < 201; i += 1) {
    const posted = a.workspace.channelMessages.post(alice, { channelId: GENERAL, content: `n${i}` });
    void posted.then((view) => ids.push(view.id));
  }
  await world.time.run(1_000);
  let running = true;
  a.sync.delivery.useRuns(() => running);
  const before = links.sent.length;
  links.open(atA, atB);
  await world.time.run(5_000);
  assert.equal(links.sent.length, before, 'they wait');
  running = false;
  const [held, refused] = ids;
  void a.sync.delivery.reconciled(atB, (_kind, id) =>
    id === held ? 'held' : id === refused ? 'refused' : null,
  );
  await world.time.run(20_000);
  assert.ok(held !== undefined && refused !== undefined);
  assert.equal(owed(a, atB), 0);
  assert.equal(links.sent.length - before, 199);
  assert.equal(stateAt(a, 'message', held)?.state, 'delivered');
  assert.deepEqual(stateAt(a, 'message', refused)?.failedFor, [{ peerId: atB, reason: 'not_entitled' }]);
});

test('the sender sees what was read: at once, and after an absence, unless the reader keeps it private', async () => {
  await meet();
  const [first, second, third] = [
    await direct(a, alice, bob, 'one'),
    await direct(a, alice, bob, 'two'),
    await direct(a, alice, bob, 'three'),
  ];
  await world.time.run(1_000);
  void b.workspace.directMessages.markRead(bob, first);
  await world.time.run(1_000);
  assert.deepEqual([stateAt(a, 'dm', first)?.state, stateAt(a, 'dm', second)?.state], ['read', 'delivered']);
  links.break(atA, atB);
  void b.workspace.directMessages.markRead(bob, second);
  await world.time.run(1_000);
  assert.equal(stateAt(a, 'dm', second)?.state, 'delivered', 'never owed');
  links.open(atA, atB);
  await world.time.run(1_000);
  assert.equal(stateAt(a, 'dm', second)?.state, 'read');
  void b.workspace.people.updateProfile(bob, { readReceipts: false });
  await world.time.run(100);
  void b.workspace.directMessages.markRead(bob, third);
  await world.time.run(1_000);
  links.break(atA, atB);
  links.open(atA, atB);
  await world.time.run(1_000);
  assert.equal(stateAt(a, 'dm', third)?.state, 'delivered');
});
