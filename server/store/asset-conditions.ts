/**
 * What assets are asked for by, as conditions in SQL (07 sections 1 and 2): a library's filter, the filters of a list,
 * and the words of a search. All that is given must hold.
 */
import type { AssetFilter } from '../wire/assets.ts';
import type { AssetHash } from '../wire/ids.ts';
import type { SqlParameters } from './sql.ts';

/** What a list or search may ask besides. */
export interface AssetQuery extends AssetFilter {
  /** Unix ms, included. */
  since?: number;
  /** Unix ms, included. */
  until?: number;
  /** Stands in the name, the description, the application or a tag; ASCII letters are compared without case. */
  text?: string;
}

/** A place in a list. */
export interface AssetCursor {
  timestamp: number;
  hash: AssetHash;
}

interface Conditions {
  where: string;
  parameters: SqlParameters;
}

/** For every part of a query that is there. */
export function assetConditions(query: AssetQuery): Conditions {
  const parts: string[] = [];
  const parameters: SqlParameters = {};
  const add = (part: string, values: SqlParameters): void => {
    parts.push(part);
    Object.assign(parameters, values);
  };
  if (query.application !== undefined) add('application = @application', { application: query.application });
  if (query.tags !== undefined)
    add('EXISTS (SELECT 1 FROM json_each(tags) t JOIN json_each(@tags) w ON w.value = t.value)', {
      tags: JSON.stringify(query.tags),
    });
  if (query.user !== undefined) add('user = @user', { user: query.user });
  if (query.mime_prefix !== undefined)
    add('lower(substr(mime_type, 1, length(@mime))) = @mime', { mime: query.mime_prefix.toLowerCase() });
  if (query.hashes !== undefined)
    add('hash IN (SELECT unhex(value) FROM json_each(@hashes))', { hashes: JSON.stringify(query.hashes) });
  if (query.since !== undefined) add('timestamp >= @since', { since: query.since });
  if (query.until !== undefined) add('timestamp <= @until', { until: query.until });
  if (query.text !== undefined)
    add(
      `(filename LIKE @text ESCAPE '\\' OR description LIKE @text ESCAPE '\\' OR application LIKE @text ESCAPE '\\'
        OR EXISTS (SELECT 1 FROM json_each(tags) WHERE value LIKE @text ESCAPE '\\'))`,
      { text: `%${query.text.replace(/[\\%_]/g, '\\$&')}%` },
    );
  return { where: parts.length === 0 ? 'TRUE' : parts.join(' AND '), parameters };
}

/** What comes after a place in a list of that order. */
export function belowCursor(from: AssetCursor | null, order: 'asc' | 'desc'): Conditions {
  if (from === null) return { where: 'TRUE', parameters: {} };
  return {
    where: `(timestamp, hash) ${order === 'asc' ? '>' : '<'} (@fromTime, @fromHash)`,
    parameters: { fromTime: from.timestamp, fromHash: Buffer.from(from.hash, 'hex') },
  };
}
