/**
 * Direct messages to groups whose people live on several nodes (03 sections 6.1 to 6.4): one row everywhere, answers to
 * everybody, what the summary says of encryption, and what waits for a node that is away.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { MessageId, UserId } from '../../server/wire/ids.ts';
import { DEFAULT_CAPABILITIES } from '../../server/wire/message-types.ts';
import { CoreWorld, GENERAL } from '../sim/core.ts';
import type { Core } from '../sim/core.ts';

/** Reads nothing encrypted. */
const OLD_PYTHON = { capabilities: ['chat', 'files', 'voice'], canopyVersion: '0.1.0' };
const PYTHON = { capabilities: DEFAULT_CAPABILITIES, canopyVersion: '0.5.38' };

let world: CoreWorld;
let cores: Core[];

beforeEach(() => {
  world = new CoreWorld(11);
  cores = [];
});

afterEach(async () => {
  const stopping = Promise.all(cores.map((core) => core.stop()));
  await world.time.run(2_000);
  await stopping;
});

interface Person {
  core: Core;
  user: UserId;
}

/** Nodes that all trust each other, the first connected with all the others. */
async function star(inits: (object | undefined)[]): Promise<Person[]> {
  const people = inits.map((init, at) => {
    const core = world.core(init ?? {});
    cores.push(core);
    return { core, user: core.addPerson(`person${at}`) };
  });
  for (const { core } of people) await core.start();
  for (const { core } of people)
    for (const other of people)
      if (other.core !== core) core.workspace.trust.setScore(other.core.mesh.peerId, 90);
  const [first, ...others] = people;
  assert.ok(first);
  for (const { core } of others) void core.importInviteOf(first.core);
  await world.time.run(20_000);
  return people;
}

async function send(from: Person, to: Person[], content: string): Promise<MessageId> {
  const recipientIds = to.map(({ user }) => user);
  const sending = from.core.workspace.directMessages.send(from.user, { recipientIds, content });
  await world.time.run(20_000);
  return (await sending).id;
}

const letters = ({ core, user }: Person): string[] => core.direct(user).map(({ content }) => content);
const groupOf = ({ core, user }: Person, id: MessageId): string =>
  core.workspace.directMessages.get(user, id)?.recipientId ?? '';
const security = ({ core, user }: Person, id: MessageId): unknown[] => {
  const said = core.workspace.directMessages.get(user, id)?.metadata?.['security'] as Record<string, unknown>;
  return [said['mode'], said['e2e']];
};

test('a group is the same everywhere; whoever answers reaches everybody, also over the node between', async () => {
  const [a, b, c] = await star([undefined, undefined, undefined]);
  assert.ok(a && b && c);
  const first = await send(a, [b, c], 'hello both');
  for (const person of [a, b, c]) {
    assert.deepEqual(letters(person), ['hello both']);
    assert.equal(groupOf(person, first), groupOf(a, first));
  }
  assert.deepEqual(security(a, first), ['peer_e2e_v1', true]);

  const recipients = b.core.workspace.directMessages.replyRecipients(b.user, first);
  assert.deepEqual([...recipients].sort(), [a.user, c.user].sort());
  const answering = b.core.workspace.directMessages.send(b.user, {
    recipientIds: recipients,
    content: 'hello from b',
    replyTo: first,
  });
  await world.time.run(60_000);
  const { id } = await answering;
  for (const person of [a, b, c]) {
    assert.deepEqual(letters(person), ['hello both', 'hello from b']);
    assert.equal(groupOf(person, id), groupOf(a, first));
    const group = person.core.workspace.directMessages.group(person.user, groupOf(a, first));
    assert.deepEqual(
      group.map(({ metadata }) => metadata?.['reply_to'] ?? null),
      [null, first],
    );
  }
  const changing = b.core.workspace.directEdits.edit(b.user, id, { content: 'hello again' });
  await world.time.run(60_000);
  await changing;
  for (const person of [a, b, c]) assert.deepEqual(letters(person), ['hello both', 'hello again']);
});

test('the summary says who of a group reads it encrypted; who is away gets it when they come', async () => {
  const [a, b, c] = await star([undefined, PYTHON, OLD_PYTHON]);
  assert.ok(a && b && c);
  const mixed = await send(a, [b, c], 'to both kinds');
  assert.deepEqual(security(a, mixed), ['mixed', false]);
  assert.deepEqual([letters(b), letters(c)], [['to both kinds'], ['to both kinds']]);
  assert.deepEqual(security(b, mixed), ['peer_e2e_v1', true]);
  assert.deepEqual(security(c, mixed), ['legacy_plaintext', false]);

  await b.core.stop();
  const waiting = await send(a, [b, c], 'b is away');
  assert.equal(a.core.workspace.delivery.state('dm', waiting, b.core.mesh.peerId), 'queued');
  const again = world.core(PYTHON, b.core.disk);
  cores[cores.indexOf(b.core)] = again;
  await again.start();
  await world.time.run(60_000);
  assert.deepEqual(letters({ core: again, user: b.user }), ['to both kinds', 'b is away']);
  assert.deepEqual(letters(c), ['to both kinds', 'b is away']);
});

const reactions = ({ core, user }: Person, id: MessageId): unknown =>
  core.workspace.directMessages.get(user, id)?.reactions;

async function react(person: Person, id: MessageId, kind: 'like' | 'love'): Promise<void> {
  const reacting = person.core.workspace.directReactions.toggle(person.user, id, kind);
  await world.time.run(60_000);
  await reacting;
}

