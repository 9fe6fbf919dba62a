/**
 * Replays a recorded conversation against a node of this program: it has the identity of one of the recorded nodes,
 * the others send what was recorded, byte for byte, at the recorded times, and what the node sends is kept.
 */
import type { NodeIdentity } from '../../../server/identity/node-identity.ts';
import type { Link } from '../../../server/ports/types.ts';
import type { PeerId, UserId } from '../../../server/wire/ids.ts';
import { CoreWorld, GENERAL, type Core, type Disk } from '../../sim/core.ts';
import { Operator, userId } from './operator.ts';
import { transcriptSchema, type FrameEvent, type Transcript, type TranscriptEvent } from './schema.ts';
import { Voices } from './voices.ts';

const PORT = 7771;
const LIMITS = { maxMessageBytes: 20_971_520, maxLinks: 10, maxLinksPerAddress: 10 };
/** The node may be so much later than the recorded one. */
const LATE_MS = 3_000;
const STEP_MS = 20;
/** After the last event, for answers that are on their way. */
const END_MS = 1_000;

/** What the operator of the node did, beside what was recorded of others. */
export interface Part {
  /** The recorded node this program stands in for. */
  node: string;
  /** Its account. */
  person: string;
  /** Recorded nodes it accepts from the beginning. */
  accepts: readonly string[];
  /** Before the conversation. */
  prepare?(stage: Stage): void;
  /** By the number of the event it happens at. */
  acts: Readonly<Record<number, (stage: Stage) => void>>;
  /** Numbers of notes of which nothing is compared: what their operator did is not done here. */
  leaves?: readonly number[];
  /** Number of the event at which the comparison ends. */
  until: number;
}

/**
 * What was sent to one neighbour, in order: by itself, and as answers. How the two mix is a matter of milliseconds.
 */
export interface Sent {
  said: string[];
  answered: string[];
}
/** By part of the conversation and neighbour, as {@link place} names them. */
export type SentAt = Map<string, Sent>;

const ANSWERS = /_response$|^relay_offer$|^broker_intro$/;

/** What follows the note of that number, to one neighbour. */
export function place(note: number, neighbour: string): string {
  return `${note} to ${neighbour}`;
}

/** A recorded node that is played. */
class Actor {
  readonly host: string;
  link: Link | null = null;

  constructor(host: string) {
    this.host = host;
  }
}

export class Stage {
  readonly world = new CoreWorld();
  readonly #transcript: Transcript;
  readonly #part: Part;
  readonly #identities: ReadonlyMap<string, NodeIdentity>;
  readonly #actors = new Map<string, Actor>();
  readonly #voices: Voices;
  readonly operator: Operator;
  readonly #disk: Disk;
  readonly #host = this.world.nextHost();
  #core: Core;
  #phase = 0;
  readonly sent: SentAt = new Map();
  readonly expected: SentAt = new Map();

  constructor(transcript: Transcript, part: Part, identities: ReadonlyMap<string, NodeIdentity>) {
    this.#transcript = transcript;
    this.#part = part;
    this.#identities = identities;
    this.#voices = new Voices({ self: this.#identity(part.node), identities: identities.values() });
    this.operator = new Operator(() => this.#core, this.person);
    this.#disk = { ...this.world.disk(), identity: this.#identity(part.node) };
    this.#core = this.world.core({ host: this.#host }, this.#disk);
    for (const name of Object.keys(transcript.nodes))
      if (name !== part.node) this.#actors.set(name, new Actor(this.world.nextHost()));
  }

  get core(): Core {
    return this.#core;
  }

  get person(): UserId {
    return userId(this.#part.person);
  }

  peer(name: string): PeerId {
    return this.#identity(name).peerId;
  }

  /** Imports the invite of a recorded node: dials it, or syncs again with it. */
  importInvite(name: string): void {
    const { peerId, ed25519, x25519 } = this.#identity(name);
    const endpoints = [`ws://${this.#actor(name).host}:${PORT}`];
    const keys = { ed25519PublicKey: ed25519.publicKey, x25519PublicKey: x25519.publicKey };
    this.core.knownPeers.importPeer({ peerId, ...keys, endpoints });
    if (this.core.mesh.isConnected(peerId)) this.core.sync.resync(peerId);
    else void this.core.mesh.connect(peerId, endpoints);
  }

  /** Its operator knows a person of a recorded node before that node says who they are. */
  meet(person: string, node: string): void {
    const { repositories, store } = this.#disk;
    const names = { username: person, displayName: person, publicKey: 'key', passwordHash: 'x' };
    const fields = { id: userId(person), ...names, originPeer: this.peer(node), now: 0 };
    store.commit.now(() => repositories.users.insert(fields));
  }

  /** Rows get lost, as the operator of a recorded node had it. */
  forget(table: string, column: string, value: string): void {
    const { store } = this.#disk;
    store.commit.now(() => store.sql.run(`DELETE FROM ${table} WHERE ${column} = @value`, { value }));
  }

  async play(): Promise<void> {
    const { time } = this.world;
    const first = this.#transcript.events.find((event) => event.kind === 'frame');
    time.shiftWallClock((first?.frame.timestamp ?? 0) * 1000 - (first?.t ?? 0) * 1000 - time.now());
    await this.#setUp();
    let start = time.monotonic();
    for (const event of this.#transcript.events) {
      await time.run(Math.max(0, start + event.t * 1000 - time.monotonic()));
      if (event.seq >= this.#part.until) break;
      if (event.kind === 'note') this.#phase = event.seq;
      this.#part.acts[event.seq]?.(this);
      await this.#play(event);
      // Waiting for the node to dial moves everything after it.
      start = Math.max(start, time.monotonic() - event.t * 1000);
    }
    await time.run(END_MS);
    await this.#ran(this.core.stop());
  }

  async #setUp(): Promise<void> {
    const { users } = this.#disk.repositories;
    const { person, accepts } = this.#part;
    this.#disk.store.commit.now(() => {
      const names = { username: person, displayName: person, publicKey: 'key', passwordHash: 'x' };
      users.insert({ id: this.person, ...names, now: 0 });
      this.core.workspace.channels.joinLocals(GENERAL);
    });
    for (const name of accepts) this.core.workspace.trust.setScore(this.peer(name), 90);
    this.#part.prepare?.(this);
    for (const [name, actor] of this.#actors) {
      await this.world.ports(actor.host).transport.listen({ port: PORT, ...LIMITS }, (link) => {
        actor.link = link;
        this.#listen(name, link);
      });
    }
    await this.#ran(this.core.start());
  }

