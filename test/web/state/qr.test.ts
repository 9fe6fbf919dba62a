/** QR codes (05 section 10.4, C-1): the right version, what every reader looks for, and known codes module by module. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { qrCode } from '../../../web/state/qr.ts';

const picture = (text: string): string =>
  qrCode(text)
    .map((row) => row.map((on) => (on ? '#' : '.')).join(''))
    .join('\n');

test('the version is the smallest that holds the text', () => {
  for (const [length, size] of [
    [1, 21],
    [14, 21],
    [15, 25],
    [213, 57],
    [214, 61],
    [2331, 177],
  ] as const)
    assert.equal(qrCode('x'.repeat(length)).length, size, String(length));
  assert.throws(() => qrCode('x'.repeat(2332)), RangeError);
});

test('three corners are marked, and everything is filled', () => {
  const code = qrCode('canopy:'.padEnd(500, 'a'));
  const corner = (y: number, x: number): string =>
    [0, 1, 2, 3, 4, 5, 6].map((i) => (code[y + i]?.[x + 3] === true ? '#' : '.')).join('');
  const far = code.length - 7;
  assert.deepEqual([corner(0, 0), corner(0, far), corner(far, 0)], Array(3).fill('#.###.#'));
});

test('codes are those that another implementation draws, module by module', () => {
  const digest = (text: string): string =>
    createHash('sha256').update(picture(text)).digest('hex').slice(0, 16);
  assert.deepEqual(
    ['hello', 'canopy:'.padEnd(120, 'é'), 'canopy:'.padEnd(480, '0123456789abcdef'), 'z'.repeat(2000)].map(
      digest,
    ),
    ['bcb1c127e8a305bb', '17fe1cd5412674d2', 'ca307d2f91327582', '8f650bd5926a3d84'],
  );
});
