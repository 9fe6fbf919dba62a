/** `at_rest`: 01 section 9. */
import * as z from 'zod';
import { utf8 } from '../../../server/crypto/bytes.ts';
import { AtRestCipher, atRestText } from '../../../server/wire/at-rest.ts';
import { backends } from '../backends.ts';
import { expectEqual, hex, wireClass } from '../check.ts';
import { fixedRandom } from '../fixed-random.ts';

const seed = z.string().nullable();
const schema = z.union([
  z.object({
    op: z.literal('encrypt'),
    ed25519_private_hex: seed,
    plaintext: z.string().nullable(),
    expect_stored: z.string().nullable(),
  }),
  z.object({
    ed25519_private_hex: seed,
    nonce_hex: z.string().optional(),
    plaintext: z.string().optional(),
    stored: z.string().nullable(),
    expect: z.string().nullable(),
  }),
]);

export const atRest = wireClass('at_rest', schema, (vector) => {
  for (const crypto of backends) {
    const ed25519Seed = vector.ed25519_private_hex === null ? null : hex(vector.ed25519_private_hex);
    const cipher = (...nonces: string[]): AtRestCipher =>
      new AtRestCipher({ crypto, random: fixedRandom(...nonces) }, { ed25519Seed });
    // A missing text is no text to encrypt or to read: the store passes it by.
    if ('op' in vector) {
      expectEqual(
        vector.plaintext === null ? null : cipher().encrypt(vector.plaintext),
        vector.expect_stored,
      );
      continue;
    }
    const opened = vector.stored === null ? null : cipher().decrypt(vector.stored);
    expectEqual(opened && atRestText(opened), vector.expect);
    if (vector.plaintext === undefined || vector.nonce_hex === undefined) continue;
    expectEqual(opened?.state, 'decrypted');
    expectEqual(cipher(vector.nonce_hex).encrypt(vector.plaintext), vector.stored);
    expectEqual(utf8(atRestText(opened ?? { state: 'failed' })).length, utf8(vector.plaintext).length);
  }
});
