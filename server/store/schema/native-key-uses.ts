/** When each API key was last used (05 section 10.15, K-1), in Unix ms; beside `api_keys`, so that those are read less often. */
export const NATIVE_KEY_USES = `
CREATE TABLE native_key_uses (
  key_id TEXT PRIMARY KEY,
  used_at INTEGER NOT NULL
) WITHOUT ROWID;
`;
