/**
 * What must hold (06 section 6). At any time: nothing is shown twice, nothing is shown to whom it is not for, nothing is
 * said to be delivered that is not there, nothing grows without bound. Once everything is healed: what was acknowledged
 * is with everybody it is for, all shared sets are equal, everybody knows what arrived, and there is one session per pair.
 */
import type { Item } from '../../../server/store/native-items.ts';
import type { ChannelId, MessageId, PostId, UserId } from '../../../server/wire/ids.ts';
import { CREATED, DELETED, FEED_SET, channelSet, directSetWith } from '../../../server/wire/item-id.ts';
import { trustedSets } from '../../../server/sync/reconcile/post-items.ts';
import { GENERAL } from '../core.ts';
import { bound } from './bonds.ts';
import type { Room, Said } from './ledger.ts';
import type { Machine } from './machine.ts';
import { mutual, pairs } from './scene.ts';
import type { Scene } from './scene.ts';
import { short } from './talk.ts';

/** Ends of links between two machines at one time: dials of both sides, and what is being replaced. */
const MAX_LINKS_PER_PAIR = 12;
/** What stands in place of a text whose key is not here (03 section 5.11). */
const PENDING = '[Encrypted message pending key]';
/** A text that a machine shows, and where. */
interface Shown {
  id: MessageId;
  text: string;
  channel: ChannelId | null;
}

/** Everything a machine's people see, each text once per place. */
function shownAt(scene: Scene, machine: Machine): { places: Map<string, Shown[]> } {
  const { workspace } = machine.core;
  const places = new Map<string, Shown[]>();
  for (const user of machine.people) {
    for (const channel of [GENERAL, ...scene.ledger.rooms.map((room) => room.id)]) {
      if (machine.repositories.channelMembers.get(channel, user) === undefined) continue;
      const list = workspace.channelMessages.list(user, channel, { limit: 1000 });
      places.set(
        `${channel} ${user}`,
        list.map(({ id, content }) => ({ id, text: content, channel })),
      );
    }
    const list = workspace.directMessages.list(user, { limit: 1000 });
    places.set(
      `direct ${user}`,
      list.map(({ id, content }) => ({ id, text: content, channel: null })),
    );
  }
  return { places };
}

/** Looks at everything that must hold at any time. */
export function checkAlways(scene: Scene): void {
  const { violations, ledger, machines, world } = scene;
  for (const machine of machines.filter(({ running }) => running)) {
    for (const [place, shown] of shownAt(scene, machine).places) {
      const seen = new Set<Said>();
      for (const { id, text, channel } of shown) {
        const waits = text === PENDING && isPrivate(scene, channel);
        const said = waits ? ledger.byId(id) : ledger.find(text);
        // Its writer may not know the id yet, or never: what waits for its key says nothing else.
        if (waits && said === undefined) continue;
        const where = `${machine.name}, ${place}: "${text.slice(0, 30)}"`;
        if (said === undefined) {
          violations.add(`${where} was never written`);
          continue;
        }
        if (seen.has(said)) violations.add(`${where} is shown twice`);
        seen.add(said);
        if (said.channel !== channel) violations.add(`${where} belongs elsewhere`);
        if (!mayHold(scene, said, machine)) violations.add(`${where} is not for this node`);
      }
    }
    checkStates(scene, machine);
    checkStored(scene, machine);
    scene.feed?.check(scene, machine);
    checkSize(scene, machine);
  }
  for (const [a, b] of pairs(machines)) {
    const links = world.network.openBetween(a.host, b.host);
    if (links > MAX_LINKS_PER_PAIR) violations.add(`${links} links between ${a.name} and ${b.name}`);
  }
}

/** No node keeps what none of its people may read, whether it is shown to anybody or not. */
function checkStored(scene: Scene, machine: Machine): void {
  const { channelMessages, directMessages } = machine.repositories;
  for (const said of scene.ledger.said) {
    if (said.id === null || said.author === machine) continue;
    if (said.kind === 'channel' && !isPrivate(scene, said.channel)) continue;
    if (mayHold(scene, said, machine)) continue;
    const row = said.kind === 'channel' ? channelMessages.get(said.id) : directMessages.get(said.id);
    if (row !== undefined)
      scene.violations.add(`${machine.name} keeps "${short(said)}", which is not for it`);
  }
}

function isPrivate(scene: Scene, channel: ChannelId | null): boolean {
  return scene.ledger.rooms.some(({ id, members }) => id === channel && members !== null);
}

