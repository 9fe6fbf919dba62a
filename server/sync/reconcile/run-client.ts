/** The side that opens a run (06 section 4.2): it alone learns the difference, asks for what it lacks and sends the rest. */
import { equalBytes, toHex } from '../../crypto/bytes.ts';
import { NegentropyClient } from '../../wire/negentropy/negentropy.ts';
import { encodeMsg, encodeOpen } from '../../wire/reconcile-frames.ts';
import type { EndFrame, MsgFrame, SetState, StateFrame } from '../../wire/reconcile-frames.ts';
import { ITEM } from '../../wire/secure-frames.ts';
import { MAX_SET_MESSAGES, Run } from './run.ts';
import type { RunSet } from './run.ts';
import { RunFault } from './transfer.ts';
import type { RunComponents } from './types.ts';

/** Sets compared at a time (06 section 4.2 point 2). */
const MAX_ACTIVE = 4;

/** A set whose difference is being found. */
interface Comparison {
  set: RunSet;
  client: NegentropyClient;
  floor: number;
  messages: number;
}

export class RunClient extends Run {
  #state: 'opening' | 'comparing' | 'ending' = 'opening';
  #waiting: { set: RunSet; floor: number }[] = [];
  #stage = 0;
  readonly #active = new Map<string, Comparison>();
  readonly #agreed: RunSet[] = [];
  /**
   * Deviation D-79: whether something had to be left for the next run; no fault of an honest peer with a long
   * history.
   */
  #partial = false;

  /** @param init.run a number of the opener's choice */
  constructor(components: RunComponents, init: { run: number }) {
    super(components, { run: init.run, takesPushes: false });
  }

  /** Begins. @param cut Unix seconds */
  begin(cut: number): Promise<void> {
    return this.enqueue(async () => {
      this.cut = cut;
      await this.takeSnapshots();
      this.c.send(ITEM.reconcileOpen, encodeOpen({ run: this.run, cut, root: this.root() }));
    });
  }

  protected override async onState(frame: StateFrame): Promise<void> {
    if (this.#state !== 'opening') throw new RunFault('a second state');
    if ('error' in frame) {
      this.finish(frame.error);
      return;
    }
    this.#state = 'comparing';
    if (!('sets' in frame)) {
      if (frame.same) this.#agreed.push(...this.sets.values());
      this.sendEnd('ok');
      this.finish(frame.same ? 'same' : 'ok');
      return;
    }
    for (const theirs of frame.sets) {
      const set = this.sets.get(toHex(theirs.tag));
      if (set === undefined) continue;
      if (this.#agreed.includes(set)) throw new RunFault('a set that is listed twice');
      this.#agreed.push(set);
      if (differs(set.state, theirs))
        this.#waiting.push({ set, floor: Math.max(set.state.floor, theirs.floor) });
    }
    this.#waiting.sort((a, b) => stageOf(a.set) - stageOf(b.set));
  }

  protected override agreedSets(): RunSet[] {
    return this.#agreed;
  }

  protected override async onMsg({ tag, message }: MsgFrame): Promise<void> {
    const comparison = this.#active.get(toHex(tag));
    if (comparison === undefined) throw new RunFault('a message about a set that is not compared');
    const { set, client } = comparison;
    const { have, need, next } = await this.sliced(client.reconcile(message));
    for (const id of [...have, ...need]) this.differed.push({ set, id });
    if (!this.transfer.want(set, need)) this.#partial = true;
    await this.transfer.give(set, have);
    if (next !== null && comparison.messages >= MAX_SET_MESSAGES) this.#partial = true;
    if (next !== null && !this.#partial) {
      this.#say(comparison, next);
      return;
    }
    this.#active.delete(toHex(tag));
  }

  protected override async onEnd({ status }: EndFrame): Promise<void> {
    if (this.#state !== 'ending') this.finish('aborted');
    else this.finish(status === 'aborted' ? 'aborted' : this.#status());
  }

  protected override async afterFrame(): Promise<void> {
    if (this.#state === 'comparing' && !this.#partial) await this.#compareMore();
    const compared = this.#active.size === 0 && (this.#waiting.length === 0 || this.#partial);
    if (this.#state !== 'comparing' || !compared || !this.transfer.idle) return;
    this.#state = 'ending';
    this.sendEnd(this.#status());
  }

  #status(): 'ok' | 'partial' {
    return this.#partial ? 'partial' : 'ok';
  }

  async #compareMore(): Promise<void> {
    while (this.#active.size < MAX_ACTIVE) {
      const next = this.#waiting[0];
      if (next === undefined) return;
      const { set, floor } = next;
      if (stageOf(set) > this.#stage && (this.#active.size > 0 || !this.transfer.idle)) return;
      this.#stage = stageOf(set);
      this.#waiting.shift();
      const snapshot = floor === set.state.floor ? set.snapshot : await this.snapshot(set, floor);
      const client = new NegentropyClient({ snapshot, crypto: this.c.crypto });
      const comparison = { set, client, floor, messages: 0 };
      this.#active.set(toHex(set.tag), comparison);
      this.#say(comparison, await this.sliced(client.initiate()));
    }
  }

  #say(comparison: Comparison, message: Uint8Array): void {
    comparison.messages += 1;
    const { set, floor } = comparison;
    this.c.send(ITEM.reconcileMsg, encodeMsg({ run: this.run, tag: set.tag, floor, message }));
  }
}

function stageOf(set: RunSet): number {
  return set.stage ?? 0;
}

function differs(ours: SetState, theirs: SetState): boolean {
  return (
    ours.count !== theirs.count ||
    ours.floor !== theirs.floor ||
    !equalBytes(ours.fingerprint, theirs.fingerprint)
  );
}
