/** `channel_e2e`: 01 section 8.3. */
import * as z from 'zod';
import type { CryptoBackend } from '../../../server/crypto/backend.ts';
import { decodeBase58 } from '../../../server/wire/base58.ts';
import {
  decodeKeyMaterial,
  openChannelText,
  sealChannelText,
  unwrapChannelKey,
  wrapChannelKey,
} from '../../../server/wire/channel-crypto.ts';
import { pairKey } from '../../../server/wire/payload-crypto.ts';
import { backends } from '../backends.ts';
import { expectEqual, hex, refSchema, toHexText, wireClass } from '../check.ts';
import { fixedRandom } from '../fixed-random.ts';

const partner = refSchema.extend({ x25519_private_hex: z.string().optional() });
const contentSchema = z.object({
  op: z.literal('content'),
  key_hex: z.string(),
  nonce_hex: z.string().optional(),
  plaintext: z.string().optional(),
  encrypted_content: z.string(),
  nonce: z.string(),
  expect: z.string().optional(),
  expect_error: z.boolean().optional(),
});
const keyWrapSchema = z.object({
  op: z.literal('key_wrap'),
  sender: partner,
  recipient: partner,
  channel_key_hex: z.string().optional(),
  nonce_hex: z.string().optional(),
  wrapped_hex: z.string(),
  expect_error: z.boolean().optional(),
});
const materialSchema = z.object({
  op: z.literal('decode_key_material'),
  input: z.string(),
  expect_hex: z.string().nullable(),
});
const schema = z.discriminatedUnion('op', [contentSchema, keyWrapSchema, materialSchema]);

export const channelE2e = wireClass('channel_e2e', schema, (vector) => {
  if (vector.op === 'decode_key_material') {
    const bytes = decodeKeyMaterial(vector.input);
    expectEqual(bytes && toHexText(bytes), vector.expect_hex);
    return;
  }
  for (const crypto of backends) {
    if (vector.op === 'content') checkContent(crypto, vector);
    else checkKeyWrap(crypto, vector);
  }
});

function checkContent(crypto: CryptoBackend, vector: z.infer<typeof contentSchema>): void {
  const key = hex(vector.key_hex);
  const { encrypted_content, nonce } = vector;
  expectEqual(openChannelText(crypto, key, { encrypted_content, nonce }), vector.expect ?? null);
  if (vector.expect_error === true || vector.nonce_hex === undefined || vector.plaintext === undefined)
    return;
  const sealed = sealChannelText(crypto, fixedRandom(vector.nonce_hex), key, vector.plaintext);
  expectEqual(sealed, { encrypted_content, nonce });
}

function checkKeyWrap(crypto: CryptoBackend, vector: z.infer<typeof keyWrapSchema>): void {
  const keyOf = (own: z.infer<typeof partner>, remote: z.infer<typeof partner>): Uint8Array | null =>
    own.x25519_private_hex === undefined
      ? null
      : pairKey(crypto, hex(own.x25519_private_hex), decodeBase58(remote.x25519_public_b58));
  const readKey = keyOf(vector.recipient, vector.sender);
  if (readKey === null) throw new Error('the recipient has no key');
  const unwrapped = unwrapChannelKey(crypto, readKey, vector.wrapped_hex);
  expectEqual(unwrapped && toHexText(unwrapped), vector.channel_key_hex ?? null);
  if (vector.channel_key_hex === undefined || vector.nonce_hex === undefined) return;
  const random = fixedRandom(vector.nonce_hex);
  const wrapped = wrapChannelKey(
    crypto,
    random,
    keyOf(vector.sender, vector.recipient) ?? readKey,
    hex(vector.channel_key_hex),
  );
  expectEqual(wrapped, vector.wrapped_hex);
}
