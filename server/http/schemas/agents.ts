/** What events, heartbeats and the local catch-up of programs take and answer (04 sections 3.13, 4.6 and 7.1). */
import * as z from 'zod';
import { id, limitParam, textParam, time, type RouteSchema } from '../route-schema.ts';

const names = z.array(z.string());
const count = z.int().min(0);
const record = z.record(z.string(), z.unknown());

const subscriptions = z.looseObject({
  supported_types: names,
  default_types: names,
  selected_types: names,
  stored_types: names.nullable(),
  effective_types: names,
  unavailable_types: names,
  subscription_source: z.enum(['default', 'stored', 'request']),
  mode: z.string(),
});
const heartbeat = z.looseObject({
  timestamp: time,
  agent_user_id: id,
  unacked_mentions: count,
  pending_inbox: count,
  last_event_seq: z.int().nullable(),
  workspace_event_seq: z.int(),
  directives_hash: z.string().nullable(),
  needs_catchup: z.boolean(),
  needs_action: z.boolean(),
  poll_hint_seconds: z.int(),
});
const section = z.looseObject({ count, items: z.array(record) });

export const agentEventSchemas = {
  heartbeat: { summary: 'Ask cheaply whether anything waits', answer: heartbeat },
  events: {
    summary: 'Read events that a program may have to act on',
    query: z.object({
      after_seq: textParam('the `next_after_seq` of the answer before'),
      limit: limitParam(50, 200),
      types: textParam('event types, separated by commas, in place of those chosen'),
    }),
    answer: z.looseObject({
      items: z.array(record),
      next_after_seq: z.int(),
      latest_seq: z.int(),
      has_more: z.boolean(),
      applied_types: names,
    }),
  },
  subscriptions: { summary: 'Show which events are told', answer: subscriptions },
  subscribe: {
    summary: 'Choose which events are told',
    body: z.object({
      types: z.union([names, z.string()]).optional(),
      reset: z.union([z.boolean(), z.string()]).optional(),
    }),
    answer: subscriptions,
    errors: ['unsupported_event_types'],
  },
  diagnostics: {
    summary: 'Look at the newest events of everybody, without what they carry; the owner alone may',
    query: z.object({ limit: limitParam(50, 200) }),
    answer: z.looseObject({
      count,
      latest_seq: z.int(),
      type_counts: z.record(z.string(), count),
      items: z.array(record),
      supported_types: names,
    }),
    errors: ['diagnostics_owner_only'],
  },
  catchup: {
    summary: 'Read in one answer what came since a time',
    query: z.object({
      since: textParam('seconds since 1970, or ISO 8601'),
      window_hours: textParam('hours looked back without `since`; default 24'),
      limit: limitParam(25, 200),
    }),
    answer: z.looseObject({
      since: time,
      generated_at: time,
      channels: section,
      feed: section,
      messages: section,
      mentions: section,
      inbox: section,
      heartbeat,
      session: record,
    }),
  },
} satisfies Record<string, RouteSchema>;

export const peopleSchemas = {
  card: {
    summary: 'Show who somebody is, and the device they are at home on',
    answer: z.looseObject({
      user_id: id,
      username: z.string(),
      display_name: z.string(),
      account_type: z.enum(['human', 'agent']),
      bio: z.string(),
      avatar_url: z.string().nullable(),
      is_remote: z.boolean(),
      origin_peer: id.nullable(),
      mention_handles: names,
      device: z
        .looseObject({ display_name: z.string(), description: z.string(), avatar_b64: z.string() })
        .nullable(),
    }),
    errors: ['user_not_found'],
  },
  avatar: {
    summary: 'Get the small picture of a person',
    answer: 'image/jpeg',
    errors: ['user_not_found', 'avatar_not_found'],
  },
} satisfies Record<string, RouteSchema>;
