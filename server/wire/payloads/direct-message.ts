/**
 * `direct_message` between people (02 section 2.2). The inner `metadata` is the application's own, or the sealed
 * bundle that `openDm` reads. A message without recipient is a text between peers (02 section 2.3).
 */
import * as z from 'zod';
import { flag, optionalId, optionalInt, optionalRecord, optionalText, optionalWord } from './fields.ts';
import { ACCOUNT_TYPES } from './vocabulary.ts';

export const directMessageSchema = z.object({
  /** Absent: `peer_` and the author's peer id. */
  sender_id: optionalId,
  /** Absent or empty: not for a person. */
  recipient_id: optionalId,
  message_id: optionalId,
  timestamp: optionalText(),
  display_name: optionalText(),
  account_type: optionalWord(ACCOUNT_TYPES),
  update_only: flag,
  edited_at: optionalText(),
  /** Of our nodes: the revision of a change, integer ms (06 section 3.2). */
  canopy_rev: optionalInt,
  metadata: optionalRecord,
});
export type DirectMessage = z.infer<typeof directMessageSchema>;
