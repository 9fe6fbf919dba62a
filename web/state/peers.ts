/**
 * One card per peer (05 section 10.4, C-5; pitfall P-15): the node's several lists become the sections of Connect.
 * Pure functions; `mesh.ts` feeds them.
 */
import type {
  ActivityAnswer,
  DiscoveredPeer,
  EndpointDetail,
  IntroducedPeer,
  KnownPeer,
  PeerDiagnostics,
  PeerLink,
  PeerRequest,
  PeersAnswer,
  RelayStatus,
} from '../api/types.ts';
import { cleanName, distinctNames } from './names.ts';
import { counted } from './numbers.ts';
import { parseTime } from './time.ts';

/** Everything the node said about peers. */
export interface MeshFacts {
  ownPeerId: string | null;
  peers: PeersAnswer;
  known: readonly KnownPeer[];
  introduced: readonly IntroducedPeer[];
  relay: RelayStatus;
  requests: readonly PeerRequest[];
  activity: ActivityAnswer;
  diagnostics: readonly PeerDiagnostics[];
  /** Peers a person of this page asked to connect just now. */
  connecting: ReadonlySet<string>;
  /** Peers a contact was asked to introduce, and that contact. */
  brokering: ReadonlyMap<string, string>;
  /** Names of the people at home on each peer. As all of this it never changes: what follows from it is kept. */
  people: ReadonlyMap<string, readonly string[]>;
}

/** How a peer is reached. */
export type Reach =
  | { kind: 'direct' }
  | { kind: 'via'; peerId: string; name: string }
  | { kind: 'connecting' }
  | { kind: 'brokering'; name: string }
  | { kind: 'offline' };

/** Whether what is sent to such a peer goes now. */
export function isReached({ kind }: Reach): boolean {
  return kind === 'direct' || kind === 'via';
}

/** A peer that used to connect securely came without protection, or with another key; `at` in Unix ms. */
export interface PeerAlarm {
  reason: 'secure_required' | 'peer_key_changed';
  at: number;
}

/** One peer as shown. */
export interface PeerCard {
  peerId: string;
  /** The person, else the device, else the short id. */
  name: string;
  /** The device, when it says something the name does not. */
  device: string | null;
  reach: Reach;
  protection: PeerLink['protection'] | null;
  /** Since when the connection is so, Unix ms. */
  protectedSince: number | null;
  /** Since when nothing less than a secure connection is accepted of it, Unix ms; null when anything is. */
  pinnedSince: number | null;
  rttMs: number | null;
  /** Unix ms. */
  connectedAt: number | null;
  lastActivity: number | null;
  endpoints: readonly string[];
  endpointDetails: readonly EndpointDetail[];
  /** Who speaks of it, of a peer that was never connected here. */
  introducedBy: string | null;
  /** The last reason why it could not be reached, as the node names it. */
  failure: string | null;
  /** Somebody here disconnected it, and so it stays. */
  held: boolean;
  /** What keeps it away until somebody decides (06 section 1.4). */
  alarm: PeerAlarm | null;
  /** It is connected and has not accepted this device yet. */
  awaitsAcceptance: boolean;
  /** What to say of its clock, when that is wrong or the own one is. */
  clock: string | null;
  retryScheduled: boolean;
  /** Seconds from the node's answer to its next attempt; null without one. */
  retryInS: number | null;
  /** How many messages wait to go to it. */
  unsent: number;
  /** Who brought other keys for this peer, or null; they were refused. */
  otherKeysFrom: string | null;
}

/** One line under Discovered Peers (LAN). */
export interface DiscoveredCard {
  peerId: string;
  name: string;
  address: string;
  state: 'discovered' | 'connecting' | 'connected' | 'waiting for acceptance';
}

/** A request with its claimed names. */
export interface RequestCard {
  peerId: string;
  names: string[];
  from: string | null;
  introducedBy: string | null;
  firstSeen: number | null;
}

/** The sections of Connect. */
export interface PeerSections {
  /** Peers that are kept away, wherever else they stand. */
  alarms: PeerCard[];
  requests: RequestCard[];
  connected: PeerCard[];
  discovered: DiscoveredCard[];
  known: PeerCard[];
}

/** Short form of a peer id. */
function short(peerId: string): string {
  return peerId.length > 10 ? `${peerId.slice(0, 8)}…` : peerId;
}

/** The device name of a peer, or null. */
function deviceName(facts: MeshFacts, peerId: string): string | null {
  const introduced = facts.introduced.find((peer) => peer.peer_id === peerId);
  const names = [
    facts.diagnostics.find((peer) => peer.peer_id === peerId)?.display_name,
    facts.known.find((peer) => peer.peer_id === peerId)?.display_name,
    introduced?.device_profile?.display_name,
    introduced?.display_name,
    facts.peers.discovered_peers.find((peer) => peer.peer_id === peerId)?.display_name,
    // What a waiting peer calls itself; its names are all that is shown of it.
    facts.requests.find((request) => request.peer_id === peerId)?.names[0],
  ];
  return (
    names.map((name) => (name === peerId ? '' : cleanName(name ?? ''))).find((name) => name !== '') ?? null
  );
}

