/**
 * Shared tables of trust, deletion, device profiles, the event journal and mentions (03 sections 2.5.6 and 2.5.7).
 * Names, types and defaults are the reference's: a directory goes back and forth between the two programs.
 */
import type { SharedTable } from './types.ts';

export const peersTables: readonly SharedTable[] = [
  {
    name: 'trust_scores',
    columns: `
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      peer_id TEXT NOT NULL,
      score INTEGER DEFAULT 0,
      last_interaction TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      compliance_events INTEGER DEFAULT 0,
      violation_events INTEGER DEFAULT 0,
      notes TEXT,
      manually_penalized BOOLEAN NOT NULL DEFAULT 0,
      UNIQUE (peer_id)`,
    indexes: ['CREATE INDEX IF NOT EXISTS idx_trust_scores_peer ON trust_scores (peer_id)'],
  },
  {
    name: 'delete_signals',
    columns: `
      id TEXT PRIMARY KEY,
      target_peer_id TEXT NOT NULL,
      data_type TEXT NOT NULL,
      data_id TEXT NOT NULL,
      reason TEXT,
      sent_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      acknowledged_at TIMESTAMP,
      complied_at TIMESTAMP,
      violated_at TIMESTAMP,
      rejected_at TIMESTAMP,
      status TEXT DEFAULT 'pending'`,
    indexes: ['CREATE INDEX IF NOT EXISTS idx_delete_signals_peer ON delete_signals (target_peer_id)'],
  },
  {
    name: 'peer_device_profiles',
    columns: `
      peer_id TEXT PRIMARY KEY,
      display_name TEXT,
      description TEXT,
      avatar_b64 TEXT,
      avatar_mime TEXT,
      updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP`,
    indexes: [],
  },
  {
    name: 'workspace_events',
    columns: `
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      event_id TEXT NOT NULL,
      event_type TEXT NOT NULL,
      actor_user_id TEXT,
      target_user_id TEXT,
      channel_id TEXT,
      post_id TEXT,
      message_id TEXT,
      visibility_scope TEXT NOT NULL,
      dedupe_key TEXT,
      payload_json TEXT,
      created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
      UNIQUE (event_id)`,
    indexes: [
      'CREATE UNIQUE INDEX IF NOT EXISTS idx_workspace_events_dedupe ON workspace_events (dedupe_key) WHERE dedupe_key IS NOT NULL',
      'CREATE INDEX IF NOT EXISTS idx_workspace_events_channel_created ON workspace_events (channel_id, created_at)',
      'CREATE INDEX IF NOT EXISTS idx_workspace_events_message_created ON workspace_events (message_id, created_at)',
      'CREATE INDEX IF NOT EXISTS idx_workspace_events_target_created ON workspace_events (target_user_id, created_at)',
      'CREATE INDEX IF NOT EXISTS idx_workspace_events_event_type_created ON workspace_events (event_type, created_at)',
      'CREATE INDEX IF NOT EXISTS idx_workspace_events_created_at ON workspace_events (created_at)',
    ],
  },
  {
    name: 'mention_events',
    columns: `
      id TEXT PRIMARY KEY,
      user_id TEXT NOT NULL,
      source_type TEXT NOT NULL,
      source_id TEXT NOT NULL,
      author_id TEXT,
      origin_peer TEXT,
      channel_id TEXT,
      preview TEXT,
      metadata TEXT,
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      acknowledged_at TIMESTAMP,
      status TEXT DEFAULT 'new'`,
    indexes: [
      'CREATE INDEX IF NOT EXISTS idx_mention_events_user ON mention_events (user_id, created_at)',
      'CREATE UNIQUE INDEX IF NOT EXISTS idx_mention_events_unique ON mention_events (user_id, source_type, source_id)',
    ],
  },
];
