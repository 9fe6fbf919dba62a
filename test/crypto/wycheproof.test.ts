/**
 * The vectors of Project Wycheproof on both backends: known attacks and the corners in which libraries differ
 * (08 section 4). Everything `valid` must come out as recorded, everything `invalid` must be refused.
 *
 * Only the X25519 file has `acceptable` results. What this project does with them, on both backends alike:
 * - a shared secret of zero (the other key has small order) is no secret: `agree` answers `null`;
 * - keys on the twist are used like any other, for which the curve was made;
 * - keys that are not canonical are reduced, as RFC 7748 section 5 has it, where they get that far: handshakes and
 *   invites with such keys, or with keys of small order, are refused.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { concatBytes, fromHex, toHex } from '../../server/crypto/bytes.ts';
import { CryptoError } from '../../server/crypto/errors.ts';
import { importEd25519PublicKey, importX25519PublicKey } from '../../server/crypto/keys.ts';
import { NONCE_BYTES, SIGNATURE_BYTES } from '../../server/crypto/sizes.ts';
import { backends } from './support.ts';

const folder = path.join(import.meta.dirname, '../vectors/wycheproof');

const hex = z.string().transform((text) => fromHex(text) ?? assert.fail('not hex'));
const common = {
  tcId: z.number(),
  flags: z.array(z.string()),
  result: z.enum(['valid', 'invalid', 'acceptable']),
};

/** The groups of a file; fails when it does not hold as many cases as it says. */
function groupsOf<G extends z.ZodType<{ tests: object[] }>>(name: string, group: G): z.output<G>[] {
  const schema = z.object({ numberOfTests: z.number(), testGroups: z.array(group) });
  const file = schema.parse(JSON.parse(readFileSync(path.join(folder, `${name}_test.json`), 'utf8')));
  assert.equal(
    file.testGroups.reduce((sum, { tests }) => sum + tests.length, 0),
    file.numberOfTests,
  );
  return file.testGroups;
}

const casesOf = <T extends z.ZodType<object>>(name: string, test: T) =>
  groupsOf(name, z.object({ tests: z.array(test) })).flatMap(({ tests }) => tests);

const signatures = groupsOf(
  'ed25519',
  z.object({ publicKey: z.object({ pk: hex }), tests: z.array(z.object({ ...common, msg: hex, sig: hex })) }),
);
const agreements = casesOf('x25519', z.object({ ...common, public: hex, private: hex, shared: hex }));
const ciphers = casesOf(
  'chacha20_poly1305',
  z.object({ ...common, key: hex, iv: hex, aad: hex, msg: hex, ct: hex, tag: hex }),
);
const derivations = casesOf(
  'hkdf_sha256',
  z.object({ ...common, ikm: hex, salt: hex, info: hex, size: z.number(), okm: hex }),
);

const importable = (import_: (key: Uint8Array) => Uint8Array, key: Uint8Array): boolean => {
  try {
    import_(key);
    return true;
  } catch (error) {
    if (error instanceof CryptoError) return false;
    throw error;
  }
};

describe('Wycheproof and the import of keys', () => {
  it('takes every Ed25519 key of the file, all of which are sound', () => {
    for (const { publicKey } of signatures) importEd25519PublicKey(publicKey.pk);
  });

  it('refuses exactly the X25519 keys of small order and those that are not canonical', () => {
    for (const { tcId, flags, public: key } of agreements) {
      const sound = !flags.includes('LowOrderPublic') && !flags.includes('NonCanonicalPublic');
      assert.equal(importable(importX25519PublicKey, key), sound, `case ${tcId}`);
    }
  });
});

for (const [name, crypto] of backends) {
  describe(`Wycheproof on ${name}`, () => {
    it('Ed25519', () => {
      for (const { publicKey, tests } of signatures) {
        for (const { tcId, msg, sig, result } of tests) {
          const verify = (): boolean => crypto.verify(publicKey.pk, msg, sig);
          if (sig.length === SIGNATURE_BYTES) assert.equal(verify(), result === 'valid', `case ${tcId}`);
          else assert.throws(verify, RangeError, `case ${tcId}`);
        }
      }
    });

    it('X25519', () => {
      for (const { tcId, flags, public: key, private: scalar, shared } of agreements) {
        const agreed = crypto.agree(scalar, key);
        const expected = flags.includes('ZeroSharedSecret') ? null : toHex(shared);
        assert.equal(agreed && toHex(agreed), expected, `case ${tcId}`);
      }
    });

    it('ChaCha20-Poly1305', () => {
      for (const { tcId, key, iv, aad, msg, ct, tag, result } of ciphers) {
        const sealed = concatBytes(ct, tag);
        if (iv.length !== NONCE_BYTES) {
          assert.throws(() => crypto.seal(key, iv, msg, aad), RangeError, `case ${tcId}`);
          assert.throws(() => crypto.open(key, iv, sealed, aad), RangeError, `case ${tcId}`);
          continue;
        }
        const opened = crypto.open(key, iv, sealed, aad);
        assert.equal(opened && toHex(opened), result === 'valid' ? toHex(msg) : null, `case ${tcId}`);
        if (result === 'valid')
          assert.equal(toHex(crypto.seal(key, iv, msg, aad)), toHex(sealed), `case ${tcId}`);
      }
    });

    it('HKDF-SHA-256', () => {
      for (const { tcId, ikm, salt, info, size, okm, result } of derivations) {
        const derive = (): Uint8Array => crypto.hkdf(ikm, salt, info, size);
        if (result === 'valid') assert.equal(toHex(derive()), toHex(okm), `case ${tcId}`);
        else assert.throws(derive, `case ${tcId}`);
      }
    });
  });
}
