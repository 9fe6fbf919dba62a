/** API keys (03 section 3.4): hashes, expiry, revocation, and permissions that only shrink. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { nativeCrypto } from '../../server/crypto/native.ts';
import type { KeyId, UserId } from '../../server/wire/ids.ts';
import { apiKeyHash, DEFAULT_PERMISSIONS, PERMISSIONS } from '../../server/workspace/api-keys.ts';
import { accountParts } from './accounts-support.ts';

const DAY_MS = 86_400_000;
const ADA = 'user_00000000000000aa' as UserId;
const vectors = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '..', 'fixtures', 'storage-functions.json'), 'utf8'),
) as { api_key_hash: { key: string; key_hash: string }[] };

function withAda() {
  const parts = accountParts();
  parts.rows.users.insert({
    id: ADA,
    username: 'ada',
    publicKey: 'k',
    displayName: 'Ada',
    passwordHash: 'x',
    now: parts.ports.time,
  });
  return parts;
}

describe('API keys', () => {
  test('the stored hash is the reference’s', () => {
    for (const { key, key_hash: hash } of vectors.api_key_hash)
      assert.equal(apiKeyHash(nativeCrypto, key), hash);
  });

  test('a new key works at once, has 43 characters, and is not stored', () => {
    const { apiKeys, store } = withAda();
    const { key, info } = apiKeys.create(ADA, { name: ' laptop ' });
    assert.match(key, /^[A-Za-z0-9_-]{43}$/);
    assert.match(info.id, /^[0-9a-f]{32}$/);
    const found = apiKeys.authenticate(key);
    assert.deepEqual([found?.user.id, found?.keyId, found?.permissions], [ADA, info.id, DEFAULT_PERMISSIONS]);
    assert.deepEqual(apiKeys.list(ADA), [
      { ...info, createdAt: info.createdAt, name: 'laptop', lastUsedAt: null },
    ]);
    assert.ok(!JSON.stringify(store.sql.all('SELECT * FROM api_keys')).includes(key));
    assert.equal(apiKeys.authenticate(`${key}x`), null);
    assert.equal(apiKeys.authenticate(''), null);
  });

  test('a key expires when its days are over, and is listed as such', () => {
    const { apiKeys, ports } = withAda();
    const { key } = apiKeys.create(ADA, { expiresDays: 2 });
    ports.time += 2 * DAY_MS - 1;
    assert.notEqual(apiKeys.authenticate(key), null);
    ports.time += 1;
    assert.equal(apiKeys.authenticate(key), null);
    assert.deepEqual(
      apiKeys.list(ADA).map((info) => info.usable),
      [false],
    );
    for (const expiresDays of [-1, 1.5, 1e9, Number.NaN]) {
      assert.throws(() => apiKeys.create(ADA, { expiresDays }), { code: 'invalid_expiry' });
    }
  });

  test('an expiry without zone is local time, and one that is no time has passed', () => {
    const { apiKeys, store, ports } = withAda();
    const { key } = apiKeys.create(ADA);
    const set = (text: string): void =>
      void store.sql.run('UPDATE api_keys SET expires_at = @text', { text });
    const local = new Date(ports.time - new Date(ports.time).getTimezoneOffset() * 60_000 + 1000)
      .toISOString()
      .slice(0, 23);
    set(`${local}000`);
    assert.notEqual(apiKeys.authenticate(key), null);
    ports.time += 1000;
    assert.equal(apiKeys.authenticate(key), null);
    set('2999-01-01T00:00:00.000000+00:00');
    assert.notEqual(apiKeys.authenticate(key), null);
    set('never');
    assert.equal(apiKeys.authenticate(key), null);
  });

  test('a key says when it was last used, to the minute', () => {
    const { apiKeys, store, ports } = withAda();
    const { key } = apiKeys.create(ADA);
    const used = (): (number | null)[] => {
      store.commit.flush();
      return apiKeys.list(ADA).map(({ lastUsedAt }) => lastUsedAt);
    };
    assert.deepEqual(used(), [null]);
    const at = ports.time;
    for (const [later, noted] of [
      [0, 0],
      [59_999, 0],
      [60_000, 60_000],
    ] as const) {
      ports.time = at + later;
      apiKeys.authenticate(key);
      assert.deepEqual(used(), [at + noted]);
    }
  });

  test('revoking ends a key of its owner only, twice is no error', () => {
    const { apiKeys } = withAda();
    const { key, info } = apiKeys.create(ADA);
    assert.throws(() => apiKeys.revoke('user_other' as UserId, info.id), { code: 'key_not_found' });
    assert.throws(() => apiKeys.revoke(ADA, 'nothing' as KeyId), { code: 'key_not_found' });
    assert.notEqual(apiKeys.authenticate(key), null);
    apiKeys.revoke(ADA, info.id);
    apiKeys.revoke(ADA, info.id);
    assert.equal(apiKeys.authenticate(key), null);
    assert.deepEqual(
      apiKeys.list(ADA).map((row) => row.revoked),
      [true],
    );
  });

  test('a stored permission nobody knows makes the key invalid', () => {
    const { apiKeys, store } = withAda();
    const { key } = apiKeys.create(ADA);
    for (const permissions of ['["read_messages","fly"]', '{}', 'null', 'x', '[1]']) {
      store.sql.run('UPDATE api_keys SET permissions = @permissions', { permissions });
      assert.equal(apiKeys.authenticate(key), null, permissions);
      assert.deepEqual(
        apiKeys.list(ADA).map((info) => [info.usable, info.permissions]),
        [[false, []]],
      );
    }
  });

  test('keys of suspended accounts and vanished ones do not work', () => {
    const { apiKeys, rows, ports, store } = withAda();
    const { key } = apiKeys.create(ADA);
    rows.users.update(ADA, { status: 'pending_approval' }, ports.time);
    assert.equal(apiKeys.authenticate(key)?.user.status, 'pending_approval');
    rows.users.update(ADA, { status: 'suspended' }, ports.time);
    assert.equal(apiKeys.authenticate(key), null);
    store.sql.run("UPDATE users SET status = 'something new'");
    assert.equal(apiKeys.authenticate(key), null);
  });

  test('a key gives away only what it holds itself', () => {
    const subsets = fc.uniqueArray(fc.constantFrom(...PERMISSIONS), { minLength: 1 });
    const { apiKeys } = withAda();
    fc.assert(
      fc.property(subsets, subsets, (wanted, held) => {
        const allowed = wanted.every((permission) => held.includes(permission));
        const create = () => apiKeys.create(ADA, { permissions: wanted }, new Set(held));
        if (allowed) assert.deepEqual(create().info.permissions, wanted);
        else assert.throws(create, { code: 'key_exceeds_caller' });
      }),
      { numRuns: 40 },
    );
    assert.throws(
      () => apiKeys.create(ADA, {}, new Set(['manage_keys'])),
      { code: 'key_exceeds_caller' },
      'the default set, too',
    );
    assert.deepEqual(
      apiKeys.create(ADA, { permissions: [...PERMISSIONS] }).info.permissions,
      PERMISSIONS,
      'a session holds all',
    );
    assert.throws(() => apiKeys.create(ADA, { permissions: ['fly'] }), {
      code: 'invalid_permission',
      message: "Invalid permission: 'fly' is not a valid Permission",
    });
    assert.deepEqual(apiKeys.create(ADA, { permissions: ['read_feed', 'read_feed'] }).info.permissions, [
      'read_feed',
    ]);
    for (const name of ['x'.repeat(101), 'a\nb'])
      assert.throws(() => apiKeys.create(ADA, { name }), { code: 'invalid_key_name' });
  });
});
