/**
 * The first message of a link, before anybody owns it: waited for with a time limit and judged in the same moment
 * it arrives, because the next one may be in the same packet and must already find the larger message limit.
 */
import type { Link, LinkClose, LinkHandlers, Timers } from '../ports/types.ts';

/** Messages kept between the judged one and the new owner; more are left in the socket. */
const MAX_BACKLOG = 16;

/** No first message came: in time, or at all. */
export class GreetingError extends Error {
  override readonly name = 'GreetingError';
  readonly code: 'timeout' | 'closed';
  constructor(code: 'timeout' | 'closed') {
    super(code === 'timeout' ? 'no handshake in time' : 'the other side closed the connection');
    this.code = code;
  }
}

/** Holds a link until it is handed over to a session, or closed. */
export class Greeting {
  readonly link: Link;
  readonly #timers: Timers;
  #judge: ((text: string) => void) | null = null;
  #lost: ((info: LinkClose) => void) | null = null;
  #owner: LinkHandlers | null = null;
  #backlog: string[] = [];
  #closed: LinkClose | null = null;

  constructor(link: Link, timers: Timers) {
    this.link = link;
    this.#timers = timers;
    link.attach({ message: (text) => this.#message(text), close: (info) => this.#close(info) });
  }

  /** Whether the link has ended. */
  get closed(): boolean {
    return this.#closed !== null;
  }

  /**
   * Waits for the next message and judges it at once.
   * @throws {GreetingError} when none comes within `timeoutMs`, or the link ends.
   */
  receive<T>(judge: (text: string) => T, timeoutMs: number): Promise<T> {
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
      this.#judge = (text) => {
        done();
        resolve(judge(text));
      };
      this.#lost = () => fail('closed');
      const early = this.#backlog.shift();
      if (early !== undefined) this.#judge(early);
      else if (this.#closed !== null) fail('closed');
    });
  }

  /** Gives the link to its owner, with everything that came meanwhile. */
  handOver(owner: LinkHandlers): void {
    this.#owner = owner;
    const backlog = this.#backlog;
    this.#backlog = [];
    for (const text of backlog) owner.message(text);
    if (this.#closed !== null) owner.close(this.#closed);
    else this.link.resume();
  }

  #message(text: string): void {
    if (this.#owner !== null) return this.#owner.message(text);
    if (this.#judge !== null) return this.#judge(text);
    this.#backlog.push(text);
    if (this.#backlog.length >= MAX_BACKLOG) this.link.pause();
  }

  #close(info: LinkClose): void {
    this.#closed = info;
    this.#lost?.(info);
    this.#owner?.close(info);
  }
}
