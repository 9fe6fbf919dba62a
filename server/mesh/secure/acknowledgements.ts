/**
 * Acknowledged envelopes (06 section 3.2). Going out they are numbered per session, and no more are on their way than
 * the window allows; coming in, what became of each is told within {@link ACK_DELAY_MS}, in ranges. Only the session's
 * own peer can acknowledge.
 */
import type { Timer, Timers } from '../../ports/types.ts';
import { BadFrameError, ITEM } from '../../wire/secure-frames.ts';
import { envelopeBody } from './envelope-item.ts';
import { ACK, LinkLost } from './types.ts';
import type { AckStatus, SecureLink, SecureLinks } from './types.ts';

/** Unacknowledged envelopes of one session, and their bytes; one that is larger goes alone. */
const WINDOW = 256;
const WINDOW_BYTES = 4 * 1024 * 1024;
/** Acknowledgements wait this long for company, and no longer once there are this many: the sender's window is small. */
const ACK_DELAY_MS = 25;
const ACK_GROUP = 64;
/** Acknowledgements of what is not on its way. */
const MAX_STRAY = 100;
/** `from u32 ‖ to u32 ‖ status u8`. */
const RANGE_BYTES = 9;
const STATUSES: ReadonlySet<number> = new Set(Object.values(ACK));

interface Owed {
  text: string;
  bytes: number;
  resolve: (status: AckStatus) => void;
  reject: (error: Error) => void;
}

/** One session's numbers. */
interface Counting {
  /** Sent and not acknowledged. */
  outstanding: Map<number, Owed>;
  outstandingBytes: number;
  /** Behind the window. */
  waiting: Owed[];
  lastSent: number;
  stray: number;
  lastReceived: number;
  /** What became of received ones and was not told yet. */
  settled: Map<number, AckStatus>;
  timer: Timer | null;
}

/** The numbers of all sessions. */
export class Acknowledgements {
  readonly #timers: Timers;
  readonly #counting = new Map<SecureLink, Counting>();

  constructor(components: { timers: Timers; links: SecureLinks }) {
    this.#timers = components.timers;
    components.links.handle(ITEM.ack, (link, body) => this.#acknowledged(link, body));
    components.links.onClose((link) => this.#closed(link));
  }

  /**
   * Sends an envelope's frame after those before it.
   * @returns what the peer says of it.
   * @throws {LinkLost} when the session ends first.
   */
  send(link: SecureLink, text: string): Promise<AckStatus> {
    if (link.ended) return Promise.reject(new LinkLost());
    const counting = this.#of(link);
    return new Promise((resolve, reject) => {
      counting.waiting.push({ text, bytes: text.length, resolve, reject });
      this.#advance(link, counting);
    });
  }

  /**
   * An envelope with a number arrived.
   * @returns to be called once with what became of it.
   * @throws {BadFrameError} when the number is not the next one.
   */
  received(link: SecureLink, n: number): (status: AckStatus) => void {
    const counting = this.#of(link);
    if (n !== counting.lastReceived + 1) throw new BadFrameError('an envelope out of its order');
    counting.lastReceived = n;
    return (status) => {
      if (link.ended) return;
      counting.settled.set(n, status);
      if (counting.settled.size >= ACK_GROUP) return this.#tell(link, counting);
      counting.timer ??= this.#timers.after(ACK_DELAY_MS, () => this.#tell(link, counting));
    };
  }

  #of(link: SecureLink): Counting {
    const known = this.#counting.get(link);
    if (known !== undefined) return known;
    const counting: Counting = {
      outstanding: new Map(),
      outstandingBytes: 0,
      waiting: [],
      lastSent: 0,
      stray: 0,
      lastReceived: 0,
      settled: new Map(),
      timer: null,
    };
    this.#counting.set(link, counting);
    return counting;
  }

  #advance(link: SecureLink, counting: Counting): void {
    for (let next = counting.waiting[0]; next !== undefined; next = counting.waiting[0]) {
      const { outstanding, outstandingBytes } = counting;
      const fits = outstanding.size === 0 || outstandingBytes + next.bytes <= WINDOW_BYTES;
      if (outstanding.size >= WINDOW || !fits) return;
      counting.waiting.shift();
      counting.lastSent += 1;
      outstanding.set(counting.lastSent, next);
      counting.outstandingBytes += next.bytes;
      const { reject } = next;
      link.send(ITEM.envelope, envelopeBody(next.text, counting.lastSent)).catch(reject);
    }
  }

  #acknowledged(link: SecureLink, body: Uint8Array): void {
    if (body.length === 0 || body.length % RANGE_BYTES !== 0)
      throw new BadFrameError('no acknowledgement has this length');
    const counting = this.#of(link);
    const view = new DataView(body.buffer, body.byteOffset, body.length);
    for (let at = 0; at < body.length; at += RANGE_BYTES) {
      const from = view.getUint32(at);
      const to = view.getUint32(at + 4);
      const status = view.getUint8(at + 8);
      if (from > to || !STATUSES.has(status)) throw new BadFrameError('an acknowledgement that says nothing');
      this.#settle(counting, from, to, status as AckStatus);
    }
    this.#advance(link, counting);
  }

  /** A range may be as wide as it likes: only what is on its way is looked at. */
  #settle(counting: Counting, from: number, to: number, status: AckStatus): void {
    let found = 0;
    for (const [n, owed] of counting.outstanding) {
      if (n < from || n > to) continue;
      found += 1;
      counting.outstanding.delete(n);
      counting.outstandingBytes -= owed.bytes;
      owed.resolve(status);
    }
    counting.stray += to - from + 1 - found;
    if (counting.stray >= MAX_STRAY) throw new BadFrameError('acknowledgements of what was not sent');
  }

  #tell(link: SecureLink, counting: Counting): void {
    counting.timer?.cancel();
    counting.timer = null;
    const settled = [...counting.settled].sort(([a], [b]) => a - b);
    counting.settled.clear();
    const ranges: { from: number; to: number; status: AckStatus }[] = [];
    for (const [n, status] of settled) {
      const last = ranges.at(-1);
      if (last !== undefined && last.to === n - 1 && last.status === status) last.to = n;
      else ranges.push({ from: n, to: n, status });
    }
    const body = new Uint8Array(ranges.length * RANGE_BYTES);
    const view = new DataView(body.buffer);
    for (const [index, { from, to, status }] of ranges.entries()) {
      view.setUint32(index * RANGE_BYTES, from);
      view.setUint32(index * RANGE_BYTES + 4, to);
      view.setUint8(index * RANGE_BYTES + 8, status);
    }
    if (ranges.length > 0) link.send(ITEM.ack, body).catch(() => undefined);
  }

  #closed(link: SecureLink): void {
    const counting = this.#counting.get(link);
    if (counting === undefined) return;
    this.#counting.delete(link);
    counting.timer?.cancel();
    for (const owed of [...counting.outstanding.values(), ...counting.waiting]) owed.reject(new LinkLost());
  }
}
