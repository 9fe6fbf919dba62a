/**
 * Own files on their way to other devices (05 section 10.7, F-3): what the node told since the page was opened. Large files are
 * fetched by each device by itself; small ones travel within their message, whose delivery state says everything.
 */
import { signal } from '@preact/signals';
import { listWords } from './channel-words.ts';
import { progressWords } from './progress-words.ts';

/** How far one device is with a file. */
export interface Serving {
  state: 'running' | 'waiting' | 'done';
  done: number;
  total: number;
  /** Bytes it had when this page first heard of it, and when, Unix ms. */
  from: number;
  since: number;
}

type ByPeer = ReadonlyMap<string, Serving>;

/** By file, by peer. */
export const servings = signal<ReadonlyMap<string, ByPeer>>(new Map());
/** Files remembered; the oldest go first. */
const MAX_FILES = 500;

/** An event of the node about a file that it gives away. */
export function heardOfServing(data: unknown, now: number = Date.now()): void {
  if (typeof data !== 'object' || data === null) return;
  const { peer_id: peer, file_id: file, state, done, total } = data as Partial<Record<string, unknown>>;
  if (typeof peer !== 'string' || typeof file !== 'string') return;
  if (typeof done !== 'number' || typeof total !== 'number') return;
  if (state !== 'running' && state !== 'waiting' && state !== 'done') return;
  const before = servings.value.get(file)?.get(peer);
  const goesOn = before?.state === 'running' && state === 'running';
  const { from, since } = goesOn ? before : { from: done, since: now };
  const next = new Map(servings.value);
  next.set(file, new Map(servings.value.get(file)).set(peer, { state, done, total, from, since }));
  const [oldest] = next.keys();
  if (next.size > MAX_FILES && oldest !== undefined) next.delete(oldest);
  servings.value = next;
}

/** One line about a file. */
export interface ServingLine {
  key: string;
  words: string;
  /** Bytes, while it is running. */
  progress: { done: number; total: number } | null;
}

/** What there is to say: each device that fetches it, each that waits, and in one line those that have it. */
export function servingLines(
  byPeer: ByPeer | undefined,
  { nameOf, now }: { nameOf: (peerId: string) => string; now: number },
): ServingLine[] {
  const lines: ServingLine[] = [];
  const have: string[] = [];
  for (const [peer, { state, done, total, from, since }] of byPeer ?? []) {
    if (state === 'done') have.push(nameOf(peer));
    else if (state === 'waiting')
      lines.push({ key: peer, words: `Paused: waiting for ${nameOf(peer)}`, progress: null });
    else
      lines.push({
        key: peer,
        words: `To ${nameOf(peer)}: ${progressWords({ done, total, from, elapsed: now - since })}`,
        progress: { done, total },
      });
  }
  if (have.length > 0) lines.push({ key: 'have', words: `Sent to ${listWords(have)}`, progress: null });
  return lines;
}
