import { countSteps } from '../steps.ts';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { afterEach, beforeEach } from 'node:test';
import fc from 'fast-check';
import { nativeCrypto } from '../../server/crypto/native.ts';
import {
  createNodeIdentity,
  IdentityError,
  identityFileText,
  loadOrCreateNodeIdentity,
  parseIdentityFile,
} from '../../server/identity/node-identity.ts';
import { identity } from './identities.ts';

const random = { bytes: (length: number) => new Uint8Array(randomBytes(length)), fraction: () => 0 };
const components = { random, crypto: nativeCrypto };
let directory = '';
let file = '';

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'canopy-identity-'));
  file = path.join(directory, 'data', 'peer_identity.json');
});
afterEach(() => fs.rmSync(directory, { recursive: true }));

/** The identity file of node 1 with some of its values changed. */
function fileWith(changes: Record<string, unknown>): string {
  return JSON.stringify({ ...(JSON.parse(identityFileText(identity(1))) as object), ...changes });
}

test('the first start makes an identity, private to its owner, and later starts find it', () => {
  const made = loadOrCreateNodeIdentity(file, components);
  assert.deepEqual(loadOrCreateNodeIdentity(file, components), made);
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  assert.equal(fs.readFileSync(file, 'utf8'), identityFileText(made));
  assert.deepEqual(fs.readdirSync(path.dirname(file)), ['peer_identity.json']);
});

test('of two first starts at once both take the identity that came first', () => {
  let first: unknown;
  const slow = {
    bytes: (length: number) => {
      first ??= loadOrCreateNodeIdentity(file, components);
      return random.bytes(length);
    },
    fraction: () => 0,
  };
  assert.deepEqual(loadOrCreateNodeIdentity(file, { ...components, random: slow }), first);
  assert.deepEqual(fs.readdirSync(path.dirname(file)), ['peer_identity.json']);
});

test('reading what was written gives the same identity', () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(key, key, (seed, scalar) => {
      const keys = [seed, scalar];
      const source = { bytes: () => Uint8Array.from(keys.shift() ?? []), fraction: () => 0 };
      const made = createNodeIdentity(source, nativeCrypto);
      assert.deepEqual(parseIdentityFile(identityFileText(made), nativeCrypto), made);
    }),
    { numRuns: 20 },
  );
});

test('a file that does not fit together stops the node and stays as it is', () => {
  const other = JSON.parse(identityFileText(identity(2))) as Record<string, string>;
  const cases: [string, string][] = [
    ['', 'malformed'],
    ['[]', 'malformed'],
    [fileWith({ peer_id: undefined }), 'malformed'],
    [fileWith({ x25519_private_key: 'not base58: 0' }), 'malformed'],
    [fileWith({ ed25519_private_key: '2' }), 'malformed'],
    [fileWith({ ed25519_private_key: undefined }), 'no_private_keys'],
    ...[
      'peer_id',
      'ed25519_public_key',
      'x25519_public_key',
      'ed25519_private_key',
      'x25519_private_key',
    ].map((key): [string, string] => [fileWith({ [key]: other[key] }), 'mismatch']),
  ];
  fs.mkdirSync(path.dirname(file));
  for (const [text, code] of cases) {
    fs.writeFileSync(file, text);
    assert.throws(
      () => loadOrCreateNodeIdentity(file, components),
      (error) => error instanceof IdentityError && error.code === code && !error.message.includes('\n'),
      text,
    );
    assert.equal(fs.readFileSync(file, 'utf8'), text);
  }
});

test('keys of later versions are passed over', () => {
  assert.deepEqual(parseIdentityFile(fileWith({ hint: 1 }), nativeCrypto), identity(1));
});

test('a path that is no file stops the node with the same error', () => {
  fs.mkdirSync(file, { recursive: true });
  assert.throws(() => loadOrCreateNodeIdentity(file, components), {
    name: 'IdentityError',
    code: 'unreadable',
  });
});

test('an existing file that others can read is made private', () => {
  fs.mkdirSync(path.dirname(file));
  fs.writeFileSync(file, identityFileText(identity(1)), { mode: 0o644 });
  loadOrCreateNodeIdentity(file, components);
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
});

test('whatever the file holds, the answer is an identity or the one error, at bounded work', () => {
  const values = fc.oneof(fc.string(), fc.anything(), fc.constant('z'.repeat(40)));
  const files = fc.record({
    peer_id: values,
    ed25519_public_key: values,
    x25519_public_key: values,
    ed25519_private_key: values,
    x25519_private_key: values,
  });
  const toText = (value: unknown): string =>
    JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? 0 : item));
  const texts = fc.oneof(fc.string(), fc.json(), files.map(toText), fc.constant('{'.repeat(100_000)));
  fc.assert(
    fc.property(texts, (text) => {
      const steps = countSteps(() => {
        try {
          parseIdentityFile(text, nativeCrypto);
        } catch (error) {
          assert.ok(error instanceof IdentityError);
        }
      });
      assert.ok(steps <= 20_000 + text.length, `${steps} steps for ${text.length} characters`);
    }),
    { numRuns: 300 },
  );
});
