/**
 * What both sides of a run share (06 section 4.2): frames are handled one after the other, the run ends once, and a side
 * that breaks the rules ends it. A run is pure: frames in, frames out, sets and items through its store.
 */
import { concatBytes, toHex } from '../../crypto/bytes.ts';
import { WireError } from '../../wire/errors.ts';
import { wholeFingerprint } from '../../wire/negentropy/negentropy.ts';
import type { Sliced } from '../../wire/negentropy/negentropy.ts';
import type { Snapshot } from '../../wire/negentropy/snapshot.ts';
import {
  decodeEnd,
  decodeGet,
  decodeMsg,
  decodeOpen,
  decodePageInSlices,
  decodePageAck,
  decodeState,
  encodeEnd,
} from '../../wire/reconcile-frames.ts';
import type { EndFrame, MsgFrame, OpenFrame, SetState, StateFrame } from '../../wire/reconcile-frames.ts';
import { BadFrameError, ITEM } from '../../wire/secure-frames.ts';
import type { ItemType } from '../../wire/secure-frames.ts';
import { RunFault, Transfer } from './transfer.ts';
import type { RunComponents, RunResult, SharedSet } from './types.ts';

/** Seconds after the cut that still take part: clocks differ (06 section 4.1). */
const AHEAD_S = 600;
/** What expires within this after the cut takes no part, so that nothing expires during a run (06 section 4.1). */
const EXPIRY_MARGIN_S = 300;
/** Messages about one set (06 section 4.3). */
export const MAX_SET_MESSAGES = 32;

/** A set of this run. */
export interface RunSet extends SharedSet {
  snapshot: Snapshot;
  state: SetState;
}

export abstract class Run {
  /** Resolves when the run is over; never rejects. */
  readonly result: Promise<RunResult>;
  protected readonly c: RunComponents;
  protected readonly run: number;
  protected readonly transfer: Transfer;
  protected sets = new Map<string, RunSet>();
  protected readonly differed: { set: SharedSet; id: Uint8Array }[] = [];
  protected cut = 0;
  /** Counts the frames handled: a run whose count stands still makes no progress. */
  #steps = 0;
  #chain: Promise<void> = Promise.resolve();
  /** The last page that is being stored. */
  #storing: Promise<void> = Promise.resolve();
  #settle: (result: RunResult) => void = () => undefined;
  #ended = false;

  constructor(components: RunComponents, init: { run: number; takesPushes: boolean }) {
    this.c = components;
    this.run = init.run;
    this.result = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.transfer = new Transfer(components, {
      run: init.run,
      takesPushes: init.takesPushes,
      setOf: (tag) => this.sets.get(toHex(tag)),
    });
  }

  get steps(): number {
    return this.#steps;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Handles a frame after those that came before it. Of a page it resolves when the one before is stored.
   * @throws {BadFrameError} for what does not read; the run is over then.
   */
  handle(type: ItemType, body: Uint8Array): Promise<void> {
    if (type === ITEM.reconcilePage) return this.#page(body);
    return this.enqueue(() => this.#dispatch(type, body));
  }

  /** Ends the run from outside: the link is gone, or nothing moves. */
  abort(status: 'lost' | 'aborted' | 'fault'): void {
    if (status !== 'lost') this.sendEnd('aborted');
    this.finish(status);
  }

  protected enqueue(work: () => Promise<void>): Promise<void> {
    const next = this.#chain.then(async () => {
      if (this.#ended) return;
      try {
        await work();
      } catch (error) {
        this.#failed(error);
      }
    });
    this.#chain = next.catch(() => undefined);
    return next;
  }

  protected finish(status: RunResult['status']): void {
    if (this.#ended) return;
    this.#ended = true;
    const { got, gave, refused, refusedByPeer, timesSeen } = this.transfer;
    this.#settle({
      status,
      got,
      gave,
      refused,
      refusedByPeer,
      differed: this.differed.map(({ set, id }) => ({
        setId: set.setId,
        id,
        ts: timesSeen.get(toHex(id)) ?? null,
      })),
      contains: (setId, record) =>
        this.agreedSets().some((set) => set.setId === setId && set.snapshot.has(record)),
    });
  }

  protected sendEnd(status: EndFrame['status']): void {
    const { got, gave, refused } = this.transfer;
    this.c.send(ITEM.reconcileEnd, encodeEnd({ run: this.run, status, got, gave, refused }));
  }

