/** `peer_announcement`, and brokering: `broker_request`, `broker_intro`, `relay_offer` (02 sections 2.9 and 2.19). */
import * as z from 'zod';
import { MAX_LABEL, listOf, optionalPeerId, peerId, textOr } from './fields.ts';
import { deviceCardSchema } from './profile.ts';

/** Base58 of 32 bytes has at most 44 characters. */
const keyText = z.string().min(1).max(64);
const texts = listOf(z.string().max(MAX_LABEL), 64);

/** A peer introduced by another. Its keys are hearsay until it shakes hands itself (pitfall S3). */
export const introducedPeerSchema = z.object({
  peer_id: peerId,
  display_name: textOr(''),
  endpoints: texts,
  ed25519_public_key: keyText,
  x25519_public_key: keyText,
  capabilities: texts,
  device_profile: deviceCardSchema.nullable().catch(null),
});
export type IntroducedPeerEntry = z.infer<typeof introducedPeerSchema>;

/** `peer_announcement`; entries without id or keys are left out. */
export const peerAnnouncementSchema = z.object({ introduced_peers: listOf(introducedPeerSchema) });

const requesterKeys = z
  .object({ ed25519_public_key: keyText, x25519_public_key: keyText })
  .nullable()
  .catch(null);

/** `broker_request`. */
export const brokerRequestSchema = z.object({
  target_peer: optionalPeerId,
  requester_endpoints: texts,
  requester_keys: requesterKeys,
});

/** `broker_intro`. */
export const brokerIntroSchema = z.object({
  requester_peer_id: optionalPeerId,
  requester_endpoints: texts,
  requester_keys: requesterKeys,
});

/** `relay_offer`; the relay that offers is the author. */
export const relayOfferSchema = z.object({ target_peer: optionalPeerId });
