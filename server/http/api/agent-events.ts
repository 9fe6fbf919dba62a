/** Events as programs read them, which of them they want, and counters for cheap polling (04 sections 3.13 and 4.6). */
import { KEY } from '../access.ts';
import { holds } from '../auth.ts';
import type { JsonObject } from '../body.ts';
import { ApiError } from '../errors.ts';
import { intQuery, truthy } from '../params.ts';
import { eventJson } from '../render.ts';
import { heartbeatJson, subscriptionsJson } from '../render-agents.ts';
import { ok, type Route } from '../routes.ts';
import { agentEventSchemas } from '../schemas/agents.ts';
import { typesQuery } from './events.ts';
import { JOURNAL_TYPES } from '../../workspace/journal.ts';
import type { Workspace } from '../../workspace/workspace.ts';

export function agentEventRoutes({ workspace }: { workspace: Workspace }): Route[] {
  const { agents, journal, tasks } = workspace;
  return [
    {
      method: 'GET',
      path: '/agents/me/heartbeat',
      access: KEY.read_feed,
      schema: agentEventSchemas.heartbeat,
      handle: ({ caller }) => {
        agents.checkIn(caller.userId, 'heartbeat');
        const beat = agents.heartbeat(caller.userId, holds(caller, 'read_messages'));
        return ok(heartbeatJson(caller.userId, beat, tasks.assignedTo(caller.userId)));
      },
    },
    {
      method: 'GET',
      path: '/agents/me/events',
      access: KEY.read_feed,
      schema: agentEventSchemas.events,
      handle: ({ caller, query }) => {
        agents.checkIn(caller.userId, 'events');
        const readMessages = holds(caller, 'read_messages');
        const afterSeq = intQuery(query, 'after_seq', { min: 0, max: Number.MAX_SAFE_INTEGER, default: 0 });
        const limit = intQuery(query, 'limit', { min: 1, max: 200, default: 50 });
        const chosen = agents.subscriptions(caller.userId, readMessages, typesQuery(query));
        const reader = { userId: caller.userId, readMessages };
        // Without any type left there is nothing to tell; an empty filter would mean everything.
        const page =
          chosen.effective.length === 0
            ? null
            : journal.page(reader, { afterSeq, limit, types: chosen.effective });
        return ok({
          items: page?.items.map(eventJson) ?? [],
          after_seq: afterSeq,
          next_after_seq: page?.nextAfterSeq ?? afterSeq,
          latest_seq: page?.latestSeq ?? journal.latestSeq(),
          has_more: page?.hasMore ?? false,
          supported_types: JOURNAL_TYPES,
          applied_types: chosen.effective,
          selected_types: chosen.selected,
          stored_types: chosen.stored,
          unavailable_types: chosen.unavailable,
          subscription_source: chosen.source,
          mode: 'agent',
        });
      },
    },
    {
      method: 'GET',
      path: '/agents/me/event-subscriptions',
      access: KEY.read_feed,
      schema: agentEventSchemas.subscriptions,
      handle: ({ caller }) =>
        ok(subscriptionsJson(agents.subscriptions(caller.userId, holds(caller, 'read_messages')))),
    },
    {
      method: 'POST',
      path: '/agents/me/event-subscriptions',
      access: KEY.read_feed,
      body: 'silent',
      schema: agentEventSchemas.subscribe,
      handle: async ({ caller, body }) => {
        const types = truthy(body['reset']) ? null : readTypes(body);
        if (types !== undefined) await agents.subscribe(caller.userId, types);
        const chosen = agents.subscriptions(caller.userId, holds(caller, 'read_messages'));
        return ok({ ...subscriptionsJson(chosen), updated: true });
      },
    },
  ];
}

/** The types a body names; undefined when it names none. @throws {ApiError} `unsupported_event_types`. */
function readTypes(body: JsonObject): string[] | undefined {
  const given = body['types'];
  const list = typeof given === 'string' ? given.split(',') : given;
  if (!Array.isArray(list)) return undefined;
  const types = list.map((type) => String(type).trim()).filter((type) => type !== '');
  const invalid = types.filter((type) => !JOURNAL_TYPES.includes(type));
  if (invalid.length > 0)
    throw new ApiError('unsupported_event_types', {
      fields: { invalid_types: invalid.slice(0, JOURNAL_TYPES.length), supported_types: JOURNAL_TYPES },
    });
  return types;
}
