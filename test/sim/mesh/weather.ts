/**
 * What happens between the machines of the simulator (06 section 6): partitions, lines that are slow or hold everything
 * back for a while, lines that lose, repeat, reorder or change messages, and a relay in clear that drops, repeats, delays
 * and falsifies what others wrote. It also listens: nothing that should be secret or encrypted may ever be seen here.
 */
import { frameText, parseFrame } from '../../../server/wire/envelope.ts';
import type { Envelope } from '../../../server/wire/envelope.ts';
import type { Arrival, Wires } from '../memory-network.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { VirtualTime } from '../virtual-time.ts';
import type { Machine } from './machine.ts';
import type { Trace } from './trace.ts';

/** What people write to each other between two of our nodes contains this: nobody on the way may read it. */
export const SECRET = 'secret-';
/** Longest delay of a message that was reordered or held by a bad relay, ms. */
const REORDERED_MS = 3_000;

/** Shares of messages, 0 to 1. */
export interface Noise {
  lose: number;
  repeat: number;
  reorder: number;
  change: number;
}

interface Line {
  cut: boolean;
  /** Everything takes this much longer, ms. */
  extraMs: number;
  /** Nothing arrives before this monotonic time. */
  heldUntil: number;
  noise: Noise | null;
}

export interface WeatherComponents {
  time: VirtualTime;
  random: SeededRandom;
  trace: Trace;
  /** Who has an address now. */
  at: (host: string) => Machine | undefined;
  /** Told of what must not be seen on a wire. */
  violated: (what: string) => void;
}

export class Weather implements Wires {
  readonly #c: WeatherComponents;
  readonly #lines = new Map<string, Line>();
  /** Pairs that never reach each other directly. */
  readonly #walls = new Set<string>();
  /** A relay that treats the envelopes of others badly, and how. */
  #liar: { machine: Machine; noise: Noise } | null = null;
  /** What it keeps back, to tell it in the place of something else. */
  #withheld: string | null = null;
  /** Messages seen in clear between nodes, for the report. */
  plain = 0;
  sealed = 0;

  constructor(components: WeatherComponents) {
    this.#c = components;
  }

  wall(a: Machine, b: Machine): void {
    this.#walls.add(key(a, b));
  }

  isWalled(a: Machine, b: Machine): boolean {
    return this.#walls.has(key(a, b));
  }

  partition(a: Machine, b: Machine): void {
    this.#line(a, b).cut = true;
  }

  isCut(a: Machine, b: Machine): boolean {
    return this.#line(a, b).cut;
  }

  heal(a: Machine, b: Machine): void {
    this.#line(a, b).cut = false;
  }

  /** Everything between two machines takes longer. */
  slow(a: Machine, b: Machine, extraMs: number): void {
    this.#line(a, b).extraMs = extraMs;
  }

  /** Nothing arrives for a while; then everything does, in order. */
  hold(a: Machine, b: Machine, ms: number): void {
    this.#line(a, b).heldUntil = this.#c.time.monotonic() + ms;
  }

  noise(a: Machine, b: Machine, noise: Noise | null): void {
    this.#line(a, b).noise = noise;
  }

  liar(machine: Machine, noise: Noise): void {
    this.#liar = { machine, noise };
  }

