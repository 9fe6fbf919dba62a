/**
 * What is owed to other nodes, and how far it came (06 sections 3.1 and 3.3). The tables of before carried payloads in
 * the outbox and other names; their rows are taken over. Texts of `POST /p2p/send`, which are no object of their own,
 * stand beside the outbox until nobody is owed them. Times are Unix milliseconds.
 */
export const NATIVE_DELIVERY_TABLES = `
ALTER TABLE native_outbox RENAME TO native_outbox_before;
CREATE TABLE native_outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  peer_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  object_id TEXT NOT NULL,
  version TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER,
  last_error TEXT,
  UNIQUE (peer_id, kind, object_id)
);
CREATE INDEX native_outbox_order ON native_outbox (peer_id, seq);
CREATE INDEX native_outbox_object ON native_outbox (kind, object_id);
CREATE INDEX native_outbox_due ON native_outbox (peer_id, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX native_outbox_expiry ON native_outbox (expires_at);

CREATE TABLE native_owed_texts (
  id TEXT PRIMARY KEY,
  payload TEXT NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

INSERT OR IGNORE INTO native_owed_texts (id, payload, created_at)
  SELECT item_id, payload, created_at FROM native_outbox_before WHERE kind = 'p2p_send' AND payload IS NOT NULL;
INSERT INTO native_outbox (seq, peer_id, kind, object_id, version, created_at, expires_at)
  SELECT id, peer_id, CASE kind WHEN 'p2p_send' THEN 'send' ELSE 'dm' END, item_id, '', created_at, expires_at
    FROM native_outbox_before WHERE kind IN ('direct_message', 'p2p_send');
DROP TABLE native_outbox_before;

ALTER TABLE native_delivery RENAME TO native_delivery_before;
CREATE TABLE native_delivery (
  kind TEXT NOT NULL,
  object_id TEXT NOT NULL,
  peer_id TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  at INTEGER NOT NULL,
  PRIMARY KEY (kind, object_id, peer_id)
) WITHOUT ROWID;
CREATE INDEX native_delivery_at ON native_delivery (at);

INSERT INTO native_delivery (kind, object_id, peer_id, state, reason, at)
  SELECT CASE kind WHEN 'channel_message' THEN 'message' WHEN 'direct_message' THEN 'dm' ELSE 'send' END, item_id, peer_id,
    CASE state WHEN 'received' THEN 'delivered' WHEN 'cannot_show' THEN 'failed' ELSE state END,
    CASE state WHEN 'cannot_show' THEN 'cannot_show' ELSE reason END, updated_at
    FROM native_delivery_before;
DROP TABLE native_delivery_before;
`;
