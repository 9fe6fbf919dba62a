import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import {
  CANARY,
  contentOf,
  FILE,
  filesWith,
  makeFixture,
  moveFixture,
  openFixture,
} from './storage-fixture.ts';
import { temporaryDirectory } from './support.ts';

async function reading(directory: string): Promise<string> {
  const opened = await openFixture(directory);
  const content = contentOf(opened);
  opened.store.close();
  return content;
}

/** Every value of every table, but what says how far a move is. */
function values(directory: string): string {
  const db = new Database(path.join(directory, 'canopy.db'), { readonly: true });
  const tables = db
    .prepare<[], string>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'native_s*' AND name NOT GLOB 'local_*' ORDER BY name",
    )
    .pluck()
    .all();
  const all = tables.map((table) => [table, db.prepare(`SELECT * FROM "${table}"`).all()]);
  db.close();
  return JSON.stringify(all, null, 1);
}

test('a directory made encrypted holds nothing readable, and gives the same to read', async (t) => {
  const [clear, full] = [temporaryDirectory(t), temporaryDirectory(t)];
  await makeFixture(clear, 'reference');
  await makeFixture(full, 'full');
  assert.deepEqual(filesWith(full, CANARY), []);
  assert.ok(filesWith(clear, CANARY).length > 4);
  const wanted = JSON.parse(await reading(clear)) as unknown[];
  const found = JSON.parse(await reading(full)) as unknown[];
  // The reference's text in clear is in the other one only.
  assert.deepEqual(found.toSpliced(5, 1), wanted.toSpliced(5, 1));
  const references = JSON.stringify(found.at(-3));
  for (const id of ['M5', 'M7', 'D1', 'P1']) assert.match(references, new RegExp(`"${id}"`));
});

test('moved step by step and stopped after each, there and back, it is what it was', async (t) => {
  const directory = temporaryDirectory(t);
  await makeFixture(directory, 'reference');
  const before = values(directory);
  const content = await reading(directory);
  assert.equal(await moveFixture(directory, 'full', 0), false);
  await assert.rejects(openFixture(directory), { code: 'storage_moving' });
  let stops = 0;
  for (let steps = 1; !(await moveFixture(directory, 'full', steps)); steps += 2) stops += 1;
  assert.ok(stops > 3);
  assert.deepEqual(filesWith(directory, CANARY), []);
  assert.equal(await reading(directory), content);
  assert.equal(existsSync(path.join(directory, 'files-moving')), false);
  assert.deepEqual(readdirSync(path.join(directory, 'files-incoming')), []);
  assert.deepEqual(
    readdirSync(directory).filter((name) => name.startsWith('canopy_startup_')),
    [],
  );
  assert.equal(await moveFixture(directory, 'full'), true, 'again changes nothing');
  assert.equal(await reading(directory), content);

  while (!(await moveFixture(directory, 'reference', 9)));
  assert.equal(await reading(directory), content);
  const stay = (dump: string): string =>
    dump
      // What the reference reads encrypted is encrypted now; the file from elsewhere is at home.
      .replaceAll(/ENC:1:[0-9a-f:]+|blackbird in clear/g, 'post')
      .replaceAll(/"[^"]*videos\/Ffar"/g, '"Ffar"')
      .replaceAll('"attachments": "[]"', '"attachments": null');
  assert.equal(stay(values(directory)), stay(before));
  assert.match(readFileSync(path.join(directory, 'files', 'images', `${FILE}.png`), 'utf8'), /^blackbird /);
});

test('turned round half-way it is what it was', async (t) => {
  const directory = temporaryDirectory(t);
  await makeFixture(directory, 'reference');
  const content = await reading(directory);
  await moveFixture(directory, 'full', 30);
  assert.equal(await moveFixture(directory, 'reference'), true);
  assert.equal(await reading(directory), content);
});

test('killed at any moment it goes on', async (t) => {
  const directory = temporaryDirectory(t);
  await makeFixture(directory, 'reference');
  const content = await reading(directory);
  const script = fileURLToPath(import.meta.resolve('./move-until-killed.ts'));
  const child = spawn(process.execPath, ['--import', 'tsx', script, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => void child.kill('SIGKILL'));
  const delay = Math.random() * 300;
  child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), delay));
  await once(child, 'close');
  assert.equal(await moveFixture(directory, 'full'), true, `after ${delay} ms`);
  assert.equal(await reading(directory), content, `after ${delay} ms`);
  assert.deepEqual(filesWith(directory, CANARY), [], `after ${delay} ms`);
});
