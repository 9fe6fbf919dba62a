/** Size limits at local delivery (02 section 3.7). Forwarding does not look at them, as in the reference. */
import type { Envelope } from '../wire/envelope.ts';
import type { PyValue } from '../wire/pyjson.ts';
import { canonicalJson } from '../wire/pyjson.ts';
import { MAX_CONTENT_BYTES, MAX_PAYLOAD_BYTES } from './limits.ts';

const encoder = new TextEncoder();

/** Whether the payload of an envelope may be delivered here; an encrypted one is judged once it is decrypted. */
export function payloadFits(envelope: Envelope): boolean {
  return envelope.encryptedPayload !== null && envelope.encryptedPayload !== ''
    ? true
    : valueFits(envelope.payload);
}

/** Whether a decrypted payload may be delivered: its JSON with default separators, and its `content`. */
export function valueFits(payload: PyValue): boolean {
  if (canonicalJson(payload).length > MAX_PAYLOAD_BYTES) return false;
  const content = payload instanceof Map ? payload.get('content') : undefined;
  return typeof content !== 'string' || encoder.encode(content).length <= MAX_CONTENT_BYTES;
}
