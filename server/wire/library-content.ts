/**
 * Frames 0x33 and 0x34, and the chunks they are about (07 section 3.2): content of a library travels in chunks of 1 MiB,
 * each checked against a list of hashes, and the list against the record that promises the asset. Pure.
 */
import { fromHex, toHex } from '../crypto/bytes.ts';
import type { AssetHash, LibraryId } from './ids.ts';
import { BadFrameError } from './secure-frames.ts';

/** Bytes of a chunk; the last one of an asset is shorter. */
export const CHUNK_BYTES = 1_048_576;
/** Bytes of a chunk's hash. */
export const CHUNK_HASH_BYTES = 32;
/** The index that asks for the list of chunk hashes. */
export const LIST_INDEX = 0xffff_ffff;
/** A list of chunk hashes fits into one item (06 section 1.6): assets of 64 GiB, far above what a store takes. */
export const MAX_CHUNKS = 65_536;

const LIBRARY_BYTES = 16;
const HASH_BYTES = 32;
const GET_BYTES = 4 + LIBRARY_BYTES + HASH_BYTES + 4;
/** What stands in front of the bytes of 0x34. */
export const DATA_HEAD_BYTES = 5;

/** Answers to a request. */
export const DATA_STATUS = { data: 0, not_here: 1, refused: 2, busy: 3 } as const;
export type DataStatus = keyof typeof DATA_STATUS;
const STATUS_NAMES: readonly DataStatus[] = ['data', 'not_here', 'refused', 'busy'];

/** Body of 0x33. */
export interface GetFrame {
  /** Chosen by who asks, echoed by the answer. */
  req: number;
  libraryId: LibraryId;
  hash: AssetHash;
  /** Number of the chunk, or {@link LIST_INDEX}. */
  index: number;
}

/** Body of 0x34; `bytes` only with `data`. */
export interface DataFrame {
  req: number;
  status: DataStatus;
  bytes: Uint8Array;
}

/** How many chunks an asset of `size` bytes has. */
export function chunkCount(size: number): number {
  return Math.ceil(size / CHUNK_BYTES);
}

/** Bytes of one chunk of an asset of `size` bytes. */
export function chunkLength(size: number, index: number): number {
  return Math.max(0, Math.min(CHUNK_BYTES, size - index * CHUNK_BYTES));
}

export function encodeGet({ req, libraryId, hash, index }: GetFrame): Uint8Array {
  const body = new Uint8Array(GET_BYTES);
  const view = new DataView(body.buffer);
  view.setUint32(0, req);
  body.set(fromHex(libraryId.replaceAll('-', '')) ?? [], 4);
  body.set(fromHex(hash) ?? [], 4 + LIBRARY_BYTES);
  view.setUint32(GET_BYTES - 4, index);
  return body;
}

/** @throws {BadFrameError} when it has another length. */
export function decodeGet(body: Uint8Array): GetFrame {
  if (body.length !== GET_BYTES) throw new BadFrameError('a request of another length');
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const id = toHex(body.subarray(4, 4 + LIBRARY_BYTES));
  const uuid = [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20)];
  return {
    req: view.getUint32(0),
    // 16 bytes are a library's name here, whether or not one has it.
    libraryId: uuid.join('-') as LibraryId,
    hash: toHex(body.subarray(4 + LIBRARY_BYTES, GET_BYTES - 4)) as AssetHash,
    index: view.getUint32(GET_BYTES - 4),
  };
}

/** @param bytes of the chunk or the list; none with another status than `data`. */
export function encodeData(req: number, status: DataStatus, bytes: Uint8Array | null = null): Uint8Array {
  const body = new Uint8Array(DATA_HEAD_BYTES + (bytes?.length ?? 0));
  const view = new DataView(body.buffer);
  view.setUint32(0, req);
  view.setUint8(4, DATA_STATUS[status]);
  if (bytes !== null) body.set(bytes, DATA_HEAD_BYTES);
  return body;
}

/** Room for an answer with data: its head is written, and `bytes` of it are to be. */
export function dataIn(
  room: Uint8Array,
  req: number,
  length: number,
): { body: Uint8Array; bytes: Uint8Array } {
  const body = room.subarray(0, DATA_HEAD_BYTES + length);
  body.set(encodeData(req, 'data'));
  return { body, bytes: body.subarray(DATA_HEAD_BYTES) };
}

/** `bytes` is a view of the body. @throws {BadFrameError} */
export function decodeData(body: Uint8Array): DataFrame {
  if (body.length < DATA_HEAD_BYTES) throw new BadFrameError('an answer without its head');
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const status = STATUS_NAMES[view.getUint8(4)];
  if (status === undefined) throw new BadFrameError('an answer of an unknown kind');
  const bytes = body.subarray(DATA_HEAD_BYTES);
  if (status !== 'data' && bytes.length > 0) throw new BadFrameError('bytes that come with no data');
  return { req: view.getUint32(0), status, bytes };
}
