/**
 * Notices items that differ after every run though each went well (06 section 4.3): they are held back from then on, so
 * that two nodes that can never agree on one do not talk about it for ever.
 */
import { toHex } from '../../crypto/bytes.ts';
import type { PeerId } from '../../wire/ids.ts';

/** Runs in a row after which an item counts as stuck. */
const RUNS = 3;
/** Items of one peer that are watched. */
const MAX_WATCHED = 10_000;

/** An item that differed. */
export interface Differing {
  setId: string;
  id: Uint8Array;
  ts: number | null;
}

export class StuckItems {
  readonly #counts = new Map<PeerId, Map<string, number>>();

  /** Notes what differed in a run that went well. @returns what did so for the third time in a row. */
  note(peer: PeerId, differed: readonly Differing[]): Differing[] {
    const before = this.#counts.get(peer);
    const now = new Map<string, number>();
    const stuck: Differing[] = [];
    for (const item of differed.slice(0, MAX_WATCHED)) {
      const name = `${item.setId} ${toHex(item.id)}`;
      // An id with two times is both lacked and held, and is counted once.
      if (now.has(name)) continue;
      const count = (before?.get(name) ?? 0) + 1;
      if (count >= RUNS) stuck.push(item);
      else now.set(name, count);
    }
    if (now.size === 0) this.#counts.delete(peer);
    else this.#counts.set(peer, now);
    return stuck;
  }

  /** The session ended; counting goes on with the next one only if it comes before this is called. */
  forget(peer: PeerId): void {
    this.#counts.delete(peer);
  }
}
