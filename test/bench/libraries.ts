/**
 * A library between two whole nodes (07): taking assets in, and from there to the other one's store, many small ones and
 * one of 2 GB; and what it costs to find that nothing is missing. rsync over loopback stands beside it where it is
 * installed.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  fsync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemRandom } from '../../server/ports/system.ts';
import { eventually, NodeProcess } from '../e2e/node-process.ts';
import { inSyncBytes } from '../libraries/member-scene.ts';
import { concurrently, percentile } from './measure.ts';
import { residentMiB } from './node-pair.ts';
import type { Group, Report } from './rows.ts';

const MB = 1_000_000;
const MIB = 1_048_576;
const LARGE_MIB = Number(process.env['CANOPY_BENCH_LARGE_MIB'] ?? 2_048);
const SMALL = Number(process.env['CANOPY_BENCH_SMALL'] ?? 10_000);
const SMALL_BYTES = 4_096;
const IN_SYNC = 100_000;
const TIMED = 50;
const TIMED_BYTES = 100_000;
/** Files that show what the disk does at most. */
const RAW = 2_000;
/** Between two looks at the other node, ms: each counts all there is. */
const LOOK_MS = 500;

async function measure(report: Report): Promise<void> {
  const env = { CANOPY_RATE_LIMITS: 'off' };
  const a = new NodeProcess({ name: 'bench-a', env });
  const b = new NodeProcess({ name: 'bench-b', env });
  try {
    await Promise.all([a.start(), b.start()]);
    await Promise.all([a.setUp(), b.setUp()]);
    const id = await share(a, b);
    await one(report, a, b);
    await many(report, a, b, id);
    await large(report, a, b);
    report({
      what: `looking at ${IN_SYNC.toLocaleString('en')} assets that both have`,
      value: await inSyncBytes(IN_SYNC),
      unit: 'bytes',
      aim: '< 2,048',
    });
  } finally {
    await Promise.all([a.dispose(), b.dispose()]);
  }
}

async function share(a: NodeProcess, b: NodeProcess): Promise<string> {
  const { data: library } = await a.api<{ data: { id: string } }>('POST', '/sync/libraries', {
    name: 'bench',
    filter: { application: 'bench' },
  });
  const { data } = await a.api<{ data: { ticket: string } }>('POST', `/sync/libraries/${library.id}/invite`);
  await b.api('POST', '/sync/join', { ticket: data.ticket });
  await eventually('it has joined', async () => (await standing(b, library.id)).state === 'active');
  return library.id;
}

/** From the answer to an ingest to the bytes being in the other store. */
async function one(report: Report, a: NodeProcess, b: NodeProcess): Promise<void> {
  const times: number[] = [];
  for (let i = 0; i < TIMED; i += 1) {
    const hash = await ingest(a, TIMED_BYTES, [Buffer.from(systemRandom.bytes(TIMED_BYTES))]);
    const began = performance.now();
    while ((await b.request('HEAD', `/api/v1/can/0/asset/${hash}`, { headers: key(b) })).status !== 200);
    times.push(performance.now() - began);
  }
  for (const [name, share] of [
    ['p50', 0.5],
    ['p95', 0.95],
  ] as const)
    report({
      what: `100 KB, ingest to present on the other node, ${name}`,
      value: percentile(times, share),
      unit: 'ms',
      aim: '≤ 300',
    });
}

async function many(report: Report, a: NodeProcess, b: NodeProcess, id: string): Promise<void> {
  const raw = await smallFiles(true);
  report({
    what: `files of ${SMALL_BYTES} bytes alone, hashed, written, on the disk, 16 in flight`,
    value: raw,
    unit: '/s',
  });
  report({
    what: 'of these, nobody waiting for the disk',
    value: await smallFiles(false),
    unit: '/s',
  });
  const { assets } = await standing(a, id);
  const began = performance.now();
  const rate = await concurrently(SMALL, 16, () =>
    ingest(a, SMALL_BYTES, [Buffer.from(systemRandom.bytes(SMALL_BYTES))]),
  );
  report({
    what: `ingest of assets of ${SMALL_BYTES} bytes, 16 in flight`,
    value: rate,
    unit: '/s',
    ofLimit: rate / raw,
    limit: 'files on the disk',
  });
  await eventually(
    'all are there',
    async () => {
      if (here(await standing(b, id)) === assets + SMALL) return true;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      return false;
    },
    600_000,
  );
  const moved = (SMALL * 1000) / (performance.now() - began);
  report({
    what: `${SMALL} of them, first ingest to all on the other node`,
    value: moved,
    unit: '/s',
    ofLimit: moved / raw,
    limit: 'files on the disk',
  });
  memory(report, 'small assets', a, b);
}

async function large(report: Report, a: NodeProcess, b: NodeProcess): Promise<void> {
  const bytes = LARGE_MIB * MIB;
  const limit = hashAndWrite();
  const began = performance.now();
  const hash = await ingest(a, bytes, pieces(LARGE_MIB));
  const ingested = mbPerSecond(bytes, began);
  report({
    what: `ingest of ${LARGE_MIB} MiB`,
    value: ingested,
    unit: 'MB/s',
    ofLimit: ingested / limit,
    limit: 'hash and write',
  });
  const from = performance.now();
  let most = [0, 0];
  await eventually(
    'it is there',
    async () => {
      most = [a, b].map((node, index) => Math.max(most[index] ?? 0, residentMiB(node.pid)));
      return (await b.request('HEAD', `/api/v1/can/0/asset/${hash}`, { headers: key(b) })).status === 200;
    },
    600_000,
  );
  const moved = mbPerSecond(bytes, from);
  report({
    what: `${LARGE_MIB} MiB to the other node`,
    value: moved,
    unit: 'MB/s',
    aim: '≥ 80',
    ofLimit: moved / limit,
    limit: 'hash and write',
  });
  for (const [index, who] of ['gives', 'gets'].entries())
    report({ what: `most memory of who ${who} it`, value: most[index] ?? NaN, unit: 'MiB', aim: '≤ 200' });
  const synced = await rsync(LARGE_MIB);
  report(
    synced === null
      ? { what: 'rsync of as much over loopback', value: NaN, unit: 'MB/s', note: 'not installed' }
      : { what: 'rsync of as much over loopback', value: synced, unit: 'MB/s' },
  );
}

