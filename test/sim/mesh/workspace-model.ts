/**
 * What people made in a run with whole workspaces, and who may have it (03 sections 5 to 10). A private channel is for the
 * nodes that host a member; nodes learn of that at different times, so whoever some other node counts as a host may be
 * sent what was written until then, and nothing written later.
 */
import { isTargeted } from '../../../server/workspace/channel-rules.ts';
import type { ChannelId, MessageId, PostId, UserId } from '../../../server/wire/ids.ts';
import type { Machine } from './machine.ts';
import type { Scene } from './scene.ts';

/** A file of the run; its bytes are unlike all others. */
export interface Made {
  /** What its bytes are made of. */
  mark: string;
  checksum: string;
  owner: Machine;
}

/** A key of an encrypted channel. */
interface SeenKey {
  /** When it was first seen at the channel's origin. */
  at: number;
  /** Machines that were members while it was in use: they are given it. */
  given: Set<Machine>;
}

/** A channel of the run. */
export interface Room {
  id: ChannelId;
  origin: Machine;
  creator: UserId;
  /** What was last answered with success; a field in `uncertain` may be otherwise. */
  name: string;
  deleted: boolean;
  /** Members as its origin answered; people in `uncertain` may be otherwise. */
  members: Map<UserId, 'admin' | 'member'>;
  /** Fields and people somebody's machine died over, or two machines decided about at once. */
  uncertain: Set<string>;
  /** When some node last took it for everybody's. */
  open: number;
  /** When some other node last counted a machine as one that hosts a member, and when its origin did. */
  lastIn: Map<Machine, number>;
  lastInAtOrigin: Map<Machine, number>;
  /** When somebody was last seen to be no member, at its origin. */
  lastOut: Map<UserId, number>;
  everIn: Set<UserId>;
  keys: Map<string, SeenKey>;
}

/** Something somebody wrote. */
export interface Said {
  kind: 'channel' | 'direct' | 'post';
  /** Everything it said or was meant to say, and when that was written. */
  texts: { text: string; at: number }[];
  /** What it says, as was answered. */
  current: string;
  author: Machine;
  user: UserId;
  /** `null` for all but channel messages. */
  room: Room | null;
  /** Whom a direct message is for. */
  recipients: UserId[];
  /** When a post was last for other nodes. */
  shared: number;
  /** `null`: never answered; it may be there or not. */
  id: string | null;
  deleted: boolean;
  /** A change is under way, or its machine died of it. */
  uncertain: boolean;
  file: Made | null;
  /**
   * Who likes it, as was answered to each, and which machines were to be told; `null` where their machine died over it.
   * Whoever comes later is not told (03 section 5.15).
   */
  likes: Map<UserId, { liked: boolean; told: ReadonlySet<Machine> } | null>;
}

export class Model {
  readonly rooms: Room[] = [];
  readonly said: Said[] = [];
  readonly files: Made[] = [];
  readonly #byText = new Map<string, Said>();
  /** How many things were begun at a time. */
  readonly #begun = new Map<number, number>();
  #texts = 0;

  /** Something is begun; when. */
  begin(scene: Scene): number {
    const at = scene.world.time.monotonic();
    this.#begun.set(at, this.begunAt(at) + 1);
    return at;
  }

  begunAt(at: number): number {
    return this.#begun.get(at) ?? 0;
  }

  /** A text unlike all others of the run. */
  newText(scene: Scene, prefix: string): string {
    this.#texts += 1;
    return `${prefix} ${scene.plan.seed}/${this.#texts}.`;
  }

  add(said: Said): Said {
    this.said.push(said);
    for (const { text } of said.texts) this.#byText.set(text, said);
    return said;
  }

  /** Something may say this from now on. */
  mayBecome(said: Said, text: string, at: number): void {
    said.texts.push({ text, at });
    this.#byText.set(text, said);
  }

  find(text: string): Said | undefined {
    return this.#byText.get(text);
  }

  byId(id: string): Said | undefined {
    return this.said.find((said) => said.id === id);
  }

