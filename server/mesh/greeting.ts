/**
 * The first messages of a link, before anybody owns it: waited for with a time limit and judged in the same moment
 * they arrive, because the next one may be in the same packet and must already find the larger message limit.
 */
import { fromUtf8 } from '../crypto/bytes.ts';
import type { Link, LinkClose, LinkHandlers, Timers } from '../ports/types.ts';
import { MAX_UNADOPTED_BYTES } from './limits.ts';

/** Messages kept between the judged one and the new owner; more are left in the socket. */
const MAX_BACKLOG = 16;

/** What was waited for did not come: not in time, not at all, or something else came. */
export class GreetingError extends Error {
  override readonly name = 'GreetingError';
  readonly code: 'timeout' | 'closed' | 'unexpected';
  constructor(code: 'timeout' | 'closed' | 'unexpected') {
    super(
      {
        timeout: 'nothing came in time',
        closed: 'the other side closed the connection',
        unexpected: 'something else came',
      }[code],
    );
    this.code = code;
  }
}

type Message = string | Uint8Array;

/** Holds a link until it is handed over to a session, or closed. */
export class Greeting {
  readonly link: Link;
  readonly #timers: Timers;
  #judge: ((message: Message) => void) | null = null;
  #lost: ((info: LinkClose) => void) | null = null;
  #owner: LinkHandlers | null = null;
  #backlog: Message[] = [];
  #closed: LinkClose | null = null;
  #bytesLeft = MAX_UNADOPTED_BYTES;

  constructor(link: Link, timers: Timers) {
    this.link = link;
    this.#timers = timers;
    link.attach({
      message: (text) => this.#message(text),
      binary: (bytes) => this.#message(bytes),
      large: (bytes) => this.#large(bytes),
      close: (info) => this.#close(info),
    });
  }

  /** Whether the link has ended. */
  get closed(): boolean {
    return this.#closed !== null;
  }

  /**
   * The other side is known and speaks in clear: whatever it says next is for a session.
   * @param maxMessageBytes of one message, asked for each.
   */
  trust(maxMessageBytes: () => number): void {
    this.#bytesLeft = Infinity;
    this.link.setMaxMessageBytes(maxMessageBytes);
  }

  /**
   * Waits for the next message, a text (or a binary one that is UTF-8, as the reference reads it), and judges it at once.
   * @throws {GreetingError} when none comes within `timeoutMs`, or the link ends.
   */
  receive<T>(judge: (text: string) => T, timeoutMs: number): Promise<T> {
    return this.#next((message) => {
      const text = typeof message === 'string' ? message : fromUtf8(message);
      if (text === null) throw new GreetingError('unexpected');
      return judge(text);
    }, timeoutMs);
  }

  /**
   * Waits for the next message, a binary one, and judges it at once.
   * @throws {GreetingError} also when it is a text.
   * @throws what `judge` throws.
   */
  receiveBytes<T>(judge: (bytes: Uint8Array) => T, timeoutMs: number): Promise<T> {
    return this.#next((message) => {
      if (typeof message === 'string') throw new GreetingError('unexpected');
      return judge(message);
    }, timeoutMs);
  }

  /** Gives the link to its owner, with everything that came meanwhile. */
  handOver(owner: LinkHandlers): void {
    this.#owner = owner;
    const backlog = this.#backlog;
    this.#backlog = [];
    for (const message of backlog) give(owner, message);
    if (this.#closed !== null) owner.close(this.#closed);
    else this.link.resume();
  }

  #next<T>(judge: (message: Message) => T, timeoutMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        timer.cancel();
        this.#judge = null;
        this.#lost = null;
      };
      const fail = (code: 'timeout' | 'closed'): void => {
        done();
        reject(new GreetingError(code));
      };
      const timer = this.#timers.after(timeoutMs, () => fail('timeout'));
      this.#judge = (message) => {
        done();
        try {
          resolve(judge(message));
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      this.#lost = () => fail('closed');
      const early = this.#backlog.shift();
      if (early !== undefined) this.#judge(early);
      else if (this.#closed !== null) fail('closed');
    });
  }

  #message(message: Message): void {
    if (this.#owner !== null) return give(this.#owner, message);
    this.#bytesLeft -= message.length;
    if (this.#bytesLeft < 0) return this.link.terminate();
    if (this.#judge !== null) return this.#judge(message);
    this.#backlog.push(message);
    if (this.#backlog.length >= MAX_BACKLOG) this.link.pause();
  }

  /** Too large for a greeting: for the owner, or for nobody. */
  #large(bytes: Uint8Array): void {
    if (this.#owner?.large !== undefined) return this.#owner.large(bytes);
    const text = fromUtf8(bytes);
    if (text !== null) this.#message(text);
  }

  #close(info: LinkClose): void {
    this.#closed = info;
    this.#lost?.(info);
    this.#owner?.close(info);
  }
}

function give(owner: LinkHandlers, message: Message): void {
  if (typeof message === 'string') return owner.message(message);
  if (owner.binary !== undefined) return owner.binary(message);
  const text = fromUtf8(message);
  if (text !== null) owner.message(text);
}
