/**
 * The fields payload schemas are made of (02 section 2). Reading is tolerant where the reference is: an optional
 * field of the wrong type or beyond its limit counts as absent, a list loses its malformed items, unknown keys are
 * passed over. What a message cannot do without must be sound, or the payload is refused.
 *
 * Whatever may be absent has a default beside its `catch`: most fields are absent from most messages, and a default
 * costs nothing where a caught issue costs more than all the rest of the message.
 */
import * as z from 'zod';
import { isOpaqueId, isPeerId } from '../ids.ts';
import type { PeerId } from '../ids.ts';
import { asRecord } from '../records.ts';

/** Longest name, label or time, in UTF-16 units; far above what the reference writes. */
export const MAX_LABEL = 512;
/** Longest free text beside the content: descriptions, biographies, reasons. */
export const MAX_PROSE = 16_384;
/** Longest encoded binary (base64 or hex); a payload of 1 MiB holds no more (01 section 10). */
export const MAX_ENCODED = 1_048_576;
/** Most items of a list of ids or endpoints. */
export const MAX_SHORT_LIST = 1024;
/** Most items of a list of records; a payload of 1 MiB holds fewer full ones. */
export const MAX_LONG_LIST = 10_000;

/** Plain data with string keys, passed on as it is. */
export const record = z.custom<Readonly<Record<string, unknown>>>((value) => asRecord(value) !== null);
/** A {@link record} or nothing. */
export const optionalRecord = record.nullable().default(null).catch(null);

/** An id from elsewhere. */
export const id = z.string().refine(isOpaqueId);
/** An {@link id} or nothing. */
export const optionalId = id.nullable().default(null).catch(null);
/** A peer id. */
export const peerId = z.custom<PeerId>(isPeerId);
/** A {@link peerId} or nothing; the empty text of some fields is nothing too. */
export const optionalPeerId = peerId.nullable().default(null).catch(null);

/** A text of at most `max` units, or nothing. */
export const optionalText = (max = MAX_LABEL) => z.string().max(max).nullable().default(null).catch(null);
/** A text of at most `max` units; `fallback` stands for anything else. */
export const textOr = (fallback: string, max = MAX_LABEL) =>
  z.string().max(max).default(fallback).catch(fallback);
/** One of `words`, or nothing. */
export const optionalWord = <const T extends readonly [string, ...string[]]>(words: T) =>
  z.enum(words).nullable().default(null).catch(null);
/** An integer, or nothing. */
export const optionalInt = z.int().nullable().default(null).catch(null);
/** A boolean, or nothing. */
export const optionalFlag = z.boolean().nullable().default(null).catch(null);
/** True only if it is `true`. */
export const flag = z.boolean().default(false).catch(false);

/** The sound items of a list, at most `max`; anything that is no list is an empty one. */
export const listOf = <T>(item: z.ZodType<T>, max = MAX_SHORT_LIST) =>
  z
    .array(z.unknown())
    .default([])
    .catch([])
    .transform((items) => items.slice(0, max).flatMap((value) => sound(item, value)));

/** Like {@link listOf}, `null` when there is no list. */
export const optionalListOf = <T>(item: z.ZodType<T>, max = MAX_SHORT_LIST) =>
  z
    .array(z.unknown())
    .nullable()
    .default(null)
    .catch(null)
    .transform((items) => items && items.slice(0, max).flatMap((value) => sound(item, value)));

/** The sound members of an object as a map, at most `max`; anything that is no object is an empty one. */
export const mapOf = <T>(item: z.ZodType<T>, max = MAX_LONG_LIST) =>
  record.catch({}).transform((object) => {
    const map = new Map<string, T>();
    for (const [key, value] of Object.entries(object)) {
      if (map.size >= max) break;
      if (isOpaqueId(key)) for (const one of sound(item, value)) map.set(key, one);
    }
    return map;
  });

function sound<T>(schema: z.ZodType<T>, value: unknown): T[] {
  const result = schema.safeParse(value);
  return result.success ? [result.data] : [];
}
