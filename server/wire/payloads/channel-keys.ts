/** Channel keys in transit (02 section 2.16); `encrypted_key` is opened by `unwrapChannelKey`. */
import * as z from 'zod';
import { flag, id, optionalId, optionalInt, optionalPeerId, optionalText, textOr } from './fields.ts';

/** `channel_key_distribution`. */
export const channelKeyDistributionSchema = z.object({
  channel_id: id,
  key_id: id,
  encrypted_key: z.string().max(1024),
  key_version: optionalInt,
  rotated_from: optionalId,
  /** Of our nodes: another key is in use; this one is for old messages. Python ignores it. */
  canopy_replaced: flag,
});

/** `channel_key_request`. */
export const channelKeyRequestSchema = z.object({
  channel_id: id,
  /** Absent: the author. */
  requesting_peer: optionalPeerId,
  reason: optionalText(),
  key_id: optionalId,
});

/** `channel_key_ack`. */
export const channelKeyAckSchema = z.object({
  channel_id: id,
  key_id: optionalId,
  status: textOr('ok'),
  error: optionalText(),
});
