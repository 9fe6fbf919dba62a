import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { readLog, type LogWish } from '../../server/telemetry/log-reader.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'canopy-log-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const file = path.join(folder, 'canopy.log');

const line = (level: string, msg: string, rest: object = {}): string =>
  JSON.stringify({ level, time: '2026-01-01T00:00:00.000Z', msg, ...rest });
const ALL: LogWish = { level: 'debug', room: null, text: '', limit: 100 };
const messages = async (wish: Partial<LogWish>): Promise<string[]> =>
  (await readLog(file, { ...ALL, ...wish })).lines.map(({ message }) => message);

test('lines come newest first, of both files, and only those that are wanted', async () => {
  writeFileSync(`${file}.1`, `${line('info', 'oldest', { room: 'store' })}\n`);
  writeFileSync(
    file,
    [
      line('debug', 'one'),
      'no JSON',
      line('warn', 'two', { room: 'mesh', peer: 'Abc' }),
      '{"level":"odd","time":"x"}',
      line('error', 'three'),
      '',
    ].join('\n'),
  );
  assert.deepEqual(await messages({}), ['three', 'two', 'one', 'oldest']);
  assert.deepEqual(await messages({ level: 'warn' }), ['three', 'two']);
  assert.deepEqual(await messages({ room: 'mesh' }), ['two']);
  assert.deepEqual(await messages({ text: ' aBC ' }), ['two']);
  assert.deepEqual(await messages({ limit: 1 }), ['three']);
  const { rooms, hasOlder } = await readLog(file, { ...ALL, limit: 1 });
  assert.deepEqual([rooms, hasOlder], [['mesh', 'store'], false]);
});

test('of a long file the end is read, from a whole line on', async () => {
  const many = Array.from({ length: 30_000 }, (_, index) => line('info', `line ${index} ${'x'.repeat(60)}`));
  writeFileSync(file, `${many.join('\n')}\n`);
  const { lines, hasOlder } = await readLog(file, { ...ALL, limit: 100_000 });
  assert.equal(hasOlder, true);
  assert.match(lines[0]?.message ?? '', /^line 29999 /);
  assert.match(lines.at(-1)?.message ?? '', /^line \d+ x/);
  assert.ok(lines.length > 10_000 && lines.length < 30_000);
});

test('without a file there is nothing to read', async () => {
  const { lines, hasOlder } = await readLog(path.join(folder, 'none.log'), ALL);
  assert.deepEqual([lines, hasOlder], [[], false]);
});
