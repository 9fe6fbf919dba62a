/**
 * Indexes of ours on shared tables: invisible to the other program but for the speed. Without the second, deleting
 * a message reads the whole table to find its replies.
 */
export const NATIVE_INDEXES = `
CREATE INDEX native_channel_messages_created ON channel_messages (channel_id, created_at);
CREATE INDEX native_channel_messages_parent ON channel_messages (parent_message_id)
  WHERE parent_message_id IS NOT NULL;
`;
