/**
 * Tables of this program alone (08 section 5). They stand beside the shared ones, carry the prefix `native_`,
 * and have no foreign keys into shared tables: the other program deletes rows there without knowing of ours.
 * Times are Unix milliseconds.
 */
export const NATIVE_TABLES = `
CREATE TABLE native_sessions (
  token_hash TEXT PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  user_id TEXT,
  csrf_token TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  user_agent TEXT,
  address TEXT
) WITHOUT ROWID;
CREATE INDEX native_sessions_user ON native_sessions (user_id, last_seen_at);
CREATE INDEX native_sessions_seen ON native_sessions (last_seen_at);

CREATE TABLE native_api_keys (
  key_id TEXT PRIMARY KEY,
  name TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE native_peer_requests (
  peer_id TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  names TEXT NOT NULL,
  endpoint TEXT,
  introduced_by TEXT,
  protection TEXT,
  public_key TEXT,
  waiting INTEGER NOT NULL DEFAULT 0,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  decided_at INTEGER
) WITHOUT ROWID;

CREATE TABLE native_delivery (
  kind TEXT NOT NULL,
  item_id TEXT NOT NULL,
  peer_id TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (kind, item_id, peer_id)
) WITHOUT ROWID;

CREATE TABLE native_outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  peer_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  item_id TEXT NOT NULL,
  payload TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  UNIQUE (peer_id, kind, item_id)
);

CREATE TABLE native_tombstones (
  kind TEXT NOT NULL,
  item_id TEXT NOT NULL,
  signer TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (kind, item_id, signer)
) WITHOUT ROWID;
CREATE INDEX native_tombstones_created ON native_tombstones (created_at);

CREATE TABLE native_awaited_parents (
  message_id TEXT PRIMARY KEY,
  parent_id TEXT NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX native_awaited_parents_parent ON native_awaited_parents (parent_id);
`;
