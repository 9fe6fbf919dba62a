/** Size limits at local delivery (02 section 3.7). Forwarding does not look at them, as in the reference. */
import type { Envelope } from '../wire/envelope.ts';
import type { PyValue } from '../wire/pyjson.ts';
import { canonicalJson } from '../wire/pyjson.ts';
import { takeOutFiles } from './inline-files.ts';
import { MAX_CONTENT_BYTES, MAX_PAYLOAD_BYTES } from './limits.ts';
import { NONCE_BYTES, TAG_BYTES } from '../crypto/sizes.ts';

const encoder = new TextEncoder();
/** A UTF-16 unit prints as at most six characters, and is at most three bytes of UTF-8. */
const WIDEST_UNIT = 6;
/** No number below a big integer prints longer, nor does a separator and the marks of a value. */
const WIDEST_SCALAR = 32;

/** Hex of the largest payload that may be delivered, sealed. */
const MAX_SEALED_LENGTH = 2 * (NONCE_BYTES + MAX_PAYLOAD_BYTES + TAG_BYTES);

/**
 * Whether the payload of an envelope may be delivered here; an encrypted one is judged again once it is decrypted.
 *
 * Deviation D-95. The reference counts files that lie within a message; here they may have what a frame has room for,
 * or what 0.4.29 sends with a larger file would be lost, text and all.
 */
export function payloadFits({ encryptedPayload, payload, carried }: Envelope): boolean {
  if (carried !== undefined) return false;
  if (encryptedPayload !== null && encryptedPayload !== '')
    return encryptedPayload.length <= MAX_SEALED_LENGTH;
  return valueFits(payload) || valueFits(takeOutFiles(payload).rest);
}

/** Whether a decrypted payload may be delivered: its JSON with default separators, and its `content`. */
export function valueFits(payload: PyValue): boolean {
  // Almost every payload is so small that it need not be printed to know it.
  if (widestPrint(payload, 0) <= Math.min(MAX_PAYLOAD_BYTES, MAX_CONTENT_BYTES)) return true;
  if (canonicalJson(payload).length > MAX_PAYLOAD_BYTES) return false;
  const content = payload instanceof Map ? payload.get('content') : undefined;
  return typeof content !== 'string' || encoder.encode(content).length <= MAX_CONTENT_BYTES;
}

/** More than the JSON of `value` can be long; ends early once that is beyond every limit. @param before counted already. */
function widestPrint(value: PyValue, before: number): number {
  let width = before + WIDEST_SCALAR;
  if (typeof value === 'string') return width + WIDEST_UNIT * value.length;
  if (typeof value === 'bigint') return Infinity;
  if (value === null || typeof value !== 'object') return width;
  if (Array.isArray(value)) {
    for (const item of value) if ((width = widestPrint(item, width)) > MAX_PAYLOAD_BYTES) break;
  } else if (value instanceof Map) {
    for (const [key, item] of value) {
      width = widestPrint(item, width + WIDEST_UNIT * key.length + WIDEST_SCALAR);
      if (width > MAX_PAYLOAD_BYTES) break;
    }
  }
  return width;
}
