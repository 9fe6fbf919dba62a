/**
 * Requests that are open (07 section 3.2): whose answer is waited for, for how long, and which answers nobody asked for.
 * An answer that comes too late is still one.
 */
import type { SecureLink } from '../../mesh/secure/types.ts';
import type { Clock, Random } from '../../ports/types.ts';
import { BadFrameError } from '../../wire/secure-frames.ts';
import type { Download } from './download.ts';
import { MAX_LATE_PER_SESSION, MAX_UNASKED_PER_SESSION, REQUEST_TIMEOUT_MS } from './limits.ts';

export interface Request {
  req: number;
  link: SecureLink;
  download: Download;
  index: number;
  /** Expected. */
  bytes: number;
  /** Monotonic ms. */
  at: number;
  /** It was given up; whoever waits for it asks somebody else. */
  late: boolean;
}

/** Numbers are u32. */
const MAX_REQ = 0xffff_ffff;

export class Requests {
  readonly #clock: Clock;
  readonly #open = new Map<number, Request>();
  readonly #unasked = new WeakMap<SecureLink, number>();
  readonly #asked = new WeakSet<SecureLink>();
  #last: number;

  /** Numbers begin anywhere: an answer to one of before a restart fits none of after it. */
  constructor({ clock, random }: { clock: Clock; random: Random }) {
    this.#clock = clock;
    this.#last = Math.floor(random.fraction() * MAX_REQ);
  }

  /** Whether a session has been asked for anything: what it answers is then counted here. */
  hasAsked(link: SecureLink): boolean {
    return this.#asked.has(link);
  }

  add(link: SecureLink, download: Download, index: number, bytes: number): Request {
    this.#last = this.#last >= MAX_REQ ? 1 : this.#last + 1;
    const request = {
      req: this.#last,
      link,
      download,
      index,
      bytes,
      at: this.#clock.monotonic(),
      late: false,
    };
    this.#open.set(request.req, request);
    this.#asked.add(link);
    return request;
  }

  /** The request that is answered, which is no longer open. @throws {BadFrameError} for too many of none. */
  answered(link: SecureLink, req: number): Request | null {
    const request = this.#open.get(req);
    if (request?.link === link) {
      this.#open.delete(req);
      return request;
    }
    const unasked = (this.#unasked.get(link) ?? 0) + 1;
    this.#unasked.set(link, unasked);
    if (unasked > MAX_UNASKED_PER_SESSION) throw new BadFrameError('answers nobody asked for', 'limit');
    return null;
  }

  /** Those of a session that is over. */
  endOf(link: SecureLink): Request[] {
    return this.#remove((request) => request.link === link);
  }

  /** Those of an asset nobody wants any more, which are answered all the same. */
  of(download: Download): Request[] {
    return [...this.#open.values()].filter((request) => request.download === download && !request.late);
  }

  /** Gives up what takes too long; `late` from now on. */
  expire(): Request[] {
    const before = this.#clock.monotonic() - REQUEST_TIMEOUT_MS;
    const slow = [...this.#open.values()].filter(({ late, at }) => !late && at <= before);
    for (const request of slow) this.giveUp(request);
    return slow;
  }

  giveUp(request: Request): void {
    request.late = true;
    const late = [...this.#open.values()].filter((one) => one.late && one.link === request.link);
    for (const { req } of late.slice(0, -MAX_LATE_PER_SESSION)) this.#open.delete(req);
  }

  /** Who is being asked for an asset. */
  linksOf(download: Download): SecureLink[] {
    return [...new Set(this.of(download).map(({ link }) => link))];
  }

  clear(): void {
    this.#open.clear();
  }

  #remove(which: (request: Request) => boolean): Request[] {
    const found = [...this.#open.values()].filter(which);
    for (const { req } of found) this.#open.delete(req);
    return found;
  }
}
