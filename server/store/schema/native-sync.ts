/**
 * Tables that keep two workspaces equal: whose signature was seen for a person (02 S5), what is known of a peer that
 * is away, and how far catch-up with each peer has come (02 section 5.5, R4). As all native ones they have no foreign
 * keys into shared tables. Times are Unix milliseconds.
 */
export const NATIVE_SYNC_TABLES = `
CREATE TABLE native_user_homes (
  user_id TEXT PRIMARY KEY,
  peer_id TEXT NOT NULL,
  confirmed_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE native_peer_facts (
  peer_id TEXT PRIMARY KEY,
  canopy_version TEXT NOT NULL,
  capabilities TEXT NOT NULL,
  last_seen INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE native_catchup (
  peer_id TEXT NOT NULL,
  channel_id TEXT NOT NULL,
  asked_to INTEGER,
  offered_row INTEGER,
  PRIMARY KEY (peer_id, channel_id)
) WITHOUT ROWID;
`;
