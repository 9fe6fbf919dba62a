/**
 * A network inside the process: hosts with addresses, links with latency, and the faults real networks have:
 * partitions (nothing arrives, nobody is told), broken links (both sides are told) and half-open ones (one side is).
 * It keeps the promises of {@link Transport}; the acceptance suite of `test/ports/` holds it to them.
 */
import { DialError } from '../../server/ports/types.ts';
import type { Link, LinkClose, LinkHandlers, Listener, Transport } from '../../server/ports/types.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { VirtualTime } from './virtual-time.ts';

interface Listening {
  host: string;
  options: { maxMessageBytes: number; maxLinks: number; maxLinksPerAddress: number };
  accept(link: Link): void;
  links: Set<MemoryLink>;
}

/** One copy of a message that arrives. */
export interface Arrival {
  message: string | Uint8Array;
  /** This much later than usual, ms. */
  laterMs: number;
  /** Whether it may overtake what was sent before it. */
  overtakes: boolean;
}

/** What happens on the wires, in the place of every message arriving once, in order and as it was sent. */
export interface Wires {
  /** Whether something sent now gets through; what does not is lost. */
  reaches(from: string, to: string): boolean;
  /** Told of every message when it is sent: what arrives of it. */
  carry(from: string, to: string, message: string | Uint8Array): readonly Arrival[];
}

/** Between two messages that would arrive together, ms. */
const TICK = 0.001;
/** Latency of one direction of a new link: at least, and at most more, ms. */
const LATENCY = { base: 1, spread: 20 };

/** The wires between all hosts. */
export class MemoryNetwork {
  readonly time: VirtualTime;
  readonly #random: SeededRandom;
  readonly #listeners = new Map<string, Listening>();
  readonly #cut = new Set<string>();
  readonly #links = new Set<MemoryLink>();
  #nextPort = 50_000;
  wires: Wires | null = null;

  constructor(time: VirtualTime, random: SeededRandom) {
    this.time = time;
    this.#random = random;
  }

  /** The transport of the machine at `host` (an IPv4 address). */
  transport(host: string): Transport {
    return {
      dial: (endpoint, options) => this.#dial(host, endpoint, options),
      listen: (options, accept) => this.#listen(host, options, accept),
    };
  }

  /** Nothing gets through between two hosts until {@link heal}; open links stay open. */
  partition(a: string, b: string): void {
    this.#cut.add(pair(a, b));
  }

  heal(a: string, b: string): void {
    this.#cut.delete(pair(a, b));
  }

  /** Whether something sent now gets through. */
  reaches(a: string, b: string): boolean {
    return !this.#cut.has(pair(a, b)) && (this.wires?.reaches(a, b) ?? true);
  }

