import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { openLogFiles } from '../../server/telemetry/log-files.ts';
import { createLog } from '../../server/telemetry/pino-log.ts';
import { RotatingFile } from '../../server/telemetry/rotating-file.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'canopy-logs-'));
  file = path.join(directory, 'canopy.log');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const nothingFails = (error: unknown): void => assert.fail(String(error));

function contents(): Record<string, string> {
  return Object.fromEntries(
    readdirSync(directory)
      .sort()
      .map((name) => [name, readFileSync(path.join(directory, name), 'utf8')]),
  );
}

test('the newest lines are kept in so many files of so many bytes', () => {
  const log = new RotatingFile({ file, maxBytes: 8, generations: 3, failed: nothingFails });
  for (const line of ['aaa\n', 'bbb\n', 'ccc\n', 'ddd\n', 'eee\n', 'fff\n', 'ggg\n']) log.write(line);
  log.close();
  assert.deepEqual(contents(), {
    'canopy.log': 'ggg\n',
    'canopy.log.1': 'eee\nfff\n',
    'canopy.log.2': 'ccc\nddd\n',
  });
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test('a restart goes on where the file ended, and a line longer than a file is kept whole', () => {
  writeFileSync(file, 'before\n');
  const log = new RotatingFile({ file, maxBytes: 10, generations: 2, failed: nothingFails });
  log.write('ab\n');
  log.write('a line that is too long\n');
  log.write('x\n');
  log.close();
  log.write('after the end\n');
  assert.deepEqual(contents(), { 'canopy.log': 'x\n', 'canopy.log.1': 'a line that is too long\n' });
});

test('bytes are counted, not characters', () => {
  const log = new RotatingFile({ file, maxBytes: 8, generations: 2, failed: nothingFails });
  log.write('ééé\n');
  log.write('é\n');
  log.close();
  assert.deepEqual(contents(), { 'canopy.log': 'é\n', 'canopy.log.1': 'ééé\n' });
});

test('what cannot be rotated away is said once and goes on in the same file', () => {
  const failures: unknown[] = [];
  const log = new RotatingFile({ file, maxBytes: 4, generations: 2, failed: (e) => failures.push(e) });
  // A directory with something in it cannot be removed to make room.
  mkdirSync(path.join(directory, 'canopy.log.1', 'in the way'), { recursive: true });
  for (const line of ['aaa\n', 'bbb\n', 'ccc\n']) log.write(line);
  log.close();
  assert.equal(failures.length, 1);
  assert.equal(readFileSync(file, 'utf8'), 'aaa\nbbb\nccc\n');
});

test('everything is in one file, errors once more in the other, secrets in none', () => {
  const logs = path.join(directory, 'logs', 'abcd1234');
  const files = openLogFiles(logs, nothingFails);
  let terminal = '';
  const log = createLog({
    debug: false,
    files,
    destination: { write: (line: string) => void (terminal += line) },
  });
  log.info({ password: 'hunter2' }, 'quiet');
  log.child({ room: 'mesh' }).error({ api_key: 'k1' }, 'loud');
  log.debug({}, 'unheard');
  files.close();
  const everything = readFileSync(path.join(logs, 'canopy.log'), 'utf8');
  const errors = readFileSync(path.join(logs, 'errors.log'), 'utf8');
  assert.equal(everything, terminal);
  assert.deepEqual(
    everything
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { msg: string }).msg),
    ['quiet', 'loud'],
  );
  assert.match(errors, /^\{[^\n]*"loud"\}\n$/);
  for (const secret of ['hunter2', '"k1"']) assert.ok(!everything.includes(secret));
});

test('a directory that cannot be written is an error of the opening', () => {
  writeFileSync(path.join(directory, 'logs'), 'a file is here');
  assert.throws(() => openLogFiles(path.join(directory, 'logs', 'abcd1234'), nothingFails));
});
