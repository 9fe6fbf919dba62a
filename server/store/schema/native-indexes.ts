import { DIRECT_INDEXES } from '../direct-places.ts';

/**
 * Indexes of ours on shared tables: invisible to the other program but for the speed. Without that of times, what is
 * unread in a channel is counted by reading each message; without that of parents, deleting a message reads the whole
 * table to find its replies; without that of the order, a page of a channel sorts all of it; without those of files, whoever opens a file waits for a look through all messages for what refers to it; without that of
 * the feed, a look at it sorts all of it; without those of direct messages, their list and each conversation read all of
 * them and all that was read; without that of new mentions, their number reads all; without the two of sources, every
 * deletion reads all mentions and inboxes.
 * Made at every opening where missing, because the other program may rebuild a table.
 */
export const NATIVE_INDEXES = `
${DIRECT_INDEXES}
CREATE INDEX IF NOT EXISTS native_direct_reads_user ON native_direct_reads (user_id);
DROP INDEX IF EXISTS native_channel_messages_created;
CREATE INDEX IF NOT EXISTS native_channel_messages_times ON channel_messages
  (channel_id, created_at, expires_at, user_id);
CREATE INDEX IF NOT EXISTS native_channel_messages_parent ON channel_messages (parent_message_id)
  WHERE parent_message_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS native_channel_messages_order ON channel_messages
  (channel_id, coalesce(last_activity_at, created_at));
CREATE INDEX IF NOT EXISTS native_channel_messages_files ON channel_messages (attachments)
  WHERE length(attachments) > 2;
CREATE INDEX IF NOT EXISTS native_channel_messages_links ON channel_messages (id)
  WHERE instr(content, '/files/') > 0;
CREATE INDEX IF NOT EXISTS native_messages_files ON messages (id)
  WHERE instr(metadata, '"attachments"') > 0;
DROP INDEX IF EXISTS native_messages_answers;
CREATE INDEX IF NOT EXISTS native_feed_posts_files ON feed_posts (id)
  WHERE instr(metadata, '"attachments"') > 0;
CREATE INDEX IF NOT EXISTS native_feed_posts_order ON feed_posts (coalesce(last_activity_at, created_at), created_at);
CREATE INDEX IF NOT EXISTS native_mention_events_source ON mention_events (source_id);
CREATE INDEX IF NOT EXISTS native_mention_events_new ON mention_events (user_id) WHERE acknowledged_at IS NULL;
CREATE INDEX IF NOT EXISTS native_agent_inbox_source ON agent_inbox (source_id);
`;
