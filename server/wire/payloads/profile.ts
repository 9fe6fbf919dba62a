/** `profile_sync` and `profile_update`: the card of a user and of the device (02 section 2.8). */
import * as z from 'zod';
import { MAX_PROSE, optionalId, optionalPeerId, optionalText, optionalWord, textOr } from './fields.ts';
import { ACCOUNT_TYPES } from './vocabulary.ts';

/** Base64 of an avatar thumbnail of at most 65536 bytes. */
const MAX_THUMBNAIL = 87_384;

/** How a device presents itself. */
export const deviceCardSchema = z.object({
  peer_id: optionalPeerId,
  device_id: optionalId,
  display_name: textOr(''),
  description: textOr('', MAX_PROSE),
  /** Base64 JPEG. */
  avatar_b64: optionalText(MAX_THUMBNAIL),
  avatar_mime: optionalText(),
});

/** The card. Without `user_id` only its device part counts. */
export const profileCardSchema = z.object({
  user_id: optionalId,
  username: optionalText(),
  display_name: optionalText(),
  bio: textOr('', MAX_PROSE),
  account_type: optionalWord(ACCOUNT_TYPES),
  /** Base64 JPEG. */
  avatar_thumbnail: optionalText(MAX_THUMBNAIL),
  avatar_content_type: optionalText(),
  peer_id: optionalPeerId,
  device: deviceCardSchema.nullable().catch(null),
  profile_hash: optionalText(),
});
export type ProfileCard = z.infer<typeof profileCardSchema>;

export const profileSchema = z.object({ profile: profileCardSchema });
