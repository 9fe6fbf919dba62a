/** What people can be called by (03 section 5.9). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UserId } from '../../server/wire/ids.ts';
import { mentionHandles } from '../../server/workspace/mention-handles.ts';

const id = 'user_1' as UserId;

test('the handle offered first is one that the person is known by at home, too', () => {
  const shadow = { id, username: 'anna.AVJ8QF', displayName: 'Anna Berg' };
  assert.deepEqual(mentionHandles(shadow), ['anna', 'anna.AVJ8QF', 'Anna_Berg', id]);
  // A message came before word of who wrote it.
  const early = { id, username: 'peer-AVJ8QFSE.AVJ8QF', displayName: 'Anna Berg' };
  assert.deepEqual(mentionHandles(early), ['Anna_Berg', 'peer-AVJ8QFSE.AVJ8QF', 'peer-AVJ8QFSE', id]);
});
