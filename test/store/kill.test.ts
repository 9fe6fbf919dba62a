/** What was answered survives the sudden death of the process (08 section 5). */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { openDatabase } from '../../server/store/database.ts';
import { ProcessedMessages } from '../../server/store/processed-messages.ts';
import { silentLog } from '../../server/telemetry/log.ts';
import { temporaryDirectory, TestPorts } from './support.ts';

const ENOUGH = 200;

test('every answered write is there after the process was killed in the middle of its work', async (t) => {
  const file = path.join(temporaryDirectory(t), 'canopy.db');
  const script = fileURLToPath(import.meta.resolve('./write-until-killed.ts'));
  const child = spawn(process.execPath, ['--import', 'tsx', script, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (output.split('\n').length > ENOUGH) child.kill('SIGKILL');
  });
  await once(child, 'close');
  assert.equal(child.signalCode, 'SIGKILL', 'it was working until then');
  // The last line may be cut.
  const answered = output.split('\n').slice(0, -1);
  assert.ok(answered.length >= ENOUGH);
  const store = await openDatabase(file, { ports: new TestPorts(), log: silentLog });
  const seen = new ProcessedMessages(store.sql);
  for (const id of answered) assert.ok(seen.has(id), id);
  store.close();
  const db = new Database(file, { readonly: true });
  assert.equal(db.pragma('integrity_check', { simple: true }), 'ok');
  db.close();
});
