/**
 * Sends what is owed (06 section 3): one lane per peer, of the kind its session allows, and the clock of expiry. It is
 * told of connections, of new rows and of everything that may let a waiting row go.
 */
import type { Timer } from '../../ports/types.ts';
import type { OutboxEntry, OutboxKind } from '../../store/outbox.ts';
import type { MessageId, PeerId, PostId } from '../../wire/ids.ts';
import { CREATED } from '../../wire/item-id.ts';
import type { SyncComponents } from '../context.ts';
import type { PeerKnowledge } from '../peer-knowledge.ts';
import { AcknowledgedLane } from './acknowledged-lane.ts';
import { CatchupTurn } from './catchup-turn.ts';
import { FlushedLane } from './flushed-lane.ts';
import type { OwedFrames } from './frames.ts';
import type { AcknowledgingLinks } from './links.ts';
import { reachable } from './reach.ts';

/** Expiry is looked at this often, and what waits for something that tells nobody is tried again. */
const TICK_MS = 60_000;
/** Owed messages put into one answer of catch-up; the peer asks again. */
const MAX_CARRIED = 5_000;
/** With more rows of these kinds owed, they wait for the run of reconciliation (06 section 4.2 step 5). */
const RECONCILED_KINDS: readonly OutboxKind[] = ['message', 'dm', 'post'];
const LIVE_BEFORE_RUN = 200;

/** What a run of reconciliation found of an object and version. */
export type Reconciled = 'held' | 'refused' | null;

export class Sender {
  readonly #c: SyncComponents;
  readonly #links: AcknowledgingLinks;
  readonly #frames: OwedFrames;
  readonly #flushed: FlushedLane;
  readonly #turn: CatchupTurn;
  /** Passes of the flushed lane under way, and peers to look at once more. */
  readonly #passes = new Map<PeerId, Promise<void>>();
  readonly #again = new Set<PeerId>();
  readonly #lanes = new Map<PeerId, AcknowledgedLane>();
  #awaitsRun: (peer: PeerId) => boolean = () => false;
  #cleanup: (() => void)[] = [];
  #stopped = false;

