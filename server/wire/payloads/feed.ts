/** `feed_post` and `interaction` (02 sections 2.11 and 2.12). */
import { z } from 'zod';
import {
  id,
  optionalId,
  optionalInt,
  optionalPeerId,
  optionalRecord,
  optionalText,
  optionalWord,
  textOr,
} from './fields.ts';
import { ACCOUNT_TYPES, REACTIONS } from './vocabulary.ts';

/** `feed_post`; the text stands in `payload.content`. */
export const feedPostSchema = z.object({
  post_id: id,
  /** Absent: `peer_` and the author's peer id. */
  author_id: optionalId,
  post_type: textOr('text'),
  visibility: textOr('network'),
  timestamp: optionalText(),
  metadata: optionalRecord,
  expires_at: optionalText(),
  ttl_seconds: optionalInt,
  ttl_mode: optionalText(),
  display_name: optionalText(),
  account_type: optionalWord(ACCOUNT_TYPES),
});

/** `interaction`; fields beyond these depend on `action` and stay in the metadata. */
export const interactionSchema = z.object({
  item_id: optionalId,
  user_id: optionalId,
  action: textOr('like'),
  item_type: textOr('post'),
  display_name: optionalText(),
  account_type: optionalWord(ACCOUNT_TYPES),
  origin_peer: optionalPeerId,
  /** Ours: which kind of reaction a `like` is. */
  canopy_reaction: optionalWord(REACTIONS),
});