  /** Breaks the links between two hosts: both sides are told, or only `a`. How many there were. */
  cut(a: string, b: string, told: 'both' | 'first'): number {
    const links = [...this.#links].filter(({ host, remoteHost }) => host === a && remoteHost === b);
    for (const link of links) link.cut(told);
    return links.length;
  }

  /** Links between two hosts that are open at both ends. */
  openBetween(a: string, b: string): number {
    return [...this.#links].filter((link) => link.host === a && link.remoteHost === b && link.open).length;
  }

  /** Ends of links that are open. */
  get ends(): number {
    return this.#links.size;
  }

  /** The machine loses power: its links and listeners are gone and nobody is told. */
  crash(host: string): void {
    for (const link of this.#links) if (link.host === host) link.vanish();
    for (const [key, listening] of this.#listeners) if (listening.host === host) this.#listeners.delete(key);
  }

  /** The process on a machine ends: the other sides of its links are told, it itself is not. */
  exit(host: string): void {
    for (const link of this.#links) if (link.host === host) link.exit();
  }

  forget(link: MemoryLink): void {
    this.#links.delete(link);
  }

  async #listen(
    host: string,
    options: {
      host?: string;
      port: number;
      maxMessageBytes: number;
      maxLinks: number;
      maxLinksPerAddress: number;
    },
    accept: (link: Link) => void,
  ): Promise<Listener> {
    const port = options.port === 0 ? (this.#nextPort += 1) : options.port;
    const key = `${host}:${port}`;
    if (this.#listeners.has(key)) throw Object.assign(new Error('address in use'), { code: 'EADDRINUSE' });
    const listening: Listening = { host, options, accept, links: new Set() };
    this.#listeners.set(key, listening);
    return {
      port,
      stop: async () => {
        if (this.#listeners.get(key) === listening) this.#listeners.delete(key);
        for (const link of listening.links) if (!link.attached) link.terminate();
      },
    };
  }

  #dial(
    from: string,
    endpoint: string,
    options: { timeoutMs: number; maxMessageBytes: number; signal?: AbortSignal },
  ): Promise<Link> {
    const target = /^ws:\/\/([^/]+):(\d+)$/.exec(endpoint);
    const { signal } = options;
    return new Promise((resolve, reject) => {
      const fail = (reason: ConstructorParameters<typeof DialError>[0]): void => {
        timer.cancel();
        signal?.removeEventListener('abort', aborted);
        reject(new DialError(reason, reason));
      };
      const aborted = (): void => fail('aborted');
      const timer = this.time.after(options.timeoutMs, () => fail('timeout'));
      if (signal?.aborted === true) return fail('aborted');
      signal?.addEventListener('abort', aborted, { once: true });
      const host = target?.[1];
      if (host === undefined) return fail('invalid');
      this.time.after(2 * this.#latency(), () => {
        if (signal?.aborted === true || !this.reaches(from, host)) return;
        const listening = this.#listeners.get(`${host}:${target?.[2]}`);
        if (listening === undefined) return fail('refused');
        const { maxLinks, maxLinksPerAddress, maxMessageBytes } = listening.options;
        const fromThere = [...listening.links].filter((link) => link.remoteHost === from).length;
        if (listening.links.size >= maxLinks || fromThere >= maxLinksPerAddress) return fail('failed');
        timer.cancel();
        signal?.removeEventListener('abort', aborted);
        const [near, far] = this.#pair(from, host, options.maxMessageBytes, maxMessageBytes);
        listening.links.add(far);
        far.whenClosed(() => listening.links.delete(far));
        listening.accept(far);
        resolve(near);
      });
    });
  }

  #pair(a: string, b: string, maxA: number, maxB: number): [MemoryLink, MemoryLink] {
    this.#nextPort += 1;
    const latency = this.#latency();
    const near = new MemoryLink(this, { host: a, remoteHost: b, port: 7771, latency, maxBytes: maxA });
    const far = new MemoryLink(this, {
      host: b,
      remoteHost: a,
      port: this.#nextPort,
      latency,
      maxBytes: maxB,
    });
    near.join(far);
    far.join(near);
    this.#links.add(near).add(far);
    return [near, far];
  }

  #latency(): number {
    return LATENCY.base + this.#random.fraction() * LATENCY.spread;
  }
}

/** One side of a link. */
class MemoryLink implements Link {
  readonly remoteAddress: string;
  readonly host: string;
  readonly remoteHost: string;
  readonly #network: MemoryNetwork;
  readonly #latency: number;
  #maxBytes: () => number;
  #other: MemoryLink | null = null;
  #handlers: LinkHandlers | null = null;
  #waiting: (string | Uint8Array)[] = [];
  #closed: LinkClose | null = null;
  #paused = false;
  /** When what was sent last arrives. */
  #lastArrival = 0;
  #onClose: () => void = () => undefined;
  readonly #pings = new Set<(error: Error) => void>();

  constructor(
    network: MemoryNetwork,
    init: { host: string; remoteHost: string; port: number; latency: number; maxBytes: number },
  ) {
    this.#network = network;
    this.host = init.host;
    this.remoteHost = init.remoteHost;
    this.remoteAddress = `${init.remoteHost}:${init.port}`;
    this.#latency = init.latency;
    this.#maxBytes = () => init.maxBytes;
  }

  get attached(): boolean {
    return this.#handlers !== null;
  }

  get bufferedBytes(): number {
    return 0;
  }

  join(other: MemoryLink): void {
    this.#other = other;
  }

  whenClosed(task: () => void): void {
    this.#onClose = task;
  }

  attach(handlers: LinkHandlers): void {
    if (this.#handlers !== null) throw new Error('this link has an owner');
    this.#handlers = handlers;
    this.#drain();
    if (this.#closed !== null) handlers.close(this.#closed);
  }

  setMaxMessageBytes(limit: () => number): void {
    this.#maxBytes = limit;
  }

  send(message: string | Uint8Array): Promise<void> {
    if (this.#closed !== null) return Promise.reject(new Error('the link is closed'));
    const { wires } = this.#network;
    if (wires === null) this.#carry((other) => other.#receive(message));
    for (const arrival of wires?.carry(this.host, this.remoteHost, message) ?? [])
      this.#carry((other) => other.#receive(arrival.message), false, arrival);
    return Promise.resolve();
  }

  ping(): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== null) return reject(new Error('the link is closed'));
      const started = this.#network.time.monotonic();
      this.#pings.add(reject);
      this.#carry((other) => {
        if (other.#paused || other.#closed !== null) return;
        other.#carry((back) => {
          if (back.#pings.delete(reject)) resolve(back.#network.time.monotonic() - started);
        });
      });
    });
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#drain();
  }