  /** Takes the snapshots of all shared sets. */
  protected async takeSnapshots(): Promise<void> {
    for (const shared of this.c.store.shared()) {
      const snapshot = await this.snapshot(shared, shared.floor);
      const fingerprint = await this.sliced(wholeFingerprint(snapshot, this.c.crypto));
      const state = { tag: shared.tag, count: snapshot.size, fingerprint, floor: shared.floor };
      this.sets.set(toHex(shared.tag), { ...shared, snapshot, state });
    }
  }

  protected snapshot(set: SharedSet, floor: number): Promise<Snapshot> {
    return this.c.store.snapshot(set.setId, {
      floor,
      until: this.cut + AHEAD_S,
      expiresAbove: (this.cut + EXPIRY_MARGIN_S) * 1000,
    });
  }

  /** What both sides compare first: SHA-256 over the sets in order of tag. */
  protected root(): Uint8Array {
    const parts = [...this.sets.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, { state }]) => [state.tag, u64(state.count), state.fingerprint, u64(state.floor)]);
    return this.c.crypto.sha256(concatBytes(...parts));
  }

  /** Drives a computation, letting others have the event loop in between. */
  protected async sliced<T>(work: Sliced<T>): Promise<T> {
    for (;;) {
      const step = work.next();
      if (step.done === true) return step.value;
      await this.c.pause();
    }
  }

  protected async onOpen(_frame: OpenFrame): Promise<void> {
    throw new RunFault('an open inside a run');
  }

  protected async onState(_frame: StateFrame): Promise<void> {
    throw new RunFault('a state nobody asked for');
  }

  /** The sets that both sides are known to share. */
  protected abstract agreedSets(): RunSet[];
  protected abstract onMsg(frame: MsgFrame): Promise<void>;
  protected abstract onEnd(frame: EndFrame): Promise<void>;
  /** After every frame. */
  protected async afterFrame(): Promise<void> {
    // Only the client looks what is still to be done.
  }

  async #dispatch(type: ItemType, body: Uint8Array): Promise<void> {
    switch (type) {
      case ITEM.reconcileOpen:
        await this.#mine(decodeOpen(body), (frame) => this.onOpen(frame));
        break;
      case ITEM.reconcileState:
        await this.#mine(decodeState(body), (frame) => this.onState(frame));
        break;
      case ITEM.reconcileMsg:
        await this.#mine(decodeMsg(body), (frame) => this.onMsg(frame));
        break;
      case ITEM.reconcileGet:
        await this.#mine(decodeGet(body), (frame) => this.transfer.onGet(frame));
        break;
      case ITEM.reconcilePageAck:
        await this.#mine(decodePageAck(body), (frame) => this.transfer.onPageAck(frame));
        break;
      case ITEM.reconcileEnd:
        await this.#mine(decodeEnd(body), (frame) => this.onEnd(frame));
        break;
      default:
    }
  }

  /**
   * A page is read, and what is signed in it checked, while the one before is still being stored. Resolves when that one
   * is, so that no more than one waits.
   */
  async #page(body: Uint8Array): Promise<void> {
    if (this.#ended) return;
    const before = this.#storing;
    try {
      const frame = await this.sliced(decodePageInSlices(body));
      if (frame.run === this.run) this.c.store.ahead(frame.items);
      this.#storing = this.enqueue(() => this.#mine(frame, (page) => this.transfer.onPage(page)));
    } catch (error) {
      this.#failed(error);
    }
    this.#storing.catch(() => undefined);
    await before;
  }

  /** Frames of an earlier run may still come; they are passed over. */
  async #mine<F extends { run: number }>(frame: F, handle: (frame: F) => Promise<void>): Promise<void> {
    if (frame.run !== this.run) return;
    await handle(frame);
    this.#steps += 1;
    if (!this.#ended) await this.afterFrame();
  }

  #failed(error: unknown): void {
    if (error instanceof RunFault) {
      this.abort('fault');
      return;
    }
    const bad = error instanceof BadFrameError || error instanceof WireError;
    this.finish(bad ? 'fault' : 'aborted');
    if (!bad) {
      this.sendEnd('aborted');
      throw error;
    }
    throw error instanceof BadFrameError ? error : new BadFrameError(error.message);
  }
}

function u64(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(value));
  return new Uint8Array(view.buffer);
}
