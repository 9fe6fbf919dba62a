/**
 * What the mesh shows to the rooms around it: options, inbound messages, results, and the records that the REST
 * API hands on (04 sections 3.0 and 6.1; those have the JSON names of that document).
 */
import type { CryptoBackend } from '../crypto/backend.ts';
import type { KnownPeers } from '../identity/known-peers.ts';
import type { NodeIdentity } from '../identity/node-identity.ts';
import type { Ports } from '../ports/types.ts';
import type { EventBus } from '../telemetry/bus.ts';
import type { Log } from '../telemetry/log.ts';
import type { Envelope } from '../wire/envelope.ts';
import type { PeerId } from '../wire/ids.ts';
import type { FrameBackground } from './large/answering.ts';
import type { AlarmReason } from './secure/alarm-reasons.ts';
import type { PinObjection, PinStore } from './secure/pins.ts';
import type { AckStatus } from './secure/types.ts';

/** `off`, `broker_only` or `full_relay` (02 section 4). */
export type RelayPolicy = 'off' | 'broker_only' | 'full_relay';

/** Parts the mesh works with. */
export interface MeshComponents {
  ports: Ports;
  crypto: CryptoBackend;
  identity: NodeIdentity;
  knownPeers: KnownPeers;
  bus: EventBus;
  log: Log;
  admission: Admission;
  /** Peers that connect securely and with which key. */
  pins: PinStore;
  /** Reads large frames beside the event loop; without it they are read on it. */
  background?: FrameBackground;
}

/** How the mesh runs. */
export interface MeshOptions {
  /** Address to listen on; absent: all interfaces, IPv6 and IPv4. */
  host?: string;
  /** Port to listen on; 0 takes a free one. */
  port: number;
  /** Version shown to peers. */
  canopyVersion: string;
  /** Capabilities offered in the handshake and on the LAN (01 section 5.5). */
  capabilities: readonly string[];
  /** Whether loopback endpoints are kept, dialled again and announced (several nodes on one machine). */
  allowLoopback: boolean;
  /** Refuse peers with another protocol version (01 section 5.4, check 8). */
  rejectProtocolMismatch: boolean;
  /** Accept relayed messages whose signature cannot be checked (01 section 7.5, step 3). */
  allowUnverifiedRelay: boolean;
  /** Hosts to announce in place of the addresses found; `null` announces those found. */
  advertise: readonly string[] | null;
  /** Whether to announce and look for nodes on the LAN. */
  discovery: boolean;
  relayPolicy: RelayPolicy;
  /** `CANOPY_RELAY_PAIR_BYTES_PER_S`: what one pair may send through this node; 2 MiB/s by default. */
  relayPairBytesPerSecond?: number;
  /** Bytes stored of one peer per day, in place of the usual limit. */
  storedBytesPerPeer?: number;
}

/** What was carried between two others since the start. Times are Unix seconds. */
export interface RelayedPair {
  peers: PeerId[];
  bytes: number;
  messages: number;
  /** Messages that came faster than the pair may send. */
  dropped: number;
  since: number;
  last_at: number;
}

/** Ways to peers that are no neighbours, and what is carried for others (04 section 3.3). */
export interface Routing {
  /** Peer to next hop. */
  routing_table: Record<string, PeerId>;
  /** Of these, peers whose next hop carries content, too. */
  active_relays: Record<string, PeerId>;
  relayed_pairs: RelayedPair[];
  relayed_bytes: number;
}

/** What is known of a peer that asks to be connected. */
export interface AdmissionInfo {
  outbound: boolean;
  /** Address (`host:port`) or endpoint of the connection, for display. */
  endpoint: string | null;
  ed25519PublicKey: Uint8Array;
  x25519PublicKey: Uint8Array;
}

/** Decides which peers may be connected at all; what their content may do is decided elsewhere. */
export interface Admission {
  /** `false` refuses the connection (a blocked peer). Must not throw. */
  accepts(peer: PeerId, info: AdmissionInfo): boolean;
  /** Whether a person here accepted the peer; the others share few inbound places. Must not throw. */
  isFamiliar(peer: PeerId): boolean;
}

