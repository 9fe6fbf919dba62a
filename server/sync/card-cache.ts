/**
 * Cards of neighbours as they came, for peers that come later (02 R13): whoever joins a mesh learns the people of those
 * it can only reach through others. In memory and bounded; a card comes again with every connection.
 */
import type { PeerId } from '../wire/ids.ts';

/** Cards kept per peer, and bytes of all together: a card may carry two pictures. */
const MAX_CARDS_PER_PEER = 20;
const MAX_BYTES = 4 * 1024 * 1024;

interface CachedCard {
  raw: unknown;
  bytes: number;
}

export class CardCache {
  readonly #peers = new Map<PeerId, Map<string, CachedCard>>();
  #bytes = 0;

  /** Keeps the newest card of a person; `''` for one without a person. */
  put(home: PeerId, userId: string, raw: unknown): void {
    const cards = this.#peers.get(home) ?? new Map<string, CachedCard>();
    const bytes = JSON.stringify(raw).length;
    this.#drop(cards, userId);
    if (cards.size >= MAX_CARDS_PER_PEER || this.#bytes + bytes > MAX_BYTES) return;
    cards.set(userId, { raw, bytes });
    this.#peers.set(home, cards);
    this.#bytes += bytes;
  }

  /** Cards of one peer. */
  of(home: PeerId): unknown[] {
    return [...(this.#peers.get(home)?.values() ?? [])].map((card) => card.raw);
  }

  /** The peer left; it brings its cards again. */
  forget(home: PeerId): void {
    const cards = this.#peers.get(home);
    this.#peers.delete(home);
    for (const { bytes } of cards?.values() ?? []) this.#bytes -= bytes;
  }

  #drop(cards: Map<string, CachedCard>, userId: string): void {
    this.#bytes -= cards.get(userId)?.bytes ?? 0;
    cards.delete(userId);
  }
}
