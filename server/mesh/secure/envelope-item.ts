/** The item of an envelope: `n u32 ‖ UTF-8 text of the frame of 01 section 6` (06 section 1.5). */
import { fromUtf8, utf8 } from '../../crypto/bytes.ts';
import { BadFrameError } from '../../wire/secure-frames.ts';
import { LARGE_FRAME_BYTES } from '../limits.ts';

const NUMBER_BYTES = 4;

/** @param n its number for the acknowledgement, 0 when none is wanted. */
export function envelopeBody(text: string, n: number): Uint8Array {
  const words = utf8(text);
  const body = new Uint8Array(NUMBER_BYTES + words.length);
  new DataView(body.buffer).setUint32(0, n);
  body.set(words, NUMBER_BYTES);
  return body;
}

/**
 * The text stays bytes when it is large.
 * @throws {BadFrameError}
 */
export function readEnvelopeBody(body: Uint8Array): { n: number; text: string | Uint8Array } {
  const words = body.subarray(NUMBER_BYTES);
  const text = body.length < NUMBER_BYTES ? null : words.length > LARGE_FRAME_BYTES ? words : fromUtf8(words);
  if (text === null) throw new BadFrameError('an envelope that is no text');
  return { n: new DataView(body.buffer, body.byteOffset, NUMBER_BYTES).getUint32(0), text };
}
