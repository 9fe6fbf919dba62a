/**
 * What messages said before they were changed. It goes with the message, whoever deletes the row. Times are Unix
 * milliseconds; texts go through the vault.
 */
export const NATIVE_HISTORY_TABLES = `
CREATE TABLE native_channel_history (
  message_id TEXT NOT NULL REFERENCES channel_messages (id) ON DELETE CASCADE,
  written_at INTEGER NOT NULL,
  text BLOB NOT NULL
);
CREATE INDEX native_channel_history_message ON native_channel_history (message_id);
CREATE TABLE native_direct_history (
  message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  written_at INTEGER NOT NULL,
  text BLOB NOT NULL
);
CREATE INDEX native_direct_history_message ON native_direct_history (message_id);
`;
