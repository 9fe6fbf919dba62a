/**
 * Who of this node has read a message that is for several of them. `messages.read_at`, which Python knows, has room for
 * one time only. It goes with the message, whoever deletes the row. Times are Unix milliseconds.
 */
export const NATIVE_DIRECT_READS_TABLE = `
CREATE TABLE native_direct_reads (
  message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL,
  read_at INTEGER NOT NULL,
  PRIMARY KEY (message_id, user_id)
) WITHOUT ROWID;
`;
