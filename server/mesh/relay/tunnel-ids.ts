/**
 * Remembers the ids of tunnel envelopes apart from all others, so many per pair: a busy pair does not empty the memory
 * against duplicates for everybody else (06 section 2.4).
 */
import type { Envelope } from '../../wire/envelope.ts';
import { MAX_RELAY_PAIRS, TUNNEL_IDS_PER_PAIR } from '../limits.ts';
import { pairOf } from './policy.ts';

type Named = Pick<Envelope, 'id' | 'fromPeer' | 'toPeer'>;

/** Ids by pair, oldest out on both levels. */
export class TunnelIds {
  readonly #pairs = new Map<string, Set<string>>();

  has(envelope: Named): boolean {
    return this.#pairs.get(pairKey(envelope))?.has(idKey(envelope)) ?? false;
  }

  add(envelope: Named): void {
    const key = pairKey(envelope);
    const ids = this.#pairs.get(key) ?? new Set<string>();
    this.#pairs.delete(key);
    this.#pairs.set(key, ids);
    dropOldest(this.#pairs, MAX_RELAY_PAIRS);
    ids.add(idKey(envelope));
    dropOldest(ids, TUNNEL_IDS_PER_PAIR);
  }

  delete(envelope: Named): void {
    this.#pairs.get(pairKey(envelope))?.delete(idKey(envelope));
  }
}

function dropOldest(keys: Map<string, unknown> | Set<string>, limit: number): void {
  if (keys.size <= limit) return;
  const oldest = keys.keys().next();
  if (oldest.done !== true) keys.delete(oldest.value);
}

function pairKey({ fromPeer, toPeer }: Named): string {
  return pairOf(fromPeer, toPeer ?? '').join(' ');
}

function idKey({ fromPeer, id }: Named): string {
  return `${fromPeer} ${id}`;
}
