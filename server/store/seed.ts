/**
 * Rows every database has (03 sections 2.1, 2.5.1, 3.6, 5.1): the built-in users, `general`, the quarantine
 * channel of new agents and the state keys. Written at every opening where missing, exactly as the reference
 * writes them, so that a directory of ours starts there without repairs.
 */
import type { ChannelId, UserId } from '../wire/ids.ts';
import type { Sql } from './sql.ts';
import { toDbTime, toIsoTime } from './time.ts';

export const SYSTEM_USER = 'system' as UserId;
export const LOCAL_USER = 'local_user' as UserId;
export const GENERAL_CHANNEL = 'general' as ChannelId;
export const QUARANTINE_CHANNEL_NAME = 'agent-start-here';
/** Ids of quarantine channels begin so, or are exactly the legacy id, which equals the name. */
export const QUARANTINE_ID_PREFIX = 'Cagentstart';

const QUARANTINE_DESCRIPTION =
  'Private local-only quarantine and onboarding channel for newly approved agents.';

/** Writes what is missing. `newChannelId` is used when there is no quarantine channel yet. */
export function seed(sql: Sql, { now, quarantineId }: { now: number; quarantineId: ChannelId }): void {
  const at = toDbTime(now);
  user(sql, SYSTEM_USER, 'System', 'system_public_key', at);
  user(sql, LOCAL_USER, 'Local User', 'default_public_key', at);
  channel(sql, {
    id: GENERAL_CHANNEL,
    name: 'general',
    type: 'public',
    privacy: 'open',
    at,
    description: 'General discussion channel',
  });
  sql.run(
    "UPDATE channels SET privacy_mode = 'open', lifecycle_preserved = 1 WHERE id = 'general' AND (privacy_mode <> 'open' OR lifecycle_preserved <> 1)",
  );
  state(sql, 'agent_quarantine_channel_id', quarantine(sql, quarantineId, at), at);
  if (sql.get("SELECT 1 FROM system_state WHERE key = 'initialized'") !== undefined) return;
  state(sql, 'initialized', toIsoTime(now), at);
  state(sql, 'version', '0.1.0', at);
  // Says that no old rows without expiry wait to be given one; an older directory does not say so, and keeps silent.
  state(sql, 'retention_policy_bounded_v1', toIsoTime(now), at);
}

function quarantine(sql: Sql, freshId: ChannelId, at: string): string {
  const stored = sql.get<{ id: string }>(
    "SELECT channels.id FROM system_state JOIN channels ON channels.id = system_state.value WHERE system_state.key = 'agent_quarantine_channel_id'",
  );
  if (stored !== undefined) return stored.id;
  const existing = sql.get<{ id: string }>(
    'SELECT id FROM channels WHERE name = @name AND origin_peer IS NULL ORDER BY created_at LIMIT 1',
    { name: QUARANTINE_CHANNEL_NAME },
  );
  const id = existing?.id ?? freshId;
  channel(sql, {
    id,
    name: QUARANTINE_CHANNEL_NAME,
    type: 'private',
    privacy: 'private',
    at,
    description: QUARANTINE_DESCRIPTION,
  });
  sql.run("DELETE FROM system_state WHERE key = 'agent_quarantine_channel_id'");
  return id;
}

function user(sql: Sql, id: UserId, username: string, publicKey: string, at: string): void {
  sql.run(
    'INSERT OR IGNORE INTO users (id, username, public_key, created_at, updated_at) VALUES (@id, @username, @publicKey, @at, @at)',
    { id, username, publicKey, at },
  );
}

function channel(
  sql: Sql,
  fields: { id: string; name: string; type: string; privacy: string; description: string; at: string },
): void {
  const { changes } = sql.run(
    `INSERT OR IGNORE INTO channels
       (id, name, channel_type, created_by, created_at, last_activity_at, description, lifecycle_preserved, privacy_mode)
     VALUES (@id, @name, @type, 'system', @at, @at, @description, 1, @privacy)`,
    fields,
  );
  if (changes === 0) return;
  sql.run(
    "INSERT OR IGNORE INTO channel_members (channel_id, user_id, role, joined_at) VALUES (@id, 'local_user', 'admin', @at)",
    { id: fields.id, at: fields.at },
  );
}

function state(sql: Sql, key: string, value: string, at: string): void {
  sql.run('INSERT OR IGNORE INTO system_state (key, value, updated_at) VALUES (@key, @value, @at)', {
    key,
    value,
    at,
  });
}
