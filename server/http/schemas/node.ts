/** What the routes about the node itself take and answer (05 section 10.15, K-2 and K-6). */
import * as z from 'zod';
import { done, id, limitParam, textParam, time, type RouteSchema } from '../route-schema.ts';
import { LOG_LEVELS } from '../../telemetry/log-reader.ts';

const count = z.int().min(0);
/** Lines of the log in one answer: more than anybody reads at once. */
const MAX_LOG_LINES = 500;

export const nodeSchemas = {
  about: {
    summary: 'What this node is, how long it runs and what it holds',
    answer: z.looseObject({
      version: z.string(),
      node_version: z.string(),
      platform: z.string(),
      peer_id: z.string().nullable(),
      started_at: time,
      uptime_seconds: count,
      http_port: count,
      mesh_running: z.boolean(),
      mesh_port: count,
      extensions: z.array(z.string()),
      data_directory: z.string().nullable().describe('Only for the owner'),
      asset_service: z
        .object({ url: z.string(), reachable: z.boolean(), problem: z.string().nullable() })
        .nullable()
        .describe('Another service that assets are exchanged with; only for the owner'),
      disk_free_bytes: count.nullable(),
      database: z.looseObject({
        bytes: count,
        mode: z.enum(['full', 'reference']),
        import_waiting: z.boolean().describe('A database waits to take its place at the next start'),
      }),
      files: z.object({ count, bytes: count }),
    }),
  },
  cleanup: {
    summary: 'Remove what has expired, now instead of at the next round',
    answer: done.extend({ expired_removed: count, files_removed: count }),
    errors: ['owner_required'],
  },
  exportDatabase: {
    summary: 'Download a copy of the database as it is now',
    answer: 'application/x-sqlite3',
    errors: ['owner_required', 'database_busy', 'export_failed'],
  },
  importDatabase: {
    summary: 'Let a database take the place of this one at the next start',
    answer: done.extend({ message: z.string(), restart_required: z.literal(true) }),
    errors: [
      'owner_required',
      'database_busy',
      'import_unconfirmed',
      'import_file_required',
      'import_refused',
      'import_too_large',
      'file_not_saved',
    ],
  },
  forgetImport: {
    summary: 'Keep this database after all: what waits for the next start is removed',
    answer: done,
    errors: ['owner_required', 'database_busy'],
  },
  log: {
    summary: 'Read the newest lines of the log',
    query: z.looseObject({
      level: z.enum(LOG_LEVELS).optional().describe('This level and the graver ones; `info` when absent'),
      room: textParam('Only lines of this part of the program'),
      q: textParam('Only lines with this text'),
      limit: limitParam(200, MAX_LOG_LINES),
    }),
    answer: z.object({
      lines: z.array(
        z.object({
          time,
          level: z.enum(LOG_LEVELS),
          room: z.string().nullable(),
          message: z.string(),
          details: z.string(),
        }),
      ),
      rooms: z.array(z.string()),
      has_older: z.boolean(),
      file: z.string().nullable(),
    }),
    errors: ['owner_required', 'invalid_field'],
  },
  keys: {
    summary: 'List the API keys of the other accounts',
    answer: z.object({
      keys: z.array(
        z.object({
          id,
          user_id: id,
          username: z.string(),
          display_name: z.string(),
          name: z.string().nullable(),
          permissions: z.array(z.string()),
          created_at: time.nullable(),
          expires_at: time.nullable(),
          revoked: z.boolean(),
          usable: z.boolean(),
        }),
      ),
    }),
    errors: ['owner_required'],
  },
  revoke: {
    summary: 'Revoke an API key of another account',
    answer: done,
    errors: ['owner_required', 'user_not_found', 'key_not_found'],
  },
} satisfies Record<string, RouteSchema>;
