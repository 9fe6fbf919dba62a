import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { utf8 } from '../../server/crypto/bytes.ts';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { createNodeIdentity } from '../../server/identity/node-identity.ts';
import type { Answer, Question } from '../../server/mesh/large/answering.ts';
import { BackgroundError, BackgroundThread } from '../../server/ports/background.ts';
import { systemRandom } from '../../server/ports/system.ts';
import { createEnvelope, frameText } from '../../server/wire/envelope.ts';
import { fromPlain } from '../../server/wire/pyjson.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'canopy-background-'));
after(() => rmSync(folder, { recursive: true }));

function thread(name: string, code: string): BackgroundThread<number, number> {
  const file = path.join(folder, `${name}.mjs`);
  writeFileSync(file, `import { parentPort } from 'node:worker_threads';\n${code}`);
  return new BackgroundThread(pathToFileURL(file));
}

test('questions are answered one after the other, by one thread, in a thread of its own', async () => {
  const background = thread(
    'double',
    'let at = 0; parentPort.on("message", (n) => { at += 1; parentPort.postMessage(n * 10 + at); });',
  );
  assert.deepEqual(await Promise.all([1, 2, 3].map((n) => background.ask(n))), [11, 22, 33]);
  await background.stop();
  // After a stop the next question starts another one.
  assert.equal(await background.ask(4), 41);
  await background.stop();
});

/** From Node.js 24 on a thread that wants too much memory ends the process (see `background.ts`). */
const OUTLIVED = Number(process.versions.node.split('.')[0]) < 24 ? [1, 2, 3] : [1, 2];

test('a thread that fails, ends or wants too much memory costs its question and nothing else', async () => {
  const background = thread(
    'failing',
    `parentPort.on("message", (n) => {
      if (n === 1) throw new Error("broken");
      if (n === 2) process.exit();
      if (n === 3) { const held = []; for (;;) held.push(new Array(1000).fill(n + held.length)); }
      parentPort.postMessage(n);
    });`,
  );
  for (const n of OUTLIVED) {
    await assert.rejects(background.ask(n), BackgroundError);
    assert.equal(await background.ask(9), 9);
  }
  await background.stop();
});

test('the thread of a node reads a frame and checks its signature', async () => {
  const author = createNodeIdentity(systemRandom, nativeCrypto);
  const background = new BackgroundThread<Question, Answer>(new URL('./frame-worker.mjs', import.meta.url));
  const envelope = createEnvelope(nativeCrypto, author, {
    id: 'a'.repeat(32),
    type: 'channel_message',
    toPeer: null,
    timestamp: 1_750_000_000.5,
    ttl: 3,
    payload: fromPlain({ content: 'hello', metadata: {} }),
  });
  assert.deepEqual(await background.ask({ bytes: utf8(frameText(envelope)) }), { author: author.peerId });
  const judged = await background.ask({ key: author.ed25519.publicKey, carriedBytes: 0 });
  assert.ok('head' in judged);
  assert.deepEqual(
    [judged.valid, judged.head.id, judged.head.timestampText, judged.payload],
    [
      true,
      envelope.id,
      '1750000000.5',
      { text: '{"content": "hello", "metadata": {}}', files: [], deliverable: true },
    ],
  );
  await background.stop();
});