  async #play(event: TranscriptEvent): Promise<void> {
    const { node } = this.#part;
    if (event.kind === 'frame') return this.#frame(event);
    if (event.kind === 'disconnected') {
      const other = event.node === node ? event.peer : event.node;
      const actor = this.#actors.get(other ?? '');
      if (event.node === node || event.peer === node) actor?.link?.close();
      if (actor !== undefined) actor.link = null;
    }
    if (event.kind === 'process_stop' && event.node === node) {
      await this.#ran(this.core.stop());
      this.#core = this.world.core({ host: this.#host }, this.#disk);
    }
    if (event.kind === 'note' && event.node === node && / process starts again/.test(event.text ?? ''))
      await this.#ran(this.core.start());
  }

  async #frame(event: FrameEvent): Promise<void> {
    const { node } = this.#part;
    const { from, to, frame } = event;
    if (from === node) {
      const actor = this.#actor(to);
      if (frame.type === 'handshake') await this.world.time.until(() => actor.link !== null);
      else {
        note(this.expected, place(this.#phase, to), frame);
        this.#voices.recorded(place(this.#phase, to), frame);
      }
      return;
    }
    if (to !== node) return;
    const actor = this.#actor(from);
    if (frame.type === 'handshake') {
      const { transport } = this.world.ports(actor.host);
      const options = { timeoutMs: 5_000, maxMessageBytes: LIMITS.maxMessageBytes };
      actor.link = await this.#ran(transport.dial(`ws://${this.#host}:${PORT}`, options));
      this.#listen(from, actor.link);
    }
    if (actor.link === null) throw new Error(`${from} has no connection for event ${event.seq}`);
    // It speaks of what the node here is about to make.
    const { time } = this.world;
    for (const end = time.monotonic() + LATE_MS; time.monotonic() < end; await time.run(STEP_MS))
      if (this.#voices.isKnown(frame)) break;
    await this.#ran(actor.link.send(this.#voices.say(frame)));
  }

  #listen(name: string, link: Link): void {
    link.attach({
      message: (text) => {
        const event = { seq: 0, t: 0, kind: 'frame', from: this.#part.node, to: name };
        const { events } = transcriptSchema.parse({
          name: '',
          nodes: {},
          events: [{ ...event, frame: JSON.parse(String(text)) as unknown }],
        });
        const [sent] = events;
        if (sent?.kind !== 'frame') return;
        note(this.sent, place(this.#phase, name), sent.frame);
        this.#voices.sent(place(this.#phase, name), sent.frame);
      },
      close: () => undefined,
    });
  }

  async #ran<T>(work: Promise<T>): Promise<T> {
    let over = false;
    const end = (): void => void (over = true);
    work.then(end, end);
    await this.world.time.until(() => over);
    return work;
  }

  #actor(name: string): Actor {
    const actor = this.#actors.get(name);
    if (actor === undefined) throw new Error(`nobody plays ${name}`);
    return actor;
  }

  #identity(name: string): NodeIdentity {
    const identity = this.#identities.get(name);
    if (identity === undefined) throw new Error(`no identity of ${name}`);
    return identity;
  }
}

/** Keeps a message under its kind: type, hops left, and whether it is for everybody. */
function note(list: SentAt, at: string, frame: FrameEvent['frame']): void {
  const { message } = frame;
  if (message === undefined) return;
  const sent = list.get(at) ?? { said: [], answered: [] };
  list.set(at, sent);
  const text = `${message.type} ttl ${message.ttl}${message.to_peer === null ? ' to all' : ''}`;
  (ANSWERS.test(message.type) ? sent.answered : sent.said).push(text);
}
