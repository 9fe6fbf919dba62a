/**
 * Shared tables of direct messages, feed and files (03 sections 2.5.3 to 2.5.5).
 * Names, types and defaults are the reference's: a directory goes back and forth between the two programs.
 */
import type { SharedTable } from './types.ts';

export const contentTables: readonly SharedTable[] = [
  {
    name: 'messages',
    columns: `
      id TEXT PRIMARY KEY,
      sender_id TEXT NOT NULL,
      recipient_id TEXT,
      content TEXT NOT NULL,
      message_type TEXT DEFAULT 'text',
      metadata TEXT,
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      edited_at TIMESTAMP,
      delivered_at TIMESTAMP,
      read_at TIMESTAMP,
      FOREIGN KEY (sender_id) REFERENCES users (id)`,
    indexes: [
      'CREATE INDEX IF NOT EXISTS idx_messages_created_at ON messages (created_at)',
      'CREATE INDEX IF NOT EXISTS idx_messages_recipient ON messages (recipient_id)',
      'CREATE INDEX IF NOT EXISTS idx_messages_sender ON messages (sender_id)',
    ],
  },
  {
    name: 'feed_posts',
    columns: `
      id TEXT PRIMARY KEY,
      author_id TEXT NOT NULL,
      content TEXT NOT NULL,
      content_type TEXT DEFAULT 'text',
      metadata TEXT,
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      expires_at TIMESTAMP,
      visibility TEXT DEFAULT 'network',
      likes INTEGER DEFAULT 0,
      comments INTEGER DEFAULT 0,
      shares INTEGER DEFAULT 0,
      source_type TEXT DEFAULT 'human',
      source_agent_id TEXT DEFAULT NULL,
      source_url TEXT DEFAULT NULL,
      tags TEXT DEFAULT NULL,
      last_activity_at TIMESTAMP,
      FOREIGN KEY (author_id) REFERENCES users (id)`,
    indexes: [
      'CREATE INDEX IF NOT EXISTS idx_feed_posts_visibility ON feed_posts (visibility)',
      'CREATE INDEX IF NOT EXISTS idx_feed_posts_last_activity ON feed_posts (last_activity_at)',
      'CREATE INDEX IF NOT EXISTS idx_feed_posts_expires_at ON feed_posts (expires_at)',
      'CREATE INDEX IF NOT EXISTS idx_feed_posts_created_at ON feed_posts (created_at)',
      'CREATE INDEX IF NOT EXISTS idx_feed_posts_author ON feed_posts (author_id)',
    ],
  },
  {
    name: 'post_permissions',
    columns: `
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      post_id TEXT NOT NULL,
      user_id TEXT NOT NULL,
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      UNIQUE (post_id, user_id),
      FOREIGN KEY (user_id) REFERENCES users (id),
      FOREIGN KEY (post_id) REFERENCES feed_posts (id) ON DELETE CASCADE`,
    indexes: ['CREATE INDEX IF NOT EXISTS idx_post_permissions_user ON post_permissions (user_id)'],
  },
  {
    name: 'likes',
    columns: `
      id TEXT PRIMARY KEY,
      message_id TEXT NOT NULL,
      user_id TEXT NOT NULL,
      reaction_type TEXT DEFAULT 'like',
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      UNIQUE (message_id, user_id)`,
    indexes: [
      'CREATE INDEX IF NOT EXISTS idx_likes_user ON likes (user_id)',
      'CREATE INDEX IF NOT EXISTS idx_likes_message ON likes (message_id)',
    ],
  },
  {
    name: 'comments',
    columns: `
      id TEXT PRIMARY KEY,
      message_id TEXT NOT NULL,
      user_id TEXT NOT NULL,
      content TEXT NOT NULL,
      parent_comment_id TEXT,
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      expires_at TIMESTAMP`,
    indexes: [
      'CREATE INDEX IF NOT EXISTS idx_comments_expires_at ON comments (expires_at)',
      'CREATE INDEX IF NOT EXISTS idx_comments_parent ON comments (parent_comment_id)',
      'CREATE INDEX IF NOT EXISTS idx_comments_user ON comments (user_id)',
      'CREATE INDEX IF NOT EXISTS idx_comments_message ON comments (message_id)',
    ],
  },
  {
    name: 'poll_votes',
    columns: `
      id TEXT PRIMARY KEY,
      poll_id TEXT NOT NULL,
      item_type TEXT NOT NULL,
      user_id TEXT NOT NULL,
      option_index INTEGER NOT NULL,
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      UNIQUE (poll_id, item_type, user_id)`,
    indexes: [
      'CREATE INDEX IF NOT EXISTS idx_poll_votes_user ON poll_votes (user_id)',
      'CREATE INDEX IF NOT EXISTS idx_poll_votes_poll ON poll_votes (poll_id)',
    ],
  },
  {
    name: 'poll_closures',
    columns: `
      poll_id TEXT NOT NULL,
      item_type TEXT NOT NULL,
      closed_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      summary TEXT,
      PRIMARY KEY (poll_id, item_type)`,
    indexes: ['CREATE INDEX IF NOT EXISTS idx_poll_closures_closed_at ON poll_closures (closed_at)'],
  },
  {
    name: 'files',
    columns: `
      id TEXT PRIMARY KEY,
      original_name TEXT NOT NULL,
      stored_name TEXT NOT NULL,
      file_path TEXT NOT NULL,
      content_type TEXT NOT NULL,
      size INTEGER NOT NULL,
      uploaded_by TEXT NOT NULL,
      uploaded_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      checksum TEXT NOT NULL,
      FOREIGN KEY (uploaded_by) REFERENCES users (id)`,
    indexes: [
      'CREATE INDEX IF NOT EXISTS idx_files_uploaded_at ON files (uploaded_at)',
      'CREATE INDEX IF NOT EXISTS idx_files_content_type ON files (content_type)',
      'CREATE INDEX IF NOT EXISTS idx_files_uploaded_by ON files (uploaded_by)',
    ],
  },
  {
    name: 'file_access_log',
    columns: `
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      file_id TEXT NOT NULL,
      accessed_by TEXT NOT NULL,
      accessed_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      ip_address TEXT,
      user_agent TEXT,
      FOREIGN KEY (accessed_by) REFERENCES users (id),
      FOREIGN KEY (file_id) REFERENCES files (id)`,
    indexes: ['CREATE INDEX IF NOT EXISTS idx_file_access_log_file_id ON file_access_log (file_id)'],
  },
];