test('a reaction reaches everybody of a group with its kind, also who was away, and goes with its message', async () => {
  const [a, b, c] = await star([undefined, undefined, undefined]);
  assert.ok(a && b && c);
  const id = await send(a, [b, c], 'what do you say?');
  await react(b, id, 'love');
  await react(c, id, 'like');
  const all = { love: [b.user], like: [c.user] };
  for (const person of [a, b, c]) assert.deepEqual(reactions(person, id), all);
  const changing = a.core.workspace.directEdits.edit(a.user, id, { content: 'well?' });
  await world.time.run(30_000);
  await changing;
  for (const person of [a, b, c]) assert.deepEqual(reactions(person, id), all);

  await c.core.stop();
  await react(b, id, 'love');
  await react(a, id, 'like');
  const again: Person = { core: world.core({}, c.core.disk), user: c.user };
  cores[cores.indexOf(c.core)] = again.core;
  await again.core.start();
  await world.time.run(120_000);
  assert.deepEqual(reactions(again, id), { like: [c.user, a.user] });

  const removing = a.core.workspace.directEdits.remove(a.user, id);
  await world.time.run(60_000);
  assert.equal(await removing, true);
  for (const { core } of [a, b, again]) assert.deepEqual(core.disk.repositories.reactions.of([id]), []);
});

test('a reaction to a direct message is not sent where it is not shown, and whoever reacts can be told so', async () => {
  const [a, b, c] = await star([undefined, PYTHON, undefined]);
  assert.ok(a && b && c);
  const id = await send(a, [b, c], 'both kinds');
  const before = b.core.disk.repositories.reactions.of([id]);
  await react(a, id, 'love');
  assert.deepEqual([before, b.core.disk.repositories.reactions.of([id])], [[], []]);
  assert.deepEqual(reactions(c, id), { love: [a.user] });
  assert.deepEqual(a.core.workspace.directMessages.get(a.user, id)?.reactionsUnseenBy, [b.user]);
  assert.equal(a.core.disk.repositories.outbox.count(b.core.mesh.peerId), 0);
});

test('who is not in a direct message cannot react to it, before or after it came, however often', async () => {
  const [a, b, c] = await star([undefined, undefined, undefined]);
  assert.ok(a && b && c);
  const id = await send(a, [b], 'between us');
  const claim = (messageId: string, userId: string, action = 'like'): Promise<unknown> => {
    const metadata = {
      type: 'interaction',
      item_id: messageId,
      user_id: userId,
      action,
      item_type: 'message',
    };
    return Promise.resolve(
      c.core.mesh.sendDirect('interaction', a.core.mesh.peerId, { content: '', metadata }),
    );
  };
  await react(b, id, 'love');
  for (const user of [c.user, b.user, a.user]) void claim(id, user);
  void claim(id, b.user, 'unlike');
  for (let n = 0; n < 50; n += 1) void claim(id, `user_crowd${n}`);
  await world.time.run(60_000);
  assert.deepEqual(reactions(a, id), { love: [b.user] });
  assert.equal(a.core.disk.repositories.reactions.of([id]).length, 1);

  // Claimed for an id that nobody has yet: once the message is there, it does not count.
  const next = 'DMnotyetwritten' as MessageId;
  void claim(next, c.user);
  await world.time.run(10_000);
  const sending = a.core.workspace.directMessages.send(
    a.user,
    { recipientIds: [b.user], content: 'later' },
    { id: next },
  );
  await world.time.run(10_000);
  await sending;
  assert.deepEqual(reactions(a, next), {});
  const eve = a.core.addPerson('eve');
  const refused = [
    c.core.workspace.directReactions.toggle(c.user, id, 'like'),
    a.core.workspace.directReactions.toggle(eve, id, 'like'),
  ].map((work) => assert.rejects(work, { code: 'message_not_found' }));
  await world.time.run(2_000);
  await Promise.all(refused);
});

test('a direct message with the id of a message in a channel does not take the reactions to that one', async () => {
  const [a, b, c] = await star([undefined, undefined, undefined]);
  assert.ok(a && b && c);
  const later = async <T>(work: Promise<T>): Promise<T> => {
    await world.time.run(60_000);
    return work;
  };
  const { channelMessages } = a.core.workspace;
  const { id } = await later(channelMessages.post(a.user, { channelId: GENERAL, content: 'public' }));
  const liked = ({ core }: Person): unknown =>
    core.disk.repositories.reactions.of([id]).map(({ userId }) => userId);
  await later(b.core.workspace.reactions.toggle(b.user, GENERAL, id, 'love'));
  const claim = (type: 'direct_message' | 'delete_signal', content: string, said: object): Promise<unknown> =>
    later(
      Promise.resolve(
        c.core.mesh.sendDirect(type, a.core.mesh.peerId, { content, metadata: { type, ...said } }),
      ),
    );
  const timestamp = new Date(world.time.now()).toISOString();
  await claim('direct_message', 'same id', {
    sender_id: c.user,
    recipient_id: a.user,
    message_id: id,
    timestamp,
    update_only: true,
  });
  assert.ok(a.core.disk.repositories.directMessages.get(id));
  await later(a.core.workspace.reactions.toggle(a.user, GENERAL, id, 'like'));
  assert.deepEqual([liked(a), liked(b)], Array(2).fill([b.user, a.user]));
  await later(b.core.workspace.reactions.toggle(b.user, GENERAL, id, 'love'));
  assert.deepEqual([liked(a), liked(b)], Array(2).fill([a.user]));
  await claim('delete_signal', '', {
    signal_id: 'DS0011223344556677',
    data_type: 'direct_message',
    data_id: id,
    reason: 'user_deleted',
    requester_peer: c.core.mesh.peerId,
    is_ack: false,
  });
  assert.equal(a.core.disk.repositories.directMessages.get(id), undefined);
  assert.deepEqual(liked(a), [a.user]);
});
