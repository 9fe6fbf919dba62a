/**
 * A disk without room: the node refuses what it cannot keep, goes on, and works again when there is room. On a file
 * system of its own, which only root on Linux can make; elsewhere this is left out and says so.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { NodeProcess } from './node-process.ts';

/** Room for a new directory and little else. */
const SIZE = '24m';
/** By then a node has removed what expired since its start, which it does after 30 s. */
const ROUND_MS = 33_000;

test('a full disk costs answers, not the node', async (t) => {
  const disk = mkdtempSync(path.join(tmpdir(), 'canopy-full-'));
  const home = path.join(disk, 'home');
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', disk], {
    stdio: 'ignore',
  });
  if (status !== 0) {
    rmSync(disk, { recursive: true });
    t.skip('no file system can be mounted here');
    return;
  }
  mkdirSync(home);
  const node = new NodeProcess({ name: 'full', home });
  t.after(async () => {
    await node.dispose();
    spawnSync('umount', ['-l', disk]);
    rmSync(disk, { recursive: true, force: true });
  });
  await node.start();
  const round = new Promise((resolve) => setTimeout(resolve, ROUND_MS));
  await node.setUp('ada');
  await node.post('while there is room');
  // Its round has something to write then.
  const message = { channel_id: 'general', content: 'gone soon', ttl_seconds: 5 };
  await node.api('POST', '/channels/messages', message);
  const filler = path.join(disk, 'filler');
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(filler, Buffer.alloc(Number(bavail) * Number(bsize)));
  // Room that is free inside the files is used up first.
  let refused = 0;
  for (let i = 0; i < 200 && refused === 0; i += 1)
    await node.post(`x`.repeat(20_000)).catch(() => (refused += 1));
  assert.equal(refused, 1, 'it does not say that it kept what it could not keep');
  await round;
  assert.equal(
    (await node.api<{ messages: unknown[] }>('GET', '/channels/general/messages')).messages.length > 0,
    true,
  );
  rmSync(filler);
  await node.post('there is room again');
  await node.waitForMessage('there is room again');
});
