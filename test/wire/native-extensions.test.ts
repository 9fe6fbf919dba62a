import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NATIVE_EXTENSIONS, SECURE_SESSION, offeredExtensions } from '../../server/wire/native-extensions.ts';

test('extensions are offered in their order, and none without secure sessions (06)', () => {
  assert.equal(NATIVE_EXTENSIONS[0], SECURE_SESSION);
  assert.deepEqual(offeredExtensions(null), NATIVE_EXTENSIONS);
  assert.deepEqual(offeredExtensions([]), []);
  assert.deepEqual(offeredExtensions([...NATIVE_EXTENSIONS].reverse()), NATIVE_EXTENSIONS);
  assert.deepEqual(offeredExtensions([SECURE_SESSION]), [SECURE_SESSION]);
  assert.deepEqual(offeredExtensions(NATIVE_EXTENSIONS.slice(1)), []);
  assert.deepEqual(offeredExtensions(['of another time', SECURE_SESSION]), [SECURE_SESSION]);
});
