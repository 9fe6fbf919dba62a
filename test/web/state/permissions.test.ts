import test from 'node:test';
import assert from 'node:assert/strict';
import {
  expiryText,
  keysHoldFor,
  keyState,
  permissionsText,
  PERMISSIONS,
  PRESETS,
} from '../../../web/state/permissions.ts';

test('presets give only permissions that exist; unknown ones are shown as they are', () => {
  const names = new Set(PERMISSIONS.map((permission) => permission.name));
  assert.equal(names.size, 10);
  for (const preset of PRESETS) for (const name of preset.permissions) assert.ok(names.has(name), name);
  assert.equal(
    permissionsText(['write_messages', 'new_one', 'read_feed']),
    'new_one, Read Feed, Write Messages',
  );
});

test('a key is active until it expires or is revoked', () => {
  const key = { id: 'k', permissions: [], created_at: null, expires_at: null, revoked: false };
  const now = Date.UTC(2026, 0, 2);
  assert.equal(keyState(key, now), 'Active');
  assert.equal(keyState({ ...key, expires_at: '2026-01-01T00:00:00' }, now), 'Expired');
  assert.equal(keyState({ ...key, expires_at: '2026-01-03T00:00:00' }, now), 'Active');
  assert.equal(keyState({ ...key, revoked: true, expires_at: '2026-01-03T00:00:00' }, now), 'Revoked');
});

test('what has no end says so in one way, the rest is a date of the browser', () => {
  assert.equal(expiryText(null), 'Never');
  const expires = new Date(2026, 0, 3, 12);
  assert.equal(
    expiryText(expires.toISOString()),
    expires.toLocaleDateString(undefined, { dateStyle: 'medium' }),
  );
});

test('a list of keys holds until the next of them expires, and no longer than until it may have been used', () => {
  const now = Date.UTC(2026, 0, 2);
  const at = (ms: number) => ({ expires_at: new Date(now + ms).toISOString() });
  assert.equal(keysHoldFor([], now), 60_000);
  assert.equal(keysHoldFor([{ expires_at: null }, at(90_000)], now), 60_000);
  assert.equal(keysHoldFor([at(90_000), at(2_000), at(-5_000)], now), 2_000);
});
