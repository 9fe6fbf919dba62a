/** What people do in a run: write, answer, change, delete, read, open channels. All of it is noted in the ledger. */
import type { ChannelId, MessageId, UserId } from '../../../server/wire/ids.ts';
import { DELIVERY } from '../../../server/wire/native-extensions.ts';
import { GENERAL } from '../core.ts';
import type { Said } from './ledger.ts';
import { DiskFull, isKilled } from './machine.ts';
import type { Machine } from './machine.ts';
import { below, chance, pick } from './scene.ts';
import type { Scene } from './scene.ts';
import { SECRET } from './weather.ts';

/** Share of messages that expire, and after how long, seconds. */
const EXPIRING = { share: 0.08, least: 30, more: 900 };
/** What people say besides what makes a text unlike all others. */
const FILLERS = ['', ' hello', ` ${'long'.repeat(50)}`, ' ünïcödé 🌲', ` ${'x'.repeat(3_000)}`];

/** The channels a machine's people are in. */
function channelsOf(scene: Scene, machine: Machine): ChannelId[] {
  const [user] = machine.people;
  if (user === undefined) return [];
  return machine.core.workspace.channels
    .list(user)
    .map((channel) => channel.id)
    .filter((id) => id === GENERAL || scene.ledger.rooms.some((room) => room.id === id));
}

/** A text unlike all others of the run. */
function text(scene: Scene, prefix: string): string {
  const { plan, ledger } = scene;
  const filler = pick(scene, FILLERS) ?? '';
  for (let again = 0; ; again += 1) {
    const number = again === 0 ? '' : `.${again}`;
    const made = `${prefix}${plan.seed}/${ledger.said.length}${number}${filler}`;
    if (ledger.find(made) === undefined) return made;
  }
}

/** Awaits what the product answers; a refusal is a finding unless the machine cannot write. */
function settle<T>(
  scene: Scene,
  machine: Machine,
  what: string,
  work: Promise<T>,
  done: (result: T) => void,
): void {
  work.then(done, (error: unknown) => {
    if (isKilled(error) || error instanceof DiskFull) return;
    scene.violations.add(`${machine.name}: ${what} failed: ${String(error)}`);
  });
}

/** Somebody writes in a channel. */
export function post(scene: Scene, machine: Machine, options: { lasting?: boolean } = {}): void {
  const channel = pick(scene, channelsOf(scene, machine)) ?? GENERAL;
  const user = pick(scene, membersAt(machine, channel));
  if (user === undefined) return;
  const expires = options.lasting !== true && chance(scene, EXPIRING.share);
  const ttlSeconds = expires ? EXPIRING.least + below(scene, EXPIRING.more) : null;
  const parents = machine.core.workspace.channelMessages.list(user, channel, { limit: 20 });
  const parent = options.lasting !== true && chance(scene, 0.25) ? pick(scene, parents) : undefined;
  const said = scene.ledger.add({
    kind: 'channel',
    text: text(scene, 'said '),
    former: [],
    channel,
    author: machine,
    user,
    to: [],
    id: null,
    acknowledged: false,
    acknowledging: [],
    expiresAt: ttlSeconds === null ? null : machine.now() + ttlSeconds * 1000,
    deleted: false,
    uncertain: false,
  });
  scene.trace.note(
    `${machine.name} writes "${short(said)}" in ${channel}${ttlSeconds === null ? '' : ` for ${ttlSeconds} s`}`,
  );
  const posting = machine.core.workspace.channelMessages.post(user, {
    channelId: channel,
    content: said.text,
    parentMessageId: parent?.id ?? null,
    ...(ttlSeconds === null ? {} : { ttlSeconds }),
  });
  settle(scene, machine, `writing "${short(said)}"`, posting, (view) => acknowledge(scene, said, view.id));
}

/** Somebody writes to somebody, or to some. */
export function direct(scene: Scene, machine: Machine, target?: Machine): void {
  const user = pick(scene, machine.people);
  if (user === undefined) return;
  const others = scene.machines.filter(
    (other) => other !== machine && (target === undefined || other === target),
  );
  const known = others.flatMap((other) =>
    other.people
      .filter((id) => machine.core.workspace.people.get(id)?.originPeer === other.identity.peerId)
      .map((id) => ({ id, home: other })),
  );
  const first = pick(scene, known);
  if (first === undefined) return;
  const second = target === undefined && chance(scene, 0.15) ? pick(scene, known) : undefined;
  const recipients = [first, ...(second === undefined || second.id === first.id ? [] : [second])];
  const to = [...new Set(recipients.map(({ home }) => home))];
  const confidential = machine.ours && to.every((home) => home.ours);
  const said = scene.ledger.add({
    kind: 'direct',
    text: text(scene, confidential ? SECRET : 'direct '),
    former: [],
    channel: null,
    author: machine,
    user,
    to,
    id: null,
    acknowledged: false,
    acknowledging: [],
    expiresAt: null,
    deleted: false,
    uncertain: false,
  });
  scene.trace.note(`${machine.name} writes "${short(said)}" to ${to.map(({ name }) => name).join(', ')}`);
  const sending = machine.core.workspace.directMessages.send(user, {
    recipientIds: recipients.map(({ id }) => id),
    content: said.text,
  });
  settle(scene, machine, `sending "${short(said)}"`, sending, (view) => acknowledge(scene, said, view.id));
}

