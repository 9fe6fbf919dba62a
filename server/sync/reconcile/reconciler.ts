/**
 * `reconcile_v1` (06 section 4): catching up with our own nodes by comparing sets. Owns the runs; what a run does is in
 * `run-client.ts` and `run-server.ts`, when it happens in `schedule.ts`.
 */
import { toHex } from '../../crypto/bytes.ts';
import type { SecureLink, SecureLinks } from '../../mesh/secure/types.ts';
import type { Timer } from '../../ports/types.ts';
import type { PeerId } from '../../wire/ids.ts';
import type { Item } from '../../store/native-items.ts';
import { FEED_SET } from '../../wire/item-id.ts';
import type { ItemKind } from '../../wire/item-id.ts';
import { decodeOpen, encodeState } from '../../wire/reconcile-frames.ts';
import { ITEM } from '../../wire/secure-frames.ts';
import type { ItemType } from '../../wire/secure-frames.ts';
import { RECONCILE } from '../../wire/native-extensions.ts';
import type { SyncComponents } from '../context.ts';
import type { OutgoingAttachments } from '../files/outgoing.ts';
import { Intake } from './intake.ts';
import { Outgoing } from './outgoing.ts';
import { PeerSets } from './peer-sets.ts';
import { RunClient } from './run-client.ts';
import { RunServer } from './run-server.ts';
import type { Run } from './run.ts';
import { Schedule } from './schedule.ts';
import { SetCache } from './set-cache.ts';
import { StuckItems } from './stuck.ts';
import type { ForeignSets, RunComponents, RunResult } from './types.ts';

/** Runs at a time (06 section 4.2). */
const MAX_RUNS = 2;
/** One peer's opens are answered at most this often; each makes us look at every set. */
const ANSWER_INTERVAL_MS = 500;
/** A run without a step forward for this long is given up (06 section 4.3), looked at this often. */
const STALLED_MS = 60_000;
/** Frames of no run before their sender is named: more than are ever on their way when a run ends. */
const MAX_LATE_FRAMES = 100;
const LOOK_MS = 10_000;
/** Progress is told at most this often. */
const PROGRESS_MS = 200;
/** Whether sets became shared, whatever the cause, is looked at this often. */
const SHARED_MS = 30_000;
/** Refusals and deletions nobody needs any more are removed this often. */
const PRUNE_MS = 3_600_000;

const FRAMES: readonly ItemType[] = [
  ITEM.reconcileOpen,
  ITEM.reconcileState,
  ITEM.reconcileMsg,
  ITEM.reconcileGet,
  ITEM.reconcilePage,
  ITEM.reconcilePageAck,
  ITEM.reconcileEnd,
];

const nothing = (): void => undefined;

/** A run under way. */
interface Active {
  run: Run;
  link: SecureLink;
  opened: boolean;
  watch: Timer;
}

export interface ReconcilerInit {
  links: SecureLinks;
  /** Attachments in the form they travel in. */
  attachments: OutgoingAttachments;
  /** Sets of other rooms. */
  foreign?: ForeignSets | undefined;
  /**
   * A run went well: what of an object and version both sides hold now, or the peer refused (06 section 4.2 point 5).
   */
  reconciled(
    peer: PeerId,
    found: (kind: ItemKind, objectId: string, version: string) => 'held' | 'refused' | null,
  ): Promise<void>;
}

export class Reconciler {
  readonly #c: SyncComponents;
  readonly #init: ReconcilerInit;
  readonly #cache: SetCache;
  readonly #intake: Intake;
  readonly #outgoing: Outgoing;
  readonly #schedule: Schedule;
  readonly #stuck = new StuckItems();
  readonly #active = new Map<PeerId, Active>();
  /** When an open of each connected peer was last answered. */
  readonly #answered = new Map<PeerId, number>();
  /** The sets shared with each connected peer when that was last looked at. */
  readonly #shared = new Map<PeerId, ReadonlySet<string>>();
  /** Peers with which a first run is still to come in this session. */
  readonly #awaited = new Set<PeerId>();
  /** Frames of no run, per session. */
  readonly #late = new WeakMap<SecureLink, number>();
  /** Peers whose clock was found to be wrong in this session: it is told once. */
  readonly #clockTold = new Set<PeerId>();
  #cleanup: (() => void)[] = [];
  /** False until the items are in line with the messages. */
  #ready = false;
  #numbers = 0;

