/**
 * Creations that clients named with an idempotency key, and how they were answered (04 section 10a). An answer may
 * hold a message, so it is sealed; one that is NULL is not known, or not to be kept. Times are Unix milliseconds.
 */
export const NATIVE_CREATED_TABLE = `
CREATE TABLE native_created (
  user_id TEXT NOT NULL,
  route TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  answer BLOB,
  size INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, route, key)
) WITHOUT ROWID;
CREATE INDEX native_created_user ON native_created (user_id, created_at, size);
CREATE INDEX native_created_at ON native_created (created_at);
`;

/** What was created, so that it can be told when the node ended before it answered. */
export const NATIVE_CREATED_OBJECT = 'ALTER TABLE native_created ADD COLUMN created TEXT';
