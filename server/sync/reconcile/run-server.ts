/** The side that answers a run (06 section 4.2). */
import { equalBytes, toHex } from '../../crypto/bytes.ts';
import { NegentropyServer } from '../../wire/negentropy/negentropy.ts';
import { encodeMsg, encodeState } from '../../wire/reconcile-frames.ts';
import type { EndFrame, MsgFrame, OpenFrame } from '../../wire/reconcile-frames.ts';
import { ITEM } from '../../wire/secure-frames.ts';
import { MAX_SET_MESSAGES, Run } from './run.ts';
import type { RunSet } from './run.ts';
import { RunFault } from './transfer.ts';
import type { RunComponents } from './types.ts';

/** Clocks further apart than this, in seconds, are not reconciled but shown to people (06 section 4.2 point 1). */
const MAX_SKEW_S = 600;

/** The answering side of one comparison. */
interface Comparison {
  server: NegentropyServer;
  floor: number;
  messages: number;
}

export class RunServer extends Run {
  readonly #now: () => number;
  readonly #comparisons = new Map<string, Comparison>();
  #opened = false;
  #same = false;

  /** @param init.now Unix seconds */
  constructor(components: RunComponents, init: { run: number; now: () => number }) {
    super(components, { run: init.run, takesPushes: true });
    this.#now = init.now;
  }

  protected override async onOpen({ cut, root }: OpenFrame): Promise<void> {
    if (this.#opened) throw new RunFault('a second open');
    this.#opened = true;
    this.cut = cut;
    if (Math.abs(cut - this.#now()) > MAX_SKEW_S) {
      this.c.send(ITEM.reconcileState, encodeState({ run: this.run, error: 'clock' }));
      this.finish('clock');
      return;
    }
    await this.takeSnapshots();
    const same = equalBytes(root, this.root());
    this.#same = same;
    const sets = [...this.sets.values()].map(({ state }) => state);
    this.c.send(ITEM.reconcileState, encodeState(same ? { run: this.run, same } : { run: this.run, sets }));
  }

  protected override agreedSets(): RunSet[] {
    // Deviation D-80: which of the others the opener shares, and holds alike, it does not say.
    return [...this.sets].filter(([tag]) => this.#same || this.#comparisons.has(tag)).map(([, set]) => set);
  }

  protected override async onMsg({ tag, floor, message }: MsgFrame): Promise<void> {
    const name = toHex(tag);
    const comparison = this.#comparisons.get(name) ?? (await this.#begin(name, floor));
    comparison.messages += 1;
    if (comparison.floor !== floor || comparison.messages > MAX_SET_MESSAGES)
      throw new RunFault('no end of messages about a set');
    const answer = await this.sliced(comparison.server.reconcile(message));
    this.c.send(ITEM.reconcileMsg, encodeMsg({ run: this.run, tag, floor, message: answer }));
  }

  protected override async onEnd({ status }: EndFrame): Promise<void> {
    if (!this.#same) this.sendEnd(status);
    this.finish(status === 'ok' && this.#same ? 'same' : status);
  }

  async #begin(name: string, floor: number): Promise<Comparison> {
    const set = this.sets.get(name);
    // Below our own floor we would compare what we no longer hold.
    if (set === undefined || floor < set.floor)
      throw new RunFault('a message about a set that is not shared');
    const snapshot = floor === set.floor ? set.snapshot : await this.snapshot(set, floor);
    const server = new NegentropyServer({ snapshot, crypto: this.c.crypto });
    const comparison = { server, floor, messages: 0 };
    this.#comparisons.set(name, comparison);
    return comparison;
  }
}