/** Somebody reads the newest direct messages. */
export function read(scene: Scene, machine: Machine): void {
  const user = pick(scene, machine.people);
  if (user === undefined) return;
  const unread = machine.core.workspace.directMessages
    .list(user, { limit: 10 })
    .filter((message) => message.readAt === null && message.senderId !== user);
  scene.trace.note(`${machine.name} reads ${unread.length} direct messages`);
  for (const { id } of unread)
    settle(
      scene,
      machine,
      'reading',
      machine.core.workspace.directMessages.markRead(user, id),
      () => undefined,
    );
}

/** Somebody opens a channel for everybody. */
export function openRoom(scene: Scene, machine: Machine): void {
  const [user] = machine.people;
  if (user === undefined) return;
  const name = `room ${scene.plan.seed} ${scene.ledger.rooms.length}`;
  scene.trace.note(`${machine.name} opens "${name}"`);
  settle(
    scene,
    machine,
    'opening a channel',
    machine.core.workspace.channels.create(user, { name }),
    (view) => {
      scene.ledger.rooms.push({ id: view.id, origin: machine, members: null });
    },
  );
}

/** Somebody changes their profile. */
export function rename(scene: Scene, machine: Machine): void {
  const user = pick(scene, machine.people);
  if (user === undefined) return;
  scene.trace.note(`${machine.name}: a profile changes`);
  const bio = `bio ${scene.random.fraction()}`;
  settle(
    scene,
    machine,
    'changing a profile',
    machine.core.workspace.people.updateProfile(user, { bio }),
    () => undefined,
  );
}

/** Somebody changes a message of theirs. */
export function edit(scene: Scene, machine: Machine): void {
  const said = pick(scene, ownMessages(scene, machine));
  if (said?.id == null || said.channel === null) return;
  const content = text(scene, 'changed ');
  scene.trace.note(`${machine.name} changes "${short(said)}" to "${content.slice(0, 30)}"`);
  scene.ledger.alias(said, content);
  const editing = machine.core.workspace.channelEdits.edit(said.user, said.channel, said.id, { content });
  attempt(scene, { machine, said, what: 'changing' }, editing, () => scene.ledger.change(said, content));
}

/** Somebody deletes a message of theirs. */
export function remove(scene: Scene, machine: Machine): void {
  const said = pick(scene, ownMessages(scene, machine));
  if (said?.id == null || said.channel === null) return;
  scene.trace.note(`${machine.name} deletes "${short(said)}"`);
  const removing = machine.core.workspace.channelEdits.remove(said.user, said.channel, said.id);
  attempt(scene, { machine, said, what: 'deleting' }, removing, () => {
    said.deleted = true;
  });
}

function ownMessages(scene: Scene, machine: Machine): Said[] {
  return scene.ledger.said.filter(
    (said) =>
      said.kind === 'channel' &&
      said.author === machine &&
      said.acknowledged &&
      !said.deleted &&
      !said.uncertain &&
      said.expiresAt === null,
  );
}

/** Awaits what is done to a message; whether a machine that dies of it did it is not known. */
function attempt(
  scene: Scene,
  about: { machine: Machine; said: Said; what: string },
  work: Promise<void>,
  done: () => void,
): void {
  const { machine, said, what } = about;
  said.uncertain = true;
  work.then(
    () => {
      said.uncertain = false;
      done();
    },
    (error: unknown) => {
      if (isKilled(error)) return;
      said.uncertain = false;
      if (!(error instanceof DiskFull))
        scene.violations.add(`${machine.name}: ${what} "${short(said)}" failed: ${String(error)}`);
    },
  );
}

function membersAt(machine: Machine, channel: ChannelId): UserId[] {
  const { channelMembers } = machine.core.disk.repositories;
  return machine.people.filter((user) => channelMembers.get(channel, user) !== undefined);
}

function acknowledge(scene: Scene, said: Said, id: MessageId): void {
  said.id = id;
  said.acknowledged = true;
  const { peerFacts } = said.author.repositories;
  said.acknowledging = scene.machines.filter(
    ({ identity }) => peerFacts.get(identity.peerId)?.capabilities.includes(DELIVERY) === true,
  );
}

/** A text as the trace shows it. */
export function short(said: Said): string {
  return said.text.slice(0, 30).trim();
}