interface Standing {
  state: string;
  assets: number;
  pending: number;
}

const here = ({ assets, pending }: Standing): number => assets - pending;
const key = (node: NodeProcess): Record<string, string> => ({ 'X-API-Key': node.key });

async function standing(node: NodeProcess, id: string): Promise<Standing> {
  return (await node.api<{ data: Standing }>('GET', `/sync/libraries/${id}`)).data;
}

function memory(report: Report, after: string, a: NodeProcess, b: NodeProcess): void {
  for (const [who, node] of [
    ['gives', a],
    ['gets', b],
  ] as const)
    report({
      what: `memory after ${after}, who ${who}`,
      value: residentMiB(node.pid),
      unit: 'MiB',
      aim: '≤ 200',
    });
}

const mbPerSecond = (bytes: number, since: number): number =>
  (bytes * 1000) / (performance.now() - since) / MB;

/** A mebibyte at a time, each another one without making all of it by chance. */
function* pieces(count: number): Generator<Buffer> {
  const piece = Buffer.from(systemRandom.bytes(MIB));
  for (let i = 0; i < count; i += 1) {
    piece.writeUInt32BE(i, 0);
    yield Buffer.from(piece);
  }
}

/** Takes an asset in as a client does that streams it. @returns its hash. */
function ingest(node: NodeProcess, bytes: number, content: Iterable<Buffer>): Promise<string> {
  const mark = 'canopy-bench';
  const head = Buffer.from(
    `--${mark}\r\nContent-Disposition: form-data; name="application"\r\n\r\nbench\r\n` +
      `--${mark}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n`,
  );
  const tail = Buffer.from(`\r\n--${mark}--\r\n`);
  return new Promise((resolve, reject) => {
    const asked = request(
      `${node.url}/api/v1/can/0/ingest`,
      {
        method: 'POST',
        headers: {
          ...key(node),
          'Content-Type': `multipart/form-data; boundary=${mark}`,
          'Content-Length': head.length + bytes + tail.length,
        },
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => (text += part));
        answer.on('end', () => {
          if (answer.statusCode !== 201) return reject(new Error(`${answer.statusCode ?? 0} ${text}`));
          resolve((JSON.parse(text) as { data: { hash: string } }).data.hash);
        });
      },
    );
    asked.on('error', reject);
    const send = async (): Promise<void> => {
      asked.write(head);
      for (const part of content)
        if (!asked.write(part)) await new Promise((resume) => asked.once('drain', resume));
      asked.end(tail);
    };
    send().catch(reject);
  });
}

/** MB/s of what a perfect receiver does at least: hash the bytes and have them on the disk. */
function hashAndWrite(): number {
  const folder = mkdtempSync(path.join(tmpdir(), 'canopy-bench-'));
  const mebibytes = Math.min(LARGE_MIB, 512);
  const began = performance.now();
  const hash = createHash('sha256');
  const file = openSync(path.join(folder, 'bytes'), 'w');
  for (const piece of pieces(mebibytes)) {
    hash.update(piece);
    writeSync(file, piece);
  }
  fsyncSync(file);
  closeSync(file);
  const rate = mbPerSecond(mebibytes * MIB, began);
  rmSync(folder, { recursive: true, force: true });
  return rate;
}

/** Small files per second of who does nothing else; `durable`: each is on the disk before the next of its row begins. */
async function smallFiles(durable: boolean): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'canopy-bench-'));
  const content = Buffer.from(systemRandom.bytes(SMALL_BYTES));
  let next = 0;
  try {
    return await concurrently(RAW, 16, async () => {
      next += 1;
      content.writeUInt32BE(next, 0);
      const file = path.join(folder, createHash('sha256').update(content).digest('hex'));
      const handle = openSync(file, 'w');
      writeSync(handle, content);
      if (durable) await new Promise((resolve) => fsync(handle, resolve));
      closeSync(handle);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** MB/s of rsync between two folders through a daemon on loopback; `null` where it is not installed. */
async function rsync(mebibytes: number): Promise<number | null> {
  const folder = mkdtempSync(path.join(tmpdir(), 'canopy-bench-'));
  try {
    for (const name of ['from', 'to']) mkdirSync(path.join(folder, name));
    const file = openSync(path.join(folder, 'from', 'bytes'), 'w');
    for (const piece of pieces(mebibytes)) writeSync(file, piece);
    closeSync(file);
    // A remote shell that is none: both sides run here and speak through a pipe, as over a fast line.
    const shell = path.join(folder, 'shell');
    writeFileSync(shell, '#!/bin/sh\nshift\nexec "$@"\n', { mode: 0o700 });
    const began = performance.now();
    const code = await new Promise<number | null>((resolve) => {
      const child = spawn('rsync', ['-a', '-e', shell, `${folder}/from/`, `here:${folder}/to/`]);
      child.once('error', () => resolve(null));
      child.once('exit', resolve);
    });
    return code === 0 ? mbPerSecond(mebibytes * MIB, began) : null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `npm run bench -- libraries` */
export const libraries: Group = { name: 'libraries', title: 'Libraries', measure };
