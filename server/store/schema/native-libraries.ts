/**
 * The asset store and the libraries (07 section 6). Times are Unix milliseconds; hashes are raw bytes. Bytes of assets
 * lie in files; what is marked sealed goes through the vault.
 *
 * `can_assets.local`: a person or program put it here, so no library takes its bytes away. `changed_at`: of the last
 * change of its metadata here. `chunk_hashes`: 32 bytes per MiB of content. `lib_records.deleted`, `size`: of asset
 * records, 0 for others and for what is deleted.
 */
export const NATIVE_LIBRARY_TABLES = `
CREATE TABLE can_assets (
  hash BLOB PRIMARY KEY,
  size INTEGER NOT NULL,
  mime_type TEXT NOT NULL,
  filename TEXT,
  application TEXT,
  tags TEXT NOT NULL,
  user TEXT,
  description TEXT,
  timestamp INTEGER NOT NULL,
  origin_peer TEXT NOT NULL,
  local INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  chunk_hashes BLOB NOT NULL
);
CREATE INDEX can_assets_time ON can_assets (timestamp, hash);
CREATE INDEX can_assets_application ON can_assets (application, timestamp);

CREATE TABLE can_hidden (
  hash BLOB PRIMARY KEY,
  hidden_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE can_transfers (
  hash BLOB PRIMARY KEY,
  library_id TEXT NOT NULL,
  size INTEGER NOT NULL,
  chunk_hashes BLOB,
  verified BLOB NOT NULL,
  progress_at INTEGER NOT NULL
);

CREATE TABLE lib_libraries (
  id TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  tag_key BLOB,
  state TEXT NOT NULL,
  reason TEXT,
  joined_at INTEGER NOT NULL,
  ticket BLOB
) WITHOUT ROWID;

CREATE TABLE lib_records (
  library_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  author TEXT NOT NULL,
  ts INTEGER NOT NULL,
  id BLOB NOT NULL,
  deleted INTEGER NOT NULL,
  size INTEGER NOT NULL,
  record BLOB NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (library_id, kind, key)
);
CREATE UNIQUE INDEX lib_records_id ON lib_records (library_id, id);
CREATE INDEX lib_records_author ON lib_records (library_id, author, kind);
CREATE INDEX lib_records_time ON lib_records (library_id, kind, ts / 1000, id);
CREATE INDEX lib_records_living ON lib_records (library_id, kind, deleted, key, size);
CREATE INDEX lib_records_key ON lib_records (key, library_id);

CREATE TABLE lib_tickets (
  ticket_id TEXT PRIMARY KEY,
  library_id TEXT NOT NULL,
  capability BLOB NOT NULL,
  mode TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  max_uses INTEGER NOT NULL,
  peers TEXT NOT NULL,
  revoked_at INTEGER
) WITHOUT ROWID;
CREATE INDEX lib_tickets_library ON lib_tickets (library_id);
`;