/** What to call a peer; one that is called almost like another carries its id (05 section 10.13, X-3). */
export function peerName(facts: MeshFacts, peerId: string): string {
  return namesOf(facts).get(peerId) ?? ownWord(facts, peerId);
}

/** What a peer calls itself. */
function ownWord(facts: MeshFacts, peerId: string): string {
  return facts.people.get(peerId)?.[0] ?? deviceName(facts, peerId) ?? short(peerId);
}

const shown = new WeakMap<MeshFacts, ReadonlyMap<string, string>>();

function namesOf(facts: MeshFacts): ReadonlyMap<string, string> {
  const before = shown.get(facts);
  if (before !== undefined) return before;
  const listed = [...facts.known, ...facts.introduced, ...facts.peers.discovered_peers, ...facts.requests];
  const ids = new Set([...facts.peers.connected_peers, ...listed.map((peer) => peer.peer_id)]);
  const names = distinctNames(
    [...ids].map((id) => ({ id, name: ownWord(facts, id) })),
    null,
  );
  shown.set(facts, names);
  return names;
}

/** Sorts every known peer into exactly one section; a connected one keeps a line under Discovered. */
export function peerSections(facts: MeshFacts): PeerSections {
  const own = facts.ownPeerId;
  const waiting = new Set(facts.requests.map((request) => request.peer_id));
  const direct = new Set(facts.peers.connected_peers);
  const relayed = new Map<string, string>();
  for (const [peerId, relay] of Object.entries(facts.relay.active_relays)) {
    if (!direct.has(peerId) && direct.has(relay)) relayed.set(peerId, relay);
  }
  for (const link of facts.peers.links ?? []) {
    if (link.via != null && !direct.has(link.peer_id)) relayed.set(link.peer_id, link.via);
  }
  const reachable = [...direct, ...relayed.keys()].filter((peerId) => !waiting.has(peerId) && peerId !== own);
  const discovered = facts.peers.discovered_peers.filter((peer) => peer.peer_id !== own);
  const seen = new Set([...direct, ...relayed.keys(), ...waiting, ...discovered.map((peer) => peer.peer_id)]);
  const rest = [...facts.known, ...facts.introduced].map((peer) => peer.peer_id);
  const known = [...new Set(rest)].filter((peerId) => !seen.has(peerId) && peerId !== own);
  const card = (peerId: string): PeerCard => peerCard(facts, peerId, direct, relayed);
  const alarmed = facts.diagnostics.filter((peer) => peer.alarm != null).map((peer) => peer.peer_id);
  return {
    alarms: alarmed.map(card).sort(byName),
    requests: facts.requests.map((request) => requestCard(facts, request)),
    connected: reachable.map(card).sort(byName),
    discovered: discovered.map((peer) => discoveredCard(facts, peer, direct, waiting)).sort(byName),
    known: known.map(card).sort(byName),
  };
}

function byName(a: { name: string; peerId: string }, b: { name: string; peerId: string }): number {
  return a.name.localeCompare(b.name) || a.peerId.localeCompare(b.peerId);
}

/** Why the last attempt failed; null when a later one did not. */
function lastFailure({
  last_failure: failure,
  endpoint_details: details = [],
}: PeerDiagnostics): string | null {
  if (failure == null) return null;
  const succeeded = Math.max(0, ...details.map((one) => one.last_success_at ?? 0));
  return failure.timestamp > succeeded ? failure.reason : null;
}

function peerCard(
  facts: MeshFacts,
  peerId: string,
  direct: ReadonlySet<string>,
  relayed: ReadonlyMap<string, string>,
): PeerCard {
  const link = facts.peers.links?.find((candidate) => candidate.peer_id === peerId);
  const health = facts.diagnostics.find((peer) => peer.peer_id === peerId);
  const introduced = facts.introduced.find((peer) => peer.peer_id === peerId);
  const known = facts.known.find((peer) => peer.peer_id === peerId);
  const activity = facts.activity.peers[peerId];
  const device = deviceName(facts, peerId);
  const name = peerName(facts, peerId);
  const hearsay = known === undefined || known.key_source === 'introduced';
  const introducer = hearsay ? (introduced?.introduced_by ?? null) : null;
  return {
    peerId,
    name,
    device: device === name ? null : device,
    reach: reachOf(facts, peerId, direct, relayed),
    protection: link?.protection ?? null,
    protectedSince: parseTime(link?.since),
    pinnedSince: health?.pinned === true ? (parseTime(health.pinned_since) ?? 0) : null,
    rttMs: link?.rtt_ms ?? health?.latency_ms ?? null,
    connectedAt: parseTime(activity?.connected_at ?? health?.connected_at),
    lastActivity: parseTime(activity?.last_activity ?? health?.last_activity),
    endpoints: known?.endpoints ?? introduced?.endpoints ?? health?.endpoints ?? [],
    endpointDetails: health?.endpoint_details ?? [],
    introducedBy: introducer === null ? null : peerName(facts, introducer),
    failure: health === undefined ? null : lastFailure(health),
    held: health?.held === true,
    alarm: health?.alarm == null ? null : { reason: health.alarm.reason, at: health.alarm.timestamp * 1000 },
    awaitsAcceptance: link?.accepts_us === false,
    clock: clockWords(health?.clock_skew_s ?? null),
    retryScheduled: health?.reconnect_scheduled === true,
    retryInS: health?.retry_in_s ?? null,
    unsent: health?.unsent ?? 0,
    otherKeysFrom: otherKeysFrom(facts, known),
  };
}

