/**
 * Which index holds what (04 section 3.12): channel messages in the database as long as they stand there in clear;
 * everything that is encrypted at rest in memory, so that none of its words is on the disk.
 */
import type { Timers } from '../ports/types.ts';
import type { GroupCommit } from './group-commit.ts';
import { MemorySearchIndex } from './search-memory.ts';
import { SEARCH_KINDS } from './search.ts';
import type { SearchChanges, SearchIndex, SearchKind, SearchSource } from './search.ts';
import { SqliteSearchIndex } from './search-sqlite.ts';
import type { Sql } from './sql.ts';
import type { StorageMode } from './vault.ts';

/** The indexes of a directory in `mode`, not started. Together they hold every kind once. */
export function searchIndexes(
  components: {
    sql: Sql;
    commit: Pick<GroupCommit, 'unsynced'>;
    timers: Timers;
    sources: Readonly<Record<SearchKind, SearchSource>>;
    changes: SearchChanges;
  },
  { mode }: { mode: StorageMode },
): SearchIndex[] {
  const { sources, ...shared } = components;
  const { channel_message: channelMessages, direct_message: directMessages, feed_post: posts } = sources;
  if (mode === 'full')
    return [new MemorySearchIndex({ ...shared, sources: SEARCH_KINDS.map((kind) => sources[kind]) })];
  return [
    new SqliteSearchIndex({ ...shared, source: channelMessages }),
    new MemorySearchIndex({ ...shared, sources: [directMessages, posts] }),
  ];
}
