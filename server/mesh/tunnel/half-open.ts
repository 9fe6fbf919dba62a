/**
 * Sessions through a relay that have begun and lead nowhere yet (06 section 2.2): bounded in number, repeated at set
 * times, given up after a while, and kept a little longer to answer a repeat in the same words.
 */
import type { Timer, Timers } from '../../ports/types.ts';
import type { PeerId } from '../../wire/ids.ts';
import type { NoiseTransport } from '../../crypto/noise.ts';
import { GIVE_UP_AFTER, KEPT_FOR, MAX_HALF_OPEN, MAX_HALF_OPEN_PER_PEER, REPEAT_AFTER } from './limits.ts';
import type { HelloMessage } from './messages.ts';
import type { PyValue } from '../../wire/pyjson.ts';

/** This end said hello and waits for the answer. */
export interface Opening {
  readonly role: 'opener';
  readonly hello: PyValue;
}

/** This end has answered and waits for `accept`. */
export interface Answering {
  readonly role: 'answerer';
  readonly hello: HelloMessage;
  /** The hello as it was signed. */
  readonly helloText: string;
  readonly shared: readonly string[];
  finish(n2: Uint8Array): NoiseTransport;
}

export type HalfOpen = (Opening | Answering) & {
  readonly peer: PeerId;
  readonly sid: string;
  /** Sends what this end said last, again. */
  repeat(): void;
};

interface Kept {
  half: HalfOpen;
  timers: Timer[];
  /** Nobody answered in time; kept for repeats only. */
  tired: boolean;
}

/** All of them, by peer and name. */
export class HalfOpenTable {
  readonly #timers: Timers;
  readonly #kept = new Map<string, Kept>();

  constructor(components: { timers: Timers }) {
    this.#timers = components.timers;
  }

  /** Whether another one with this peer may begin. */
  hasRoom(peer: PeerId): boolean {
    if (this.#kept.size >= MAX_HALF_OPEN) return false;
    return [...this.#kept.values()].filter(({ half }) => half.peer === peer).length < MAX_HALF_OPEN_PER_PEER;
  }

  get(peer: PeerId, sid: string): HalfOpen | undefined {
    return this.#kept.get(keyOf(peer, sid))?.half;
  }

  /** What this end opened with a peer and still hopes for. */
  opening(peer: PeerId): HalfOpen | undefined {
    const found = [...this.#kept.values()].find(
      ({ half, tired }) => half.peer === peer && half.role === 'opener' && !tired,
    );
    return found?.half;
  }

  /** Keeps one and says it at once. @param givenUp called when nothing came of it in time. */
  add(half: HalfOpen, givenUp: () => void): void {
    const { peer, sid } = half;
    const key = keyOf(peer, sid);
    const kept: Kept = { half, timers: [], tired: false };
    this.#kept.set(key, kept);
    const end = half.role === 'opener' ? GIVE_UP_AFTER : KEPT_FOR;
    kept.timers = [
      ...REPEAT_AFTER.map((ms) => this.#timers.after(ms, () => half.repeat())),
      this.#timers.after(GIVE_UP_AFTER, () => {
        kept.tired = true;
        givenUp();
      }),
      this.#timers.after(end, () => this.remove(peer, sid)),
    ];
    half.repeat();
  }

  /** It led somewhere, or will not. */
  remove(peer: PeerId, sid: string): void {
    const key = keyOf(peer, sid);
    const kept = this.#kept.get(key);
    this.#kept.delete(key);
    for (const timer of kept?.timers ?? []) timer.cancel();
  }

  clear(): void {
    for (const { half } of [...this.#kept.values()]) this.remove(half.peer, half.sid);
  }
}

/** One name for a session of a peer: two peers may choose the same. */
export function keyOf(peer: PeerId, sid: string): string {
  return `${peer} ${sid}`;
}
