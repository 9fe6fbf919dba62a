/**
 * Exchanges whose recorded answer shows what an earlier request did. Where that request was to an address this build
 * does not have, the later answer cannot be as recorded, and it counts as skipped. An entry stops to matter, all by
 * itself, as soon as the earlier request is answered. Requests are named as recorded, placeholders and all.
 */
export const NEEDS: Readonly<Record<string, string>> = {
  'channel-members/list_members_open': 'PATCH /api/v1/channels/<channel_id:open>/post-policy',
  'channel-members/remote_member_sees_private_channel': 'POST /api/v1/channels/<channel_id:private>/members',
  'channel-messages/list_messages_not_member': 'PUT /api/v1/channels/<channel_id:dup>',
  'channel-messages/post_message_curated_denied': 'PATCH /api/v1/channels/<channel_id:open>/post-policy',
  'channel-messages/search_channel': 'PATCH /api/v1/channels/general/messages/<message_id:m1>',
  'channel-messages/search_channel_no_access': 'PUT /api/v1/channels/<channel_id:dup>',
  'channel-messages/deleted_message_gone_on_peer':
    'DELETE /api/v1/channels/general/messages/<message_id:ttl>',
  'dms/conversation_after_edit_remote': 'PATCH /api/v1/messages/<dm_id:remote>',
};