/** Nothing is called delivered that its receiver does not have, or had. */
function checkStates(scene: Scene, machine: Machine): void {
  for (const said of scene.ledger.said) {
    if (said.author !== machine || said.id === null || said.deleted || said.uncertain) continue;
    const kind = said.kind === 'channel' ? 'message' : 'dm';
    for (const row of machine.repositories.deliveries.of(kind, said.id)) {
      if (row.state !== 'delivered' && row.state !== 'read') continue;
      const receiver = scene.machines.find(({ identity }) => identity.peerId === row.peerId);
      const what = `${machine.name} calls "${short(said)}" ${row.state}`;
      if (receiver === undefined) scene.violations.add(`${what} to nobody`);
      else if (!receiver.ours) scene.violations.add(`${what} at ${receiver.name}, which cannot say so`);
      else if (!holds(receiver, said))
        scene.violations.add(`${what} at ${receiver.name}, which does not have it`);
    }
  }
}

function holds(machine: Machine, said: Said): boolean {
  if (said.id === null) return false;
  const { channelMessages, directMessages, items } = machine.repositories;
  const row = said.kind === 'channel' ? channelMessages.get(said.id) : directMessages.get(said.id);
  return (
    row !== undefined ||
    said.expiresAt !== null ||
    items.ofObject(said.kind === 'channel' ? 'm' : 'd', said.id).length > 0
  );
}

/** What must stay small. */
function checkSize(scene: Scene, machine: Machine): void {
  const said = scene.ledger.said.length;
  const rooms = scene.ledger.rooms.length;
  const { diagnostics } = { diagnostics: machine.core.mesh.diagnostics() };
  const sizes: [string, number, number][] = [
    ['envelopes wait for others', diagnostics.pending_messages.total, 40 * (said + rooms + 10)],
    ['connections are unfinished', diagnostics.pending_connection_count, 64],
    ['peers are dialled', diagnostics.reconnect_tasks.count, scene.machines.length],
    ['rows are owed', owedRows(machine), (said + rooms + 10) * scene.machines.length],
  ];
  for (const [what, size, most] of sizes)
    if (size > most) scene.violations.add(`${machine.name}: ${size} ${what}`);
}

function owedRows(machine: Machine): number {
  const { outbox } = machine.repositories;
  return outbox.peers().reduce((sum, peer) => sum + outbox.count(peer), 0);
}

/** Whether a node may have something at all. */
function mayHold(scene: Scene, said: Said, machine: Machine): boolean {
  if (said.author === machine) return true;
  if (said.kind === 'direct') return said.to.includes(machine);
  const room = scene.ledger.rooms.find(({ id }) => id === said.channel);
  if (room?.members?.includes(machine) === false) return false;
  return reaches(scene.machines, said.author, machine, (a, b) => mayTell(scene, a, b));
}

/**
 * Whether one node may be told by another what is public: both accepted each other once. Between two of which one ran
 * without extensions it is enough that the one who asks for what it missed did (03 section 8.2).
 */
function mayTell({ ledger, plan }: Scene, teller: Machine, told: Machine): boolean {
  if (!ledger.everAccepted(told, teller)) return false;
  const bothOurs = teller.ours && told.ours && !plan.faults.has('downgrade');
  return !bothOurs || ledger.everAccepted(teller, told);
}

/** Whether there is a way from one machine to another over pairs that hold. */
function reaches(
  machines: readonly Machine[],
  from: Machine,
  to: Machine,
  holds: (a: Machine, b: Machine) => boolean,
): boolean {
  const found = new Set([from]);
  for (const one of found)
    for (const other of machines) if (!found.has(other) && holds(one, other)) found.add(other);
  return found.has(to);
}

/** What does not hold yet of what must hold in the end, what is found out fast first; nothing when all of it does. */
export function* outstanding(scene: Scene): Generator<string> {
  const { machines } = scene;
  const off = machines.filter(({ running }) => !running);
  if (off.length > 0) return yield* off.map(({ name }) => `${name} is off`);
  for (const [a, b] of pairs(machines)) yield* unconnected(scene, a, b);
  for (const machine of machines) yield* unsettled(scene, machine);
  for (const [a, b] of pairs(machines)) yield* unequal(scene, a, b);
  for (const machine of machines) {
    yield* missingAt(scene, machine);
    yield* scene.feed?.outstanding(scene, machine) ?? [];
  }
}