  /** Notes who is counted a member where, and which keys there are: call whenever that may have changed. */
  look(scene: Scene): void {
    const now = scene.world.time.monotonic();
    for (const machine of scene.machines) this.lookAt(scene, machine);
    for (const said of this.said) {
      if (said.kind !== 'post' || said.id === null) continue;
      const visibility = said.author.repositories.feed.get(said.id as PostId)?.visibility;
      if (visibility !== undefined && visibility !== 'private') said.shared = now;
    }
  }

  /** As {@link look}, at one machine. */
  lookAt(scene: Scene, machine: Machine): void {
    const now = scene.world.time.monotonic();
    for (const room of this.rooms) lookAt(scene, room, machine, now);
  }
}

function lookAt(scene: Scene, room: Room, machine: Machine, now: number): void {
  const { channels, channelMembers, channelKeys } = machine.repositories;
  const row = channels.get(room.id);
  if (row === undefined) return;
  if (!isTargeted(row)) room.open = now;
  const members = channelMembers.list(room.id).map(({ userId }) => userId);
  const hosts = scene.machines.filter(({ people }) => people.some((user) => members.includes(user)));
  for (const host of hosts) if (host !== machine) room.lastIn.set(host, now);
  if (machine !== room.origin) return;
  for (const host of hosts) room.lastInAtOrigin.set(host, now);
  for (const user of members) room.everIn.add(user);
  for (const user of scene.machines.flatMap(({ people }) => people))
    if (isTargeted(row) && !members.includes(user)) room.lastOut.set(user, now);
  const active = channelKeys.active(room.id)?.keyId;
  for (const { keyId } of channelKeys.list(room.id)) {
    const key = room.keys.get(keyId) ?? { at: now, given: new Set<Machine>() };
    room.keys.set(keyId, key);
    if (keyId === active) for (const host of hosts) key.given.add(host);
  }
}

/** Whether a machine may have a text that was written at a time. */
export function mayHold(said: Said, machine: Machine, at: number): boolean {
  if (said.author === machine) return true;
  if (said.kind === 'post') return said.shared >= at;
  const { room } = said;
  if (room === null) return said.recipients.some((user) => machine.people.includes(user));
  if (room.origin === machine || room.open >= at) return true;
  return (room.lastIn.get(machine) ?? -1) >= at;
}

/** Whether it is a channel for the nodes of its members alone; as its origin has it. */
export function isPrivate(room: Room): boolean {
  const row = room.origin.repositories.channels.get(room.id);
  return row !== undefined && isTargeted(row);
}

/** Machines that should have a channel as it is now: those of its members, and of open ones all. */
export function holders(scene: Scene, room: Room): Machine[] {
  if (room.origin.repositories.channels.get(room.id) === undefined) return [];
  if (!isPrivate(room)) return scene.machines;
  const members = room.origin.repositories.channelMembers.list(room.id);
  const hosts = (machine: Machine): boolean => members.some(({ userId }) => machine.people.includes(userId));
  return scene.machines.filter((machine) => machine === room.origin || hosts(machine));
}

/** A row as a machine has it: its text, and whether that waits for a key. */
export interface Kept {
  text: string;
  /** `null` for a text in clear. */
  keyId: string | null;
  waits: boolean;
  attachments: unknown[];
}

/** What a machine has of something; `undefined`: nothing. */
export function keptOf(said: Said, machine: Machine): Kept | undefined {
  if (said.id === null) return undefined;
  const { channelMessages, directMessages, feed } = machine.repositories;
  if (said.kind === 'channel') {
    const row = channelMessages.get(said.id as MessageId);
    if (row === undefined) return undefined;
    const waits = row.cryptoState === 'pending_decrypt' || row.cryptoState === 'decrypt_failed';
    return { text: row.content, keyId: row.keyId, waits, attachments: row.attachments };
  }
  const row = said.kind === 'direct' ? directMessages.get(said.id as MessageId) : feed.get(said.id as PostId);
  if (row === undefined) return undefined;
  const attachments = row.metadata['attachments'];
  return {
    text: row.content,
    keyId: null,
    waits: false,
    attachments: Array.isArray(attachments) ? attachments : [],
  };
}
