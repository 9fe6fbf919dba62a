/**
 * `npm run bench`: what this machine can do at most, and beside it what two real nodes do, in one run. Prints a table
 * with the ratio to the limit where one exists, then the same as JSON. Figures are aims, never assertions.
 */
import { readFileSync } from 'node:fs';
import { NodeProcess, eventually } from '../e2e/node-process.ts';
import type { TestMessage } from '../e2e/node-process.ts';
import { commitLimits, echoLimit, verifyLimit } from './limits.ts';
import { concurrently, percentile } from './measure.ts';

interface Row {
  what: string;
  value: number;
  unit: string;
  aim?: string;
  /** Share of the limit it is compared with. */
  ofLimit?: number;
}

/** Messages posted as fast as they are taken. */
const LOAD = 3_000;
const rows: Row[] = [];
const add = (row: Row): void => {
  rows.push(row);
  console.error(`  ${row.what}: ${format(row.value)} ${row.unit}`);
};
const format = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1);

console.error('Limits of this machine');
const verify = await verifyLimit();
add({ what: 'Ed25519 verify, native', value: verify, unit: '/s' });
add({ what: 'websocket echo, 64 in flight', value: await echoLimit(), unit: '/s' });
const commits = await commitLimits();
add({ what: 'durable commit, one row', value: commits.single, unit: '/s' });
add({ what: 'durable rows, 64 per commit', value: commits.grouped, unit: '/s' });

console.error('Two nodes');
const env = { CANOPY_RATE_LIMITS: 'off' };
const a = new NodeProcess({ name: 'bench-a', env });
const b = new NodeProcess({ name: 'bench-b', env });
try {
  const began = performance.now();
  await a.start();
  add({
    what: 'start to a health answer, build present',
    value: performance.now() - began,
    unit: 'ms',
    aim: '≤ 500',
  });
  await b.start();
  await a.setUp();
  await b.setUp();
  await b.importInviteOf(a);
  const [idA, idB] = [await a.peerId(), await b.peerId()];
  await eventually(
    'the request shows',
    async () => (await a.api<{ count: number }>('GET', '/p2p/requests')).count > 0,
  );
  await a.api('POST', `/p2p/requests/${idB}`, { action: 'accept' });
  await a.waitConnected(idB);
  await b.waitConnected(idA);
  await a.post('settled');
  await b.waitForMessage('settled');
  add({ what: 'idle memory', value: residentMiB(a.pid), unit: 'MiB', aim: '≤ 100' });

  const visible: number[] = [];
  for (let i = 0; i < 100; i += 1) {
    const sent = performance.now();
    await a.post(`seen ${i}`);
    while (!(await newest(b)).some((message) => message.content === `seen ${i}`));
    visible.push(performance.now() - sent);
  }
  add({
    what: 'POST to visible on the other node, p50',
    value: percentile(visible, 0.5),
    unit: 'ms',
    aim: '≤ 20',
  });
  add({
    what: 'POST to visible on the other node, p95',
    value: percentile(visible, 0.95),
    unit: 'ms',
    aim: '≤ 20',
  });
  add({
    what: 'GET /p2p/status',
    value: await concurrently(8_000, 16, () => a.api('GET', '/p2p/status')),
    unit: '/s',
    aim: '≥ 4,000',
  });
  add({
    what: 'GET 50 messages',
    value: await concurrently(3_000, 16, () => a.api('GET', '/channels/general/messages?limit=50')),
    unit: '/s',
    aim: '≥ 2,000',
  });
  const posts = await concurrently(LOAD, 64, (index) => a.post(`load ${index}`));
  add({
    what: 'durable POST, 64 in flight',
    value: posts,
    unit: '/s',
    aim: '≥ 1,000',
    ofLimit: posts / commits.grouped,
  });
  const waited = performance.now();
  await eventually('the load has arrived', () => arrived(b), 120_000);
  add({
    what: 'time until all of them were stored on the other node',
    value: performance.now() - waited,
    unit: 'ms',
  });
} finally {
  await Promise.all([a.dispose(), b.dispose()]);
}

console.log(`\n| ${'what'.padEnd(52)} | value | unit | aim | of the limit |\n|---|---|---|---|---|`);
for (const row of rows) {
  const share = row.ofLimit === undefined ? '' : `${Math.round(row.ofLimit * 100)} %`;
  console.log(
    `| ${row.what.padEnd(52)} | ${format(row.value)} | ${row.unit} | ${row.aim ?? ''} | ${share} |`,
  );
}
console.log(`\n${JSON.stringify({ at: new Date().toISOString(), node: process.version, rows })}`);

async function newest(node: NodeProcess): Promise<TestMessage[]> {
  return (await node.api<{ messages: TestMessage[] }>('GET', '/channels/general/messages?limit=3')).messages;
}

/** Whether the last of the load is there; posts in flight may overtake each other, so the last few are looked for. */
async function arrived(node: NodeProcess): Promise<boolean> {
  const { messages } = await node.api<{ messages: TestMessage[] }>(
    'GET',
    '/channels/general/messages?limit=500',
  );
  const contents = new Set(messages.map((message) => message.content));
  return Array.from({ length: 64 }, (_, index) => `load ${LOAD - 1 - index}`).every((content) =>
    contents.has(content),
  );
}

/** Resident memory of a process in MiB; NaN where the system has no /proc. */
function residentMiB(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid ?? 0}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
  } catch {
    return Number.NaN;
  }
}
