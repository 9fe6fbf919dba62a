/**
 * What the node answers, as far as the page reads it (04 sections 3 and 10a). Fields a build may leave out are
 * optional; the node is ours, so answers are typed here and not checked again. What the node itself declares for the
 * page comes from there.
 */
import type {
  DialAttemptJson,
  ImportJson,
  LinkJson,
  PeerRequestJson,
  PeerSendJson,
} from '../../server/http/types/mesh.ts';
import type {
  ArrivalJson,
  ChannelJson,
  ChannelMemberJson,
  ChannelMessageJson,
  DeliveryDetailsJson,
  DeliveryJson,
  DirectMessageJson,
  PersonJson,
} from '../../server/http/types/messages.ts';

export type { ChannelJson, ChannelMemberJson };
export type Arrival = ArrivalJson;
export type ChannelMessage = ChannelMessageJson;
export type Delivery = DeliveryJson;
export type DeliveryDetails = DeliveryDetailsJson;
export type DialAttempt = DialAttemptJson;
export type DirectMessage = DirectMessageJson;
export type ImportAnswer = ImportJson;
export type P2pSendAnswer = PeerSendJson;
export type PeerLink = LinkJson;
export type PeerRequest = PeerRequestJson;
export type Person = PersonJson & {
  /** By what they can be called in a text, the best first. */
  mention_handles?: readonly string[];
};

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

/** One entry of `GET /api/v1/sessions`. */
export interface SessionInfo {
  id: string;
  /** The one that asks. */
  current: boolean;
  created_at: string | null;
  last_seen_at: string | null;
  /** When it ends if it is not used any more. */
  expires_at: string | null;
  user_agent: string | null;
  address: string | null;
}

/** One entry of `GET /ajax/admin/users`. */
export interface AccountInfo {
  id: string;
  username: string;
  display_name: string;
  account_type: 'human' | 'agent';
  status: 'active' | 'pending_approval' | 'suspended';
  is_owner: boolean;
  created_at: string | null;
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

/** `GET /api/v1/p2p/peers`. */
export interface PeersAnswer {
  discovered_peers: DiscoveredPeer[];
  connected_peers: string[];
  links?: PeerLink[];
  /** What peers said they can do, when they were connected. */
  peer_versions?: Record<string, { capabilities?: string[] }>;
}

/** One entry of `GET /api/v1/p2p/known_peers`. */
export interface KnownPeer {
  peer_id: string;
  display_name: string;
  endpoints: string[];
  connected: boolean;
  /** Where its keys come from; `introduced`: others speak of it, it was never connected here. */
  key_source?: string;
  /** Other keys that were brought for this peer, and refused. */
  key_conflicts?: { key: string; source: string; introduced_by: string | null }[];
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
  /** `CANOPY_RELAY_POLICY` is set, and counts again at the next start. */
  set_by_environment?: boolean;
  /** What this node carried for others since it started; times in Unix seconds. */
  relayed_pairs?: {
    peers: string[];
    names: string[];
    bytes: number;
    messages: number;
    dropped: number;
    since: number;
    last_at: number;
  }[];
  relayed_bytes?: number;
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
  last_failure_at?: number | null;
  last_success_at?: number | null;
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
  /** Only secure connections are accepted of it, and since when in Unix seconds. */
  pinned?: boolean;
  pinned_since?: number | null;
  /** How far its clock is ahead of the node's, in seconds; null when it is right, or nearly. */
  clock_skew_s?: number | null;
  /** What keeps a pinned peer away until somebody decides. */
  alarm?: { reason: 'secure_required' | 'peer_key_changed'; timestamp: number } | null;
  endpoints?: string[];
  endpoint_details?: EndpointDetail[];
  reconnect_scheduled?: boolean;
  /** Somebody here disconnected it. */
  held?: boolean;
  /** Seconds until the next attempt, as the node saw it when it answered. */
  retry_in_s?: number | null;
  /** What waits in the node to go to it. */
  unsent?: number;
  last_failure?: { endpoint: string | null; reason: string; timestamp: number } | null;
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

/** `GET /api/v1/p2p/public_address`: what invites were last made with; empty texts for nothing. */
export interface KeptPublicAddress {
  public_host: string;
  public_port: string;
  external_endpoint: string;
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
