/** Which of two changes is the newer one (06 section 3.2). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ageOf } from '../../server/workspace/edit-age.ts';

const known = (editedAt: number | null, ...versions: string[]) => ({
  editedAt,
  versions: versions.map((version) => ({ version })),
});

test('a change with a revision is judged by it, whatever the times say', () => {
  assert.equal(ageOf({ rev: 7 }, 0, known(9_000, 'r5')), 'newer');
  assert.equal(ageOf({ rev: 5 }, 10_000, known(9_000, 'r5')), 'same');
  assert.equal(ageOf({ rev: 4 }, 10_000, known(9_000, 'r5')), 'older');
  assert.equal(ageOf({ rev: 4 }, 10_000, known(null, '')), 'newer');
  assert.equal(ageOf({ rev: 4 }, 10_000, known(null, '', 'x')), 'older', 'nothing follows a deletion');
});

test('one without is judged by the time it was made', () => {
  assert.equal(ageOf({}, 9_000, known(9_000, 'r5')), 'newer');
  assert.equal(ageOf({ rev: null }, 8_000, known(9_000, 'r5')), 'older');
  assert.equal(ageOf({}, null, known(9_000)), 'newer');
});
