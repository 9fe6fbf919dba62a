/** `channel_message` (02 section 2.1). The text stands in `payload.content`, empty when it is encrypted. */
import * as z from 'zod';
import { MAX_ATTACHMENTS, attachmentSchema } from './attachments.ts';
import {
  MAX_ENCODED,
  flag,
  id,
  optionalFlag,
  optionalId,
  optionalInt,
  optionalListOf,
  optionalPeerId,
  optionalRecord,
  optionalText,
  optionalWord,
  textOr,
} from './fields.ts';
import { ACCOUNT_TYPES, POST_POLICIES, PRIVACY_MODES } from './vocabulary.ts';

export const channelMessageSchema = z.object({
  channel_id: id.catch('general'),
  /** Absent: `peer_` and the author's peer id. */
  user_id: optionalId,
  message_id: optionalId,
  timestamp: optionalText(),
  expires_at: optionalText(),
  ttl_seconds: optionalInt,
  ttl_mode: optionalText(),
  privacy_mode: optionalWord(PRIVACY_MODES),
  crypto_mode: optionalText(),
  post_policy: optionalWord(POST_POLICIES),
  allow_member_replies: optionalFlag,
  allowed_poster_user_ids: optionalListOf(id),
  origin_peer: optionalPeerId,
  display_name: optionalText(),
  account_type: optionalWord(ACCOUNT_TYPES),
  parent_message_id: optionalId,
  update_only: flag,
  edited_at: optionalText(),
  /** Of our nodes: the revision of a change, integer ms (06 section 3.2). */
  canopy_rev: optionalInt,
  message_type: textOr('text'),
  attachments: optionalListOf(attachmentSchema, MAX_ATTACHMENTS),
  security: optionalRecord,
  source_layout: optionalRecord,
  source_reference: optionalRecord,
  repost_policy: optionalText(),
  encrypted_content: optionalText(MAX_ENCODED),
  nonce: optionalText(),
  key_id: optionalId,
  crypto_state: optionalText(),
});
export type ChannelMessage = z.infer<typeof channelMessageSchema>;
