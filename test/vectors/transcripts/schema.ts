/** Recorded conversations between nodes as files hold them (`mesh/transcripts`). */
import * as z from 'zod';

const messageSchema = z.object({
  type: z.string(),
  from_peer: z.string(),
  to_peer: z.string().nullable(),
  ttl: z.number(),
  payload: z.looseObject({ metadata: z.record(z.string(), z.unknown()).optional() }).nullish(),
});
const frameEvent = z.object({
  seq: z.number(),
  t: z.number(),
  kind: z.literal('frame'),
  from: z.string(),
  to: z.string(),
  frame: z.looseObject({
    type: z.string(),
    timestamp: z.number().optional(),
    message: z.looseObject({ ...messageSchema.shape, timestamp: z.number() }).optional(),
  }),
});
const otherEvent = z.object({
  seq: z.number(),
  t: z.number(),
  kind: z.enum(['note', 'disconnected', 'dial_failed', 'process_stop']),
  node: z.string(),
  text: z.string().optional(),
  peer: z.string().optional(),
});

export const transcriptSchema = z.object({
  name: z.string(),
  nodes: z.record(z.string(), z.object({ peer_id: z.string(), canopy_version: z.string() })),
  events: z.array(z.discriminatedUnion('kind', [frameEvent, otherEvent])),
});
export type Transcript = z.infer<typeof transcriptSchema>;
export type FrameEvent = z.infer<typeof frameEvent>;
export type TranscriptEvent = Transcript['events'][number];
