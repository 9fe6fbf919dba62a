/**
 * What two ends of a relayed session say to each other in the metadata key `canopy_tunnel` of a `peer_announcement`
 * (06 section 2.1). Everything is judged here: what comes out has the sizes and the alphabet it must have.
 */
import * as z from 'zod';
import { KEY_BYTES } from '../../crypto/keys.ts';
import { NOISE_HANDSHAKE_BYTES } from '../../crypto/noise.ts';
import { Base58Error, MAX_BASE58_LENGTH, decodeBase58 } from '../../wire/base58.ts';
import type { Envelope } from '../../wire/envelope.ts';
import { isPeerId } from '../../wire/ids.ts';
import type { PyValue } from '../../wire/pyjson.ts';
import { CLOSE_CODES, MAX_RECORD_BYTES, MIN_RECORD_BYTES } from '../../wire/secure-frames.ts';
import type { OutboundPayload } from '../types.ts';
import { MAX_HAVE_RANGES, MAX_PACKET_BYTES, MAX_PACKET_RECORDS } from './limits.ts';

/** Bytes of a session's name. */
export const SID_BYTES = 16;
/** Capabilities in a list, and characters of one; far beyond what any node offers. */
const MAX_CAPABILITIES = 64;
const MAX_CAPABILITY_LENGTH = 64;
/** Records are numbered below this: a key is used no further (06 section 1.5). */
const MAX_NUMBER = 2 ** 48;

const version = z.literal(1);
const sid = z.string().regex(/^[0-9a-f]{32}$/);
const number = z.number().int().min(0).max(MAX_NUMBER);

const key = z
  .string()
  .max(MAX_BASE58_LENGTH)
  .transform((text, context) => {
    const bytes = keyOf(text);
    if (bytes !== null) return bytes;
    context.addIssue({ code: 'custom', message: 'no key' });
    return z.NEVER;
  });

/** Base64 in its one form. */
function bytesOf(least: number, most: number) {
  return z
    .string()
    .max(4 * Math.ceil(most / 3))
    .transform((text, context) => {
      const bytes = Buffer.from(text, 'base64');
      if (bytes.length >= least && bytes.length <= most && bytes.toString('base64') === text)
        return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
      context.addIssue({ code: 'custom', message: 'not base64 of these bytes' });
      return z.NEVER;
    });
}
const noiseMessage = bytesOf(NOISE_HANDSHAKE_BYTES, NOISE_HANDSHAKE_BYTES);
const record = bytesOf(MIN_RECORD_BYTES, MAX_RECORD_BYTES);

const introduction = {
  v: version,
  sid,
  from: z.custom<string>(isPeerId).refine(isPeerId),
  to: z.custom<string>(isPeerId).refine(isPeerId),
  x25519: key,
  capabilities: z.array(z.string().max(MAX_CAPABILITY_LENGTH)).max(MAX_CAPABILITIES),
  instance: z.string().regex(/^[0-9a-f]{32}$/),
  clock: z.number().int().nonnegative(),
};

const helloSchema = z.object({ op: z.literal('hello'), ...introduction });
const answerSchema = z.object({ op: z.literal('answer'), ...introduction, n1: noiseMessage });
const acceptSchema = z.object({ op: z.literal('accept'), v: version, sid, n2: noiseMessage });
const dataSchema = z.object({
  op: z.literal('data'),
  v: version,
  sid,
  seq: number,
  ack: number,
  have: z.array(z.tuple([number, number])).max(MAX_HAVE_RANGES),
  rec: z
    .array(record)
    .max(MAX_PACKET_RECORDS)
    .refine((records) => records.reduce((sum, { length }) => sum + length, 0) <= MAX_PACKET_BYTES),
});
const closeSchema = z.object({
  op: z.literal('close'),
  v: version,
  sid,
  code: z.union([
    z.literal(CLOSE_CODES.duplicate),
    z.literal(CLOSE_CODES.limit),
    z.literal(CLOSE_CODES.not_wanted),
    z.literal(CLOSE_CODES.unknown),
  ]),
});
const tunnelSchema = z.discriminatedUnion('op', [
  helloSchema,
  answerSchema,
  acceptSchema,
  dataSchema,
  closeSchema,
]);

export type HelloMessage = z.output<typeof helloSchema>;
export type AnswerMessage = z.output<typeof answerSchema>;
export type DataMessage = z.output<typeof dataSchema>;
export type TunnelMessage = z.output<typeof tunnelSchema>;
/** The form in which a message travels. */
export type TunnelJson = z.input<typeof tunnelSchema>;
export type HelloJson = z.input<typeof helloSchema>;
export type AnswerJson = z.input<typeof answerSchema>;
export type TunnelCloseCode = z.output<typeof closeSchema>['code'];

/** The name of a close code, for whoever was told. */
export const TUNNEL_CLOSE_WORDS = {
  [CLOSE_CODES.duplicate]: 'duplicate',
  [CLOSE_CODES.limit]: 'limit',
  [CLOSE_CODES.not_wanted]: 'not_wanted',
  [CLOSE_CODES.unknown]: 'unknown',
} as const;

/** What `canopy_tunnel` holds, as plain values; `null` when it breaks the rules. */
export function readTunnelMessage(value: unknown): TunnelMessage | null {
  const parsed = tunnelSchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}

/** The value under `canopy_tunnel`, number tokens unchanged; `undefined` when there is none. */
export function tunnelValue({ payload }: Pick<Envelope, 'payload'>): PyValue | undefined {
  const metadata = payload instanceof Map ? payload.get('metadata') : undefined;
  return metadata instanceof Map ? metadata.get('canopy_tunnel') : undefined;
}

/** The payload that carries a message: to a node that knows nothing of it an announcement of nobody. */
export function tunnelPayload(message: TunnelJson): OutboundPayload {
  return {
    content: '',
    metadata: { type: 'peer_announcement', introduced_peers: [], canopy_tunnel: message },
  };
}

/** Standard base64. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

function keyOf(text: string): Uint8Array | null {
  try {
    const bytes = decodeBase58(text);
    return bytes.length === KEY_BYTES ? bytes : null;
  } catch (error) {
    if (error instanceof Base58Error) return null;
    throw error;
  }
}
