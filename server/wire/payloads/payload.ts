/** The common shape of every payload (01 section 7.1), and how one is read by its schema. */
import type { z } from 'zod';
import { WireError } from '../errors.ts';
import { asRecord } from '../records.ts';

/** `{content, metadata}`; both may be missing and count as empty then. */
export interface Payload {
  content: string;
  metadata: Readonly<Record<string, unknown>>;
}

/**
 * The payload of a delivered message.
 *
 * @param payload plain data
 * @throws {WireError} `payload` when it is no object
 */
export function readPayload(payload: unknown): Payload {
  const object = asRecord(payload);
  if (object === null) throw new WireError('payload', 'a payload is an object');
  const content = object['content'];
  return {
    content: typeof content === 'string' ? content : '',
    metadata: asRecord(object['metadata']) ?? {},
  };
}

/**
 * The metadata of a message, read by the schema of its type.
 *
 * @throws {WireError} `payload`, naming the fields it failed at
 */
export function readMetadata<S extends z.ZodType>(schema: S, metadata: unknown): z.output<S> {
  const result = schema.safeParse(metadata);
  if (result.success) return result.data;
  const fields = result.error.issues.map((issue) => issue.path.join('.') || 'metadata');
  throw new WireError('payload', `unsound field: ${[...new Set(fields)].slice(0, 5).join(', ')}`);
}
