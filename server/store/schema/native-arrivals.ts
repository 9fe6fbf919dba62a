/**
 * How each message of another node came here (05 section 10.5, M-14): `live` or `caught_up`, and the node that handed it
 * over. Of kind `m` in a channel, `d` direct.
 */
export const NATIVE_ARRIVALS_TABLE = `
CREATE TABLE native_arrivals (
  kind TEXT NOT NULL,
  message_id TEXT NOT NULL,
  way TEXT NOT NULL,
  peer_id TEXT NOT NULL,
  PRIMARY KEY (kind, message_id)
) WITHOUT ROWID;
`;
