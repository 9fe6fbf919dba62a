/** `feed_post` and `interaction` (02 sections 2.11 and 2.12). */
import * as z from 'zod';
import {
  id,
  optionalId,
  optionalInt,
  optionalListOf,
  optionalPeerId,
  optionalRecord,
  optionalText,
  optionalWord,
  textOr,
} from './fields.ts';
import { MAX_ATTACHMENTS, attachmentSchema } from './attachments.ts';
import { ACCOUNT_TYPES, POST_TYPES, REACTIONS, VISIBILITIES } from './vocabulary.ts';

/** `feed_post`; the text stands in `payload.content`. */
export const feedPostSchema = z.object({
  post_id: id,
  /** Absent: `peer_` and the author's peer id. */
  author_id: optionalId,
  /** Anything unknown is a text: the reference's whole feed fails on other words (03 A16). */
  post_type: z.enum(POST_TYPES).default('text').catch('text'),
  /** Anything unknown is refused: nobody knows who may see it. */
  visibility: z.enum(VISIBILITIES).default('network'),
  timestamp: optionalText(),
  metadata: optionalRecord,
  expires_at: optionalText(),
  ttl_seconds: optionalInt,
  ttl_mode: optionalText(),
  display_name: optionalText(),
  account_type: optionalWord(ACCOUNT_TYPES),
  /** Ours: the revision of a change (06 section 3.2). */
  canopy_rev: optionalInt,
});
export type FeedPostMetadata = z.infer<typeof feedPostSchema>;

/** What this program looks at within a post's inner metadata; the rest is kept as it is. */
export const postDetailsSchema = z.object({
  origin_peer: optionalPeerId,
  edited_at: optionalText(),
  attachments: optionalListOf(attachmentSchema, MAX_ATTACHMENTS),
});

/** Longest text of a received post, in UTF-16 units (03 section 7.3 has it in bytes). */
export const MAX_POST_TEXT = 262_144;

/** One post of a `channel_catchup_response` (02 section 2.7). */
export const caughtUpPostSchema = z.object({
  id,
  author_id: id,
  content: z.string().max(MAX_POST_TEXT),
  content_type: z.enum(POST_TYPES).default('text').catch('text'),
  visibility: z.enum(VISIBILITIES),
  /** JSON text; an object from nodes with a defect (02 R6). */
  metadata: z.unknown(),
  created_at: optionalText(),
  expires_at: optionalText(),
  /** Home of the author; absent: the sender. */
  origin_peer: optionalPeerId,
  display_name: optionalText(),
});
export type CaughtUpPostPayload = z.infer<typeof caughtUpPostSchema>;

/** `interaction`; fields beyond these depend on `action` and stay in the metadata. */
export const interactionSchema = z.object({
  item_id: optionalId,
  user_id: optionalId,
  action: textOr('like'),
  item_type: textOr('post'),
  display_name: optionalText(),
  account_type: optionalWord(ACCOUNT_TYPES),
  origin_peer: optionalPeerId,
  /** A vote in a poll. */
  poll_id: optionalId,
  poll_kind: optionalWord(['feed', 'channel']),
  option_index: optionalInt,
  /** Ours: which kind of reaction a `like` is. */
  canopy_reaction: optionalWord(REACTIONS),
});
