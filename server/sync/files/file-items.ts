/** Items 0x27 of a secure session: pieces of a file (06 section 1.5). `length u8 ‖ request id ‖ offset u64 ‖ bytes`. */
import { BadFrameError } from '../../wire/secure-frames.ts';

const OFFSET_BYTES = 8;

export interface FileItem {
  requestId: string;
  /** Where in the file the bytes belong. */
  offset: number;
  bytes: Uint8Array;
}

export function encodeFileItem({ requestId, offset, bytes }: FileItem): Uint8Array {
  const id = Buffer.from(requestId, 'utf8');
  const body = Buffer.allocUnsafe(1 + id.length + OFFSET_BYTES + bytes.length);
  body.writeUInt8(id.length, 0);
  id.copy(body, 1);
  body.writeBigUInt64BE(BigInt(offset), 1 + id.length);
  body.set(bytes, 1 + id.length + OFFSET_BYTES);
  return body;
}

/** @throws {BadFrameError} when it is no such item. */
export function decodeFileItem(body: Uint8Array): FileItem {
  const view = Buffer.from(body.buffer, body.byteOffset, body.length);
  const idEnd = 1 + (view[0] ?? 0);
  const begin = idEnd + OFFSET_BYTES;
  if (idEnd === 1 || view.length < begin) throw new BadFrameError('no piece of a file');
  const offset = view.readBigUInt64BE(idEnd);
  if (offset > BigInt(Number.MAX_SAFE_INTEGER)) throw new BadFrameError('a piece beyond any file');
  return { requestId: view.toString('utf8', 1, idEnd), offset: Number(offset), bytes: view.subarray(begin) };
}
