/** What the routes of the node itself, of events, files and trust take and answer (04 sections 3.1, 3.11, 4.10 and 7). */
import * as z from 'zod';
import type { EventItemJson } from '../types/messages.ts';
import { done, id, limitParam, textParam, time, type RouteSchema } from '../route-schema.ts';
import { networkStatus } from './mesh.ts';

const count = z.int().min(0);
const loose = z.looseObject({});

const trustStatistics = z
  .looseObject({
    total_peers: count,
    trusted_peers: count,
    average_score: z.number(),
    min_score: z.number(),
    max_score: z.number(),
    total_compliance: count,
    total_violations: count,
    total_signals: count,
    pending_signals: count,
    complied_signals: count,
    violated_signals: count,
    compliance_rate: z.number(),
  })
  .meta({ id: 'TrustStatistics' });

export const systemSchemas = {
  health: {
    summary: 'Whether this node runs',
    answer: z.object({ status: z.literal('healthy'), timestamp: time, version: z.string() }),
  },
  info: {
    summary: 'The version of this node; with a key also what it holds',
    answer: z.looseObject({
      version: z.string(),
      database_stats: z.record(z.string(), z.number()).optional(),
      trust_stats: trustStatistics.optional(),
      p2p_network: networkStatus.optional(),
      config: loose.optional(),
    }),
  },
  systemHealth: {
    summary: 'Queues, peers and sizes, and whether something needs attention',
    answer: z.looseObject({
      timestamp: time,
      started_at: time,
      uptime_seconds: count,
      db: loose,
      users: loose,
      queues: loose,
      peers: loose,
      needs_attention: z.boolean(),
      poll_hint_seconds: count,
    }),
  },
  metrics: { summary: 'Figures for Prometheus', answer: 'text/plain' },
} satisfies Record<string, RouteSchema>;

const eventItem = z
  .object({
    seq: z.int(),
    event_id: id,
    event_type: z.string(),
    actor_user_id: id.nullable(),
    target_user_id: id.nullable(),
    channel_id: id.nullable(),
    post_id: id.nullable(),
    message_id: id.nullable(),
    visibility_scope: z.enum(['user', 'channel', 'feed', 'dm']),
    created_at: time,
    payload: z.record(z.string(), z.unknown()).nullable(),
  })
  .meta({ id: 'Event' }) satisfies z.ZodType<EventItemJson>;

const afterSeq = textParam('The `seq` of the last event that is known; 0 for all');
const types = textParam('Event types, with commas or repeated');

export const eventSchemas = {
  list: {
    summary: 'Read what happened since an event, in order',
    query: z.looseObject({ after_seq: afterSeq, limit: limitParam(50, 200), types }),
    answer: z.looseObject({
      items: z.array(eventItem),
      after_seq: z.int(),
      next_after_seq: z.int(),
      latest_seq: z.int(),
      has_more: z.boolean(),
      supported_types: z.array(z.string()),
      applied_types: z.array(z.string()),
    }),
  },
  stream: {
    summary: 'Read what happens as it happens, as server-sent events',
    query: z.looseObject({ after_seq: afterSeq, types, heartbeat: textParam('seconds, 1 to 60') }),
    answer: 'text/event-stream',
    errors: ['too_many_streams', 'stopping'],
  },
} satisfies Record<string, RouteSchema>;

const OCTETS = 'application/octet-stream';

/** Why a file is not kept. */
const REFUSALS = [
  'file_not_saved',
  'file_too_large',
  'file_empty',
  'file_type_not_allowed',
  'file_content_mismatch',
  'file_extension_mismatch',
  'file_module_refused',
  'file_spreadsheet_malformed',
  'file_archive_refused',
  'file_not_text',
  'file_active_content',
] as const;

const bytesParam = z
  .string()
  .regex(/^\d{1,12}$/u, 'a number of bytes')
  .transform(Number)
  .meta({ type: 'integer', minimum: 0 });

export const partialQuery = z.object({
  offset: bytesParam.describe('Where in the file the body belongs: what the node has already'),
  size: bytesParam.describe('Bytes of the whole file'),
  filename: z.string().optional(),
  content_type: z.string().optional(),
});

const uploadState = z.object({
  success: z.literal(true),
  received: count.describe('Bytes the node has'),
  file: z
    .object({ file_id: id, filename: z.string(), content_type: z.string(), size: count })
    .nullable()
    .describe('Set when the upload is finished'),
});