/** An envelope that was verified, is new, and is meant for this node. */
export interface InboundMessage {
  envelope: Envelope;
  /** The author, who signed it. */
  from: PeerId;
  /** The neighbour that handed it to us. */
  via: PeerId;
  /** `payload.content`, `''` when absent. */
  content: string;
  /** `payload.metadata` as plain values, `{}` when absent. Untrusted: parse with the schema of the type. */
  metadata: Record<string, unknown>;
  /** The whole payload as plain values, decrypted. */
  payload: unknown;
  /** Unix ms. */
  receivedAt: number;
  /** `to_peer` named this node; otherwise it was a flood. */
  targeted: boolean;
  /** `false` only for relayed messages let through by `allowUnverifiedRelay`. */
  verified: boolean;
}

/**
 * Handles messages of one type. Errors are logged; a promise holds back the author's next message, unless both types
 * overlap (`Mesh.handle`). The promise ends when what the message brought is on disk; what it answers goes to a sender
 * that asked (06 section 3.2), `stored` when it answers nothing.
 */
export type MessageHandler = (message: InboundMessage) => void | AckStatus | Promise<void | AckStatus>;

/** The payload of a message: signed as it is. */
export interface OutboundPayload {
  content: string;
  metadata: object;
}

/** How a targeted send ended: written to the target, written to a relay, kept until the target comes, or not at all. */
export type SendResult = 'sent' | 'relayed' | 'queued' | 'failed';

/** What a link protects (06 section 5). */
export type Protection = 'secure' | 'tls' | 'signed';

/** A session as others see it. Times are Unix ms. */
export interface PeerInfo {
  peerId: PeerId;
  capabilities: readonly string[];
  canopyVersion: string;
  protocolVersion: number;
  /** The constant `version` of the handshake. */
  version: string;
  connectedAt: number;
  /** Last application message in either direction, `connectedAt` when there was none. */
  lastActivity: number;
  lastInbound: number | null;
  lastOutbound: number | null;
  /** Last measured round trip. */
  rttMs: number | null;
  /** The endpoint we dialled; `null` for a connection the peer opened. */
  endpoint: string | null;
  remoteAddress: string;
  outbound: boolean;
  /** What the link protects: `secure` end to end, `tls` up to whoever ends it, `signed` nothing but authorship. */
  protection: Protection;
  /** The relaying neighbour, `null` for a direct link. */
  via: PeerId | null;
  /** The peer's clock minus ours at the handshake, ms; `null` when its timestamp was no number. */
  clockSkewMs: number | null;
}

/** One failed way to reach a peer. `reason` is a stable word (01 section 5.4), `detail` a sentence. */
export interface DialAttempt {
  endpoint: string;
  reason: string;
  detail: string;
}

/** How a connect ended. */
export type ConnectResult =
  { ok: true; endpoint: string | null; already: boolean } | { ok: false; attempts: DialAttempt[] };

/** PeerVersion of 04 section 3.0. */
export interface PeerVersion {
  canopy_version: string | null;
  protocol_version: number | null;
  compatible_protocol: boolean;
  version: string;
  capabilities: string[];
}

/** DiscoveredPeer of 04 section 3.0. */
export interface DiscoveredPeer {
  peer_id: PeerId;
  address: string;
  addresses: string[];
  port: number;
  /** Unix seconds. */
  discovered_at: number;
  connected: boolean;
}

/** A peer known through an announcement (02 section 2.9, 04 section 3.3). */
export interface IntroducedPeer {
  peer_id: PeerId;
  display_name: string;
  endpoints: string[];
  ed25519_public_key: string;
  x25519_public_key: string;
  capabilities: string[];
  device_profile: Record<string, unknown> | null;
  introduced_by: PeerId;
  introduced_via: PeerId[];
}

/** One record of an announcement, already parsed by its schema; keys are Base58. */
export interface IntroductionRecord {
  peerId: string;
  displayName?: string;
  endpoints?: readonly string[];
  ed25519PublicKey?: string;
  x25519PublicKey?: string;
  capabilities?: readonly string[];
  deviceProfile?: Record<string, unknown> | null;
}

