/** Who is reached, in words: above a composer when what is written cannot arrive yet (05 section 10.6), and beside a person. */

import { listWords } from './channel-words.ts';
import { isReached, type Reach } from './peers.ts';

/** A connected peer. */
interface Connected {
  peerId: string;
  name: string;
  awaitsAcceptance: boolean;
}

/**
 * The sentence, or `null` when somebody can be reached.
 *
 * @param facts.reachable how many peers are, directly or through others
 * @param facts.to of a direct message: whom it is for, each with the node that is home to them, `null` when it is here or unknown
 */
export function reachWords(facts: {
  reachable: number;
  connected: readonly Connected[];
  to: readonly { name: string; home: string | null }[] | null;
}): string | null {
  const { reachable, connected, to } = facts;
  // Whoever lives here reads it here.
  const elsewhere = to?.filter(({ home }) => home !== null) ?? [];
  if (to !== null && elsewhere.length === 0) return null;
  if (reachable === 0) return 'Nobody else is reachable. Messages will go out when a peer connects.';
  const awaiting = connected.filter((peer) => peer.awaitsAcceptance);
  if (to !== null) {
    const all = elsewhere.every(({ home }) => awaiting.some(({ peerId }) => peerId === home));
    return all ? `Waiting for ${listWords(elsewhere.map(({ name }) => name))} to accept you.` : null;
  }
  if (awaiting.length < Math.max(reachable, 1)) return null;
  const [first] = awaiting;
  return awaiting.length === 1 && first !== undefined
    ? `Waiting for ${first.name} to accept you.`
    : `Waiting for ${awaiting.length} peers to accept you.`;
}

/** Where a person is at home and whether that device is reached now (05 section 10.5, M-6). @param home null: here, or not known. */
export function whereWords(
  home: string | null,
  { nameOf, reachOf }: { nameOf: (peerId: string) => string; reachOf: (peerId: string) => Reach },
): string {
  if (home === null) return 'on this device';
  return `${nameOf(home)}, ${isReached(reachOf(home)) ? 'connected' : 'offline'}`;
}
