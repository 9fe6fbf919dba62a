/**
 * What the node answers, as far as the page reads it (04 sections 3 and 10a). Fields a build may leave out are
 * optional; the node is ours, so answers are typed here and not checked again.
 */

/** The signed-in person. */
export interface SessionUser {
  id: string;
  username: string;
  display_name: string;
  is_owner: boolean;
}

/** `GET /api/v1/session`. */
export interface SessionAnswer {
  authenticated: boolean;
  has_users: boolean;
  user: SessionUser | null;
  csrf_token: string;
}

/** Delivery of an own message (06 section 3.3). */
export interface Delivery {
  state: 'queued' | 'sent' | 'partial' | 'delivered' | 'read' | 'failed';
  of?: number;
  delivered?: number;
  failed?: number;
  reason?: string | null;
}

/** A message in a channel (04 section 3.0). */
export interface ChannelMessage {
  id: string;
  channel_id: string;
  user_id: string;
  content: string;
  created_at: string;
  edited_at?: string | null;
  origin_peer?: string | null;
  display_name?: string | null;
  username?: string | null;
  delivery?: Delivery | null;
}

/** What the sender's node knows about the protection of a direct message (04 section 3.0, DmSecurity). */
export interface DmSecurity {
  mode?: string;
  state?: string;
  label?: string;
  e2e?: boolean;
  local_only?: boolean;
}

/** A direct message, a group message, or a broadcast (`recipient_id` null). */
export interface DirectMessage {
  id: string;
  sender_id: string;
  recipient_id: string | null;
  content: string;
  created_at: string;
  read_at?: string | null;
  edited_at?: string | null;
  metadata?: (Record<string, unknown> & { security?: DmSecurity; group_members?: string[] }) | null;
  delivery?: Delivery | null;
  sender_display_name?: string | null;
}

/** One person or agent known to this node (`GET /api/v1/agents?include_humans=1`). */
export interface Person {
  user_id: string;
  username: string;
  display_name: string | null;
  account_type: string;
  origin_peer: string | null;
  is_remote: boolean;
}

/** A peer seen on the LAN. */
export interface DiscoveredPeer {
  peer_id: string;
  address?: string;
  addresses: string[];
  port: number;
  discovered_at?: number;
  connected: boolean;
  display_name?: string | null;
}

/** How the connection to a reachable peer is protected (06 section 5). */
export interface PeerLink {
  peer_id: string;
  protection: 'secure' | 'tls' | 'signed';
  via?: string | null;
  since?: number | null;
  rtt_ms?: number | null;
}

/** `GET /api/v1/p2p/peers`. */
export interface PeersAnswer {
  discovered_peers: DiscoveredPeer[];
  connected_peers: string[];
  links?: PeerLink[];
}

/** One entry of `GET /api/v1/p2p/known_peers`. */
export interface KnownPeer {
  peer_id: string;
  display_name: string;
  endpoints: string[];
  connected: boolean;
}

/** One entry of `GET /api/v1/p2p/introduced`. */
export interface IntroducedPeer {
  peer_id: string;
  display_name: string;
  endpoints: string[];
  introduced_by: string | null;
  device_profile?: { display_name?: string } | null;
}

/** `GET /api/v1/p2p/relay_status`. */
export interface RelayStatus {
  relay_policy: string;
  active_relays: Record<string, string>;
  routing_table: Record<string, string>;
}

/** One waiting connection request (00, trust). Names are as claimed. */
export interface PeerRequest {
  peer_id: string;
  names?: string[] | Record<string, string | null | undefined>;
  endpoint?: string | null;
  introduced_by?: string | null;
  first_seen?: string | number | null;
  protection?: string | null;
}

/** One row of the connection activity list (04 section 3.0). */
export interface ActivityEvent {
  id: string;
  peer_id: string;
  kind: string;
  timestamp: number;
  status?: string;
  detail?: string;
  endpoint?: string | null;
  preview?: string;
}

/** `GET /api/v1/p2p/activity`. */
export interface ActivityAnswer {
  events: ActivityEvent[];
  peers: Record<string, { connected_at?: number | null; last_activity?: number | null }>;
}

/** Health of one endpoint (04 section 6.1). */
export interface EndpointDetail {
  endpoint: string;
  currently_connected?: boolean;
  last_failure_reason?: string | null;
  last_status?: string | null;
  attempt_count?: number;
}

/** One peer of `GET /api/v1/p2p/diagnostics`. */
export interface PeerDiagnostics {
  peer_id: string;
  display_name?: string;
  connection_type?: 'direct' | 'relayed' | 'known';
  relay_via?: string | null;
  relay_via_name?: string | null;
  latency_ms?: number | null;
  connected_at?: number | null;
  last_activity?: number | null;
  endpoints?: string[];
  endpoint_details?: EndpointDetail[];
  reconnect_scheduled?: boolean;
}

/** `GET /api/v1/p2p/diagnostics`. */
export interface DiagnosticsAnswer {
  peers: PeerDiagnostics[];
  recent_failures: { peer_id: string; endpoint: string; reason: string; timestamp: number }[];
  local: { mesh_port: number; endpoints: string[]; relay_policy: string };
}

/** `GET /api/v1/p2p/status`. */
export interface NetworkStatus {
  running: boolean;
  peer_id: string | null;
  canopy_version?: string;
  connected_peers: number;
  discovered_peers: number;
  relay_policy: string;
}

/** `GET /api/v1/p2p/invite`. */
export interface InviteAnswer {
  invite_code: string;
  peer_id: string;
  endpoints: string[];
}

/** One dialled endpoint that did not answer as it should. */
export interface DialAttempt {
  endpoint: string;
  reason: string;
  detail?: string;
}

/** `POST /api/v1/p2p/invite/import`. */
export interface ImportAnswer {
  peer_id: string;
  endpoints: string[];
  status: 'connected' | 'imported_not_connected';
  connected_endpoint?: string;
  already_connected?: boolean;
  message?: string;
  attempts?: DialAttempt[];
}

/** An API key as listed; the key itself is never returned again. */
export interface ApiKeyInfo {
  id: string;
  permissions: string[];
  created_at: string | null;
  expires_at: string | null;
  revoked: boolean;
  name?: string | null;
  last_used_at?: string | null;
}

/** `POST /api/v1/p2p/send`. */
export interface P2pSendAnswer {
  success: boolean;
  message?: string;
  reason?: string;
  id?: string;
  delivered_to?: string[];
  queued_for?: string[];
  cannot_show?: string[];
}

/** One numbered row of the journal (04 section 7.1). */
export interface JournalItem {
  seq: number;
  event_type: string;
  actor_user_id?: string | null;
  channel_id?: string | null;
  message_id?: string | null;
  payload?: Record<string, unknown> | null;
}
