/**
 * Shared tables of accounts, keys and node state (03 section 2.5.1, and the governance row of 2.5.2).
 * Names, types and defaults are the reference's: a directory goes back and forth between the two programs.
 */
import type { SharedTable } from './types.ts';

export const peopleTables: readonly SharedTable[] = [
  {
    name: 'users',
    columns: `
      id TEXT PRIMARY KEY,
      username TEXT NOT NULL,
      public_key TEXT NOT NULL,
      password_hash TEXT,
      display_name TEXT,
      agent_directives TEXT,
      origin_peer TEXT,
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      account_type TEXT DEFAULT 'human',
      status TEXT DEFAULT 'active',
      bio TEXT,
      avatar_file_id TEXT,
      theme_preference TEXT DEFAULT 'dark',
      notification_settings TEXT,
      privacy_settings TEXT,
      profile_updated_at TIMESTAMP,
      UNIQUE (username)`,
    indexes: ['CREATE INDEX IF NOT EXISTS idx_users_origin_peer ON users (origin_peer)'],
  },
  {
    name: 'user_keys',
    columns: `
      user_id TEXT PRIMARY KEY,
      ed25519_public_key TEXT NOT NULL,
      ed25519_private_key TEXT NOT NULL,
      x25519_public_key TEXT NOT NULL,
      x25519_private_key TEXT NOT NULL,
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE`,
    indexes: [],
  },
  {
    name: 'api_keys',
    columns: `
      id TEXT PRIMARY KEY,
      user_id TEXT NOT NULL,
      key_hash TEXT NOT NULL,
      permissions TEXT NOT NULL,
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      expires_at TIMESTAMP,
      revoked BOOLEAN DEFAULT FALSE,
      UNIQUE (key_hash),
      FOREIGN KEY (user_id) REFERENCES users (id)`,
    indexes: [],
  },
  {
    name: 'system_state',
    columns: `
      key TEXT PRIMARY KEY,
      value TEXT NOT NULL,
      updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP`,
    indexes: [],
  },
  {
    name: 'user_channel_governance',
    columns: `
      user_id TEXT PRIMARY KEY,
      enabled BOOLEAN NOT NULL DEFAULT 0,
      block_public_channels BOOLEAN NOT NULL DEFAULT 0,
      restrict_to_allowed_channels BOOLEAN NOT NULL DEFAULT 0,
      allowed_channel_ids TEXT NOT NULL DEFAULT '[]',
      updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      updated_by TEXT,
      FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE`,
    indexes: [
      'CREATE INDEX IF NOT EXISTS idx_user_channel_governance_enabled ON user_channel_governance (enabled)',
    ],
  },
];
