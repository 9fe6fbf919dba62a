/** What the routes take and answer that change channels and who is in them (04 sections 3.7 and 4.1). */
import * as z from 'zod';
import { done, id, type RouteSchema } from '../route-schema.ts';
import { channel } from './messages.ts';

const text = z.string().nullish();
const yes = z.union([z.boolean(), z.string(), z.number()]).nullish();
const policy = z.looseObject({
  post_policy: z.enum(['open', 'curated']),
  allow_member_replies: z.boolean(),
  allowed_poster_count: z.int().min(0),
  can_post_top_level: z.boolean(),
  can_reply: z.boolean(),
});
const userBody = z.looseObject({ user_id: id });
const acceptUnencrypted = yes.describe(
  'Also people whose nodes cannot read the channel encrypted; it is then no longer encrypted',
);
export const channelManageSchemas = {
  joinable: {
    summary: 'List the open and guarded channels the caller is not in',
    answer: z.looseObject({ channels: z.array(channel), count: z.int().min(0) }),
  },
  join: {
    summary: 'Join an open channel',
    answer: z.looseObject({ success: z.literal(true), channel }),
    errors: ['not_found'],
  },
  privacy: {
    summary: 'Say who a channel is for',
    body: z.looseObject({ privacy_mode: z.enum(['open', 'guarded', 'private', 'confidential']) }),
    answer: z.looseObject({ success: z.literal(true), privacy_mode: z.string() }),
    errors: ['invalid_privacy_mode', 'general_is_open', 'privacy_update_denied', 'channel_name_taken'],
  },
  details: {
    summary: 'Rename a channel, or describe it anew',
    body: z.looseObject({ name: text, description: text }),
    answer: z.looseObject({ success: z.literal(true), channel }),
    errors: ['channel_name_required', 'channel_name_too_long', 'channel_name_taken', 'channel_update_denied'],
  },
  lifecycle: {
    summary: 'Say when a channel is archived, or archive it now',
    body: z.looseObject({ ttl_days: z.number().nullish(), preserved: yes, archived: yes }),
    answer: z.looseObject({
      success: z.literal(true),
      lifecycle: z.looseObject({
        ttl_days: z.int(),
        preserved: z.boolean(),
        archived_at: z.string().nullable(),
        archive_reason: z.string().nullable(),
        status: z.string(),
        days_until_archive: z.int().nullable(),
        last_activity_at: z.string().nullable(),
      }),
    }),
    errors: ['lifecycle_update_denied'],
  },
  postPolicy: {
    summary: 'Say who may post in a channel',
    body: z.looseObject({ post_policy: z.enum(['open', 'curated']), allow_member_replies: yes }),
    answer: z.looseObject({ success: z.literal(true), policy }),
    errors: ['invalid_post_policy', 'policy_update_denied'],
  },
  addPoster: {
    summary: 'Let a member post in a curated channel',
    body: userBody,
    answer: z.looseObject({ success: z.literal(true), policy }),
    errors: ['user_id_required', 'posters_update_denied'],
  },
  removePoster: {
    summary: 'No longer let a member post in a curated channel',
    answer: z.looseObject({ success: z.literal(true), policy }),
    errors: ['posters_update_denied'],
  },
  addMember: {
    summary: 'Make somebody a member of a channel',
    body: userBody.extend({
      role: z.enum(['admin', 'member']).nullish(),
      accept_unencrypted: acceptUnencrypted,
    }),
    answer: done,
    errors: ['user_id_required', 'invalid_role', 'membership_denied', 'channel_not_readable_encrypted'],
  },
  removeMember: {
    summary: 'Take somebody out of a channel, or leave it',
    answer: done,
    errors: ['membership_denied'],
  },
  role: {
    summary: 'Make a member of a channel an admin, or an admin a member',
    body: z.looseObject({ role: z.enum(['admin', 'member']) }),
    answer: z.looseObject({ success: z.literal(true), role: z.enum(['admin', 'member']) }),
    errors: ['invalid_role', 'membership_denied'],
  },
  remove: {
    summary: 'Delete a channel with its messages',
    answer: z.looseObject({ success: z.literal(true), local_only: z.boolean() }),
    errors: ['channel_not_found', 'general_not_deletable', 'channel_delete_denied'],
  },
} as const satisfies Record<string, RouteSchema>;
