import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { afterEach, beforeEach } from 'node:test';
import * as z from 'zod';
import { readJsonFile, readTextFile, writeFileAtomic } from '../../server/identity/atomic-file.ts';

let directory = '';
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'canopy-file-'));
});
afterEach(() => fs.rmSync(directory, { recursive: true }));

test('content and mode are replaced as one, also below directories that are not there yet', () => {
  const file = path.join(directory, 'a', 'b', 'file');
  const before = process.umask(0o777);
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    fs.chmodSync(path.join(directory, 'a'), 0o700);
    fs.chmodSync(path.join(directory, 'a', 'b'), 0o700);
    writeFileAtomic(file, 'one');
  } finally {
    process.umask(before);
  }
  assert.equal(fs.statSync(file).mode & 0o777, 0o600, 'whatever the umask');
  fs.chmodSync(file, 0o666);
  writeFileAtomic(file, new Uint8Array([1, 2]));
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  assert.deepEqual([...fs.readFileSync(file)], [1, 2]);
  writeFileAtomic(path.join(directory, 'c', 'other'), '', 0o644);
  assert.equal(fs.statSync(path.join(directory, 'c', 'other')).mode & 0o777, 0o644);
});

test('a write that fails leaves the old content and no temporary file', () => {
  const file = path.join(directory, 'target');
  fs.mkdirSync(file);
  assert.throws(() => writeFileAtomic(file, 'x'));
  assert.deepEqual(fs.readdirSync(directory), ['target']);
});

test('a missing file is null, another failure is thrown', () => {
  assert.equal(readTextFile(path.join(directory, 'none')), null);
  assert.equal(readJsonFile(path.join(directory, 'none'), z.string()), null);
  assert.throws(() => readTextFile(directory), { code: 'EISDIR' });
  writeFileAtomic(path.join(directory, 'json'), '{"a":1}');
  assert.deepEqual(readJsonFile(path.join(directory, 'json'), z.object({ a: z.number() })), { a: 1 });
  assert.throws(() => readJsonFile(path.join(directory, 'json'), z.string()), z.ZodError);
});