  constructor(
    components: SyncComponents,
    init: {
      links: AcknowledgingLinks;
      frames: OwedFrames;
      knowledge: PeerKnowledge;
      convert: (entry: OutboxEntry) => Promise<boolean>;
    },
  ) {
    this.#c = components;
    this.#links = init.links;
    this.#frames = init.frames;
    this.#turn = new CatchupTurn(
      { outbox: components.repositories.outbox, timers: components.ports.timers },
      { released: (peer) => this.poke(peer) },
    );
    this.#flushed = new FlushedLane(components, {
      ...init,
      turn: this.#turn,
      goesOn: (peer) => !this.#stopped && !this.#links.acknowledges(peer),
    });
  }

  /** Begins; idempotent. */
  start(): void {
    if (this.#cleanup.length > 0) return;
    const timer: Timer = this.#c.ports.timers.every(TICK_MS, () => this.#tick());
    this.#cleanup = [
      () => timer.cancel(),
      this.#links.onOpen((peer) => this.#opened(peer)),
      this.#links.onClose((peer, broken) => this.#closed(peer, broken)),
      this.#links.onAccepted((peer) => this.#lanes.get(peer)?.accepted()),
    ];
  }

  /** Sends nothing more; idempotent. */
  stop(): void {
    this.#stopped = true;
    for (const end of this.#cleanup) end();
    this.#cleanup = [];
    this.#turn.stop();
    for (const lane of this.#lanes.values()) lane.end(false);
    this.#lanes.clear();
  }

  /** A neighbour connected. */
  connected(peer: PeerId): void {
    if (!this.#links.acknowledges(peer)) this.#turn.connected(peer);
  }

  disconnected(peer: PeerId): void {
    this.#turn.ended(peer);
  }

  /** Something may go to this peer. */
  poke(peer: PeerId): void {
    void this.drain(peer);
  }

  /** Something that rows waited for is here: all of them are looked at. */
  lookAgain(): void {
    for (const lane of this.#lanes.values()) lane.lookAgain();
    this.pokeAll();
  }

  /** Something new is owed to somebody: everybody within reach is looked at. */
  pokeAll(): void {
    for (const peer of new Set([...reachable(this.#c.mesh), ...this.#links.peers()])) this.poke(peer);
  }

  /**
   * Sends what can go to `peer` now; a call during a pass makes one more and waits for it. Towards a peer that
   * acknowledges it does not wait for what the peer says.
   */
  drain(peer: PeerId): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    if (this.#links.acknowledges(peer)) return this.#lane(peer).pump();
    const running = this.#passes.get(peer);
    if (running !== undefined) {
      this.#again.add(peer);
      return running;
    }
    const pass = this.#pass(peer).finally(() => this.#passes.delete(peer));
    this.#passes.set(peer, pass);
    return pass;
  }

  /** The peer asked for what it missed: its answers carry what it is owed. */
  catchupAsked(peer: PeerId): void {
    this.#turn.asked(peer);
  }

  catchupAnswered(peer: PeerId): void {
    this.#turn.answered(peer);
  }

  /**
   * Own messages a peer that cannot acknowledge is owed as they were created, oldest first. Deviation D-73: so many
   * at a time; the peer asks again.
   */
  carried(peer: PeerId): MessageId[] {
    if (this.#links.acknowledges(peer)) return [];
    return this.#c.repositories.outbox
      .forPeer(peer, { limit: MAX_CARRIED, kinds: ['message'] })
      .filter((entry) => entry.version === CREATED)
      .map((entry) => entry.objectId as MessageId);
  }

  /** As {@link carried}, of posts. */
  carriedPosts(peer: PeerId): PostId[] {
    if (this.#links.acknowledges(peer)) return [];
    return this.#c.repositories.outbox
      .forPeer(peer, { limit: MAX_CARRIED, kinds: ['post'] })
      .filter((entry) => entry.version === CREATED)
      .map((entry) => entry.objectId as PostId);
  }

  /** An answer that carries the message was written. */
  wasCarried(peer: PeerId, id: MessageId): Promise<void> {
    return this.#wasCarried(peer, 'message', id);
  }

  /** An answer that carries the post was written. */
  postWasCarried(peer: PeerId, id: PostId): Promise<void> {
    return this.#wasCarried(peer, 'post', id);
  }

  async #wasCarried(peer: PeerId, kind: 'message' | 'post', id: string): Promise<void> {
    const entry = this.#c.repositories.outbox.find(peer, kind, id);
    if (entry?.version !== CREATED || this.#links.acknowledges(peer)) return;
    await this.#c.workspace.inbound.changes.run(() => this.#c.workspace.owing.sent(entry));
  }

  /** Says whether a run of reconciliation with a peer is coming or under way. */
  useRuns(awaited: (peer: PeerId) => boolean): void {
    this.#awaitsRun = awaited;
  }

  /**
   * A run with `peer` ended well (06 section 4.2 step 5): what both sides hold now is delivered.
   * @param found of an object and version in a set of the run: held by both, or refused by the peer.
   */
  async reconciled(
    peer: PeerId,
    found: (kind: 'm' | 'd' | 'p', objectId: string, version: string) => Reconciled,
  ): Promise<void> {
    const kinds = { message: 'm', dm: 'd', post: 'p' } as const;
    const { outbox } = this.#c.repositories;
    const { owing, inbound } = this.#c.workspace;
    let after = 0;
    for (;;) {
      const rows = outbox.forPeer(peer, { after, limit: LIVE_BEFORE_RUN, kinds: RECONCILED_KINDS });
      if (rows.length === 0) break;
      after = rows.at(-1)?.seq ?? after;
      await inbound.changes.run(() => {
        for (const entry of rows) {
          if (entry.kind !== 'message' && entry.kind !== 'dm' && entry.kind !== 'post') continue;
          const outcome = found(kinds[entry.kind], entry.objectId, entry.version);
          if (outcome === 'held') owing.delivered(entry);
          if (outcome === 'refused') owing.failed(entry, 'not_entitled');
        }
      });
    }
    this.#lanes.get(peer)?.lookAgain();
  }

  async #pass(peer: PeerId): Promise<void> {
    do {
      this.#again.delete(peer);
      try {
        await this.#flushed.pass(peer);
      } catch (error) {
        if (!this.#stopped) this.#c.log.warn({ err: error, peer }, 'sending what is owed failed');
      }
    } while (this.#again.has(peer) && !this.#stopped && !this.#links.acknowledges(peer));
    if (!this.#stopped && this.#links.acknowledges(peer)) void this.#lane(peer).pump();
  }

  #lane(peer: PeerId): AcknowledgedLane {
    const lane =
      this.#lanes.get(peer) ??
      new AcknowledgedLane(this.#c, {
        peer,
        links: this.#links,
        frames: this.#frames,
        heldBack: () => this.#heldBack(peer),
      });
    this.#lanes.set(peer, lane);
    return lane;
  }

  #heldBack(peer: PeerId): readonly OutboxKind[] {
    if (!this.#awaitsRun(peer)) return [];
    const { outbox } = this.#c.repositories;
    const owed = outbox.count(peer, RECONCILED_KINDS, LIVE_BEFORE_RUN + 1);
    return owed > LIVE_BEFORE_RUN ? RECONCILED_KINDS : [];
  }

  #opened(peer: PeerId): void {
    this.#closed(peer, false);
    this.#turn.ended(peer);
    if (this.#c.workspace.trust.isTrusted(peer)) this.#links.tellAccepted(peer);
    this.poke(peer);
  }

  #closed(peer: PeerId, broken: boolean): void {
    const lane = this.#lanes.get(peer);
    this.#lanes.delete(peer);
    if (lane !== undefined && !this.#stopped) lane.end(broken);
  }

  #tick(): void {
    this.#c.workspace.owing.expire();
    this.pokeAll();
  }
}
