/** Which pictures move, told from the bytes an encoder of others writes and from bytes that only look so. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { isAnimated, mayMove } from '../../../web/state/animation.ts';

const WIDTH = 12;
const HEIGHT = 8;

/** Frames of different colours, one under the other, as the encoder takes them. */
function frames(count: number): ReturnType<typeof sharp> {
  const pixels = Buffer.alloc(WIDTH * HEIGHT * count * 3);
  for (let at = 0; at < pixels.length; at += 1) pixels[at] = Math.floor(at / (WIDTH * HEIGHT * 3)) * 90;
  return sharp(pixels, { raw: { width: WIDTH, height: HEIGHT * count, channels: 3, pageHeight: HEIGHT } });
}

test('GIF and WebP with several frames move, with one they do not', async () => {
  for (const count of [1, 2, 3]) {
    assert.equal(isAnimated(await frames(count).gif().toBuffer()), count > 1, `GIF of ${count}`);
    assert.equal(isAnimated(await frames(count).webp().toBuffer()), count > 1, `WebP of ${count}`);
  }
});

test('a PNG moves when it says so before its picture', async () => {
  const png = await frames(1).png().toBuffer();
  assert.equal(isAnimated(png), false);
  const chunk = Buffer.from('\0\0\0\u0008acTL\0\0\0\u0002\0\0\0\0\0\0\0\0', 'latin1');
  const header = png.indexOf('IDAT') - 4;
  assert.equal(isAnimated(Buffer.concat([png.subarray(0, header), chunk, png.subarray(header)])), true);
  assert.equal(isAnimated(Buffer.concat([png, chunk])), false);
});

test('a sequence of AVIF pictures moves; what is no picture, cut off or empty does not', async () => {
  assert.equal(isAnimated(Buffer.from('\0\0\0\u0020ftypavis\0\0\0\0avifmsf1', 'latin1')), true);
  assert.equal(isAnimated(Buffer.from('\0\0\0\u0020ftypavif\0\0\0\0mif1', 'latin1')), false);
  const gif = await frames(2).gif().toBuffer();
  for (const bytes of [Buffer.alloc(0), Buffer.from('plain'), gif.subarray(0, 20), gif.subarray(6)])
    assert.equal(isAnimated(bytes), false);
});

test('only some types may move', () => {
  assert.equal(mayMove('image/gif'), true);
  assert.equal(mayMove('image/jpeg'), false);
  assert.equal(mayMove('text/html'), false);
});
