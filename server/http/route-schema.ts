/**
 * What a route takes and answers, as data (04 section 10a): `GET /api/v1/openapi.json` and the reference page are made
 * from it, and the tests hold every answer to it. Also the ways to read a query and a body by such a schema, and the
 * pieces many schemas share.
 */
import * as z from 'zod';
import type { JsonObject } from './body.ts';
import { ApiError, type ErrorCode } from './errors.ts';
import { MAX_LIMIT } from './params.ts';

/** What stands in the description of the API about one route. Who may call it is said by the route's `access`. */
export interface RouteSchema {
  /** One sentence without a full stop: what the call does. */
  summary: string;
  /** The query. Absent: none. */
  query?: z.ZodObject;
  /** The JSON body. Absent: none. Unknown fields are ignored. */
  body?: z.ZodType;
  /** JSON of the answer when all went well, or the media type of an answer that is no JSON. */
  answer: z.ZodObject | z.ZodUnion | z.ZodDiscriminatedUnion | string;
  /** @default 200 */
  status?: 200 | 201 | 202;
  /** What other answers mean that are no errors, by their status. */
  others?: Readonly<Partial<Record<202 | 302 | 409, string>>>;
  /** What can go wrong besides credentials, limits and malformed bodies, which every route shares. */
  errors?: readonly ErrorCode[];
}

/**
 * The body of a request by a schema.
 * @throws {ApiError} `invalid_field`, 400, naming the first field that is wrong.
 */
export function readBodyBy<T>(schema: z.ZodType<T>, body: JsonObject): T {
  return checked(schema, body);
}

/**
 * The query of a request by a schema; of a repeated name the first value counts.
 * @throws {ApiError} `invalid_field`, 400, naming the first parameter that is wrong.
 */
export function readQueryBy<T>(schema: z.ZodType<T>, query: URLSearchParams): T {
  const fields: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of query) fields[name] ??= value;
  return checked(schema, fields);
}

function checked<T>(schema: z.ZodType<T>, value: object): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue?.path.map(String).join('.') ?? '';
  throw new ApiError('invalid_field', {
    error: field === '' ? 'Invalid request' : `${field}: ${issue?.message ?? 'invalid'}`,
    fields: { field },
  });
}

/** `limit` of a list: clamped, and the default for anything that is no whole number (04 D2). */
export function limitParam(fallback: number, most: number = MAX_LIMIT) {
  return z
    .string()
    .optional()
    .transform((text) => clamped(text, fallback, most))
    .meta({ type: 'integer', minimum: 1, maximum: most, default: fallback });
}

function clamped(text: string | undefined, fallback: number, most: number): number {
  const trimmed = text?.trim() ?? '';
  return /^[+-]?\d{1,15}$/.test(trimmed) ? Math.min(most, Math.max(1, Number(trimmed))) : fallback;
}

/** A yes or no of a query: `1`, `true`, `yes` and `on` are yes; blank and absent mean the default. */
export function yesParam(fallback: boolean) {
  return z
    .string()
    .optional()
    .transform((text) => (text ?? '').trim().toLowerCase())
    .transform((text) => (text === '' ? fallback : ['1', 'true', 'yes', 'on'].includes(text)))
    .meta({ type: 'boolean', default: fallback });
}

/** A text of a query. @param says what it means, for the description. */
export function textParam(says: string) {
  return z.string().optional().describe(says);
}

/** Where a list goes on. */
export const beforeParam = textParam('The `next_cursor` of the page before: what comes after it');
/** What a list says of its next page. */
export const nextCursor = z
  .string()
  .nullable()
  .describe('Give it as `before` to read on; null at the end of the list');

/** An id as clients see it: opaque. */
export const id = z.string();
/** ISO 8601 with zone. */
export const time = z.string().meta({ format: 'date-time' });
/** What every call answers that only did something. */
export const done = z.looseObject({ success: z.literal(true) });
