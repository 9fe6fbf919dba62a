/**
 * The form of a file's bytes in the mode `full` (03 sections 2.6 and 10.1): a salt, then pieces of
 * 64 KiB, each sealed on its own with the salt, its number and whether it is the last. So any range is read without the
 * rest, and a piece that is missing, out of order, cut off or of another file is noticed. Every piece has a nonce of its
 * own: a file that goes on coming in after a stop writes its last piece anew.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { FILE_SALT_BYTES, SEALED_BYTES_OVERHEAD } from '../wire/at-rest.ts';

/** Seals pieces; the cipher of the node. */
export interface ByteSealing {
  newFileSalt(): Uint8Array;
  sealBytes(bytes: Uint8Array, place: Uint8Array): Uint8Array;
  openBytes(sealed: Uint8Array, place: Uint8Array): Uint8Array | null;
}

/** Large enough that what a piece costs beyond its bytes is nothing, small enough for a range of a few bytes. */
export const PIECE_BYTES = 64 * 1024;
const SEALED_PIECE = PIECE_BYTES + SEALED_BYTES_OVERHEAD;

/** A file is not the ciphertext it should be. */
export class SealedBytesError extends Error {
  override readonly name = 'SealedBytesError';
  readonly code = 'sealed_bytes';
}

/** Where a piece begins in the file. */
export function pieceOffset(index: number): number {
  return FILE_SALT_BYTES + index * SEALED_PIECE;
}

/** How many pieces a file of that many bytes has; the last may be cut off. */
function piecesIn(fileBytes: number): number {
  return Math.max(1, Math.ceil((fileBytes - FILE_SALT_BYTES) / SEALED_PIECE));
}

/** How many bytes are in a sealed file of that size; null when no sealed file has it. */
export function sizeWithin(fileBytes: number): number | null {
  const size = fileBytes - FILE_SALT_BYTES - piecesIn(fileBytes) * SEALED_BYTES_OVERHEAD;
  return size < 0 ? null : size;
}

/** One piece as it is written. */
export function sealPiece(
  sealing: ByteSealing,
  piece: { salt: Uint8Array; index: number; isLast: boolean; bytes: Uint8Array },
): Uint8Array {
  return sealing.sealBytes(piece.bytes, placeOf(piece));
}

/** The bytes of a piece; null when it is not that one. */
export function openPiece(
  sealing: ByteSealing,
  piece: { salt: Uint8Array; index: number; isLast: boolean; sealed: Uint8Array },
): Uint8Array | null {
  return sealing.openBytes(piece.sealed, placeOf(piece));
}

function placeOf({ salt, index, isLast }: { salt: Uint8Array; index: number; isLast: boolean }): Uint8Array {
  const place = Buffer.alloc(FILE_SALT_BYTES + 9);
  place.set(salt);
  place.writeBigUInt64BE(BigInt(index), FILE_SALT_BYTES);
  place[FILE_SALT_BYTES + 8] = isLast ? 1 : 0;
  return place;
}

/** The whole of a small file as it is written. */
export function sealAll(sealing: ByteSealing, bytes: Uint8Array): Uint8Array {
  const salt = sealing.newFileSalt();
  const pieces = [salt];
  for (let index = 0; index === 0 || index * PIECE_BYTES < bytes.length; index += 1) {
    const end = (index + 1) * PIECE_BYTES;
    const piece = bytes.subarray(index * PIECE_BYTES, end);
    pieces.push(sealPiece(sealing, { salt, index, isLast: end >= bytes.length, bytes: piece }));
  }
  return Buffer.concat(pieces);
}

/** The bytes of a whole sealed file; null when it is none. */
export function openAll(sealing: ByteSealing, file: Uint8Array): Uint8Array | null {
  const salt = file.subarray(0, FILE_SALT_BYTES);
  const count = piecesIn(file.length);
  const pieces: Uint8Array[] = [];
  for (let index = 0; index < count; index += 1) {
    const sealed = file.subarray(pieceOffset(index), pieceOffset(index + 1));
    const bytes = openPiece(sealing, { salt, index, isLast: index === count - 1, sealed });
    if (bytes === null) return null;
    pieces.push(bytes);
  }
  return Buffer.concat(pieces);
}

/**
 * Streams a sealed file, or from `start` to `end`, both included. Its end is looked at first, so that a file that was
 * cut off is noticed by whoever reads its beginning.
 */
export function readSealed(
  sealing: ByteSealing,
  file: string,
  range?: { start: number; end: number },
): Readable {
  return Readable.from(openedPieces(sealing, file, range), { objectMode: false });
}

async function* openedPieces(
  sealing: ByteSealing,
  file: string,
  range: { start: number; end: number } | undefined,
): AsyncGenerator<Uint8Array> {
  const handle = await open(file, 'r');
  try {
    const { size: fileBytes } = await handle.stat();
    const size = sizeWithin(fileBytes);
    if (size === null) throw damaged();
    const salt = Buffer.alloc(FILE_SALT_BYTES);
    await handle.read(salt, 0, salt.length, 0);
    const last = piecesIn(fileBytes) - 1;
    const piece = async (index: number): Promise<Uint8Array> => {
      const offset = pieceOffset(index);
      const sealed = Buffer.alloc(Math.min(SEALED_PIECE, fileBytes - offset));
      await handle.read(sealed, 0, sealed.length, offset);
      const bytes = openPiece(sealing, { salt, index, isLast: index === last, sealed });
      if (bytes === null) throw damaged();
      return bytes;
    };
    const start = range?.start ?? 0;
    const end = Math.min(range?.end ?? size - 1, size - 1);
    const finish = await piece(last);
    for (let index = Math.floor(start / PIECE_BYTES); index * PIECE_BYTES <= end; index += 1) {
      const bytes = index === last ? finish : await piece(index);
      const first = index * PIECE_BYTES;
      yield bytes.subarray(Math.max(0, start - first), end - first + 1);
    }
  } finally {
    await handle.close();
  }
}

/** What {@link readSealed} gives of a file that is no ciphertext. */
export function readPlain(file: string, range?: { start: number; end: number }): Readable {
  return createReadStream(file, range ?? {});
}

function damaged(): SealedBytesError {
  return new SealedBytesError('a file on the disk is not the ciphertext it was');
}
