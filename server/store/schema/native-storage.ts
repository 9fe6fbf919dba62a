/**
 * What is encrypted in this directory (03 section 2.6), in one row. While `goal` is set, a move to that mode is under
 * way and `step` says how far it came. A directory that is new, with nobody in it, encrypts everything; one of the
 * reference, or of an older version, stays as the reference reads it.
 */
export const NATIVE_STORAGE_TABLE = `
CREATE TABLE IF NOT EXISTS native_storage (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  mode TEXT NOT NULL,
  goal TEXT,
  step TEXT
);
INSERT OR IGNORE INTO native_storage (id, mode)
  SELECT 1, CASE WHEN EXISTS (SELECT 1 FROM users) THEN 'reference' ELSE 'full' END;
`;
