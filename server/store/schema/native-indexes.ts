/**
 * Indexes of ours on shared tables: invisible to the other program but for the speed. Without the second, deleting
 * a message reads the whole table to find its replies; without the third, a page of a channel sorts all of it.
 * Made at every opening where missing, because the other program may rebuild a table.
 */
export const NATIVE_INDEXES = `
CREATE INDEX IF NOT EXISTS native_channel_messages_created ON channel_messages (channel_id, created_at);
CREATE INDEX IF NOT EXISTS native_channel_messages_parent ON channel_messages (parent_message_id)
  WHERE parent_message_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS native_channel_messages_order ON channel_messages
  (channel_id, coalesce(last_activity_at, created_at));
`;
