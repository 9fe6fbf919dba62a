/**
 * Kills of a whole node that takes assets in over HTTP (07 section 1): afterwards every asset that was answered with
 * success is there with its bytes, once, and the folder holds nothing else.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '../../sim/seeded-random.ts';
import { NodeProcess } from '../node-process.ts';

const WRITERS = 4;
/** Longest life under load before a kill, ms. */
const LIFE_MS = 700;
const SIZES = [0, 10, 3_000, 70_000, 1_100_000];
/** Share of contents that were sent before. */
const AGAIN = 0.3;

/** What a run did. */
export interface NodeKillsResult {
  kills: number;
  answered: number;
  unanswered: number;
}

/** @throws an `AssertionError` naming the seed. */
export async function nodeKills(seed: number, points: number): Promise<NodeKillsResult> {
  const random = new SeededRandom(seed);
  const node = new NodeProcess({ name: 'killed', env: { CANOPY_RATE_LIMITS: 'off' } });
  const result: NodeKillsResult = { kills: 0, answered: 0, unanswered: 0 };
  const sent: Buffer<ArrayBuffer>[] = [];
  const answered = new Set<string>();
  try {
    await node.start();
    await node.setUp();
    for (let point = 1; point <= points; point += 1) {
      const load = new AbortController();
      const writers = Array.from({ length: WRITERS }, async (_, writer) => {
        for (let n = 0; !load.signal.aborted; n += 1) {
          const before = random.fraction() < AGAIN ? sent[Math.floor(random.fraction() * sent.length)] : null;
          const size = SIZES[Math.floor(random.fraction() * SIZES.length)] ?? 0;
          const bytes = before ?? Buffer.alloc(size, `${seed}/${point}/${writer}/${n} `);
          sent.push(bytes);
          if (await ingest(node, bytes)) {
            result.answered += 1;
            answered.add(createHash('sha256').update(bytes).digest('hex'));
          } else result.unanswered += 1;
        }
      });
      await sleep(random.fraction() * LIFE_MS);
      const dead = node.stop('SIGKILL');
      load.abort();
      await Promise.all([dead, ...writers]);
      result.kills += 1;
      await node.start();
      await check(node, answered, `seed ${seed}, point ${point}: `);
    }
  } finally {
    await node.dispose();
  }
  assert.ok(result.answered > points, `seed ${seed}: there was load`);
  return result;
}

/** Whether it was answered; any other answer than success is a fault. */
async function ingest(node: NodeProcess, bytes: Buffer<ArrayBuffer>): Promise<boolean> {
  const form = new FormData();
  form.append('file', new Blob([bytes]), 'a.bin');
  let answer;
  try {
    answer = await fetch(`${node.url}/api/v1/can/0/ingest`, {
      method: 'POST',
      headers: { 'X-API-Key': node.key },
      body: form,
    });
    await answer.arrayBuffer();
  } catch {
    return false; // what a kill looks like from here
  }
  assert.ok(answer.status === 200 || answer.status === 201, `ingest answered ${answer.status}`);
  return true;
}

async function check(node: NodeProcess, answered: ReadonlySet<string>, where: string): Promise<void> {
  const listed: string[] = [];
  for (let total = 1; listed.length < total;) {
    const { data } = await node.api<{ data: { assets: { hash: string }[]; total: number } }>(
      'GET',
      `/can/0/list?limit=1000&offset=${listed.length}`,
    );
    total = data.total;
    listed.push(...data.assets.map(({ hash }) => hash));
  }
  const found = new Set(listed);
  assert.equal(found.size, listed.length, `${where}listed twice`);
  for (const hash of answered) assert.ok(found.has(hash), `${where}${hash} was answered and is lost`);
  const devices = path.join(node.home, 'data', 'devices');
  const assets = path.join(devices, readdirSync(devices)[0] ?? '', 'assets');
  const files = readdirSync(assets).flatMap((folder) => readdirSync(path.join(assets, folder)));
  assert.deepEqual(files.sort(), [...found].sort(), `${where}files`);
  for (const hash of found) {
    const answer = await fetch(`${node.url}/api/v1/can/0/asset/${hash}`, {
      headers: { 'X-API-Key': node.key },
    });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    assert.equal(createHash('sha256').update(bytes).digest('hex'), hash, `${where}bytes of ${hash}`);
  }
}
