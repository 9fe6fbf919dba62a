/** `shared_secrets` and `payload_encryption`: 01 section 8.1. */
import * as z from 'zod';
import { CryptoError } from '../../../server/crypto/errors.ts';
import { importX25519PublicKey } from '../../../server/crypto/keys.ts';
import { decodeBase58 } from '../../../server/wire/base58.ts';
import { parseFrame, signingBytes, verifyEnvelope } from '../../../server/wire/envelope.ts';
import { WireError } from '../../../server/wire/errors.ts';
import { openPayload, pairKey, sealPayload } from '../../../server/wire/payload-crypto.ts';
import { parsePyJson, printPyJson } from '../../../server/wire/pyjson.ts';
import { backends } from '../backends.ts';
import { expectEqual, hex, refSchema, toHexText, wireClass } from '../check.ts';
import { fixedRandom } from '../fixed-random.ts';

const secretSchema = z.object({
  local_x25519_private_hex: z.string(),
  remote_x25519_public_hex: z.string(),
  x25519_raw_hex: z.string().optional(),
  derived_key_hex: z.string().optional(),
  expect: z.literal('error').optional(),
});

export const sharedSecrets = wireClass('shared_secrets', secretSchema, (vector) => {
  const local = hex(vector.local_x25519_private_hex);
  const remote = hex(vector.remote_x25519_public_hex);
  for (const crypto of backends) {
    const key = pairKey(crypto, local, remote);
    expectEqual(key === null ? 'error' : toHexText(key), vector.expect ?? vector.derived_key_hex);
    expectEqual(isSound(remote), vector.expect === undefined);
    if (vector.x25519_raw_hex === undefined) continue;
    expectEqual(toHexText(crypto.agree(local, remote) ?? new Uint8Array()), vector.x25519_raw_hex);
  }
});

function isSound(key: Uint8Array): boolean {
  try {
    importX25519PublicKey(key);
    return true;
  } catch (error) {
    if (error instanceof CryptoError) return false;
    throw error;
  }
}

const partner = refSchema.extend({ x25519_private_hex: z.string() });
const encryptionSchema = z.union([
  z.object({
    sender: partner,
    recipient: partner,
    encrypted_payload: z.string(),
    expect: z.literal('decrypt_error'),
  }),
  z.object({
    sender: partner,
    recipient: partner,
    derived_key_hex: z.string(),
    nonce_hex: z.string(),
    payload_json_text: z.string(),
    frame_text: z.string(),
    canonical_hex: z.string(),
  }),
]);

export const payloadEncryption = wireClass('payload_encryption', encryptionSchema, (vector) => {
  for (const crypto of backends) {
    const keyOf = (own: z.infer<typeof partner>, remote: z.infer<typeof partner>): Uint8Array => {
      const key = pairKey(crypto, hex(own.x25519_private_hex), decodeBase58(remote.x25519_public_b58));
      if (key === null) throw new Error('no pair key');
      return key;
    };
    const open = (sealed: string): string => {
      try {
        return printPyJson(openPayload(crypto, keyOf(vector.recipient, vector.sender), sealed));
      } catch (error) {
        if (error instanceof WireError) return 'decrypt_error';
        throw error;
      }
    };
    if ('expect' in vector) {
      expectEqual(open(vector.encrypted_payload), vector.expect);
      continue;
    }
    const frame = parseFrame(vector.frame_text);
    if (frame.kind === 'other') throw new Error('no message');
    const { envelope } = frame;
    const key = keyOf(vector.sender, vector.recipient);
    const payload = parsePyJson(vector.payload_json_text);
    expectEqual(
      {
        key: toHexText(key),
        canonical: toHexText(signingBytes(envelope)),
        verified: verifyEnvelope(crypto, decodeBase58(vector.sender.ed25519_public_b58), envelope),
        opened: open(envelope.encryptedPayload ?? ''),
        sealed: sealPayload(crypto, fixedRandom(vector.nonce_hex), key, payload),
      },
      {
        key: vector.derived_key_hex,
        canonical: vector.canonical_hex,
        verified: true,
        opened: vector.payload_json_text,
        sealed: envelope.encryptedPayload,
      },
    );
  }
});
