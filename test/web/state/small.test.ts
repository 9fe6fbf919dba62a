/** The smallest modules: code fences, joined bursts, permissions, activity words, dial words, broadcast words. */
import test from 'node:test';
import assert from 'node:assert/strict';
import { activityText } from '../../../web/state/activity.ts';
import { insideCodeFence } from '../../../web/state/code-fence.ts';
import { coalesced } from '../../../web/state/coalesce.ts';
import { keyState, permissionLabel, PERMISSIONS, PRESETS } from '../../../web/state/permissions.ts';

test('inside an open code fence and nowhere else', () => {
  const text = 'a\n```js\ncode\n```\nb';
  assert.equal(insideCodeFence(text, 1), false);
  assert.equal(insideCodeFence(text, text.indexOf('code') + 2), true);
  assert.equal(insideCodeFence(text, text.length), false);
  assert.equal(insideCodeFence('```', 3), true);
  assert.equal(insideCodeFence('~~~\n```\n', 8), true);
  assert.equal(insideCodeFence('````\n```\n', 9), true);
  assert.equal(insideCodeFence('`x`', 3), false);
});

test('a burst is one run and one more, and every caller sees a state newer than its call', async () => {
  let runs = 0;
  let release: () => void = () => undefined;
  const load = coalesced(() => {
    runs += 1;
    return new Promise<void>((resolve) => (release = resolve));
  });
  const first = load();
  const others = [load(), load(), load()];
  assert.equal(runs, 1);
  release();
  await first;
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(runs, 2);
  release();
  await Promise.all(others);
  assert.equal(runs, 2);
});

test('a failed run does not stop the next', async () => {
  let fail = true;
  const load = coalesced(() => (fail ? Promise.reject(new Error('gone')) : Promise.resolve()));
  await assert.rejects(load(), /gone/);
  fail = false;
  await load();
});

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

test('activity is told in words, also of a kind this page does not know', () => {
  const event = { id: 'x', peer_id: 'p', timestamp: 1 };
  assert.equal(
    activityText({ ...event, kind: 'connection', status: 'failed' }, 'Bob'),
    'Bob: could not be reached',
  );
  assert.equal(
    activityText({ ...event, kind: 'connection', status: 'new_status' }, 'Bob'),
    'Bob: new_status',
  );
  assert.equal(activityText({ ...event, kind: 'brand_new' }, 'Bob'), 'Bob: brand new');
});