/** A relay used longer than this, in ms, is worth a hint that there may be a shorter way. */
const LONG_RELAYED_MS = 10 * 60_000;

/**
 * What can be done about a relayed peer (C-10): `offered` when it has endpoints to dial, `hinted` when its messages
 * have gone over the relay for more than ten minutes besides.
 * @param now Unix ms
 */
export function wayRound(
  { reach, endpoints, connectedAt }: Pick<PeerCard, 'reach' | 'endpoints' | 'connectedAt'>,
  now: number,
): 'offered' | 'hinted' | null {
  if (reach.kind !== 'via' || endpoints.length === 0) return null;
  return connectedAt !== null && now - connectedAt > LONG_RELAYED_MS ? 'hinted' : 'offered';
}

/** When this node tries again, in words; the times are long, so the minute is enough. */
export function retryWords({
  retryScheduled,
  retryInS,
}: Pick<PeerCard, 'retryScheduled' | 'retryInS'>): string | null {
  if (!retryScheduled) return null;
  if (retryInS === null) return 'this node keeps trying';
  if (retryInS < 60) return 'this node tries again within a minute';
  const minutes = Math.ceil(retryInS / 60);
  return `this node tries again in ${counted(minutes, 'minute', 'minutes')}`;
}

/** What waits for it, in words. */
export function unsentWords(unsent: number): string | null {
  if (unsent === 0) return null;
  return counted(unsent, 'message waits to be sent', 'messages wait to be sent');
}

/** From half a minute on a Python node drops what it is told without a word (06 section 3.4). */
function clockWords(skewSeconds: number | null): string | null {
  if (skewSeconds === null || skewSeconds === 0) return null;
  const seconds = Math.abs(skewSeconds);
  const amount =
    seconds < 120
      ? counted(seconds, 'second', 'seconds')
      : counted(Math.round(seconds / 60), 'minute', 'minutes');
  const side = skewSeconds > 0 ? 'ahead of' : 'behind';
  return `Its clock is ${amount} ${side} this device's. Set both right: what comes from a clock that is too far off is not accepted.`;
}

/** Whoever tried to pass other keys off as a known peer's: in words, for its card. */
function otherKeysFrom(facts: MeshFacts, known: KnownPeer | undefined): string | null {
  const conflict = known?.key_conflicts?.[0];
  if (conflict === undefined) return null;
  if (conflict.introduced_by !== null) return peerName(facts, conflict.introduced_by);
  return conflict.source === 'invite' ? 'an invite code' : 'a connection';
}

function reachOf(
  facts: MeshFacts,
  peerId: string,
  direct: ReadonlySet<string>,
  relayed: ReadonlyMap<string, string>,
): Reach {
  if (direct.has(peerId)) return { kind: 'direct' };
  const relay = relayed.get(peerId);
  if (relay !== undefined) return { kind: 'via', peerId: relay, name: peerName(facts, relay) };
  if (facts.connecting.has(peerId)) return { kind: 'connecting' };
  const broker = facts.brokering.get(peerId);
  return broker === undefined ? { kind: 'offline' } : { kind: 'brokering', name: peerName(facts, broker) };
}

function discoveredCard(
  facts: MeshFacts,
  peer: DiscoveredPeer,
  direct: ReadonlySet<string>,
  waiting: ReadonlySet<string>,
): DiscoveredCard {
  const host = peer.addresses[0] ?? peer.address ?? '';
  const address = host.includes(':') ? `[${host}]:${peer.port}` : `${host}:${peer.port}`;
  const connected = peer.connected || direct.has(peer.peer_id);
  let state: DiscoveredCard['state'] = 'discovered';
  if (facts.connecting.has(peer.peer_id)) state = 'connecting';
  else if (waiting.has(peer.peer_id)) state = 'waiting for acceptance';
  else if (connected) state = 'connected';
  return { peerId: peer.peer_id, name: peerName(facts, peer.peer_id), address, state };
}

function requestCard(facts: MeshFacts, request: PeerRequest): RequestCard {
  return {
    peerId: request.peer_id,
    names: request.names
      .map(cleanName)
      .filter((name) => name !== '')
      .map((name) => (name === ownWord(facts, request.peer_id) ? peerName(facts, request.peer_id) : name)),
    from: request.endpoint,
    introducedBy: request.introduced_by === null ? null : peerName(facts, request.introduced_by),
    firstSeen: parseTime(request.first_seen),
  };
}
