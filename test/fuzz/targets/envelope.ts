/** A message as its receiver takes it: signature, encrypted payload, and the payload by the schema of its type. */
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { parseEnvelope, verifyEnvelope } from '../../../server/wire/envelope.ts';
import { WireError } from '../../../server/wire/errors.ts';
import { openPayload } from '../../../server/wire/payload-crypto.ts';
import { readMetadata, readPayload } from '../../../server/wire/payloads/payload.ts';
import { METADATA_SCHEMAS } from '../../../server/wire/payloads/schemas.ts';
import { parsePyJson, toPlain } from '../../../server/wire/pyjson.ts';
import { testKeys } from '../../crypto/support.ts';
import type { Target } from '../fuzzer.ts';
import { vectorTexts } from '../inputs.ts';

const me = testKeys(1);

export const target: Target = {
  seeds: () =>
    vectorTexts('signed_messages', 'frame_text').map((text) =>
      text.replace(/^\{"type": "p2p_message", "message": (.*)\}$/s, '$1'),
    ),
  refusals: [WireError],
  run(input) {
    const message = parsePyJson(input);
    if (!(message instanceof Map)) return;
    const parsed = parseEnvelope(message);
    verifyEnvelope(nativeCrypto, me.ed25519.publicKey, parsed);
    const { metadata } = readPayload(toPlain(parsed.payload));
    const schema = Object.entries(METADATA_SCHEMAS).find(([type]) => type === parsed.type)?.[1];
    if (schema !== undefined) readMetadata(schema, metadata);
    if (parsed.encryptedPayload !== null)
      openPayload(nativeCrypto, me.x25519.privateKey, parsed.encryptedPayload);
  },
};
