import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Readable } from 'node:stream';
import { DiskFileBytes } from '../../server/store/file-bytes.ts';
import { PIECE_BYTES, openAll, pieceOffset, sealAll } from '../../server/store/sealed-bytes.ts';
import { SeededRandom } from '../sim/seeded-random.ts';
import { temporaryDirectory, testVault } from './support.ts';

const sealing = testVault().inMode('full').files();
const SIZES = [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES, 200_000];

async function all(stream: Readable): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

test('sealed files are read whole, in ranges, and as they come in', async (t) => {
  const bytes = new DiskFileBytes({ directory: path.join(temporaryDirectory(t), 'files'), sealing });
  const random = new SeededRandom(4);
  for (const size of SIZES) {
    const content = Buffer.from(random.bytes(size));
    const incoming = await bytes.incoming('F1');
    for (let at = 0; at < size;) {
      const step = 1 + Math.floor(random.fraction() * 100_000);
      await incoming.write(content.subarray(at, at + step));
      at += step;
    }
    assert.equal(incoming.size, size);
    assert.deepEqual(
      await incoming.read(Math.max(0, size - 10), 100),
      content.subarray(Math.max(0, size - 10)),
    );
    assert.deepEqual(await incoming.read(0, 70_000), content.subarray(0, 70_000));
    const checksum = incoming.checksum();
    await incoming.finish();
    const place = 'other/F1.bin';
    await bytes.keep('F1', place);
    assert.equal((await bytes.look(place))?.size, size);
    assert.equal(await bytes.checksum(place), checksum);
    assert.deepEqual(bytes.readSmall(place), content);
    assert.equal(bytes.absolute(place), null);
    for (const [start, end] of [
      [0, 0],
      [PIECE_BYTES - 1, PIECE_BYTES],
      [size - 1, size - 1],
      [5, size - 2],
    ] as const) {
      if (start < 0 || end < start || end >= size) continue;
      assert.deepEqual(await all(bytes.read(place, { start, end })), content.subarray(start, end + 1));
    }
    await bytes.writeSmall('images/small.png', content);
    assert.deepEqual(await all(bytes.read('images/small.png')), content);
  }
});

test('a file goes on coming in after a stop and after a kill', async (t) => {
  const directory = temporaryDirectory(t);
  const bytes = new DiskFileBytes({ directory: path.join(directory, 'files'), sealing });
  const content = Buffer.from(new SeededRandom(5).bytes(3 * PIECE_BYTES + 1000));
  const paused = await bytes.incoming('part');
  await paused.write(content.subarray(0, PIECE_BYTES + 500));
  await paused.finish();
  // A kill: the last piece was in memory, and of one before it only a part reached the disk.
  const killed = await bytes.incoming('part', { resume: true });
  assert.equal(killed.size, PIECE_BYTES + 500);
  await killed.write(content.subarray(killed.size, 3 * PIECE_BYTES + 1));
  appendFileSync(path.join(directory, 'files-incoming', 'part'), 'half a piece');
  const again = await bytes.incoming('part', { resume: true });
  assert.equal(again.size, 3 * PIECE_BYTES);
  await again.write(content.subarray(again.size));
  await again.finish();
  await bytes.keep('part', 'other/whole');
  assert.deepEqual(await all(bytes.read('other/whole')), content);
  await killed.discard();
});

test('what was cut off, put in another order, damaged or exchanged is not read', async (t) => {
  const directory = temporaryDirectory(t);
  const bytes = new DiskFileBytes({ directory: path.join(directory, 'files'), sealing });
  const content = Buffer.alloc(3 * PIECE_BYTES, 'a');
  await bytes.writeSmall('other/F1', content);
  await bytes.writeSmall('other/F2', content);
  const file = path.join(directory, 'files', 'other', 'F1');
  const whole = readFileSync(file);
  const other = readFileSync(path.join(directory, 'files', 'other', 'F2'));
  const piece = (from: Buffer, index: number): Buffer =>
    from.subarray(pieceOffset(index), pieceOffset(index + 1));
  const salt = whole.subarray(0, pieceOffset(0));
  const broken = {
    'cut off behind a piece': whole.subarray(0, pieceOffset(2)),
    'cut off within one': whole.subarray(0, pieceOffset(2) + 100),
    'nothing left': Buffer.alloc(0),
    'another order': Buffer.concat([salt, piece(whole, 1), piece(whole, 0), piece(whole, 2)]),
    'a piece too many': Buffer.concat([whole, piece(whole, 2)]),
    'a piece of another file': Buffer.concat([salt, piece(other, 0), piece(whole, 1), piece(whole, 2)]),
    'clear text': content,
  };
  for (const [what, changed] of Object.entries(broken)) {
    writeFileSync(file, changed);
    await assert.rejects(all(bytes.read('other/F1', { start: 0, end: 10 })), { code: 'sealed_bytes' }, what);
    assert.equal(bytes.readSmall('other/F1'), null, what);
  }
  writeFileSync(file, whole);
  truncateSync(file, whole.length);
  assert.deepEqual(await all(bytes.read('other/F1')), content);
  assert.ok(sealing);
  assert.deepEqual(openAll(sealing, sealAll(sealing, content)), content);
  assert.equal(whole.includes('aaaa'), false);
});
