/** The inbox of the caller, person or program (04 section 4.5). */
import { KEY } from '../access.ts';
import type { JsonObject } from '../body.ts';
import { ApiError } from '../errors.ts';
import { beforeQuery, nextCursor } from '../paging.ts';
import { boolQuery, intQuery, isRecord, sinceQuery } from '../params.ts';
import { auditJson, inboxItemJson } from '../render-attention.ts';
import { readBodyBy } from '../route-schema.ts';
import { ok, type Route } from '../routes.ts';
import { inboxSchemas } from '../schemas/attention.ts';
import type { Ports } from '../../ports/types.ts';
import { INBOX_STATES, type InboxState } from '../../store/inbox.ts';
import { OPEN } from '../../workspace/inbox.ts';
import { inboxConfigPatch } from '../../workspace/inbox-config.ts';
import type { Workspace } from '../../workspace/workspace.ts';

const HOUR_MS = 3_600_000;
/** A year (04 section 4.5). */
const MAX_HOURS = 8760;
const DEFAULT_REBUILD_HOURS = 168;
/** 04 section 4.5; each may be a row written. */
const MAX_REBUILT = 5000;
const DEFAULT_REBUILT = 2000;
/** States a caller can move an item to, and the old name of one. */
const TARGETS: Readonly<Record<string, InboxState>> = {
  seen: 'seen',
  completed: 'completed',
  skipped: 'skipped',
  pending: 'pending',
  handled: 'completed',
};

export function inboxRoutes(components: { workspace: Workspace; ports: Pick<Ports, 'clock'> }): Route[] {
  const { inbox, attention, agents } = components.workspace;
  const { clock } = components.ports;
  return [
    {
      method: 'GET',
      path: '/agents/me/inbox',
      access: KEY.read_feed,
      polled: 'live',
      schema: inboxSchemas.list,
      handle: ({ caller, query }) => {
        agents.checkIn(caller.userId, 'inbox');
        const asked = stateQuery(query);
        const all = boolQuery(query, 'include_handled', false);
        const limit = intQuery(query, 'limit', { min: 1, max: 200, default: 50 });
        const items = inbox.list(caller.userId, {
          states: asked ?? (all ? INBOX_STATES : OPEN),
          limit,
          since: sinceQuery(query),
          ...beforeQuery(query),
        });
        const next_cursor = nextCursor(items, limit, ({ id }) => inbox.cursor(caller.userId, id));
        return ok({ items: items.map(inboxItemJson), count: items.length, next_cursor });
      },
    },
    {
      method: 'GET',
      path: '/agents/me/inbox/count',
      access: KEY.read_feed,
      polled: 'live',
      schema: inboxSchemas.count,
      handle: ({ caller, query }) =>
        ok({ count: inbox.count(caller.userId, stateQuery(query) ?? ['pending']) }),
    },
    {
      method: 'PATCH',
      path: '/agents/me/inbox',
      access: KEY.read_feed,
      body: 'caught',
      schema: inboxSchemas.changeMany,
      handle: async ({ caller, body }) => {
        const ids = body['ids'];
        if (!Array.isArray(ids)) throw new ApiError('inbox_ids_not_list');
        const { state, completionRef } = readChange(body);
        const known = ids.filter((id): id is string => typeof id === 'string');
        return ok({ updated: await inbox.setState(caller.userId, known, state, completionRef) });
      },
    },
    {
      method: 'GET',
      path: '/agents/me/inbox/config',
      access: KEY.read_feed,
      schema: inboxSchemas.config,
      handle: ({ caller }) => ok({ config: inbox.config(caller.userId) }),
    },
    {
      method: 'PATCH',
      path: '/agents/me/inbox/config',
      access: KEY.read_feed,
      body: 'caught',
      schema: inboxSchemas.configure,
      handle: async ({ caller, body }) => {
        const patch = Object.entries(readBodyBy(inboxConfigPatch, body)).filter(
          ([, value]) => value !== undefined,
        );
        return ok({ config: await inbox.configure(caller.userId, Object.fromEntries(patch)) });
      },
    },
    {
      method: 'GET',
      path: '/agents/me/inbox/stats',
      access: KEY.read_feed,
      schema: inboxSchemas.stats,
      handle: ({ caller, query }) => {
        const hours = intQuery(query, 'window_hours', { min: 1, max: MAX_HOURS, default: 24 });
        const stats = inbox.stats(caller.userId, hours);
        return ok({
          stats: {
            status_counts: stats.statusCounts,
            rejection_counts: stats.rejectionCounts,
            discrepancy_counts: {
              completed_without_completion_ref: stats.completedWithoutRef,
              skipped_without_completion_ref: stats.skippedWithoutRef,
            },
            window_hours: hours,
          },
        });
      },
    },
    {
      method: 'GET',
      path: '/agents/me/inbox/audit',
      access: KEY.read_feed,
      schema: inboxSchemas.audit,
      handle: ({ caller, query }) => {
        const limit = intQuery(query, 'limit', { min: 1, max: 200, default: 50 });
        const asked = { since: sinceQuery(query), limit, ...beforeQuery(query) };
        const rows = inbox.audit(caller.userId, asked);
        const next_cursor = nextCursor(rows, limit, (row) => inbox.auditCursor(row));
        return ok({ items: rows.map(auditJson), count: rows.length, next_cursor });
      },
    },
    {
      method: 'POST',
      path: '/agents/me/inbox/rebuild',
      access: KEY.read_feed,
      body: 'silent',
      schema: inboxSchemas.rebuild,
      handle: async ({ caller, body }) => {
        const hours = intField(body, 'window_hours', MAX_HOURS, DEFAULT_REBUILD_HOURS);
        const limit = intField(body, 'limit', MAX_REBUILT, DEFAULT_REBUILT);
        const since = clock.now() - hours * HOUR_MS;
        const { scanned, created } = await attention.rebuild(caller.userId, since, limit);
        return ok({
          ...{ scanned, created },
          skipped: scanned - created,
          pending_after: inbox.count(caller.userId),
          user_id: caller.userId,
          window_hours: hours,
        });
      },
    },
    {
      method: 'PATCH',
      path: '/agents/me/inbox/:item',
      access: KEY.read_feed,
      body: 'caught',
      schema: inboxSchemas.change,
      handle: async ({ caller, param, body }) => {
        const { state, completionRef } = readChange(body);
        return ok({ updated: await inbox.setState(caller.userId, [param('item')], state, completionRef) });
      },
    },
  ];
}

/** The state a query names; null when it names none that exists. */
function stateQuery(query: URLSearchParams): InboxState[] | null {
  const asked = query.get('status')?.trim().toLowerCase() ?? '';
  const state = INBOX_STATES.find((one) => one === asked) ?? TARGETS[asked];
  return state === undefined ? null : [state];
}

function readChange(body: JsonObject): {
  state: InboxState;
  completionRef: Record<string, unknown> | null;
} {
  const status = body['status'] ?? 'handled';
  const state = typeof status === 'string' ? TARGETS[status.trim().toLowerCase()] : undefined;
  if (state === undefined) throw new ApiError('inbox_status_invalid');
  const ref = body['completion_ref'] ?? null;
  if (ref !== null && !isRecord(ref)) throw new ApiError('completion_ref_not_object');
  return { state, completionRef: ref };
}

function intField(body: JsonObject, name: string, max: number, fallback: number): number {
  const value = body[name];
  if (typeof value !== 'number' || !Number.isFinite(value)) return fallback;
  return Math.min(Math.max(Math.trunc(value), 1), max);
}
