/**
 * Shared tables of what people keep for themselves and each other to do: bookmarks and tasks (03 sections 2.5.8 and
 * 2.5.9). Names, types and defaults are the reference's.
 */
import type { SharedTable } from './types.ts';

export const deskTables: readonly SharedTable[] = [
  {
    name: 'user_bookmarks',
    columns: `
      id TEXT PRIMARY KEY,
      user_id TEXT NOT NULL,
      source_type TEXT NOT NULL,
      source_id TEXT NOT NULL,
      container_type TEXT,
      container_id TEXT,
      source_author_id TEXT,
      title TEXT,
      preview TEXT,
      source_href TEXT NOT NULL,
      hero_ref TEXT,
      deck_default_ref TEXT,
      source_layout_json TEXT,
      snapshot_json TEXT NOT NULL DEFAULT '{}',
      note TEXT,
      tags_json TEXT,
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      last_opened_at TIMESTAMP,
      archived_at TIMESTAMP,
      UNIQUE (user_id, source_type, source_id)`,
    indexes: [
      'CREATE INDEX IF NOT EXISTS idx_user_bookmarks_user_source ON user_bookmarks (user_id, source_type, source_id)',
      'CREATE INDEX IF NOT EXISTS idx_user_bookmarks_user_opened ON user_bookmarks (user_id, last_opened_at DESC)',
      'CREATE INDEX IF NOT EXISTS idx_user_bookmarks_user_created ON user_bookmarks (user_id, created_at DESC)',
    ],
  },
  {
    name: 'tasks',
    columns: `
      id TEXT PRIMARY KEY,
      title TEXT NOT NULL,
      description TEXT,
      status TEXT DEFAULT 'open',
      priority TEXT DEFAULT 'normal',
      created_by TEXT NOT NULL,
      assigned_to TEXT,
      objective_id TEXT,
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      updated_by TEXT,
      due_at TIMESTAMP,
      completed_at TIMESTAMP,
      visibility TEXT DEFAULT 'network',
      metadata TEXT,
      origin_peer TEXT,
      source_type TEXT`,
    indexes: [
      'CREATE INDEX IF NOT EXISTS idx_tasks_objective ON tasks (objective_id)',
      'CREATE INDEX IF NOT EXISTS idx_tasks_updated_at ON tasks (updated_at)',
      'CREATE INDEX IF NOT EXISTS idx_tasks_assigned_to ON tasks (assigned_to)',
      'CREATE INDEX IF NOT EXISTS idx_tasks_status ON tasks (status)',
    ],
  },
];
