/** Passwords (03 section 3.2), against the reference's vectors. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import bcrypt from 'bcrypt';
import fc from 'fast-check';
import { nativeCrypto } from '../../server/crypto/native.ts';
import {
  isLegacyHash,
  legacyHash,
  MAX_PASSWORD_BYTES,
  Passwords,
  passwordViolations,
  requireGoodPassword,
} from '../../server/workspace/password.ts';
import { WorkspaceError } from '../../server/workspace/errors.ts';

const vectors = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '..', 'fixtures', 'storage-functions.json'), 'utf8'),
) as {
  legacy_password_hash: { secret_key: string; password: string; hash: string; is_legacy: boolean }[];
  password_strength: { password: string; ok: boolean; error: string | null }[];
};

function passwords(secretKey = '0'.repeat(64)): Passwords {
  return new Passwords({ crypto: nativeCrypto }, { secretKey });
}

describe('password strength', () => {
  test('the first violation is the reference’s', () => {
    for (const { password, ok, error } of vectors.password_strength) {
      assert.equal(passwordViolations(password)[0] ?? null, error, password);
      if (ok) requireGoodPassword(password);
      else
        assert.throws(() => requireGoodPassword(password), { code: 'weak_password', message: error ?? '' });
    }
  });

  test('all violations are reported at once', () => {
    assert.deepEqual(passwordViolations(''), [
      'Password must be at least 8 characters long',
      'Password must contain at least one uppercase letter',
      'Password must contain at least one lowercase letter',
      'Password must contain at least one digit',
      'Password must contain at least one special character',
    ]);
    assert.ok(
      passwordViolations('Qwerty').includes('Password is too common. Please choose a more unique password.'),
    );
    try {
      requireGoodPassword('abc');
      assert.fail('accepted');
    } catch (error) {
      assert.ok(error instanceof WorkspaceError);
      assert.deepEqual([error.field, error.violations?.length], ['password', 4]);
    }
  });

  test('what bcrypt would cut off is refused, counted in bytes', () => {
    const good = 'Aa1!';
    requireGoodPassword(good.padEnd(MAX_PASSWORD_BYTES, 'x'));
    for (const long of [
      good.padEnd(MAX_PASSWORD_BYTES + 1, 'x'),
      `${good}${'ü'.repeat(40)}`,
      `${good}xxxx\0`,
    ]) {
      assert.throws(() => requireGoodPassword(long), { code: 'password_too_long' });
    }
  });

  test('any text becomes good by what the rules ask for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 15 }), (text) => {
        assert.deepEqual(passwordViolations(`${text}Aa1!xxxx`), []);
      }),
    );
  });
});

describe('password hashes', () => {
  test('the legacy hash is the reference’s, and is told apart', async () => {
    for (const { secret_key: secret, password, hash, is_legacy: legacy } of vectors.legacy_password_hash) {
      assert.equal(legacyHash(nativeCrypto, secret, password), hash);
      assert.equal(isLegacyHash(hash), legacy);
      assert.equal(await passwords(secret).verify(password, hash), true);
      assert.equal(await passwords(secret).verify(`${password} `, hash), false);
      assert.equal(await passwords('another secret').verify(password, hash), false);
    }
  });

  test('bcrypt at the reference’s cost, in every spelling of its name', async () => {
    const hash = await passwords().hash('Good#Pass1');
    assert.match(hash, /^\$2b\$12\$.{53}$/);
    assert.equal(isLegacyHash(hash), false);
    const cheap = await bcrypt.hash('Good#Pass1', 4);
    for (const name of ['2a', '2b', '2y']) {
      const spelled = cheap.replace('$2b$', `$${name}$`);
      assert.equal(await passwords().verify('Good#Pass1', spelled), true, name);
      assert.equal(await passwords().verify('Good#Pass2', spelled), false, name);
    }
  });

  test('no hash, or a damaged one, matches nothing', async () => {
    for (const stored of [null, '', 'x', `$2b$12$${'.'.repeat(53)}`, '$2b$12$short']) {
      assert.equal(await passwords().verify('', stored), false);
      assert.equal(await passwords().verify('Good#Pass1', stored), false);
    }
  });

  test('at most two run at once, and a long queue is refused', async () => {
    const one = passwords();
    const cheap = await bcrypt.hash('x', 4);
    const results = await Promise.allSettled(Array.from({ length: 40 }, () => one.verify('x', cheap)));
    const refused = results.filter((result) => result.status === 'rejected');
    assert.equal(refused.length, 40 - 2 - 32);
    for (const { reason } of refused) assert.equal((reason as WorkspaceError).code, 'busy');
    assert.equal(await one.verify('x', cheap), true, 'places are given back');
  });
});