/** ActivityEvent of 04 section 3.0. */
export interface ActivityEvent {
  id: string;
  peer_id: string;
  kind: string;
  /** Unix seconds. */
  timestamp: number;
  status?: string;
  detail?: string;
  endpoint?: string | null;
  via_peer?: string | null;
  preview?: string;
  ref?: Record<string, unknown>;
}

/** Health of one endpoint of one peer (02 section 5.8). Times are Unix seconds. */
export interface EndpointHealth {
  endpoint: string;
  sources: string[];
  currently_connected: boolean;
  attempt_count: number;
  success_count: number;
  consecutive_failures: number;
  last_attempt_at: number | null;
  last_success_at: number | null;
  last_failure_at: number | null;
  last_failure_reason: string | null;
  last_failure_detail: string | null;
  last_status: 'connected' | 'failed' | null;
}

/** A failure remembered for diagnostics. */
export interface RecentFailure {
  peer_id: string;
  endpoint: string | null;
  reason: string;
  detail: string;
  /** Unix seconds. */
  timestamp: number;
}

/** One peer in the connection diagnostics of 04 section 6.1 (names of people are added by the caller). */
export interface PeerDiagnostics {
  peer_id: PeerId;
  display_name: string;
  connection_type: 'direct' | 'relayed' | 'known';
  relay_via: PeerId | null;
  latency_ms: number | null;
  /** Unix seconds. */
  connected_at: number | null;
  last_activity: number | null;
  /** What the link protects, `null` without one; and whether nothing less is accepted (06 sections 1.4 and 5). */
  protection: Protection | null;
  pinned: boolean;
  /** Since when, in Unix seconds. */
  pinned_since: number | null;
  /** What keeps a pinned peer away until a person says so, and when it last came like that (06 section 1.4). */
  alarm: { reason: PinObjection; timestamp: number } | null;
  /** Security events since the start, by reason (06 section 1.3). */
  security_events: Partial<Record<AlarmReason, number>>;
  /** The peer's clock minus ours when it is far off: from 30 s on a Python peer drops messages silently. */
  clock_skew_s: number | null;
  endpoints: string[];
  endpoint_details: EndpointHealth[];
  discovered: boolean;
  reconnect_scheduled: boolean;
  /** A person here disconnected it: it stays away until one connects again or the node restarts. */
  held: boolean;
  last_failure: Omit<RecentFailure, 'peer_id'> | null;
}

/** What {@link Mesh.diagnostics} answers: the two records of 04 section 6.1. */
export interface MeshDiagnostics {
  peers: PeerDiagnostics[];
  recent_failures: RecentFailure[];
  local: { mesh_port: number; endpoints: string[]; relay_policy: RelayPolicy };
  timestamp: number;
  connected_peers: PeerId[];
  authenticated_count: number;
  pending_connection_count: number;
  connection_state_counts: Record<string, number>;
  pending_handshake_candidates: string[];
  known_peers_count: number;
  /** Attempts to put other keys in the place of known ones (01 S15); all of them were refused. */
  key_conflicts: {
    peer_id: PeerId;
    key: 'ed25519' | 'x25519';
    source: string;
    introduced_by: PeerId | null;
  }[];
  pending_messages: { total: number; by_peer: Record<string, number> };
  reconnect_tasks: { count: number; by_peer: Record<string, { attempt: number; due_in_s: number }> };
  recent_peer_state_transitions: { peer_id: string; state: string; timestamp: number }[];
  /** Counters since start, by stable name: received and dropped envelopes, and why. */
  counters: Record<string, number>;
}

/** What forgetting a peer removed (04 section 3.5, POST /p2p/forget). */
export interface ForgetCounts {
  removed_known_peer: boolean;
  disconnected: boolean;
  introduced_removed: number;
  routes_removed: number;
  relay_entries_removed: number;
  reconnect_tasks_cancelled: number;
  discovered_removed: number;
}
