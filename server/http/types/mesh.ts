/**
 * JSON of the mesh routes as the REST API answers them (04 sections 3.3 to 3.6, 6.1 and 06 section 5). Shared with the
 * page: types only. Times are Unix seconds unless said otherwise.
 */
import type { IsoTime } from './messages.ts';

/** What a link to a peer protects (06 section 5). */
export type Protection = 'secure' | 'tls' | 'signed';

export interface LinkJson {
  peer_id: string;
  protection: Protection;
  /** The relaying peer, null for a direct link. */
  via: string | null;
  pinned: boolean;
  since: number | null;
  rtt_ms: number | null;
  /** Whether the peer has accepted this node; null while that is not known. */
  accepts_us: boolean | null;
}

/** `GET /p2p/requests`. */
export interface PeerRequestJson {
  peer_id: string;
  state: 'waiting' | 'ignored' | 'blocked' | 'accepted';
  names: string[];
  endpoint: string | null;
  introduced_by: string | null;
  first_seen: IsoTime;
  protection: Protection | null;
  /** Messages held back until the peer is accepted. */
  waiting: number;
}

/** One endpoint that did not answer as it should. */
export interface DialAttemptJson {
  endpoint: string;
  reason: string;
  detail: string;
}

/** `POST /p2p/invite/import`. */
export interface ImportJson {
  peer_id: string;
  endpoints: string[];
  status: 'connected' | 'imported_not_connected';
  connected_endpoint?: string;
  already_connected?: boolean;
  message?: string;
  attempts?: DialAttemptJson[];
}

/** `POST /p2p/send`. */
export interface PeerSendJson {
  success: boolean;
  broadcast?: true;
  peer_id?: string;
  message: string;
  delivered_to: string[];
  queued_for: string[];
  cannot_show: string[];
  queued?: true;
  reason?: string;
  /** With `reason: "recipient_needed"`: the people known on that peer. */
  known_people?: { user_id: string; display_name: string; username: string }[];
}
