/** `recipient_wrap`: 01 section 8.2, RENC. */
import * as z from 'zod';
import type { CryptoBackend } from '../../../server/crypto/backend.ts';
import { openForRecipient, sealForRecipients } from '../../../server/wire/recipient-encryption.ts';
import { backends } from '../backends.ts';
import { expectEqual, hex, wireClass } from '../check.ts';
import { fixedRandom } from '../fixed-random.ts';

/** What the reference returns when it cannot decrypt. */
const DENIED = '[Access denied - cannot decrypt]';

const schema = z.union([
  z.object({
    encrypted_content: z.string(),
    wrapped_key: z.string(),
    x25519_private_hex: z.string(),
    expect: z.string(),
  }),
  z.object({
    plaintext: z.string(),
    recipients: z.array(
      z.object({ key_id: z.string(), x25519_private_hex: z.string(), x25519_public_hex: z.string() }),
    ),
    inputs: z.object({
      cek_hex: z.string(),
      content_nonce_hex: z.string(),
      ephemeral_private_hex: z.string(),
      wrap_nonces_hex: z.array(z.string()),
    }),
    encrypted_content: z.string(),
    wrapped_keys: z.record(z.string(), z.string()),
  }),
]);

export const recipientWrap = wireClass('recipient_wrap', schema, (vector) => {
  for (const crypto of backends) {
    if ('expect' in vector) {
      const { encrypted_content, wrapped_key, x25519_private_hex } = vector;
      expectEqual(read(crypto, x25519_private_hex, encrypted_content, wrapped_key), vector.expect);
      continue;
    }
    const { inputs, recipients } = vector;
    const random = fixedRandom(
      inputs.cek_hex,
      inputs.content_nonce_hex,
      inputs.ephemeral_private_hex,
      ...inputs.wrap_nonces_hex,
    );
    const readers = recipients.map(({ key_id, x25519_public_hex }) => ({
      keyId: key_id,
      x25519PublicKey: hex(x25519_public_hex),
    }));
    const sealed = sealForRecipients(crypto, random, vector.plaintext, readers);
    expectEqual(
      { content: sealed.encryptedContent, keys: Object.fromEntries(sealed.wrappedKeys) },
      { content: vector.encrypted_content, keys: vector.wrapped_keys },
    );
    for (const { key_id, x25519_private_hex } of recipients) {
      const wrapped = vector.wrapped_keys[key_id] ?? '';
      expectEqual(read(crypto, x25519_private_hex, vector.encrypted_content, wrapped), vector.plaintext);
    }
  }
});

function read(crypto: CryptoBackend, privateHex: string, content: string, wrappedKey: string): string {
  const opened = openForRecipient(crypto, hex(privateHex), content, wrappedKey);
  return opened.state === 'denied' ? DENIED : opened.text;
}
