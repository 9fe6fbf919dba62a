import test from 'node:test';
import assert from 'node:assert/strict';
import { keyState, permissionLabel, PERMISSIONS, PRESETS } from '../../../web/state/permissions.ts';

test('presets give only permissions that exist; unknown ones are shown as they are', () => {
  const names = new Set(PERMISSIONS.map((permission) => permission.name));
  assert.equal(names.size, 10);
  for (const preset of PRESETS) for (const name of preset.permissions) assert.ok(names.has(name), name);
  assert.equal(permissionLabel('write_messages'), 'Write Messages');
  assert.equal(permissionLabel('new_one'), 'new_one');
});

test('a key is active until it expires or is revoked', () => {
  const key = { id: 'k', permissions: [], created_at: null, expires_at: null, revoked: false };
  const now = Date.UTC(2026, 0, 2);
  assert.equal(keyState(key, now), 'Active');
  assert.equal(keyState({ ...key, expires_at: '2026-01-01T00:00:00' }, now), 'Expired');
  assert.equal(keyState({ ...key, expires_at: '2026-01-03T00:00:00' }, now), 'Active');
  assert.equal(keyState({ ...key, revoked: true, expires_at: '2026-01-03T00:00:00' }, now), 'Revoked');
});
