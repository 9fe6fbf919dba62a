/** JSON of posts, comments and polls as the REST API answers them (04 sections 3.0, 4.2 and 4.8). Types only. */
import type { DeliveryJson, IsoTime } from './messages.ts';

/** What a repost or variant refers to (04 section 4.2). */
export interface ReferenceJson {
  kind: 'repost_v1' | 'variant_v1';
  source_type: 'feed_post' | 'channel_message';
  source_id: string;
  available: boolean;
  unavailable_reason: string | null;
  author_id: string | null;
  author_display: string | null;
  created_at: IsoTime | null;
  body_text: string | null;
  body_truncated: boolean;
  preview_text: string | null;
  embed: Record<string, never>;
  href: string;
  has_source_layout: boolean;
  deck_default_ref: null;
  /** Of channel messages. */
  channel_id?: string | null;
  message_type?: string | null;
  /** Of posts. */
  post_type?: string | null;
  visibility?: string | null;
  legacy?: false;
  /** Of variants. */
  relationship_kind?: string;
  relationship_label?: string;
  module_param_delta?: string | null;
}

/** What posts and messages say of what they refer to. */
export interface ReferencesJson {
  is_repost: boolean;
  is_variant: boolean;
  repost_reference?: ReferenceJson;
  variant_reference?: ReferenceJson;
}

export interface FeedPostJson {
  id: string;
  author_id: string;
  content: string;
  /** False while only the ciphertext of another node is here; then `content` is a placeholder. */
  available: boolean;
  post_type: string;
  visibility: string;
  created_at: IsoTime;
  expires_at: IsoTime | null;
  edited_at: IsoTime | null;
  last_activity_at: IsoTime | null;
  metadata: Record<string, unknown> | null;
  permissions: readonly string[] | null;
  likes: number;
  comments: number;
  shares: number;
  source_type: string;
  source_agent_id: string | null;
  source_url: string | null;
  tags: readonly string[];
  username: string;
  display_name: string;
  /** Home of the author; null: this node. */
  origin_peer: string | null;
  /** Reactions by kind; kinds nobody chose are absent. */
  like_counts: Record<string, number>;
  /** Ids of those who reacted, by kind. */
  liked_by: Record<string, readonly string[]>;
  delivery: DeliveryJson | null;
  unconfirmed_via: string | null;
  /** Absent in answers to a create call. */
  is_repost?: boolean;
  is_variant?: boolean;
  repost_reference?: ReferenceJson;
  variant_reference?: ReferenceJson;
}

export interface CommentJson {
  id: string;
  post_id: string;
  user_id: string;
  username: string;
  display_name: string;
  content: string;
  parent_comment_id: string | null;
  created_at: IsoTime;
  expires_at: IsoTime | null;
}

export interface PollJson {
  question: string;
  options: { label: string; count: number; percent: number; index: number }[];
  ends_at: IsoTime;
  status_label: string;
  is_closed: boolean;
  total_votes: number;
  /** Index of the caller's option. */
  user_vote: number | null;
}
