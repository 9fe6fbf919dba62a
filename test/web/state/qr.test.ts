/** QR codes (05 section 10.4, C-1): the right version and correction for a length, what every reader looks for, bytes as bytes. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { qrCode } from '../../../web/state/qr.ts';

test('the version is the smallest that holds the text; only the longest get less correction', () => {
  for (const [length, size] of [
    [1, 21],
    [14, 21],
    [15, 25],
    [213, 57],
    [214, 61],
    [2_331, 177],
    [2_332, 161],
    [2_953, 177],
  ] as const)
    assert.equal(qrCode('x'.repeat(length)).length, size, String(length));
  assert.throws(() => qrCode('x'.repeat(2_954)), RangeError);
  assert.throws(() => qrCode('é'.repeat(1_477)), RangeError);
});

test('three corners are marked', () => {
  const code = qrCode('canopy:'.padEnd(500, 'a'));
  const corner = (y: number, x: number): string =>
    [0, 1, 2, 3, 4, 5, 6].map((i) => (code[y + i]?.[x + 3] === true ? '#' : '.')).join('');
  const far = code.length - 7;
  assert.deepEqual([corner(0, 0), corner(0, far), corner(far, 0)], Array(3).fill('#.###.#'));
});

test('a text is its UTF-8 bytes: two of one size differ, two of other lengths have other sizes', () => {
  assert.notDeepEqual(qrCode('é'), qrCode('ab'));
  assert.equal(qrCode('é'.repeat(7)).length, qrCode('x'.repeat(14)).length);
  assert.equal(qrCode('é'.repeat(8)).length, qrCode('x'.repeat(15)).length);
});
