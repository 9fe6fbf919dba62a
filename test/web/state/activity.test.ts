import test from 'node:test';
import assert from 'node:assert/strict';
import { activityText, saysMore } from '../../../web/state/activity.ts';

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

test('a detail is shown when it says more than the status', () => {
  const event = { id: 'x', peer_id: 'p', timestamp: 1, kind: 'connection', status: 'connected' };
  assert.equal(saysMore(event), false);
  assert.equal(saysMore({ ...event, detail: 'Connected' }), false);
  assert.equal(saysMore({ ...event, detail: 'Connected securely through a relay' }), true);
});
