/**
 * The mesh as the page knows it (05 sections 10.1 N-4 and 10.4): read from the node, read again when the event stream
 * says that something moved, and the actions on peers.
 */
import { computed, signal } from '@preact/signals';
import { ApiError } from '../api/client.ts';
import type {
  ActivityAnswer,
  DiagnosticsAnswer,
  EndpointDetail,
  ImportAnswer,
  IntroducedPeer,
  InviteAnswer,
  KeptPublicAddress,
  KnownPeer,
  NetworkStatus,
  PeerRequest,
  PeersAnswer,
  RelayStatus,
} from '../api/types.ts';
import { coalesced } from './coalesce.ts';
import type { DeliveryPeers } from './delivery.ts';
import { peopleByPeer } from './people.ts';
import { isReached, peerName as nameOf, peerSections, type MeshFacts, type Reach } from './peers.ts';
import { api, isOwner } from './session.ts';

export const status = signal<NetworkStatus | null>(null);
export const peers = signal<PeersAnswer>({ discovered_peers: [], connected_peers: [] });
export const requests = signal<readonly PeerRequest[]>([]);
const knownPeers = signal<readonly KnownPeer[]>([]);
const introducedPeers = signal<readonly IntroducedPeer[]>([]);
export const relay = signal<RelayStatus>({ relay_policy: '', active_relays: {}, routing_table: {} });
export const activity = signal<ActivityAnswer>({ events: [], peers: {} });
export const diagnostics = signal<DiagnosticsAnswer | null>(null);
/** Peers whose connecting was asked for on this page and has no answer yet. */
const connecting = signal<ReadonlySet<string>>(new Set());
/** Peers somebody here was asked to introduce, and whom; nothing has come of it yet. */
export const brokering = signal<ReadonlyMap<string, string>>(new Map());
/** True once the lists were read. */
export const meshLoaded = signal(false);

const facts = computed<MeshFacts>(() => ({
  ownPeerId: status.value?.peer_id ?? null,
  peers: peers.value,
  known: knownPeers.value,
  introduced: introducedPeers.value,
  relay: relay.value,
  requests: requests.value,
  activity: activity.value,
  diagnostics: diagnostics.value?.peers ?? [],
  connecting: connecting.value,
  brokering: brokering.value,
  people: peopleByPeer.value,
}));
/** The sections of Connect. */
export const sections = computed(() => peerSections(facts.value));
export const knownIds = computed(() => new Set(knownPeers.value.map((peer) => peer.peer_id)));
export const connectedIds = computed(() => new Set(peers.value.connected_peers));
/** Peers that are reached now and accepted, directly or by a relay. */
export const reachableCount = computed(() => sections.value.connected.length);

/** What to call a peer. */
export function peerName(peerId: string): string {
  return nameOf(facts.value, peerId);
}

/** How a peer is reached now. */
export function reachOf(peerId: string): Reach {
  const { connected, known } = sections.value;
  return [...connected, ...known].find((card) => card.peerId === peerId)?.reach ?? { kind: 'offline' };
}

/** Whether a peer is connected, directly or through others. */
export function isPeerReached(peerId: string): boolean {
  return isReached(reachOf(peerId));
}

/** What the words about deliveries ask of the mesh. */
export const DELIVERY_PEERS: DeliveryPeers = { nameOf: peerName, isReached: isPeerReached };

async function readAll(): Promise<void> {
  const read = <T>(path: string): Promise<T> => api.get<T>(`/api/v1/p2p/${path}`);
  const [s, p, k, i, r, a, q, d] = await Promise.allSettled([
    read<NetworkStatus>('status'),
    read<PeersAnswer>('peers'),
    read<{ known_peers: KnownPeer[] }>('known_peers'),
    read<{ introduced_peers: IntroducedPeer[] }>('introduced'),
    read<RelayStatus>('relay_status'),
    read<ActivityAnswer>('activity?limit=100'),
    read<{ requests: PeerRequest[] }>('requests'),
    read<DiagnosticsAnswer>('diagnostics'),
  ]);
  // A list the node would not give (mesh off, not the owner) keeps its last state.
  if (s.status === 'fulfilled') status.value = s.value;
  if (p.status === 'fulfilled') peers.value = p.value;
  if (k.status === 'fulfilled') knownPeers.value = k.value.known_peers;
  if (i.status === 'fulfilled') introducedPeers.value = i.value.introduced_peers;
  if (r.status === 'fulfilled') relay.value = r.value;
  if (a.status === 'fulfilled') activity.value = a.value;
  if (q.status === 'fulfilled') requests.value = q.value.requests;
  if (d.status === 'fulfilled') diagnostics.value = d.value;
  meshLoaded.value = true;
}

/** Reads everything about peers again; calls in between are joined. */
export const loadMesh = coalesced(readAll);

/** Reads how dials went; asked for while one is under way. */
export const loadDiagnostics = coalesced(async () => {
  diagnostics.value = await api.get<DiagnosticsAnswer>('/api/v1/p2p/diagnostics');
});

