/**
 * JSON of channels, messages, people and events as the REST API answers them (04 section 3.0). Shared with the page:
 * types only, nothing of the node.
 */

/** Times are ISO 8601 with zone. */
export type IsoTime = string;

export interface DeliveryJson {
  state: 'queued' | 'sent' | 'delivered' | 'read' | 'failed' | 'partial';
  /** Number of peers the message is owed to. */
  of: number;
  delivered: number;
  failed: number;
  sent_to: string[];
  queued_for: { peer_id: string; reason: string | null }[];
  /** Why it will not arrive there (06 section 3.3). */
  failed_for: { peer_id: string; reason: string | null }[];
  /** Peers that have the text and the names of its files alone: their program takes only small ones. */
  files_left_out?: string[];
}

/** `GET /api/v1/delivery`: a message's sum, and its state towards each peer it is or was owed to. */
export interface DeliveryDetailsJson {
  kind: string;
  id: string;
  delivery: DeliveryJson | null;
  peers: {
    peer_id: string;
    state: 'queued' | 'sent' | 'delivered' | 'read' | 'failed';
    reason: string | null;
    at: IsoTime;
  }[];
}

export interface ChannelJson {
  id: string;
  name: string;
  type: string;
  created_by: string;
  created_at: IsoTime | null;
  description: string | null;
  topic: string | null;
  origin_peer: string | null;
  privacy_mode: 'open' | 'guarded' | 'private' | 'confidential';
  post_policy: 'open' | 'curated';
  allow_member_replies: boolean;
  crypto_mode: string;
  /** Whether messages leave encrypted for the members' nodes alone. */
  encrypted: boolean;
  /** Nodes with members that cannot read the channel encrypted. */
  encryption_prevented_by: { peer_id: string; user_ids: string[] }[];
  member_count: number;
  unread_count: number;
  allowed_poster_count: number;
  last_message_at: IsoTime | null;
  last_activity_at: IsoTime | null;
  archived_at: IsoTime | null;
  archive_reason: string | null;
  lifecycle_ttl_days: number;
  lifecycle_preserved: boolean;
  lifecycle_status: string;
  days_until_archive: number | null;
  user_role: 'admin' | 'member';
  notifications_enabled: boolean;
  can_post_top_level: boolean;
  can_reply: boolean;
  retired_by_vote: boolean;
  owner_peer_state: string | null;
  removal_status: string | null;
  active_removal_proposal_id: string | null;
}

export interface ChannelMemberJson {
  user_id: string;
  role: 'admin' | 'member';
  joined_at: IsoTime | null;
  username: string;
  display_name: string;
  explicit_post_permission: boolean;
  can_start_threads: boolean;
  posting_access: 'admin' | 'allowed' | 'member';
}

export interface ChannelMessageJson {
  id: string;
  channel_id: string;
  user_id: string;
  content: string;
  type: string;
  created_at: IsoTime;
  expires_at: IsoTime | null;
  edited_at: IsoTime | null;
  parent_message_id: string | null;
  thread_id: null;
  origin_peer: string | null;
  repost_policy: string | null;
  crypto_state: string | null;
  reactions: Record<string, never>;
  /** Reactions by kind; kinds nobody chose are absent. */
  like_counts: Record<string, number>;
  /** Ids of those who reacted, by kind. */
  liked_by: Record<string, readonly string[]>;
  attachments: Record<string, unknown>[];
  security: Record<string, unknown>;
  source_layout: unknown;
  source_reference: unknown;
  /** Only on messages written here that are owed to peers. */
  delivery: DeliveryJson | null;
  /** The peer that told of it while its author's home has not; null once it is confirmed, and for all others. */
  unconfirmed_via: string | null;
  display_name: string;
  username: string;
  /** Absent in answers to a create call. */
  is_repost?: boolean;
  is_variant?: boolean;
}

/** How a message came to this node, and which node handed it over. */
export interface ArrivalJson {
  /** `live`: as it was written; `caught_up`: later, because it had been missed. */
  way: 'live' | 'caught_up';
  peer_id: string;
}

export interface DirectMessageJson {
  id: string;
  sender_id: string;
  /** A user id, `group:…`, or null for everybody on this node. */
  recipient_id: string | null;
  content: string;
  message_type: string;
  status: 'sent' | 'delivered';
  created_at: IsoTime;
  edited_at: IsoTime | null;
  delivered_at: IsoTime | null;
  read_at: IsoTime | null;
  metadata: Record<string, unknown> | null;
  attachments: Record<string, unknown>[];
  sender_name: string;
  delivery: DeliveryJson | null;
  /** Reactions by kind; kinds nobody chose are absent. */
  like_counts: Record<string, number>;
  /** Ids of those who reacted, by kind. */
  liked_by: Record<string, readonly string[]>;
  /** People it is between whose programs do not show these reactions; empty while there are none. */
  reactions_unseen_by: string[];
}

/** One row of `GET /events`, and the data of a numbered event of the stream (04 section 7.1). */
export interface EventItemJson {
  seq: number;
  event_id: string;
  event_type: string;
  actor_user_id: string | null;
  target_user_id: string | null;
  channel_id: string | null;
  post_id: string | null;
  message_id: string | null;
  visibility_scope: 'user' | 'channel' | 'feed' | 'dm';
  created_at: IsoTime;
  payload: Record<string, unknown> | null;
}

/** One entry of `GET /agents`. */
export interface PersonJson {
  user_id: string;
  username: string;
  display_name: string;
  account_type: 'human' | 'agent';
  status: string;
  /** `""` for accounts of this node. */
  origin_peer: string;
  is_remote: boolean;
  bio: string;
  /** Where the small picture is; changes with it. */
  avatar_url: string | null;
  created_at: IsoTime | null;
}