  close(code = 1000): void {
    if (this.#closed !== null) return;
    this.#paused = false;
    this.#carry((other) => {
      other.#end({ code, reason: '' });
      other.#carry((back) => back.#end({ code, reason: '' }), true);
    });
    this.#network.time.after(3_000, () => this.#end({ code: 1006, reason: '' }));
  }

  terminate(): void {
    if (this.#closed !== null) return;
    this.#carry((other) => other.#end({ code: 1006, reason: '' }));
    this.#end({ code: 1006, reason: '' });
  }

  /** Its process ended. */
  exit(): void {
    this.#carry((other) => other.#end({ code: 1006, reason: '' }));
    this.vanish();
  }

  /** Gone without a word to either side. */
  vanish(): void {
    this.#closed = { code: 1006, reason: '' };
    this.#network.forget(this);
    this.#onClose();
  }

  /** Ends the link here, and at the other side too when both are told; else that one waits for what never comes. */
  cut(told: 'both' | 'first'): void {
    const other = this.#other;
    this.#end({ code: 1006, reason: '' });
    if (told === 'both' && other !== null) other.#end({ code: 1006, reason: '' });
  }

  /** Whether it is open at both ends. */
  get open(): boolean {
    return this.#closed === null && this.#other !== null && this.#other.#closed === null;
  }

  /** Runs `arrive` at the other side after the latency, if the network lets it through. Keeps the order. */
  #carry(
    arrive: (other: MemoryLink) => void,
    evenClosed = false,
    { laterMs, overtakes }: Pick<Arrival, 'laterMs' | 'overtakes'> = { laterMs: 0, overtakes: false },
  ): void {
    const now = this.#network.time.monotonic();
    const due = now + this.#latency + laterMs;
    const at = overtakes ? due : Math.max(due, this.#lastArrival + TICK);
    if (!overtakes) this.#lastArrival = at;
    this.#network.time.after(at - now, () => {
      const other = this.#other;
      if (other === null || !this.#network.reaches(this.host, this.remoteHost)) return;
      if (other.#closed === null || evenClosed) arrive(other);
    });
  }

  #receive(message: string | Uint8Array): void {
    if (Buffer.byteLength(message) > this.#maxBytes()) {
      this.#carry((other) => other.#end({ code: 1009, reason: '' }));
      return this.#end({ code: 1009, reason: '', fault: 'too_large' });
    }
    this.#waiting.push(message);
    this.#drain();
  }

  #drain(): void {
    while (!this.#paused && this.#handlers !== null) {
      const message = this.#waiting.shift();
      if (message === undefined) return;
      if (typeof message === 'string') this.#handlers.message(message);
      else if (this.#handlers.binary !== undefined) this.#handlers.binary(message);
      else this.#handlers.message(Buffer.from(message).toString());
    }
  }

  #end(info: LinkClose): void {
    if (this.#closed !== null) return;
    this.#paused = false;
    this.#drain();
    this.#closed = info;
    this.#network.forget(this);
    for (const reject of this.#pings) reject(new Error('the link is closed'));
    this.#pings.clear();
    this.#onClose();
    this.#handlers?.close(info);
  }
}

function pair(a: string, b: string): string {
  return [a, b].sort().join(' ');
}
