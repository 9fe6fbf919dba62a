/** The event journal by polling and as a stream (04 section 7). */
import { ANY_KEY_OR_SESSION } from '../access.ts';
import type { Authenticator, Caller } from '../auth.ts';
import { holds } from '../auth.ts';
import type { HttpComponents } from '../components.ts';
import type { EventStreams } from '../event-stream.ts';
import { intQuery } from '../params.ts';
import { eventJson, isoOrNull } from '../render.ts';
import { ApiError } from '../errors.ts';
import { ok, type Call, type Route } from '../routes.ts';
import { agentEventSchemas } from '../schemas/agents.ts';
import { eventSchemas } from '../schemas/system.ts';
import { JOURNAL_TYPES, type Journal } from '../../workspace/journal.ts';

export function eventRoutes(
  components: HttpComponents,
  streams: EventStreams,
  authenticator: Authenticator,
): Route[] {
  return [
    {
      method: 'GET',
      path: '/events',
      access: ANY_KEY_OR_SESSION,
      polled: 'stored',
      schema: eventSchemas.list,
      handle: ({ caller, query }) => {
        const afterSeq = intQuery(query, 'after_seq', { min: 0, max: Number.MAX_SAFE_INTEGER, default: 0 });
        const limit = intQuery(query, 'limit', { min: 1, max: 200, default: 50 });
        const types = typesQuery(query);
        const reader = { userId: caller.userId, readMessages: holds(caller, 'read_messages') };
        const page = components.workspace.journal.page(reader, { afterSeq, limit, types });
        return ok({
          items: page.items.map(eventJson),
          after_seq: afterSeq,
          next_after_seq: page.nextAfterSeq,
          latest_seq: page.latestSeq,
          has_more: page.hasMore,
          supported_types: JOURNAL_TYPES,
          applied_types: page.appliedTypes,
        });
      },
    },
    {
      method: 'GET',
      path: '/events/diagnostics',
      access: ANY_KEY_OR_SESSION,
      schema: agentEventSchemas.diagnostics,
      handle: ({ caller, query }) => {
        if (!caller.isOwner) throw new ApiError('diagnostics_owner_only');
        const limit = intQuery(query, 'limit', { min: 1, max: 200, default: 50 });
        return ok(
          diagnosticsJson(components.workspace.journal.diagnostics(limit), components.ports.clock.now()),
        );
      },
    },
    {
      method: 'GET',
      path: '/events/stream',
      access: ANY_KEY_OR_SESSION,
      schema: eventSchemas.stream,
      handle: (call, res) => {
        streams.open(call.req, res, call.caller, call.query, () => stillCalls(authenticator, call));
        return null;
      },
    },
  ];
}

/** `types` of a query: repeated, or separated by commas. */
export function typesQuery(query: URLSearchParams): string[] {
  return query
    .getAll('types')
    .flatMap((value) => value.split(','))
    .map((type) => type.trim());
}

function diagnosticsJson(found: ReturnType<Journal['diagnostics']>, now: number) {
  const { oldestAt, latestAt, typeCounts } = found;
  return {
    count: Object.values(typeCounts).reduce((sum, n) => sum + n, 0),
    oldest_created_at: isoOrNull(oldestAt),
    latest_created_at: isoOrNull(latestAt),
    latest_seq: found.latestSeq,
    oldest_age_seconds: oldestAt === null ? null : Math.max(0, Math.floor((now - oldestAt) / 1000)),
    type_counts: { ...Object.fromEntries(JOURNAL_TYPES.map((type) => [type, 0])), ...typeCounts },
    items: found.items.map(({ item, dedupeKey }) => {
      const { payload, ...shown } = eventJson(item);
      const preview = payload?.['preview'];
      return {
        ...shown,
        dedupe_key: dedupeKey,
        payload_keys: Object.keys(payload ?? {}).sort(),
        payload_preview: typeof preview === 'string' ? preview : '',
      };
    }),
    supported_types: JOURNAL_TYPES,
  };
}

/** Whether the key or session of the call would still be let in. */
export function stillCalls(authenticator: Authenticator, { req, caller }: Call<Caller>): boolean {
  try {
    return authenticator.again(req, ANY_KEY_OR_SESSION).userId === caller.userId;
  } catch {
    return false;
  }
}
