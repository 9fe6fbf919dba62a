/**
 * Shared tables of what asks for somebody's attention: claims, inbox, event subscriptions, followed threads
 * (03 sections 2.5.2 and 2.5.7). Names, types and defaults are the reference's: a directory goes back and forth between
 * the two programs.
 */
import type { SharedTable } from './types.ts';

export const attentionTables: readonly SharedTable[] = [
  {
    name: 'mention_claims',
    columns: `
      id TEXT PRIMARY KEY,
      source_type TEXT NOT NULL,
      source_id TEXT NOT NULL,
      channel_id TEXT,
      claimed_by_user_id TEXT NOT NULL,
      claimed_by_username TEXT,
      claimed_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      expires_at TIMESTAMP NOT NULL,
      released_at TIMESTAMP,
      release_reason TEXT,
      metadata TEXT,
      UNIQUE (source_type, source_id)`,
    indexes: [
      'CREATE INDEX IF NOT EXISTS idx_mention_claims_owner ON mention_claims (claimed_by_user_id, claimed_at)',
      'CREATE INDEX IF NOT EXISTS idx_mention_claims_source ON mention_claims (source_type, source_id)',
    ],
  },
  {
    name: 'agent_inbox',
    columns: `
      id TEXT PRIMARY KEY,
      agent_user_id TEXT NOT NULL,
      source_type TEXT NOT NULL,
      source_id TEXT NOT NULL,
      message_id TEXT,
      channel_id TEXT,
      sender_user_id TEXT,
      origin_peer TEXT,
      trigger_type TEXT NOT NULL,
      payload_json TEXT,
      status TEXT DEFAULT 'pending',
      priority TEXT DEFAULT 'normal',
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      seen_at TIMESTAMP,
      handled_at TIMESTAMP,
      completed_at TIMESTAMP,
      completion_ref_json TEXT,
      expires_at TIMESTAMP,
      triggered_by_inbox_id TEXT,
      depth INTEGER DEFAULT 0,
      last_resolution_status TEXT,
      last_resolution_at TIMESTAMP,
      last_completion_ref_json TEXT,
      FOREIGN KEY (agent_user_id) REFERENCES users (id)`,
    indexes: [
      'CREATE INDEX IF NOT EXISTS idx_agent_inbox_sender_created ON agent_inbox (agent_user_id, sender_user_id, created_at)',
      'CREATE INDEX IF NOT EXISTS idx_agent_inbox_channel_created ON agent_inbox (agent_user_id, channel_id, created_at)',
      'CREATE INDEX IF NOT EXISTS idx_agent_inbox_expires ON agent_inbox (expires_at)',
      'CREATE INDEX IF NOT EXISTS idx_agent_inbox_sender ON agent_inbox (sender_user_id)',
      'CREATE INDEX IF NOT EXISTS idx_agent_inbox_status ON agent_inbox (agent_user_id, status, created_at)',
      'CREATE UNIQUE INDEX IF NOT EXISTS idx_agent_inbox_unique ON agent_inbox (agent_user_id, source_type, source_id, trigger_type)',
    ],
  },
  {
    name: 'agent_inbox_audit',
    columns: `
      id TEXT PRIMARY KEY,
      agent_user_id TEXT NOT NULL,
      reason TEXT NOT NULL,
      source_type TEXT NOT NULL,
      source_id TEXT NOT NULL,
      channel_id TEXT,
      sender_user_id TEXT,
      origin_peer TEXT,
      trigger_type TEXT NOT NULL,
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      FOREIGN KEY (agent_user_id) REFERENCES users (id)`,
    indexes: [
      'CREATE INDEX IF NOT EXISTS idx_agent_inbox_audit_reason ON agent_inbox_audit (reason)',
      'CREATE INDEX IF NOT EXISTS idx_agent_inbox_audit_user ON agent_inbox_audit (agent_user_id, created_at)',
    ],
  },
  {
    name: 'agent_inbox_config',
    columns: `
      user_id TEXT PRIMARY KEY,
      config_json TEXT NOT NULL,
      updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      FOREIGN KEY (user_id) REFERENCES users (id)`,
    indexes: [],
  },
  {
    name: 'agent_presence',
    columns: `
      user_id TEXT PRIMARY KEY,
      last_checkin_at TIMESTAMP NOT NULL,
      last_source TEXT,
      updated_at TIMESTAMP NOT NULL`,
    indexes: ['CREATE INDEX IF NOT EXISTS idx_agent_presence_checkin ON agent_presence (last_checkin_at)'],
  },
  {
    name: 'agent_runtime_state',
    columns: `
      user_id TEXT PRIMARY KEY,
      last_event_fetch_at TIMESTAMP,
      last_event_cursor_seen INTEGER,
      last_inbox_fetch_at TIMESTAMP,
      updated_at TIMESTAMP NOT NULL`,
    indexes: [
      'CREATE INDEX IF NOT EXISTS idx_agent_runtime_inbox_fetch ON agent_runtime_state (last_inbox_fetch_at)',
      'CREATE INDEX IF NOT EXISTS idx_agent_runtime_event_fetch ON agent_runtime_state (last_event_fetch_at)',
    ],
  },
  {
    name: 'agent_event_subscription_state',
    columns: `
      user_id TEXT PRIMARY KEY,
      custom_enabled INTEGER NOT NULL DEFAULT 0,
      updated_at TIMESTAMP NOT NULL`,
    indexes: [
      'CREATE INDEX IF NOT EXISTS idx_agent_event_subscription_state_enabled ON agent_event_subscription_state (custom_enabled, updated_at)',
    ],
  },
  {
    name: 'agent_event_subscriptions',
    columns: `
      user_id TEXT NOT NULL,
      event_type TEXT NOT NULL,
      updated_at TIMESTAMP NOT NULL,
      PRIMARY KEY (user_id, event_type)`,
    indexes: [
      'CREATE INDEX IF NOT EXISTS idx_agent_event_subscriptions_user ON agent_event_subscriptions (user_id, updated_at)',
    ],
  },
  {
    name: 'channel_thread_subscriptions',
    columns: `
      channel_id TEXT NOT NULL,
      thread_root_message_id TEXT NOT NULL,
      user_id TEXT NOT NULL,
      subscribed BOOLEAN NOT NULL DEFAULT 1,
      source TEXT NOT NULL DEFAULT 'manual',
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      PRIMARY KEY (thread_root_message_id, user_id),
      FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
      FOREIGN KEY (channel_id) REFERENCES channels (id) ON DELETE CASCADE`,
    indexes: [
      'CREATE INDEX IF NOT EXISTS idx_channel_thread_subscriptions_user ON channel_thread_subscriptions (user_id, subscribed)',
      'CREATE INDEX IF NOT EXISTS idx_channel_thread_subscriptions_channel ON channel_thread_subscriptions (channel_id, thread_root_message_id, subscribed)',
    ],
  },
];