  constructor(components: SyncComponents, init: ReconcilerInit) {
    this.#c = components;
    this.#init = init;
    const pause = (): Promise<void> => this.#pause();
    this.#intake = new Intake(components, { pause });
    this.#outgoing = new Outgoing(components, { pause, attachments: init.attachments });
    this.#schedule = new Schedule(components.ports, {
      local: components.mesh.peerId,
      open: (peer) => this.#open(peer),
    });
    this.#cache = new SetCache({
      items: components.repositories.items,
      pause,
      changed: () => this.#schedule.news(),
    });
    for (const type of FRAMES) init.links.handle(type, (link, body) => this.#frame(link, type, body));
  }

  /** Begins; idempotent. */
  start(): void {
    if (this.#cleanup.length > 0) return;
    const { links } = this.#init;
    const prune = this.#c.ports.timers.every(PRUNE_MS, () => this.#prune());
    const look = this.#c.ports.timers.every(SHARED_MS, () => this.#lookAtSets());
    const { foreign } = this.#init;
    this.#cleanup = [
      foreign?.onWanted((peer) => this.setsChanged(peer)) ?? nothing,
      foreign?.onChange(() => this.#schedule.news()) ?? nothing,
      links.onOpen((link) => this.#opened(link)),
      links.onClose((link) => this.#closed(link)),
      () => prune.cancel(),
      () => look.cancel(),
    ];
    this.#backfill();
  }

  /** Idempotent. */
  stop(): void {
    for (const end of this.#cleanup) end();
    this.#cleanup = [];
    this.#schedule.stop();
    for (const { run } of this.#active.values()) run.abort('lost');
  }

  /**
   * Whether catching up with a peer is done by runs; then nothing of 02 section 5.5 is asked. Deviation D-81: while
   * runs are off after a fault it is.
   */
  covers(peer: PeerId): boolean {
    return this.#link(peer) !== null && !this.#schedule.isBarred(peer);
  }

  /** Whether the first run of the session with a peer is coming or under way. */
  awaits(peer: PeerId): boolean {
    return this.#awaited.has(peer) && this.covers(peer);
  }

  /** The lists of 02 section 5.2 were sent to the peer. */
  listsSent(peer: PeerId): void {
    this.#schedule.listsSent(peer);
  }

  /** What is shared with a peer changed; `null`: with any of them. */
  setsChanged(peer: PeerId | null): void {
    const peers = peer === null ? this.#init.links.all().map((link) => link.peerId) : [peer];
    for (const one of peers) if (this.covers(one)) this.#schedule.wanted(one);
  }

  /** Acceptance of a peer changed: what it led to is decided anew. */
  acceptanceChanged(peer: PeerId): void {
    this.#c.workspace.inbound.changes.now(() => this.#c.repositories.refused.forgetPeer(peer));
    this.setsChanged(peer);
  }

  /** Peers with a run under way, for the status of the node. */
  active(): PeerId[] {
    return [...this.#active.keys()];
  }

  #link(peer: PeerId): SecureLink | null {
    const link = this.#init.links.get(peer);
    return link !== null && !link.ended && link.capabilities.includes(RECONCILE) ? link : null;
  }

  #opened(link: SecureLink): void {
    if (!link.capabilities.includes(RECONCILE)) return;
    this.#awaited.add(link.peerId);
    this.#schedule.connected(link.peerId);
  }

  #closed(link: SecureLink): void {
    const { peerId } = link;
    const active = this.#active.get(peerId);
    if (active?.link === link) active.run.abort('lost');
    if (this.#link(peerId) !== null) return;
    this.#awaited.delete(peerId);
    this.#shared.delete(peerId);
    this.#clockTold.delete(peerId);
    this.#answered.delete(peerId);
    this.#schedule.disconnected(peerId);
  }

  /**
   * A set that became shared is compared, and what was refused of it before decided anew. Deviation D-74: only then.
   */
  #lookAtSets(): void {
    for (const { peerId } of this.#init.links.all()) {
      if (!this.covers(peerId)) continue;
      const before = this.#shared.get(peerId);
      const now = new Set(
        this.#setsOf(peerId)
          .shared()
          .map(({ setId }) => setId),
      );
      this.#shared.set(peerId, now);
      const fresh = [...now].filter((setId) => before !== undefined && !before.has(setId));
      if (fresh.length === 0) continue;
      this.#c.workspace.inbound.changes.now(() => {
        for (const setId of fresh) this.#c.repositories.refused.forgetSet(setId);
      });
      this.#schedule.wanted(peerId);
    }
  }

  #setsOf(peer: PeerId): PeerSets {
    const parts = { sync: this.#c, cache: this.#cache, intake: this.#intake, outgoing: this.#outgoing };
    const foreign = this.#init.foreign ?? null;
    return new PeerSets({ ...parts, foreign, pause: () => this.#pause() }, { peer });
  }

  #open(peer: PeerId): void {
    const link = this.#link(peer);
    if (link === null || this.#active.has(peer)) return;
    if (!this.#ready || this.#active.size >= MAX_RUNS) {
      this.#schedule.ended(peer, 'busy');
      return;
    }
    this.#numbers = (this.#numbers % 0xffff_ffff) + 1;
    const run = new RunClient(this.#components(link), { run: this.#numbers });
    this.#begin(link, { run, opened: true });
    const cut = Math.floor(this.#c.ports.clock.now() / 1000);
    run.begin(cut).catch((error: unknown) => this.#failed(peer, error));
  }

  #frame(link: SecureLink, type: ItemType, body: Uint8Array): void | Promise<void> {
    if (type === ITEM.reconcileOpen) return this.#answer(link, body);
    const active = this.#active.get(link.peerId);
    // What is late for a run that is over says nothing any more; so much is not late, nobody asked for it.
    if (active?.link !== link) {
      const late = (this.#late.get(link) ?? 0) + 1;
      this.#late.set(link, late);
      if (late === MAX_LATE_FRAMES) this.#c.mesh.offence(link.peerId, 'unasked');
      return;
    }
    return active.run.handle(type, body);
  }

  #answer(link: SecureLink, body: Uint8Array): void | Promise<void> {
    const number = decodeOpen(body).run;
    const peer = link.peerId;
    const active = this.#active.get(peer);
    // Both opened at once: the smaller id's counts.
    if (active?.opened === true && this.#c.mesh.peerId < peer) return;
    if (active !== undefined) active.run.abort('lost');
    if (!link.capabilities.includes(RECONCILE) || this.#schedule.isBarred(peer)) return;
    const since = this.#c.ports.clock.monotonic() - (this.#answered.get(peer) ?? -Infinity);
    if (!this.#ready || this.#active.size >= MAX_RUNS || since < ANSWER_INTERVAL_MS) {
      this.#send(link, ITEM.reconcileState, encodeState({ run: number, error: 'busy' }));
      return;
    }
    this.#answered.set(peer, this.#c.ports.clock.monotonic());
    const now = (): number => Math.floor(this.#c.ports.clock.now() / 1000);
    const run = new RunServer(this.#components(link), { run: number, now });
    this.#begin(link, { run, opened: false });
    return run.handle(ITEM.reconcileOpen, body);
  }

  #begin(link: SecureLink, started: { run: Run; opened: boolean }): void {
    const peer = link.peerId;
    let steps = -1;
    let quiet = 0;
    const watch = this.#c.ports.timers.every(LOOK_MS, () => {
      quiet = started.run.steps === steps ? quiet + LOOK_MS : 0;
      steps = started.run.steps;
      if (quiet >= STALLED_MS) started.run.abort('aborted');
    });
    const active = { ...started, link, watch };
    this.#active.set(peer, active);
    this.#schedule.began(peer);
    void started.run.result
      .then((result) => this.#ended(active, result))
      .catch((error: unknown) => this.#failed(peer, error));
  }

  #components(link: SecureLink): RunComponents {
    const sync = this.#c;
    const { clock } = sync.ports;
    let told = -Infinity;
    return {
      store: this.#setsOf(link.peerId),
      crypto: sync.crypto,
      send: (type, body) => this.#send(link, type, body),
      pause: () => this.#pause(),
      progress: (done, total) => {
        if (clock.monotonic() - told < PROGRESS_MS && done < total) return;
        told = clock.monotonic();
        sync.bus.publish({ type: 'sync.progress', peerId: link.peerId, done, total, state: 'running' });
      },
    };
  }

  /** Lets others have the event loop for a moment. */
  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#c.ports.timers.after(0, resolve);
    });
  }

  #send(link: SecureLink, type: ItemType, body: Uint8Array): void {
    // A link that ends tells `onClose`, which ends the run.
    link.send(type, body).catch(() => undefined);
  }

  async #ended(active: Active, result: RunResult): Promise<void> {
    const peer = active.link.peerId;
    active.watch.cancel();
    if (this.#active.get(peer) === active) this.#active.delete(peer);
    if (this.#cleanup.length === 0) return;
    const { status, got, gave, refused } = result;
    const well = status === 'ok' || status === 'same';
    if (well || status === 'fault' || status === 'clock') this.#awaited.delete(peer);
    this.#schedule.ended(peer, status);
    this.#tell(peer, result);
    const state = well ? 'done' : 'ended';
    if (got > 0) this.#c.bus.publish({ type: 'sync.progress', peerId: peer, done: got, total: got, state });
    this.#c.log.debug({ peer, status, got, gave, refused }, 'a run of reconciliation is over');
    if (!well) return;
    if (active.opened) await this.#noteStuck(peer, result);
    await this.#init.reconciled(peer, this.#found(result));
  }

  #tell(peer: PeerId, { status }: RunResult): void {
    if (status === 'fault')
      this.#c.log.warn({ peer }, 'a peer broke the rules of reconciliation; none for an hour');
    if (status !== 'clock' || this.#clockTold.has(peer)) return;
    this.#clockTold.add(peer);
    this.#c.log.warn({ peer }, 'the clocks of this node and a peer are more than ten minutes apart');
    this.#c.mesh.recordActivity({
      kind: 'catch_up',
      peer_id: peer,
      status: 'failed',
      detail: 'cannot catch up: the clocks of the two devices are more than ten minutes apart',
    });
  }

  async #noteStuck(peer: PeerId, { differed }: RunResult): Promise<void> {
    const stuck = this.#stuck.note(peer, differed);
    if (stuck.length === 0) return;
    const { items, refused } = this.#c.repositories;
    const now = this.#c.ports.clock.now();
    this.#c.log.warn({ peer, items: stuck.length }, 'reconcile_stuck: items differ after every run');
    await this.#c.workspace.inbound.changes.run(() => {
      const refusals = stuck.flatMap(({ setId, id, ts }) => {
        const time = ts ?? items.byId(setId, id)?.ts;
        return time === undefined ? [] : [{ setId, id, ts: time }];
      });
      refused.add(peer, refusals, now);
    });
  }

  /** What both hold: objects that were in a set of the run when it began. */
  #found(result: RunResult) {
    const refused = new Set(result.refusedByPeer.map(toHex));
    return (kind: ItemKind, objectId: string, version: string): 'held' | 'refused' | null => {
      const items = this.#c.repositories.items.ofObject(kind, objectId);
      // On the wire the feed is one set.
      const setOf = (one: Item): string => (kind === 'p' ? FEED_SET : one.setId);
      const item = items.find((one) => one.version === version && result.contains(setOf(one), one));
      if (item === undefined) return null;
      return refused.has(toHex(item.id)) ? 'refused' : 'held';
    };
  }

  #failed(peer: PeerId, error: unknown): void {
    if (this.#cleanup.length > 0) this.#c.log.warn({ peer, err: error }, 'a run of reconciliation failed');
  }

  #backfill(): void {
    const { inbound } = this.#c.workspace;
    const { itemBackfill } = this.#c.repositories;
    const step = (): void => {
      if (this.#cleanup.length === 0) return;
      inbound.changes
        .run(() => itemBackfill.step())
        .then((more) => {
          if (more) this.#c.ports.timers.after(0, step);
          else this.#ready = true;
        })
        .catch((error: unknown) => this.#c.log.error({ err: error }, 'items could not be brought in line'));
    };
    step();
  }

  #prune(): void {
    const now = this.#c.ports.clock.now();
    this.#c.workspace.inbound.changes.now(() => {
      this.#c.repositories.refused.prune(now);
      while (this.#c.repositories.items.prune(now) > 0);
    });
  }
}
