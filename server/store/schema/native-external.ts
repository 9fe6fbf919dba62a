/**
 * What this node and an asset service beside it agreed on (07 section 4): of every asset that both had, the SHA-256 of
 * what each said of it then. `service`: the beginning of the SHA-256 of its address. `gone`: libraries took the bytes
 * away here, and the service has yet to be told.
 */
export const NATIVE_EXTERNAL_TABLE = `
CREATE TABLE can_external (
  hash BLOB PRIMARY KEY,
  service BLOB NOT NULL,
  own BLOB NOT NULL,
  theirs BLOB NOT NULL,
  gone INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
`;
