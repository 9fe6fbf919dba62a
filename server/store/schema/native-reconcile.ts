/**
 * What reconciliation compares and what it remembers (06 sections 4.1 and 4.3). As all native tables they have no
 * foreign keys into shared ones. `ts` is whole Unix seconds, every other time Unix milliseconds.
 */
export const NATIVE_RECONCILE_TABLES = `
CREATE TABLE native_items (
  set_id TEXT NOT NULL,
  object_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  ts INTEGER NOT NULL,
  version TEXT NOT NULL,
  id BLOB NOT NULL,
  expires_at INTEGER,
  deleted_at INTEGER,
  PRIMARY KEY (set_id, object_id)
) WITHOUT ROWID;
CREATE INDEX native_items_order ON native_items (set_id, ts, id);
CREATE INDEX native_items_object ON native_items (kind, object_id);
CREATE INDEX native_items_expiry ON native_items (expires_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX native_items_deleted ON native_items (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE TABLE native_refused (
  peer_id TEXT NOT NULL,
  set_id TEXT NOT NULL,
  id BLOB NOT NULL,
  ts INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (peer_id, set_id, id)
) WITHOUT ROWID;
CREATE INDEX native_refused_at ON native_refused (at);

CREATE TABLE native_proofs (
  id BLOB PRIMARY KEY,
  kind TEXT NOT NULL,
  object_id TEXT NOT NULL,
  text TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX native_proofs_object ON native_proofs (kind, object_id);
`;

/** Objects of which only others than the author's home have told, and who did. */
export const NATIVE_REPORTED_TABLE = `
CREATE TABLE native_reported (
  kind TEXT NOT NULL,
  object_id TEXT NOT NULL,
  via TEXT NOT NULL,
  PRIMARY KEY (kind, object_id)
) WITHOUT ROWID;
`;

/** The evidence in the order it came in: by its id, a hash, each row had to be put between others. */
export const NATIVE_PROOFS_IN_ORDER = `
ALTER TABLE native_proofs RENAME TO native_proofs_before;
DROP INDEX native_proofs_object;
CREATE TABLE native_proofs (
  kind TEXT NOT NULL,
  object_id TEXT NOT NULL,
  id BLOB NOT NULL,
  text TEXT NOT NULL,
  UNIQUE (kind, object_id, id)
);
INSERT INTO native_proofs (kind, object_id, id, text) SELECT kind, object_id, id, text FROM native_proofs_before;
DROP TABLE native_proofs_before;
`;
