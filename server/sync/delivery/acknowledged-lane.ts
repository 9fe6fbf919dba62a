/**
 * Towards peers with `delivery_v1` (06 section 3.2): rows leave in their order, up to a window of unacknowledged ones,
 * and each is settled by what the peer says of it. One object serves one session; the next one begins with the oldest
 * row that was not settled.
 */
import type { Timer } from '../../ports/types.ts';
import { ACK, LinkLost } from '../../mesh/secure/types.ts';
import type { AckStatus } from '../../mesh/secure/types.ts';
import { OUTBOX_KINDS } from '../../store/outbox.ts';
import type { OutboxEntry, OutboxKind } from '../../store/outbox.ts';
import type { MessageId, PeerId } from '../../wire/ids.ts';
import type { SyncComponents } from '../context.ts';
import type { OwedFrames } from './frames.ts';
import type { AcknowledgingLinks } from './links.ts';
import { failureOf, worst } from './receipts.ts';

/** Unacknowledged rows (06 section 3.2); the bytes are counted by the mesh. */
const WINDOW = 256;
/** Rows read, built and signed, in some milliseconds, before others get their turn on the event loop. */
const BATCH = 32;
/** Rows told why they wait. */
const TOLD = 50;
/** A row its peer is too busy for is tried again after this long, doubling. */
const BUSY_FIRST_MS = 30_000;
const BUSY_MAX_MS = 3_600_000;
/** Rows in a row that a peer was too busy for before nothing is pressed on it for {@link BUSY_FIRST_MS}. */
const BUSY_ROWS = 2;
/** Sessions in a row that may break on the same oldest row before it is set aside, and for how long, doubling. */
const BROKEN_SESSIONS = 5;
const ASIDE_FIRST_MS = 3_600_000;
const ASIDE_MAX_DOUBLINGS = 6;

const BUSY = 'busy';
const BROKEN = 'session_broken';

export class AcknowledgedLane {
  readonly #c: SyncComponents;
  readonly #links: AcknowledgingLinks;
  readonly #frames: OwedFrames;
  readonly #heldBack: () => readonly OutboxKind[];
  readonly #peer: PeerId;
  /** Rows on their way, by number. */
  readonly #inFlight = new Set<number>();
  /** Rows up to here were looked at in this session. */
  #cursor = 0;
  /** The peer has not accepted us, or is busy: nothing leaves. */
  #paused: 'awaiting_acceptance' | 'busy' | null = null;
  /** The peer was too busy for a row and took none since: they leave one by one. */
  #cautious = false;
  /** Rows that it was too busy for since then, or since the last rest. */
  #busyRows = 0;
  #rest: Timer | null = null;
  /** A row that was set aside became due during a rest: its turn is after those that were not tried yet. */
  #due = false;
  /** How often the peer said that it accepted us. */
  #acceptances = 0;
  #held = false;
  #retry: { timer: Timer; due: number } | null = null;
  #pumping = false;
  #again = false;
  #ended = false;

  /** @param init.heldBack kinds that wait for a run of reconciliation (06 section 4.2 step 5). */
  constructor(
    components: SyncComponents,
    init: {
      peer: PeerId;
      links: AcknowledgingLinks;
      frames: OwedFrames;
      heldBack: () => readonly OutboxKind[];
    },
  ) {
    this.#c = components;
    this.#peer = init.peer;
    this.#links = init.links;
    this.#frames = init.frames;
    this.#heldBack = init.heldBack;
  }