/** What is known of the addresses of a peer. */
export function endpointHealth(peerId: string): readonly EndpointDetail[] {
  return diagnostics.value?.peers.find((peer) => peer.peer_id === peerId)?.endpoint_details ?? [];
}

/** Reads what happened lately; said often, so nothing else is read for it. */
export const loadActivity = coalesced(async () => {
  activity.value = await api.get<ActivityAnswer>('/api/v1/p2p/activity?limit=100');
});

/** Runs `work` while the peer shows as connecting; the lists follow, whatever comes out. */
async function whileConnecting<T>(peerId: string, work: () => Promise<T>): Promise<T> {
  connecting.value = new Set([...connecting.value, peerId]);
  try {
    return await work();
  } finally {
    connecting.value = new Set([...connecting.value].filter((other) => other !== peerId));
    void loadMesh();
  }
}

/** The score of consent (00, trust). */
const CONSENT_SCORE = 90;
/** A dial of several endpoints takes up to 10 s each. */
const DIAL_TIMEOUT_MS = 60_000;
/** Four contacts are asked one after the other, 12 s each; then the other side still dials. */
const BROKERING_MS = 70_000;

/** What the actions on peers answer. */
interface ActionAnswer {
  status?: string;
  message?: string;
  /** Who was asked to introduce, with `status: "brokering"`. */
  via_peer?: string;
}

/** Own invite; `query` comes from the Public IP field. */
export function readInviteCode(query: string): Promise<InviteAnswer> {
  return api.get<InviteAnswer>(`/api/v1/p2p/invite${query === '' ? '' : `?${query}`}`);
}

/** The public address the node was last given (C-2). */
export function readKeptAddress(): Promise<KeptPublicAddress> {
  return api.get<KeptPublicAddress>('/api/v1/p2p/public_address');
}

/** Has the node remember an address. @param query as for {@link readInviteCode}; empty for none */
export function keepPublicAddress(query: string): Promise<KeptPublicAddress> {
  const asked = Object.fromEntries(new URLSearchParams(query));
  return api.call<KeptPublicAddress>('PUT', '/api/v1/p2p/public_address', asked);
}

/** Imports a code and dials its endpoints. */
export function importInvite(code: string, peerId: string, signal: AbortSignal): Promise<ImportAnswer> {
  const body = { invite_code: code };
  return whileConnecting(peerId, () =>
    api.post<ImportAnswer>('/api/v1/p2p/invite/import', body, { signal, timeoutMs: DIAL_TIMEOUT_MS }),
  );
}

/** Answers a waiting request. */
export async function decideRequest(peerId: string, action: 'accept' | 'ignore' | 'block'): Promise<void> {
  await api.post(`/api/v1/p2p/requests/${encodeURIComponent(peerId)}`, { action });
  requests.value = requests.value.filter((request) => request.peer_id !== peerId);
  void loadMesh();
}

/**
 * Connects a peer that was discovered, introduced or is known. Asking for it is consent to that peer (00, trust), as
 * importing its invite would be; consent is the owner's, others only dial.
 */
export async function connectPeer(peerId: string): Promise<void> {
  if (requests.value.some((request) => request.peer_id === peerId)) return decideRequest(peerId, 'accept');
  const known = knownPeers.value.some((peer) => peer.peer_id === peerId && peer.key_source !== 'introduced');
  const introduced = introducedPeers.value.some((peer) => peer.peer_id === peerId);
  await whileConnecting(peerId, async () => {
    if (isOwner.value && !known) {
      await api.call('PUT', `/api/v1/trust/${encodeURIComponent(peerId)}`, {
        score: CONSENT_SCORE,
        reason: 'accepted',
      });
    }
    const answer = await act(introduced && !known ? 'connect_introduced' : 'reconnect', { peer_id: peerId });
    if (answer.status === 'brokering') noteBrokering(peerId, answer.via_peer ?? '');
  });
}

/** Shows a brokering until the peer is reached, at most as long as something can still come of it. */
function noteBrokering(peerId: string, via: string): void {
  brokering.value = new Map(brokering.value).set(peerId, via);
  window.setTimeout(() => {
    brokering.value = new Map([...brokering.value].filter(([other]) => other !== peerId));
  }, BROKERING_MS);
}

export async function disconnectPeer(peerId: string): Promise<void> {
  await act('disconnect', { peer_id: peerId });
  void loadMesh();
}

export async function forgetPeer(peerId: string): Promise<void> {
  await act('forget', { peer_id: peerId });
  void loadMesh();
}

/** Leaves the relay for a direct connection. */
export async function goDirect(peerId: string): Promise<void> {
  await whileConnecting(peerId, async () => {
    await act('promote_direct', { peer_id: peerId });
  });
}

export async function reconnectAll(): Promise<void> {
  await act('reconnect_all', {});
  void loadMesh();
}

async function act(route: string, body: object): Promise<ActionAnswer> {
  const answer = await api.post<ActionAnswer>(`/api/v1/p2p/${route}`, body, { timeoutMs: DIAL_TIMEOUT_MS });
  if (answer.status === 'failed')
    throw new ApiError(502, 'failed', answer.message ?? 'The peer did not answer.');
  return answer;
}
