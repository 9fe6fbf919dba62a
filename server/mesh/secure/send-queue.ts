/**
 * What a secure session has to send, by class (06 section 1.5): control frames first, then interactive items one after
 * the other, then bulk items, of which up to eight take turns frame by frame. A chat message waits behind at most what
 * was handed to the carrier already.
 */
import { ITEM, MAX_STREAM } from '../../wire/secure-frames.ts';
import type { Frame, ItemType } from '../../wire/secure-frames.ts';
import { fragments } from '../../wire/secure-items.ts';

/** Bulk items that take turns. */
const MAX_TURNS = 8;
/** The first type that is bulk. */
const FIRST_BULK_TYPE = ITEM.reconcileOpen;
/** A frame's own bytes, for the count of what waits. */
const OVERHEAD_BYTES = 22;

interface Waiting {
  type: ItemType;
  body: Uint8Array;
  /** Called with the last fragment's fate. */
  handed: (error: Error | null) => void;
}

interface Turn {
  frames: Iterator<Frame, void>;
  next: Frame;
  handed: (error: Error | null) => void;
}

/** A frame whose turn it is. `handed` is there when it is the last of an item, to be told how that went. */
export interface NextFrame {
  frame: Frame;
  handed: ((error: Error | null) => void) | null;
}

/** Everything that waits. */
export class SendQueue {
  readonly #control: Frame[] = [];
  readonly #interactive: Waiting[] = [];
  readonly #bulk: Waiting[] = [];
  readonly #turns: Turn[] = [];
  #current: Turn | null = null;
  #stream = 0;
  #bytes = 0;

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Control frames that wait. */
  get controlCount(): number {
    return this.#control.length;
  }

  /** Whether the numbers of items are used up, and the session must be replaced. */
  get exhausted(): boolean {
    return this.#stream >= MAX_STREAM;
  }

  control(frame: Frame): void {
    this.#control.push(frame);
    this.#bytes += frame.body.length + OVERHEAD_BYTES;
  }

  item(type: ItemType, body: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      const handed = (error: Error | null): void => (error === null ? resolve() : reject(error));
      (type < FIRST_BULK_TYPE ? this.#interactive : this.#bulk).push({ type, body, handed });
      this.#bytes += body.length + OVERHEAD_BYTES;
    });
  }

  /** Takes the next frame; `null` when nothing waits. */
  next(): NextFrame | null {
    const control = this.#control.shift();
    if (control !== undefined) {
      this.#bytes -= control.body.length + OVERHEAD_BYTES;
      return { frame: control, handed: null };
    }
    const waiting = this.#current === null ? this.#interactive.shift() : undefined;
    if (waiting !== undefined) this.#current = this.#begin(waiting);
    if (this.#current !== null) {
      const taken = this.#take(this.#current);
      if (taken.handed !== null) this.#current = null;
      return taken;
    }
    const fresh = this.#turns.length < MAX_TURNS ? this.#bulk.shift() : undefined;
    const turn = fresh === undefined ? this.#turns.shift() : this.#begin(fresh);
    if (turn === undefined) return null;
    const taken = this.#take(turn);
    if (taken.handed === null) this.#turns.push(turn);
    return taken;
  }

  /** Drops everything; whoever waits for it is told. */
  fail(error: Error): void {
    const all = [
      ...this.#interactive,
      ...this.#bulk,
      ...this.#turns,
      ...(this.#current ? [this.#current] : []),
    ];
    for (const list of [this.#control, this.#interactive, this.#bulk, this.#turns]) list.length = 0;
    this.#current = null;
    this.#bytes = 0;
    for (const { handed } of all) handed(error);
  }

  /** Deviation D-56: an item gets its number when its first frame leaves: the receiver wants them to begin in order. */
  #begin({ type, body, handed }: Waiting): Turn {
    this.#stream += 1;
    const frames = fragments(type, this.#stream, body);
    const first = frames.next();
    if (first.done === true) throw new Error('an item without a frame');
    return { frames, next: first.value, handed };
  }

  #take(turn: Turn): NextFrame {
    const frame = turn.next;
    this.#bytes -= frame.body.length + (frame.more ? 0 : OVERHEAD_BYTES);
    const following = turn.frames.next();
    if (following.done === true) return { frame, handed: turn.handed };
    turn.next = following.value;
    return { frame, handed: null };
  }
}
