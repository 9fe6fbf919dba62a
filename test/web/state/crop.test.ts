import test from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cropSquare, dragged, MIDDLE } from '../../../web/state/crop.ts';

test('untouched, it is the middle square', () => {
  assert.deepEqual(cropSquare({ width: 300, height: 100 }, MIDDLE), { left: 100, top: 0, side: 100 });
  assert.deepEqual(cropSquare({ width: 100, height: 300 }, { zoom: 2, x: 0, y: 1 }), {
    left: 0,
    top: 250,
    side: 50,
  });
});

test('dragging moves what is seen with the pointer, and no further than there is picture', () => {
  const picture = { width: 300, height: 100 };
  const once = dragged(picture, MIDDLE, { x: 50, y: 50 });
  assert.deepEqual(cropSquare(picture, once), { left: 50, top: 0, side: 100 });
  assert.equal(cropSquare(picture, dragged(picture, once, { x: 500, y: 0 })).left, 0);
});

test('whatever is chosen, the square lies within the picture', () => {
  const size = fc.integer({ min: 1, max: 10_000 });
  const any = fc.double({ min: -5, max: 5, noNaN: true });
  fc.assert(
    fc.property(size, size, any, any, any, (width, height, zoom, x, y) => {
      const { left, top, side } = cropSquare({ width, height }, { zoom, x, y });
      return side > 0 && left >= 0 && top >= 0 && left + side <= width + 1e-6 && top + side <= height + 1e-6;
    }),
  );
});