  /** What the bad relay passes on within its secure sessions in place of `text`; `null`: nothing. */
  lie(text: string): string | null {
    const liar = this.#liar;
    const frame = parse(text);
    if (liar === null || frame?.kind !== 'p2p_message') return text;
    const { envelope } = frame;
    if (envelope.fromPeer === liar.machine.identity.peerId) return text;
    const { lose, repeat, reorder, change } = liar.noise;
    const roll = this.#c.random.fraction();
    if (roll < lose) return null;
    if (roll < lose + change) return String(this.#falsified(text, envelope));
    if (roll >= lose + change + repeat + reorder) return text;
    const told = this.#withheld;
    this.#withheld = told !== null && roll < lose + change + repeat ? told : text;
    return told;
  }

  /** Fair weather; walls remain, and so does a bad relay unless `honest`. */
  clear(honest: boolean): void {
    this.#lines.clear();
    if (honest) this.#liar = null;
  }

  reaches(from: string, to: string): boolean {
    const [a, b] = [this.#c.at(from), this.#c.at(to)];
    if (a === undefined || b === undefined) return false;
    const asleep = Math.max(a.asleepUntil, b.asleepUntil) > this.#c.time.monotonic();
    return !asleep && !this.#walls.has(key(a, b)) && !this.#line(a, b).cut;
  }

  carry(from: string, to: string, message: string | Uint8Array): readonly Arrival[] {
    const [a, b] = [this.#c.at(from), this.#c.at(to)];
    if (a === undefined || b === undefined) return [];
    this.#c.trace.wire(a.name, b.name, message);
    const envelope = typeof message === 'string' ? this.#listen(a, b, message) : null;
    if (envelope === null && typeof message !== 'string') this.sealed += 1;
    const line = this.#line(a, b);
    const laterMs = line.extraMs + Math.max(0, line.heldUntil - this.#c.time.monotonic());
    const liar = this.#liar;
    if (liar !== null && liar.machine === a && envelope !== null && envelope.fromPeer !== a.identity.peerId)
      return this.#mangled(message, liar.noise, laterMs, (bytes) => this.#falsified(bytes, envelope));
    if (line.noise === null) return [{ message, laterMs, overtakes: false }];
    return this.#mangled(message, line.noise, laterMs, (bytes) => this.#changed(bytes));
  }

  #listen(from: Machine, to: Machine, text: string): Envelope | null {
    const frame = parse(text);
    if (frame === null || frame.kind !== 'p2p_message') return null;
    this.plain += 1;
    const pinned = from.secure && from.running && from.core.mesh.isPinned(to.identity.peerId);
    if (pinned || (from.secure && to.secure))
      this.#c.violated(
        `${from.name} sent ${to.name} a ${frame.envelope.type} in clear though both have secure sessions`,
      );
    if (text.includes(SECRET))
      this.#c.violated(
        `a ${frame.envelope.type} from ${from.name} to ${to.name} shows what two others wrote in confidence`,
      );
    return frame.envelope;
  }

  #mangled(
    message: string | Uint8Array,
    noise: Noise,
    laterMs: number,
    change: (message: string | Uint8Array) => string | Uint8Array,
  ): Arrival[] {
    const chance = (share: number): boolean => this.#c.random.fraction() < share;
    if (chance(noise.lose)) return [];
    const arrivals: Arrival[] = [];
    for (let copies = chance(noise.repeat) ? 2 : 1; copies > 0; copies -= 1) {
      const overtakes = chance(noise.reorder);
      const later = laterMs + (overtakes ? this.#c.random.fraction() * REORDERED_MS : 0);
      arrivals.push({
        message: chance(noise.change) ? change(message) : message,
        laterMs: later,
        overtakes,
      });
    }
    return arrivals;
  }

  /** One bit flipped. */
  #changed(message: string | Uint8Array): string | Uint8Array {
    const bytes = Buffer.from(message);
    const at = Math.floor(this.#c.random.fraction() * bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(this.#c.random.fraction() * 7));
    return typeof message === 'string' ? bytes.toString() : bytes;
  }

  /** Another author, another target, another signature, or a little of everything. */
  #falsified(message: string | Uint8Array, envelope: Envelope): string | Uint8Array {
    const { machine } = this.#liar ?? {};
    const roll = this.#c.random.fraction();
    if (roll < 0.3) return this.#changed(message);
    if (machine === undefined) return message;
    const forged: Envelope =
      roll < 0.6
        ? { ...envelope, fromPeer: machine.identity.peerId }
        : roll < 0.8
          ? { ...envelope, toPeer: null }
          : { ...envelope, signature: '00'.repeat(64) };
    return frameText(forged);
  }

  #line(a: Machine, b: Machine): Line {
    const found = this.#lines.get(key(a, b));
    if (found !== undefined) return found;
    const line: Line = { cut: false, extraMs: 0, heldUntil: 0, noise: null };
    this.#lines.set(key(a, b), line);
    return line;
  }
}

function parse(text: string): ReturnType<typeof parseFrame> | null {
  try {
    return parseFrame(text);
  } catch {
    return null;
  }
}

function key(a: Machine, b: Machine): string {
  return a.index < b.index ? `${a.index},${b.index}` : `${b.index},${a.index}`;
}
