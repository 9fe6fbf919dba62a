/** What `expected.json` beside a data directory of the reference states (03 section 2), as far as it is compared. */
import * as z from 'zod';
import type { ChannelId, KeyId, MessageId, PeerId, UserId } from '../../../server/wire/ids.ts';

const text = z.string();
const flag = z.boolean();
const maybe = text.nullable();
const userId = z.custom<UserId>((value) => typeof value === 'string');
const peerId = z.custom<PeerId>((value) => typeof value === 'string');
const channelId = z.custom<ChannelId>((value) => typeof value === 'string');
const messageId = z.custom<MessageId>((value) => typeof value === 'string');
const keyId = z.custom<KeyId>((value) => typeof value === 'string');
const attachments = z.array(z.record(text, z.unknown()));
const reactions = z.array(z.object({ user_id: text, reaction_type: text }));

export const expectedSchema = z.object({
  peer_id: text,
  ed25519_public_key: text,
  x25519_public_key: text,
  at_rest_key_hex: text,
  secret_key: text,
  relay_policy: text,
  instance_owner_id: userId,
  agent_quarantine_channel_id: text,
  users: z.array(
    z.object({
      id: userId,
      username: text,
      display_name: maybe,
      bio: maybe,
      account_type: text,
      status: text,
      origin_peer: maybe,
      avatar_file_id: maybe,
      theme_preference: text,
      public_key: text,
      password: maybe,
    }),
  ),
  api_keys: z.array(
    z.object({
      label: text,
      plain: text,
      id: keyId,
      user_id: userId,
      permissions: z.array(text),
      usable: flag,
      reason: text,
    }),
  ),
  channels: z.array(
    z.object({
      id: channelId,
      name: text,
      channel_type: text,
      privacy_mode: text,
      description: maybe,
      created_by: text,
      origin_peer: maybe,
      post_policy: text,
      allow_member_replies: flag,
      crypto_mode: text,
      lifecycle_preserved: flag,
      lifecycle_ttl_days: z.number(),
      members: z.array(z.object({ user_id: text, role: text })),
      allowed_posters: z.array(text),
      messages: z.array(
        z.object({
          id: messageId,
          user_id: text,
          content: text,
          message_type: text,
          created_at: text,
          edited: flag,
          parent_message_id: maybe,
          origin_peer: maybe,
          expired: flag,
          crypto_state: text,
          attachments,
          reactions,
        }),
      ),
    }),
  ),
  direct_messages: z.array(
    z.object({
      id: messageId,
      sender_id: text,
      recipient_id: maybe,
      content: text,
      stored_encrypted: flag,
      message_type: text,
      created_at: text,
      edited: flag,
      read: flag,
      group_members: z.array(text).nullable(),
      attachments,
    }),
  ),
  feed_posts: z.array(
    z.object({
      id: text,
      author_id: text,
      content: maybe,
      stored_encrypted: flag,
      decryptable: flag,
      content_type: text,
      visibility: text,
      created_at: text,
      likes: z.number(),
      comments_count: z.number(),
      permissions: z.array(text),
      reactions,
      comments: z.array(z.object({ content: text })),
    }),
  ),
  files: z.array(z.object({ id: text, size: z.number(), sha256: text, actual_path: text })),
  trust_scores: z.array(
    z.object({
      peer_id: peerId,
      score: z.number(),
      compliance_events: z.number(),
      violation_events: z.number(),
    }),
  ),
  known_peers: z.array(
    z.object({
      peer_id: peerId,
      ed25519_public_key: text,
      x25519_public_key: text,
      endpoints: z.array(text),
      display_name: text,
    }),
  ),
  peer_device_profiles: z.array(
    z.object({ peer_id: peerId, display_name: text, description: text, avatar_mime: text }),
  ),
  device_profile: z.object({
    display_name: text,
    description: text,
    avatar_mime: text,
    avatar_sha256: text,
  }),
  counts: z.record(text, z.number()),
  reference_api: z.object({
    channels_order_for_owner: z.array(text),
    channel_messages_order: z.record(channelId, z.array(text)),
    owner_dm_order: z.array(text),
  }),
});
export type Expected = z.infer<typeof expectedSchema>;
