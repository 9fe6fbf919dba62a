/** Two whole nodes as an operator runs them, over REST: start, memory, latency, rates, and what the other node stores. */
import { NodeProcess, eventually } from '../e2e/node-process.ts';
import type { TestMessage } from '../e2e/node-process.ts';
import { LeanClient } from './client.ts';
import { commitLimits } from './limits.ts';
import { concurrently, percentile } from './measure.ts';
import { connect, residentMiB } from './node-pair.ts';
import type { Group, Report } from './rows.ts';

/** Messages posted as fast as they are taken. */
const LOAD = 3_000;
const IN_FLIGHT = 64;
/** What starting and meeting left behind is gone by then. */
const SETTLE_MS = 30_000;

async function measure(report: Report): Promise<void> {
  const env = { CANOPY_RATE_LIMITS: 'off' };
  const a = new NodeProcess({ name: 'bench-a', env });
  const b = new NodeProcess({ name: 'bench-b', env });
  const clients: LeanClient[] = [];
  try {
    const began = performance.now();
    await a.start();
    report({
      what: 'start to a health answer, build present',
      value: performance.now() - began,
      unit: 'ms',
      aim: '≤ 500',
    });
    await b.start();
    await connect(a, b);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    report({ what: 'idle memory', value: residentMiB(a.pid), unit: 'MiB', aim: '≤ 100' });
    const [ours, theirs] = [new LeanClient(a), new LeanClient(b)];
    clients.push(ours, theirs);
    await latency(ours, theirs, report);
    report({
      what: 'GET /p2p/status',
      value: await concurrently(8_000, 16, () => ours.call('GET', '/p2p/status')),
      unit: '/s',
      aim: '≥ 4,000',
    });
    report({
      what: 'GET 50 messages',
      value: await concurrently(4_000, 16, () => ours.call('GET', '/channels/general/messages?limit=50')),
      unit: '/s',
      aim: '≥ 2,000',
    });
    await load(ours, theirs, report);
  } finally {
    for (const client of clients) client.close();
    await Promise.all([a.dispose(), b.dispose()]);
  }
}

async function latency(ours: LeanClient, theirs: LeanClient, report: Report): Promise<void> {
  const visible: number[] = [];
  for (let i = 0; i < 100; i += 1) {
    const sent = performance.now();
    await ours.post(`seen ${i}`);
    while (!(await newest(theirs, 3)).some((message) => message.content === `seen ${i}`));
    visible.push(performance.now() - sent);
  }
  for (const [name, share] of [
    ['p50', 0.5],
    ['p95', 0.95],
  ] as const)
    report({
      what: `POST to visible on the other node, ${name}`,
      value: percentile(visible, share),
      unit: 'ms',
      aim: '≤ 20',
    });
}

async function load(ours: LeanClient, theirs: LeanClient, report: Report): Promise<void> {
  const { grouped } = await commitLimits();
  const started = performance.now();
  const posts = await concurrently(LOAD, IN_FLIGHT, (index) => ours.post(`load ${index}`));
  report({
    what: `durable POST, ${IN_FLIGHT} in flight`,
    value: posts,
    unit: '/s',
    aim: '≥ 1,000',
    ofLimit: posts / grouped,
    limit: 'rows, 64 per commit',
  });
  await eventually('the load has arrived', () => arrived(theirs), 120_000);
  report({
    what: 'of these, stored on the other node',
    value: (LOAD * 1000) / (performance.now() - started),
    unit: '/s',
  });
}

async function newest(client: LeanClient, limit: number): Promise<TestMessage[]> {
  const answer = await client.call('GET', `/channels/general/messages?limit=${limit}`);
  return (JSON.parse(answer) as { messages: TestMessage[] }).messages;
}

/** Whether the last of the load is there; posts in flight may overtake each other, so the last few are looked for. */
async function arrived(client: LeanClient): Promise<boolean> {
  const contents = new Set((await newest(client, 500)).map((message) => message.content));
  return Array.from({ length: IN_FLIGHT }, (_, index) => `load ${LOAD - 1 - index}`).every((content) =>
    contents.has(content),
  );
}

/** `npm run bench -- nodes` */
export const nodes: Group = { name: 'nodes', title: 'Two nodes', measure };