  /** Sends what can go. Does not wait for what the peer says. */
  async pump(): Promise<void> {
    this.#again = true;
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (this.#again) {
        this.#again = false;
        await this.#fill();
      }
    } finally {
      this.#pumping = false;
    }
  }

  /** The peer accepted us. */
  accepted(): void {
    this.#acceptances += 1;
    if (this.#paused !== 'awaiting_acceptance') return;
    this.#paused = null;
    this.#lookAgain();
  }

  /** What was held back may go. */
  lookAgain(): void {
    this.#lookAgain();
  }

  /** The session is over. @param broken lost, or closed for a fault: the oldest row on its way may be the cause. */
  end(broken: boolean): void {
    this.#ended = true;
    this.#retry?.timer.cancel();
    this.#rest?.cancel();
    const oldest = Math.min(...this.#inFlight);
    if (broken && Number.isFinite(oldest)) this.#blame(oldest);
  }

  async #fill(): Promise<void> {
    const { outbox } = this.#c.repositories;
    const { timers } = this.#c.ports;
    while (!this.#ended && this.#paused === null && this.#inFlight.size < this.#window()) {
      const held = this.#heldBack();
      // What was held back lies behind what was looked at since.
      if (this.#held && held.length === 0) this.#cursor = 0;
      this.#held = held.length > 0;
      const rows = outbox.forPeer(this.#peer, {
        after: this.#cursor,
        limit: BATCH,
        kinds: held.length === 0 ? OUTBOX_KINDS : OUTBOX_KINDS.filter((kind) => !held.includes(kind)),
      });
      if (rows.length === 0) {
        if (!this.#due) break;
        this.#due = false;
        this.#cursor = 0;
        continue;
      }
      for (const entry of rows) {
        if (this.#inFlight.size >= this.#window()) break;
        this.#cursor = entry.seq;
        if (this.#inFlight.has(entry.seq) || !this.#isDue(entry)) continue;
        this.#inFlight.add(entry.seq);
        void this.#carry(entry);
      }
      await new Promise<void>((resolve) => timers.after(0, resolve));
    }
    this.#armRetry();
  }

  /** Nobody is busy for longer than {@link BUSY_MAX_MS}: what seems so was noted by a clock that was put back since. */
  #isDue({ nextAt, lastError }: OutboxEntry): boolean {
    const wait = (nextAt ?? 0) - this.#c.ports.clock.now();
    return wait <= 0 || (lastError === BUSY && wait > BUSY_MAX_MS);
  }

  async #carry(entry: OutboxEntry): Promise<void> {
    const acceptances = this.#acceptances;
    try {
      const status = await this.#send(entry);
      // The peer accepted us after it said this: the acknowledgement waited for company.
      const outdated = status === ACK.waiting && acceptances !== this.#acceptances;
      if (outdated) this.#cursor = Math.min(this.#cursor, entry.seq - 1);
      else await this.#settle(entry, status);
    } catch (error) {
      // It stays on its way until the lane is told how the session ended; the next one begins with it.
      if (error instanceof LinkLost || this.#ended) return;
      // A fault of ours would repeat itself at once.
      this.#c.log.error({ err: error, kind: entry.kind }, 'something owed could not be sent');
      this.#postpone(entry, BUSY);
    }
    if (this.#ended) return;
    this.#inFlight.delete(entry.seq);
    void this.pump();
  }

  /** What the peer says of the row; `null` when there was nothing to say. */
  async #send(entry: OutboxEntry): Promise<AckStatus | null> {
    const { owing, inbound } = this.#c.workspace;
    const built = this.#frames.build(entry, { secure: true });
    if (built.state === 'waits') return null;
    if (built.state === 'gone') return inbound.changes.run(() => owing.dropped(entry)).then(() => null);
    if (built.state === 'failed')
      return inbound.changes.run(() => owing.failed(entry, built.reason)).then(() => null);
    return worst(await Promise.all(built.frames.map((frame) => this.#links.send(this.#peer, frame))));
  }

  async #settle(entry: OutboxEntry, status: AckStatus | null): Promise<void> {
    if (status === null) return;
    if (status === ACK.waiting) return this.#awaitAcceptance();
    if (status === ACK.busy) {
      this.#busy();
      return this.#postpone(entry, BUSY);
    }
    this.#notBusy();
    const { owing, inbound, directMessages } = this.#c.workspace;
    const failure = failureOf(status);
    // Until it is noted the row counts as on its way, so it is not sent again; nothing else waits for it.
    const settled = await inbound.changes.run(
      () => {
        if (failure !== null) return owing.failed(entry, failure);
        if (!owing.delivered(entry)) return false;
        if (entry.kind === 'dm') directMessages.handedOver(entry.objectId as MessageId);
        return true;
      },
      { patient: true },
    );
    // It changed on its way: what is there now is owed still.
    if (!settled) this.#cursor = Math.min(this.#cursor, entry.seq - 1);
  }

  #awaitAcceptance(): void {
    if (this.#paused === 'awaiting_acceptance') return;
    this.#paused = 'awaiting_acceptance';
    const { workspace, repositories } = this.#c;
    const rows = repositories.outbox.forPeer(this.#peer, {
      limit: TOLD,
      kinds: ['message', 'dm', 'post', 'send'],
    });
    workspace.inbound.changes.now(() => {
      for (const { kind, objectId } of rows)
        if (kind === 'message' || kind === 'dm' || kind === 'post' || kind === 'send')
          workspace.delivery.waits(kind, objectId, this.#peer, 'awaiting_acceptance');
    });
  }

  #window(): number {
    return this.#cautious ? 1 : WINDOW;
  }

  /** Deviation D-66: one row may be the only one that cannot be taken now; after another, more would be told the same. */
  #busy(): void {
    this.#cautious = true;
    this.#busyRows += 1;
    if (this.#busyRows < BUSY_ROWS || this.#paused !== null) return;
    this.#paused = BUSY;
    this.#rest = this.#c.ports.timers.after(BUSY_FIRST_MS, () => this.#rested());
  }

  #notBusy(): void {
    if (!this.#cautious) return;
    this.#cautious = false;
    this.#rested();
  }

  #rested(): void {
    this.#busyRows = 0;
    this.#rest?.cancel();
    this.#rest = null;
    if (this.#paused === BUSY) this.#paused = null;
    void this.pump();
  }

  #postpone(entry: OutboxEntry, error: string): void {
    const attempts = entry.lastError === error ? entry.attempts + 1 : 1;
    const wait = Math.min(BUSY_FIRST_MS * 2 ** (attempts - 1), BUSY_MAX_MS);
    const nextAt = this.#c.ports.clock.now() + wait;
    const { repositories, workspace } = this.#c;
    workspace.inbound.changes.now(() =>
      repositories.outbox.postpone(entry.seq, { attempts, nextAt, lastError: error }),
    );
    this.#armRetry();
  }

  /** A row was the oldest on its way when the session broke. */
  #blame(seq: number): void {
    const { repositories, workspace, ports, log } = this.#c;
    const { outbox } = repositories;
    workspace.inbound.changes.now(() => {
      outbox.forgive(this.#peer, BROKEN, seq);
      const entry = outbox.get(seq);
      if (entry === undefined) return;
      const attempts = entry.lastError === BROKEN ? entry.attempts + 1 : 1;
      const over = attempts - BROKEN_SESSIONS;
      const aside = over < 0 ? null : ASIDE_FIRST_MS * 2 ** Math.min(over, ASIDE_MAX_DOUBLINGS);
      const nextAt = aside === null ? null : ports.clock.now() + aside;
      outbox.postpone(seq, { attempts, nextAt, lastError: BROKEN });
      if (nextAt !== null)
        log.warn(
          { peer: this.#peer, kind: entry.kind },
          'sessions keep breaking on one message; it is set aside',
        );
    });
  }

  /**
   * Looks again when the next row that was set aside is due. One that is due already is on its way, or waits for what
   * pauses the lane: looking again at once would go on for ever.
   */
  #armRetry(): void {
    if (this.#ended) return;
    const { clock, timers } = this.#c.ports;
    const now = clock.now();
    const due = this.#c.repositories.outbox.nextDue(this.#peer, now);
    if (due === null || (this.#retry !== null && this.#retry.due <= due)) return;
    this.#retry?.timer.cancel();
    const timer = timers.after(Math.min(due - now, BUSY_MAX_MS) + 1, () => {
      this.#retry = null;
      if (this.#rest === null) this.#lookAgain();
      else this.#due = true;
    });
    this.#retry = { timer, due };
  }

  #lookAgain(): void {
    this.#cursor = 0;
    void this.pump();
  }
}
