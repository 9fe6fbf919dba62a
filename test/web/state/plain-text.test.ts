/** Lines of lists: as a person reads them, with names in place of ids. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainLine, withNames } from '../../../web/state/plain-text.ts';

test('a line is the same however often it is asked for, and as long as asked for', () => {
  for (const _ of [1, 2]) {
    assert.equal(plainLine('**one** two'), 'one two');
    assert.equal(plainLine('**one** two', 3), 'one…');
  }
});

test('an id after an @ becomes a name, whatever else stands there stays', () => {
  const nameOf = (handle: string): string | null => (handle === 'user_1' ? 'Ada *L*' : null);
  assert.equal(withNames('@user_1, ask @bob or a@user_1', nameOf), '@Ada *L*, ask @bob or a@user_1');
});
