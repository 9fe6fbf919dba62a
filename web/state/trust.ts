/**
 * The Trust Network page (05 section 10.15, K-3): every peer with what was decided about it, in words. The score and the
 * four tiers are the reference's (03 section 9.1); what counts here is whether a peer is accepted.
 */
import type { PeerRequest } from '../api/types.ts';

/** What was decided about a peer. */
export type TrustStanding = 'waiting' | 'accepted' | 'undecided' | 'held' | 'ignored' | 'blocked';

/** One entry of `GET /api/v1/trust`. */
export interface TrustRow {
  score: number;
  is_trusted: boolean;
}

/** What the node said. */
export interface TrustFacts {
  scores: Readonly<Record<string, TrustRow>>;
  /** Waiting, ignored and blocked ones. */
  requests: readonly PeerRequest[];
  /** Peers that are connected or were. */
  met: readonly string[];
  ownPeerId: string | null;
}

/** One peer. */
export interface TrustLine {
  peerId: string;
  standing: TrustStanding;
  /** Null when nobody set one. */
  score: number | null;
}

export const TIERS = [
  ['safe', 'Safe', 90],
  ['guarded', 'Guarded', 40],
  ['restricted', 'Restricted', 10],
  ['quarantine', 'Quarantine', 0],
] as const;

/** What a standing is called, and what it allows. */
export const STANDINGS: Readonly<Record<TrustStanding, { name: string; allows: string }>> = {
  waiting: {
    name: 'Waiting',
    allows: 'It asks to connect. Nothing of it is shown but the names it claims, and it gets nothing.',
  },
  accepted: {
    name: 'Accepted',
    allows: 'Messages, posts and files go both ways, and each side catches up with what it missed.',
  },
  undecided: {
    name: 'Not decided',
    allows: 'Nobody decided about it yet. Nothing of it is taken, and it gets nothing that people write.',
  },
  held: {
    name: 'Not accepted',
    allows:
      'It may connect and help to find others. Nothing it sends is taken, and it gets nothing that people write.',
  },
  ignored: {
    name: 'Ignored',
    allows:
      'It asked and was ignored. It is asked about again only if it comes with other keys or from elsewhere.',
  },
  blocked: { name: 'Blocked', allows: 'Its connections are refused.' },
};

/** In the order in which they want attention. */
const ORDER: readonly TrustStanding[] = ['waiting', 'accepted', 'undecided', 'held', 'ignored', 'blocked'];

/** Every peer once. */
export function trustLines({ scores, requests, met, ownPeerId }: TrustFacts): TrustLine[] {
  const asked = new Map(requests.map((request) => [request.peer_id, request.state]));
  const ids = new Set([...asked.keys(), ...Object.keys(scores), ...met]);
  if (ownPeerId !== null) ids.delete(ownPeerId);
  const lines = [...ids].map((peerId): TrustLine => {
    const row = Object.hasOwn(scores, peerId) ? scores[peerId] : undefined;
    return { peerId, standing: standingOf(row, asked.get(peerId)), score: row?.score ?? null };
  });
  return lines.sort(
    (a, b) => ORDER.indexOf(a.standing) - ORDER.indexOf(b.standing) || a.peerId.localeCompare(b.peerId),
  );
}

function standingOf(row: TrustRow | undefined, asked: PeerRequest['state'] | undefined): TrustStanding {
  if (asked === 'blocked') return 'blocked';
  if (row !== undefined) return row.is_trusted ? 'accepted' : 'held';
  return asked === 'waiting' || asked === 'ignored' ? asked : 'undecided';
}

/** The tier a score is the value of, or null. */
export function tierOf(score: number | null): string | null {
  return TIERS.find(([, , value]) => value === score)?.[0] ?? null;
}
