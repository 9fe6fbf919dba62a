/**
 * Peers that connected securely, and with which key (06 section 1.4). In the database, because the reference rewrites
 * its file of known peers. `x25519` is Base58, null after a person said that another key may come. Times are Unix ms.
 */
export const NATIVE_SECURITY_TABLES = `
CREATE TABLE native_peer_security (
  peer_id TEXT PRIMARY KEY,
  x25519 TEXT,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  source TEXT NOT NULL
) WITHOUT ROWID;
`;
