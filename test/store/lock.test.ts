/** One process per data directory (08 section 5), seen with real processes. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../../server/store/database.ts';
import { lockDirectory } from '../../server/store/lock.ts';
import { silentLog } from '../../server/telemetry/log.ts';
import { temporaryDirectory, TestPorts } from './support.ts';

function holder(t: { after(task: () => void): void }, file: string): ChildProcess {
  const script = fileURLToPath(import.meta.resolve('./hold-lock.ts'));
  const child = spawn(process.execPath, ['--import', 'tsx', script, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => void child.kill('SIGKILL'));
  return child;
}

async function firstLine(child: ChildProcess): Promise<string> {
  assert.ok(child.stdout);
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  return chunk.toString().trim();
}

test('a second process gets one clear line, and the directory once the first was killed', async (t) => {
  const file = path.join(temporaryDirectory(t), 'canopy.db');
  const first = holder(t, file);
  assert.equal(await firstLine(first), 'open');
  const components = { ports: new TestPorts(), log: silentLog };
  await assert.rejects(openDatabase(file, components), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'data_dir_locked');
    assert.match(error.message, /^Another Canopy node is using this data directory[^\n]*$/);
    return true;
  });
  assert.equal(await firstLine(holder(t, file)), 'data_dir_locked');
  const gone = once(first, 'exit');
  first.kill('SIGKILL');
  await gone;
  const store = await openDatabase(file, components);
  store.close();
});

test('the lock is given back on close and after a failed opening', async (t) => {
  const directory = temporaryDirectory(t);
  const lockFile = path.join(directory, 'canopy.lock');
  const held = lockDirectory(lockFile);
  assert.throws(() => lockDirectory(lockFile), { code: 'data_dir_locked' });
  held.release();
  held.release();
  const file = path.join(directory, 'canopy.db');
  const components = { ports: new TestPorts(), log: silentLog };
  const store = await openDatabase(file, components);
  assert.throws(() => lockDirectory(lockFile), { code: 'data_dir_locked' });
  store.close();
  store.close();
  lockDirectory(lockFile).release();
  assert.throws(() => lockDirectory(path.join(directory, 'missing', 'canopy.lock')), {
    code: 'database_unreadable',
  });
});
