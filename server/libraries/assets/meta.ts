/**
 * Metadata of assets (07 section 1): what people and programs give becomes what is kept and what records may say
 * (`wire/assets.ts`). Names lose everything that could lead somewhere else than to a file in a folder.
 */
import {
  MAX_APPLICATION_CHARACTERS,
  MAX_DESCRIPTION_CHARACTERS,
  MAX_FILENAME_BYTES,
  MAX_MIME_BYTES,
  MAX_TAG_CHARACTERS,
  MAX_TAGS,
  MAX_USER_CHARACTERS,
} from '../../wire/assets.ts';
import { fitsRecord } from '../../wire/library-records.ts';
import { UNKNOWN_TYPE } from '../../workspace/file-types.ts';
import type { AssetMeta } from '../types.ts';
import { AssetError } from './errors.ts';

/** Longest extension that a name keeps when it is cut, in UTF-8 bytes; what is longer is none. */
const MAX_EXTENSION_BYTES = 32;
/** A media type as it may stand in a header (RFC 9110), with parameters. */
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?: *;[\x20-\x7e]*)?$/;
/** Characters that are not seen or turn around what is read; a name has none. */
const UNSEEN = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** What may be said about an asset; absent: nothing is said, null: there is none. */
export interface GivenMeta {
  mime_type?: string | null;
  filename?: string | null;
  application?: string | null;
  tags?: readonly string[];
  user?: string | null;
  description?: string | null;
}

/** The fields people give, as they are kept. */
export type CleanMeta = Pick<AssetMeta, 'filename' | 'application' | 'tags' | 'user' | 'description'> & {
  /** Null: to be found out. */
  mime_type: string | null;
};

/**
 * What is kept of what was given.
 * @throws {AssetError} `asset_field_invalid`, naming the field that is too long or no media type.
 */
export function cleanMeta(given: GivenMeta): CleanMeta {
  return {
    mime_type: mediaType(given.mime_type),
    filename: given.filename == null ? null : cleanFilename(given.filename),
    application: short('application', given.application, MAX_APPLICATION_CHARACTERS),
    tags: cleanTags(given.tags ?? []),
    user: short('user', given.user, MAX_USER_CHARACTERS),
    description: short('description', given.description, MAX_DESCRIPTION_CHARACTERS),
  };
}

/**
 * The name of a file without the folders before it, control characters and leading dots, at most
 * {@link MAX_FILENAME_BYTES} with its extension; null when nothing is left.
 */
export function cleanFilename(given: string): string | null {
  const last = given.slice(Math.max(given.lastIndexOf('/'), given.lastIndexOf('\\')) + 1);
  const name = wellFormed(last).replace(UNSEEN, '').trim().replace(/^\.+/, '').trim();
  if (name === '') return null;
  if (Buffer.byteLength(name) <= MAX_FILENAME_BYTES) return name;
  const dot = name.lastIndexOf('.');
  const extension =
    dot > 0 && Buffer.byteLength(name.slice(dot)) <= MAX_EXTENSION_BYTES ? name.slice(dot) : '';
  return cutTo(name, MAX_FILENAME_BYTES - Buffer.byteLength(extension)) + extension;
}

/** Metadata after the same bytes came once more: tags united, what was empty filled, nothing overwritten. */
export function merged<T extends AssetMeta>(kept: T, again: CleanMeta): T {
  return {
    ...kept,
    mime_type: kept.mime_type === UNKNOWN_TYPE ? (again.mime_type ?? kept.mime_type) : kept.mime_type,
    filename: kept.filename ?? again.filename,
    application: kept.application ?? again.application,
    tags: [...new Set([...kept.tags, ...again.tags])].slice(0, MAX_TAGS),
    user: kept.user ?? again.user,
    description: kept.description ?? again.description,
  };
}

/** @throws {AssetError} `asset_meta_too_large` when no record of a library could say it (07 section 2.2, deviation D-148). */
export function requireFit<T extends AssetMeta>(asset: T): T {
  const { mime_type, filename, application, tags, user, description, timestamp, origin_peer } = asset;
  if (!fitsRecord({ mime_type, filename, application, tags, user, description, timestamp, origin_peer }))
    throw new AssetError('asset_meta_too_large', 'Too much is said of the asset for a library to carry');
  return asset;
}

/** Whether two say the same. */
export function isSameMeta(one: AssetMeta, other: AssetMeta): boolean {
  return (
    one.mime_type === other.mime_type &&
    one.filename === other.filename &&
    one.application === other.application &&
    one.user === other.user &&
    one.description === other.description &&
    one.timestamp === other.timestamp &&
    one.origin_peer === other.origin_peer &&
    one.tags.length === other.tags.length &&
    one.tags.every((tag, index) => tag === other.tags[index])
  );
}

/** A media type that can stand in a header, or the one of bytes. */
export function headerType(type: string): string {
  return MEDIA_TYPE.test(type) ? type : UNKNOWN_TYPE;
}

function cleanTags(given: readonly string[]): string[] {
  const tags = [...new Set(given.map((tag) => wellFormed(tag).trim()).filter((tag) => tag !== ''))];
  if (tags.length > MAX_TAGS) throw invalid('tags', `an asset has at most ${MAX_TAGS} tags`);
  if (tags.some((tag) => lengthOf(tag) > MAX_TAG_CHARACTERS))
    throw invalid('tags', `a tag has at most ${MAX_TAG_CHARACTERS} characters`);
  return tags;
}

function mediaType(given: string | null | undefined): string | null {
  const type = given?.trim() ?? '';
  if (type === '') return null;
  if (Buffer.byteLength(type) > MAX_MIME_BYTES || !MEDIA_TYPE.test(type))
    throw invalid('mime_type', `a media type such as image/jpeg is needed, at most ${MAX_MIME_BYTES} bytes`);
  return type;
}

function short(field: string, given: string | null | undefined, most: number): string | null {
  const text = given == null ? '' : wellFormed(given).trim();
  if (text === '') return null;
  if (lengthOf(text) > most) throw invalid(field, `at most ${most} characters are kept`);
  return text;
}

/** Halves of characters cannot be written as UTF-8, and no two nodes would sign the same. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

function invalid(field: string, why: string): AssetError {
  return new AssetError('asset_field_invalid', `${field}: ${why}`, field);
}

/** Characters as people count them in a form: code points. */
function lengthOf(text: string): number {
  return [...text].length;
}

/** The longest beginning of whole characters within so many UTF-8 bytes. */
function cutTo(text: string, bytes: number): string {
  let length = 0;
  let kept = '';
  for (const character of text) {
    length += Buffer.byteLength(character);
    if (length > bytes) break;
    kept += character;
  }
  return kept;
}