function missingAt(scene: Scene, machine: Machine): string[] {
  const shown = new Set<string>();
  for (const list of shownAt(scene, machine).places.values()) for (const { text } of list) shown.add(text);
  return scene.ledger.said.flatMap((said) => {
    if (said.uncertain || !said.acknowledged) return [];
    const line = `"${short(said)}" of ${said.author.name}`;
    const texts = [said.text, ...said.former];
    const gone = said.deleted || (said.expiresAt !== null && said.expiresAt < machine.now());
    if (!mustHold(scene, said, machine)) return [];
    if (gone) return texts.some((text) => shown.has(text)) ? [`${machine.name} still shows ${line}`] : [];
    if (said.expiresAt !== null || shown.has(said.text)) return [];
    return [
      `${machine.name} does not show ${line}${texts.some((text) => shown.has(text)) ? ' as it is now' : ''}`,
    ];
  });
}

function mustHold(scene: Scene, said: Said, machine: Machine): boolean {
  if (said.author === machine) return true;
  if (said.kind === 'direct') return said.to.includes(machine) && bound(scene, said.author, machine);
  const room = scene.ledger.rooms.find(({ id }) => id === said.channel);
  if (room?.members != null)
    return (
      room.members.includes(machine) &&
      bound(scene, said.author, machine) &&
      [said.author, machine].every((one) => hasKeys(scene, room, one))
    );
  return reaches(scene.machines, said.author, machine, (a, b) => bound(scene, a, b));
}

/** Whether a node is given the keys of a private channel: by its origin, which it must have accepted (03 section 5.11). */
function hasKeys(scene: Scene, room: Room, machine: Machine): boolean {
  return room.origin === machine || bound(scene, room.origin, machine);
}

/** What is owed still, and what is not known to have arrived. */
function unsettled(scene: Scene, machine: Machine): string[] {
  const { outbox, deliveries } = machine.repositories;
  const missing: string[] = [];
  for (const other of scene.machines) {
    const peer = other.identity.peerId;
    if (bound(scene, machine, other) && outbox.count(peer) > 0)
      missing.push(`${machine.name} still owes ${other.name} ${outbox.count(peer)}`);
  }
  for (const said of scene.ledger.said) {
    if (said.author !== machine || said.id === null || said.deleted || said.uncertain) continue;
    if (said.expiresAt !== null || !machine.ours) continue;
    for (const row of deliveries.of(said.kind === 'channel' ? 'message' : 'dm', said.id)) {
      const other = scene.machines.find(({ identity }) => identity.peerId === row.peerId);
      if (other === undefined || !bound(scene, machine, other)) continue;
      // What was handed to a program that cannot acknowledge ends there, and so does what went through a relay to one of
      // which that was not known (06 sections 3.3 and 3.4). That it is shown is looked at besides.
      const metLate = scene.weather.isWalled(machine, other) && !said.acknowledging.includes(other);
      const mayEndSent = other.wasDowngraded || metLate;
      if (mayEndSent && row.state === 'sent') continue;
      if (row.state !== 'delivered' && row.state !== 'read')
        missing.push(
          `${machine.name} says of "${short(said)}" to ${other.name}: ${row.state} ${row.reason ?? ''}`,
        );
    }
  }
  return missing;
}

/** Sets that two nodes share and that differ: the next run between them would not answer `same`. */
function unequal(scene: Scene, a: Machine, b: Machine): string[] {
  if (!a.ours || !b.ours || !mutual(a, b)) return [];
  if (!haveMet(scene, a, b)) return [];
  const channels = [
    GENERAL,
    ...scene.ledger.rooms.filter(({ members }) => isShared(members, a, b)).map(({ id }) => id),
  ];
  const sets = [
    ...channels.map((id) => ({ named: id, ofA: [channelSet(id)], ofB: [channelSet(id)] })),
    {
      named: 'direct',
      ofA: [directSetWith(b.identity.peerId)],
      ofB: [directSetWith(a.identity.peerId)],
    },
    { named: 'feed', ofA: feedSets(a, b), ofB: feedSets(b, a) },
  ];
  // What ends soon by either clock, or has, one of them may still have.
  const lasting = Math.max(a.now(), b.now()) + 60_000;
  return sets.flatMap(({ named, ofA, ofB }) => {
    const [inA, inB] = [items(a, ofA), items(b, ofB)];
    const differ = [...missingIn(inA, inB, b, lasting), ...missingIn(inB, inA, a, lasting)];
    return differ.length === 0
      ? []
      : [`${a.name} and ${b.name} differ in ${named}: ${differ.slice(0, 3).join(', ')}`];
  });
}

