/**
 * Which of two connections to the same peer stays (01 section 5.9). Pure; the table of sessions asks it, and the
 * golden vectors `arbitration.json` hold it to the reference.
 */
import type { PeerId } from '../wire/ids.ts';

/** How far a connection has come. */
export type ConnectionState =
  'failed' | 'disconnected' | 'connecting' | 'handshaking' | 'connected' | 'authenticated';

/** What arbitration looks at. */
export interface Contender {
  state: ConnectionState;
  outbound: boolean;
}

const RANK: Readonly<Record<ConnectionState, number>> = {
  failed: -1,
  disconnected: -1,
  connecting: 0,
  handshaking: 1,
  connected: 2,
  authenticated: 3,
};

/** Whether a connection has the preferred direction: dialled by the node with the smaller peer id. */
export function isPreferred(local: PeerId, remote: PeerId, outbound: boolean): boolean {
  return outbound === local < remote;
}

/**
 * Whether `candidate` takes the place of `existing`.
 *
 * @param existing another connection (or dial under way) to the same peer, `null` when there is none.
 */
export function replaces(
  local: PeerId,
  remote: PeerId,
  existing: Contender | null,
  candidate: Contender,
): boolean {
  if (existing === null) return true;
  if (RANK[existing.state] >= RANK.authenticated) return false;
  const preferred = isPreferred(local, remote, candidate.outbound);
  if (isPreferred(local, remote, existing.outbound) !== preferred) return preferred;
  return RANK[candidate.state] > RANK[existing.state];
}
