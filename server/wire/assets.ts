/**
 * What is said of an asset besides its bytes, and which assets belong to a library (07 sections 1 and 2): the rules
 * that hold for uploads here and for the records of other nodes alike. Characters are counted by code point.
 */
import * as z from 'zod';
import { isAssetHash, isPeerId } from './ids.ts';
import type { AssetHash, PeerId } from './ids.ts';

/** Limits of 07 section 1. */
export const MAX_MIME_BYTES = 127;
export const MAX_FILENAME_BYTES = 255;
export const MAX_APPLICATION_CHARACTERS = 64;
export const MAX_TAGS = 64;
export const MAX_TAG_CHARACTERS = 64;
export const MAX_USER_CHARACTERS = 128;
export const MAX_DESCRIPTION_CHARACTERS = 4096;
/** Hashes a filter may list (07 section 2). */
export const MAX_FILTER_HASHES = 1000;
/** The last moment a `Date` can name, Unix ms. */
const MAX_TIME = 8_640_000_000_000_000;

/** Half of a pair of UTF-16 units: no character, and not the same text for every program. */
const HALF_CHARACTER = /\p{Cs}/u;

/** A text of at most `most` characters that every program reads alike. */
export function text(most: number, least = 0) {
  return z.string().refine((value) => {
    if (value.length > 2 * most || HALF_CHARACTER.test(value)) return false;
    const characters = [...value].length;
    return characters >= least && characters <= most;
  }, `${least} to ${most} characters`);
}

/** The hash of an asset. */
export const assetHash = z.string().pipe(z.custom<AssetHash>(isAssetHash, 'no SHA-256 in lower-case hex'));
/** The id of a peer. */
export const peerId = z.custom<PeerId>(isPeerId, 'no peer id');

/** Printable ASCII that is not blank: it goes into a header. */
const mimeType = z
  .string()
  .refine(
    (type) => type.length <= MAX_MIME_BYTES && /^[\x20-\x7e]+$/.test(type) && type.trim() !== '',
    'no media type',
  );

/** No path, no control characters, nothing hidden. */
const filename = z
  .string()
  .min(1)
  .refine(
    (name) =>
      Buffer.byteLength(name) <= MAX_FILENAME_BYTES &&
      !/^\.|[/\\\p{Cc}]/u.test(name) &&
      !HALF_CHARACTER.test(name),
    'no file name',
  );

const tag = text(MAX_TAG_CHARACTERS, 1).refine((value) => value === value.trim(), 'blanks around a tag');
const tags = z
  .array(tag)
  .max(MAX_TAGS)
  .refine((list) => new Set(list).size === list.length, 'a tag twice');

/** The metadata of an asset as it travels. Nothing else may stand in it. */
export const assetMetaSchema = z.strictObject({
  mime_type: mimeType,
  filename: filename.nullable(),
  application: text(MAX_APPLICATION_CHARACTERS).nullable(),
  tags,
  user: text(MAX_USER_CHARACTERS).nullable(),
  description: text(MAX_DESCRIPTION_CHARACTERS).nullable(),
  /** Unix ms of the first ingest anywhere. */
  timestamp: z.int().min(0).max(MAX_TIME),
  origin_peer: peerId,
});

/** What is known of an asset besides its bytes. */
export type AssetMeta = z.infer<typeof assetMetaSchema>;

/** Which assets belong to a library; all given parts must match. */
export const assetFilterSchema = z.strictObject({
  application: text(MAX_APPLICATION_CHARACTERS, 1).exactOptional(),
  /** Any of them. */
  tags: tags.min(1).exactOptional(),
  user: text(MAX_USER_CHARACTERS, 1).exactOptional(),
  /** Compared without case. */
  mime_prefix: text(MAX_MIME_BYTES, 1).exactOptional(),
  hashes: z.array(assetHash).max(MAX_FILTER_HASHES).exactOptional(),
});

/** A filter; empty, it matches everything. */
export type AssetFilter = z.infer<typeof assetFilterSchema>;

/** Whether an asset belongs to a library with `filter`. */
export function filterMatches(filter: AssetFilter, hash: AssetHash, meta: AssetMeta): boolean {
  const { application, tags: any, user, mime_prefix: prefix, hashes } = filter;
  return (
    (application === undefined || meta.application === application) &&
    (any === undefined || any.some((one) => meta.tags.includes(one))) &&
    (user === undefined || meta.user === user) &&
    (prefix === undefined || meta.mime_type.toLowerCase().startsWith(prefix.toLowerCase())) &&
    (hashes === undefined || hashes.includes(hash))
  );
}