/**
 * Whether there is a session to compare in. Two behind a relay that never had one meet only when something is owed
 * (06 section 2.2, D-142); what was withdrawn before, while one did not accept the other, is `failed` until somebody writes
 * again. What was written in the end is asked for besides.
 */
function haveMet(scene: Scene, a: Machine, b: Machine): boolean {
  if (!scene.weather.isWalled(a, b)) return true;
  return a.core.mesh.isPinned(b.identity.peerId) || b.core.mesh.isPinned(a.identity.peerId);
}

/** Whether the messages of a channel are for both: it is everybody's, or both host a member. */
function isShared(members: Room['members'], a: Machine, b: Machine): boolean {
  return members === null || (members.includes(a) && members.includes(b));
}

/** The sets that are one on the wire (06 section 4.1): the feed, and the trusted posts of either end. */
function feedSets(own: Machine, other: Machine): string[] {
  return [FEED_SET, ...trustedSets(own.identity.peerId, other.identity.peerId)];
}

/** An item as a node has it. */
interface Held {
  /** Object and version: what the id is made of. */
  what: string;
  ts: number;
  /** The word of others about somebody unaccepted, or that is not here yet. */
  unconfirmed: boolean;
  /** A change that only its author's home can pass on, since nothing proves it here (06 section 4.3). */
  unproven: boolean;
  expiresAt: number | null;
}

/** What a node has of a set, by object. */
function items(machine: Machine, setIds: readonly string[]): Map<string, Held> {
  const { repositories } = machine;
  const held = setIds.flatMap((setId) => repositories.items.after(setId, null, 10_000));
  return new Map(
    held.map((item) => {
      const { kind, ts, version, objectId, expiresAt } = item;
      const unconfirmed = repositories.reported.via(kind, objectId) !== null;
      const changed = ![CREATED, DELETED].includes(version) && isOfOthers(machine, item);
      const unproven = changed && !repositories.proofs.has(item);
      return [objectId, { what: `${objectId} ${version}`, ts, unconfirmed, unproven, expiresAt }];
    }),
  );
}

/** Whether a message or post was written on another machine. */
function isOfOthers({ repositories, core, identity }: Machine, { kind, objectId }: Item): boolean {
  if (kind === 'd') return false;
  const home =
    kind === 'm'
      ? repositories.channelMessages.get(objectId as MessageId)?.originPeer
      : core.workspace.feedRule.home(repositories.feed.get(objectId as PostId)?.authorId ?? ('' as UserId));
  return home != null && home !== identity.peerId;
}

/**
 * What one has beyond `lasting` and the other has not. One may know the end to the millisecond and the other to the second,
 * so of the other's all counts. The deletion of what was never there is refused (06 section 4.3; D-84). Of what only others
 * told of the time may be another one: the fingerprint of a set is made of ids (06 section 4.2), so nothing shows it.
 */
function missingIn(
  one: Map<string, Held>,
  other: Map<string, Held>,
  machine: Machine,
  lasting: number,
): string[] {
  return [...one].flatMap(([objectId, own]) => {
    if (own.expiresAt !== null && own.expiresAt <= lasting) return [];
    const theirs = other.get(objectId);
    if (theirs === undefined)
      return own.what.endsWith(` ${DELETED}`) || own.unproven || isGone(machine, objectId) ? [] : [own.what];
    const sameTime = theirs.ts === own.ts || own.unconfirmed || theirs.unconfirmed;
    return theirs.what === own.what && sameTime ? [] : [`${own.ts} ${own.what}`];
  });
}

/**
 * Whether a machine knows of something that its author deleted it, and never had it: to one that had it and does not accept
 * the author nobody can show that, where the author's program signs nothing that lasts.
 */
function isGone({ repositories }: Machine, objectId: string): boolean {
  return (['channel_message', 'direct_message', 'feed_post'] as const).some(
    (type) => repositories.tombstones.signers(type, objectId).length > 0,
  );
}

/** Pairs that accept each other have one session, secure where both can. */
function unconnected(scene: Scene, a: Machine, b: Machine): string[] {
  if (!mutual(a, b) || scene.weather.isWalled(a, b)) return [];
  const names = `${a.name} and ${b.name}`;
  const links = scene.world.network.openBetween(a.host, b.host);
  if (links !== 1) return [`${links} links between ${names}`];
  if (!a.ours || !b.ours) return [];
  const protections = [a, b].map(
    (one) => one.core.mesh.peerInfo((one === a ? b : a).identity.peerId)?.protection,
  );
  return protections.every((protection) => protection === 'secure')
    ? []
    : [`${names} are connected ${protections.join(' and ')}`];
}
