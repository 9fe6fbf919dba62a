/** Which rows of a long list are in the document, and how much room stands for the others. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { keptAt, lastWhole, pieces, rowAt, RowHeights, rowsBetween } from '../../../web/state/row-heights.ts';
import { threadRows } from '../../../web/state/thread.ts';
import { entry } from './thread.test.ts';

const heights = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 60 });
const offsetsOf = (list: readonly number[]): number[] =>
  list.reduce<number[]>((all, height) => [...all, (all.at(-1) ?? 0) + height], [0]);

test('what is in the document and the room for the rest are together as high as all rows', () => {
  fc.assert(
    fc.property(heights, fc.nat(20_000), fc.nat(2_000), fc.array(fc.nat(80)), (list, top, height, pinned) => {
      const offsets = offsetsOf(list);
      const range = rowsBetween(offsets, top, top + height);
      const found = pieces(offsets, range, pinned);
      const sum = found.reduce(
        (total, piece) => total + (piece.kind === 'room' ? piece.height : (list[piece.index] ?? 0)),
        0,
      );
      assert.equal(sum, offsets.at(-1));
      const rows = found.flatMap((piece) => (piece.kind === 'row' ? [piece.index] : []));
      assert.deepEqual(
        rows,
        [...new Set(rows)].sort((a, b) => a - b),
      );
      for (const index of pinned) assert.equal(rows.includes(index), index < list.length);
    }),
  );
});

test('every row that is seen is in the document, and few others', () => {
  fc.assert(
    fc.property(heights, fc.nat(5_000), fc.integer({ min: 1, max: 900 }), (list, top, height) => {
      const offsets = offsetsOf(list);
      const [from, to] = rowsBetween(offsets, top, top + height);
      list.forEach((_, index) => {
        const [begin, end] = [offsets[index] ?? 0, offsets[index + 1] ?? 0];
        const isSeen = end > top && begin < top + height;
        if (isSeen) assert.ok(index >= from && index < to);
      });
      assert.ok(to - from <= list.filter((_, index) => (offsets[index + 1] ?? 0) > top).length);
      assert.equal(rowAt(offsets, -5), 0);
    }),
  );
});

test('a row counts as seen when its end is, whatever the browser rounds', () => {
  const offsets = offsetsOf([100, 50, 50]);
  assert.equal(lastWhole(offsets, 90), -1);
  assert.equal(lastWhole(offsets, 130), 0);
  assert.equal(lastWhole(offsets, 149), 1);
  assert.equal(lastWhole(offsets, 199), 2);
  assert.equal(lastWhole(offsets, 500), 2);
});

test('a row stays where it is in the window when something comes above the list, but in view if it was', () => {
  assert.deepEqual(keptAt({ top: -10 }, 200), { top: -210, inView: false });
  assert.deepEqual(keptAt({ top: -10 }, -200), { top: 190, inView: false });
  assert.deepEqual(keptAt({ top: 0 }, 90), { top: -90, inView: false });
  assert.deepEqual(keptAt({ top: 48 }, 20), { top: 28, inView: true });
  const pushed = keptAt({ top: 48 }, 200);
  assert.deepEqual(pushed, { top: 0, inView: true });
  assert.deepEqual(keptAt(pushed, 60), { top: 0, inView: true });
  assert.deepEqual(keptAt(pushed, -60), { top: 60, inView: true });
});

test('measured heights count until the width changes', () => {
  const rows = threadRows(['a', 'b'].map((id) => entry({ id })));
  const list = new RowHeights();
  const guessed = list.offsets(rows);
  list.measured('b', 500);
  assert.equal((list.offsets(rows).at(-1) ?? 0) - (list.offsets(rows).at(-2) ?? 0), 500);
  list.forget();
  assert.deepEqual(list.offsets(rows), guessed);
});