export const fileSchemas = {
  upload: {
    summary: 'Upload a file, as a form with a `file`, or as JSON with base64 in `data`',
    answer: z.looseObject({
      success: z.literal(true),
      file_id: id,
      filename: z.string(),
      content_type: z.string(),
      size: count,
      metadata_normalized: z.literal(true).optional(),
      nudge: z.string().optional(),
    }),
    status: 201,
    errors: [
      'body_too_large',
      'no_file',
      'empty_file',
      'invalid_base64',
      'upload_too_large',
      'bad_request',
      ...REFUSALS,
    ],
  },
  partial: {
    summary:
      'Send a file of any kind, or the rest of one, as the body; what came stays when the connection breaks. One that is not what it claims to be is kept as mere bytes',
    query: partialQuery,
    answer: uploadState,
    errors: [
      'invalid_field',
      'invalid_upload_name',
      'upload_offset',
      'bad_request',
      'unsupported_media_type',
      'busy',
      'file_not_saved',
      'file_too_large',
      'file_empty',
    ],
  },
  partialState: {
    summary: 'How many bytes of an upload the node has, and its file when it is finished',
    answer: uploadState,
    errors: ['invalid_upload_name', 'busy', 'file_not_saved'],
  },
  partialCancel: {
    summary: 'Give up an upload that is not finished',
    answer: done,
    errors: ['invalid_upload_name', 'busy', 'file_not_saved'],
  },
  download: {
    summary: 'Download a file, or ranges of it',
    answer: OCTETS,
    errors: ['file_not_found', 'file_access_denied'],
  },
  show: {
    summary: 'Show a file in place where that is safe, else download it',
    query: z.looseObject({ framed: textParam('`1`: a PDF is shown too, in a frame of the page') }),
    answer: OCTETS,
    errors: ['file_not_found', 'file_access_denied'],
  },
  preview: {
    summary: 'Read the beginning of a text, table or archive',
    answer: z.looseObject({
      success: z.boolean(),
      file_id: id,
      filename: z.string(),
      content_type: z.string(),
    }),
    errors: ['file_not_found', 'file_access_denied'],
  },
  access: {
    summary: 'Whether the caller may read a file, and why',
    answer: z.object({
      file_id: id,
      filename: z.string(),
      access: z.object({
        allowed: z.boolean(),
        reason: z.string(),
        evidence: z.array(
          z.object({
            source_type: z.string(),
            source_id: z.string(),
            detail: z.string().nullable(),
            can_view: z.literal(true),
          }),
        ),
      }),
    }),
    errors: ['file_not_found', 'file_access_denied'],
  },
  remove: {
    summary: 'Delete an own file',
    answer: z.object({ file_id: id, success: z.literal(true) }),
    errors: ['file_not_found', 'file_access_denied', 'file_not_owned'],
  },
} satisfies Record<string, RouteSchema>;

const trustState = {
  peer_id: id,
  trust_score: z.number().min(0).max(100),
  is_trusted: z.boolean(),
  has_explicit_score: z.boolean(),
};

const trustChange = z.looseObject({
  score: z.number().min(0).max(100).optional(),
  tier: z.enum(['safe', 'guarded', 'restricted', 'quarantine']).nullish(),
  reason: z.string().nullish(),
});
const trustAnswer = z.object({
  success: z.literal(true),
  ...trustState,
  profile_recovery: loose.nullable(),
});

export const trustSchemas = {
  list: {
    summary: 'How far each peer is trusted',
    answer: z.object({
      trust_scores: z.record(
        z.string(),
        z.object({
          score: z.number(),
          is_trusted: z.boolean(),
          last_interaction: time.nullable(),
          compliance_events: count,
          violation_events: count,
          notes: z.string().nullable(),
        }),
      ),
      statistics: trustStatistics,
    }),
  },
  get: { summary: 'How far one peer is trusted', answer: z.object(trustState) },
  set: {
    summary: 'Set how far a peer is trusted, by a score or a tier',
    body: trustChange,
    answer: trustAnswer,
    errors: ['owner_required', 'manage_keys_required', 'invalid_peer_id', 'invalid_tier', 'invalid_score'],
  },
  update: {
    summary: 'Set how far a peer is trusted; the peer stands in the body',
    body: trustChange.extend({ peer_id: id }),
    answer: trustAnswer,
    errors: [
      'owner_required',
      'manage_keys_required',
      'trust_peer_required',
      'invalid_tier',
      'invalid_score',
    ],
  },
} satisfies Record<string, RouteSchema>;
