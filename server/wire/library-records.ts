/**
 * Records, which are all that a library replicates (07 section 2.2): signed JSON objects of its owner and members.
 * Shape, signature, id and order; what a record may do in its library is decided where the others are known.
 */
import * as z from 'zod';
import type { CryptoBackend } from '../crypto/backend.ts';
import { fromHex, toHex, utf8 } from '../crypto/bytes.ts';
import { SIGNATURE_BYTES } from '../crypto/sizes.ts';
import { assetFilterSchema, assetHash, assetMetaSchema, peerId, text } from './assets.ts';
import type { AssetMeta } from './assets.ts';
import { Base58Error, decodeBase58, encodeBase58 } from './base58.ts';
import { isLibraryId, isTicketId } from './ids.ts';
import type { AssetHash, LibraryId, PeerId, TicketId } from './ids.ts';
import { derivePeerId } from './peer-id.ts';
import { canonicalJson, fromPlain } from './pyjson.ts';

/** Signed before the record, so that no signature of something else is one of a record. */
const PREFIX = 'canopy-library-record-v1:';
/** Longest canonical text of a record with its signature, bytes; a library may list a thousand hashes. */
export const MAX_RECORD_TEXT_BYTES = 8192;
export const MAX_LIBRARY_RECORD_TEXT_BYTES = 131_072;
/** Characters of a library's name. */
export const MAX_LIBRARY_NAME = 120;
const KEY_BYTES = 32;
/** Longest peer id in characters. */
const PEER_ID_CHARACTERS = 16;

/** A name as it may stand in a record. */
export const libraryName = text(MAX_LIBRARY_NAME, 1).refine(
  (name) => name === name.trim() && !/\p{Cc}/u.test(name),
  'blanks around the name or control characters',
);
export const libraryId = z.custom<LibraryId>(isLibraryId, 'no id of a library');
export const ticketId = z.custom<TicketId>(isTicketId, 'no id of a ticket');

/** What a member may do: `none` has been removed. */
export const MEMBER_MODES = ['read', 'write', 'none'] as const;
export type MemberMode = (typeof MEMBER_MODES)[number];

const hex64 = z.string().regex(/^[0-9a-f]{64}$/);
const base58Key = z.string().refine((value) => keyOf(value) !== null, 'no key');
const time = z.int().min(0);
const common = {
  v: z.literal(1),
  library_id: libraryId,
  author: peerId,
  /** Unix ms by the author's clock. */
  ts: time,
  signature: z.string().regex(/^[0-9a-f]{128}$/),
};

const libraryRecord = z.strictObject({
  ...common,
  kind: z.literal('library'),
  key: z.literal('library'),
  /** Base58 Ed25519. */
  owner_key: base58Key,
  name: libraryName,
  filter: assetFilterSchema,
  created_at: time,
  closed: z.boolean(),
});
const memberRecord = z.strictObject({
  ...common,
  kind: z.literal('member'),
  key: peerId,
  /** Base58. */
  ed25519_public_key: base58Key,
  mode: z.enum(MEMBER_MODES),
  ticket_id: ticketId.nullable(),
});
const assetHere = z.strictObject({
  ...common,
  kind: z.literal('asset'),
  key: assetHash,
  deleted: z.literal(false),
  size: z.int().min(0),
  /** 07 section 3.2. */
  chunks: hex64,
  meta: assetMetaSchema,
});
const assetGone = z.strictObject({
  ...common,
  kind: z.literal('asset'),
  key: assetHash,
  deleted: z.literal(true),
});
const recordSchema = z.union([libraryRecord, memberRecord, assetHere, assetGone]);

/** What a library is: of its owner. */
export type LibraryRecord = z.infer<typeof libraryRecord>;
/** What a member may do: of the owner. */
export type MemberRecord = z.infer<typeof memberRecord>;
/** An asset in the library, or gone from it: of the owner or a member that may write. */
export type AssetRecord = z.infer<typeof assetHere> | z.infer<typeof assetGone>;
export type AnyRecord = LibraryRecord | MemberRecord | AssetRecord;
export type RecordKind = AnyRecord['kind'];

