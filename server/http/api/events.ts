/** The event journal by polling and as a stream (04 section 7). */
import { ANY_KEY_OR_SESSION } from '../access.ts';
import type { Authenticator, Caller } from '../auth.ts';
import { holds } from '../auth.ts';
import type { HttpComponents } from '../components.ts';
import type { EventStreams } from '../event-stream.ts';
import { intQuery } from '../params.ts';
import { eventJson } from '../render.ts';
import { ok, type Call, type Route } from '../routes.ts';
import { eventSchemas } from '../schemas/system.ts';
import { JOURNAL_TYPES } from '../../workspace/journal.ts';

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
        const types = query
          .getAll('types')
          .flatMap((value) => value.split(','))
          .map((type) => type.trim());
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

/** Whether the key or session of the call would still be let in. */
export function stillCalls(authenticator: Authenticator, { req, caller }: Call<Caller>): boolean {
  try {
    return authenticator.again(req, ANY_KEY_OR_SESSION).userId === caller.userId;
  } catch {
    return false;
  }
}