/** As long as any but for what it says of its asset. */
const LONGEST_RECORD: Omit<z.infer<typeof assetHere>, 'meta'> = {
  v: 1,
  kind: 'asset',
  library_id: '0'.repeat(36) as LibraryId,
  key: '0'.repeat(64) as AssetHash,
  author: 'A'.repeat(PEER_ID_CHARACTERS) as PeerId,
  ts: Number.MAX_SAFE_INTEGER,
  signature: '0'.repeat(128),
  deleted: false,
  size: Number.MAX_SAFE_INTEGER,
  chunks: '0'.repeat(64),
};

type Unsigned<R> = R extends AnyRecord ? Omit<R, 'signature'> : never;
/** A record before it is signed. */
export type UnsignedRecord = Unsigned<AnyRecord>;

/** A key in Base58; `null` for anything that is no 32 bytes. */
export function keyOf(base58: string): Uint8Array | null {
  try {
    const bytes = decodeBase58(base58);
    return bytes.length === KEY_BYTES && encodeBase58(bytes) === base58 ? bytes : null;
  } catch (error) {
    if (error instanceof Base58Error) return null;
    throw error;
  }
}

/** A record somebody sent; `null` when its shape or size is none, or its keys do not belong to whom they name. */
export function parseRecord(crypto: Pick<CryptoBackend, 'sha256'>, value: unknown): AnyRecord | null {
  const parsed = recordSchema.safeParse(value);
  if (!parsed.success) return null;
  const record = parsed.data;
  const most = record.kind === 'library' ? MAX_LIBRARY_RECORD_TEXT_BYTES : MAX_RECORD_TEXT_BYTES;
  if (recordText(record).length > most) return null;
  if (record.kind === 'library' && !belongs(crypto, record.owner_key, record.author)) return null;
  if (record.kind === 'member' && !belongs(crypto, record.ed25519_public_key, record.key)) return null;
  return record;
}

/**
 * Whether a record can say this of an asset, whoever writes it, when and in which library. The text of a record is ASCII:
 * a character beyond takes 6 bytes of it, one beyond U+FFFF 12.
 */
export function fitsRecord(meta: AssetMeta): boolean {
  return recordText({ ...LONGEST_RECORD, meta }).length <= MAX_RECORD_TEXT_BYTES;
}

/** Reads back a record that was checked before it was stored. @throws {SyntaxError} when it was damaged. */
export function readRecordText(stored: string): AnyRecord {
  return JSON.parse(stored) as AnyRecord;
}

/** The canonical text of a record with its signature; pure ASCII. */
export function recordText(record: AnyRecord): string {
  return canonicalJson(fromPlain(record));
}

/** SHA-256 of the signed bytes, 32 bytes. */
export function recordId(
  crypto: Pick<CryptoBackend, 'sha256'>,
  record: AnyRecord | UnsignedRecord,
): Uint8Array {
  return crypto.sha256(signedBytes(record));
}

/** The record with the signature of its author's node. @param seed Ed25519, of `record.author`. */
export function signRecord<R extends UnsignedRecord>(
  crypto: Pick<CryptoBackend, 'sign'>,
  seed: Uint8Array,
  record: R,
): R & { signature: string } {
  return { ...record, signature: toHex(crypto.sign(seed, signedBytes(record))) };
}

/** Whether the signature is one of `publicKey`. */
export function verifyRecord(
  crypto: Pick<CryptoBackend, 'verify'>,
  publicKey: Uint8Array,
  record: AnyRecord,
): boolean {
  const signature = fromHex(record.signature);
  return signature?.length === SIGNATURE_BYTES && crypto.verify(publicKey, signedBytes(record), signature);
}

/** What decides which of several records under one key lives. */
export interface RecordPlace {
  ts: number;
  author: PeerId;
  /** Record id. */
  id: Uint8Array;
}

/** Positive when `a` lives rather than `b`: the greatest time, then author, then id. */
export function compareRecords(a: RecordPlace, b: RecordPlace): number {
  if (a.ts !== b.ts) return a.ts - b.ts;
  if (a.author !== b.author) return a.author < b.author ? -1 : 1;
  return Buffer.compare(a.id, b.id);
}

function belongs(crypto: Pick<CryptoBackend, 'sha256'>, base58: string, peer: PeerId): boolean {
  const key = keyOf(base58);
  return key !== null && derivePeerId(crypto, key) === peer;
}

function signedBytes(record: AnyRecord | UnsignedRecord): Uint8Array {
  const { signature: _, ...unsigned } = { signature: '', ...record };
  return utf8(PREFIX + canonicalJson(fromPlain(unsigned)));
}
