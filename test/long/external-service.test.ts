/** Two processes, one the agent of the other's asset store (07 section 4), which stops in between. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { eventually, freePort, makeRequester, NodeProcess } from '../e2e/node-process.ts';

const request = makeRequester();

interface Status {
  store: { healthy: boolean };
  service: { reachable: boolean };
}

async function put(port: number, name: string, size: number): Promise<void> {
  const form = new FormData();
  form.append('file', new Blob([Buffer.alloc(size, name)]), name);
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/can/0/ingest`, { method: 'POST', body: form });
  assert.equal(answer.status, 201);
}

async function names(port: number): Promise<(string | null)[]> {
  const { body } = await request<{ data: { assets: { filename: string | null }[] } }>(
    `http://127.0.0.1:${port}/api/v1/can/0/list`,
    'GET',
  );
  return body.data.assets.map(({ filename }) => filename).sort();
}

test('an agent and its service hold the same, also after the service was away', async (t) => {
  const [theirs, ours, sync] = [await freePort(), await freePort(), await freePort()];
  const service = new NodeProcess({ name: 'service', args: ['--can-port', String(theirs)] });
  const agent = new NodeProcess({ name: 'agent', args: ['--config', 'c.yaml', '--can-port', String(ours)] });
  t.after(async () => {
    await agent.dispose();
    await service.dispose();
  });
  writeFileSync(
    path.join(agent.home, 'c.yaml'),
    `can_service_url: http://127.0.0.1:${theirs}/api/v1/can/0
listen_addr: "127.0.0.1:${sync}"
poll_interval_secs: 1
full_scan_interval_secs: 5
`,
  );
  const status = async (): Promise<Status> =>
    (await request<{ data: Status }>(`http://127.0.0.1:${sync}/status`, 'GET')).body.data;
  await agent.start();
  assert.equal((await status()).store.healthy, false, 'the service has not started');
  await put(ours, 'large', 30_000_000);
  await service.start();
  await put(theirs, 'there', 5_000_000);
  const both = async (count: number): Promise<boolean> =>
    (await names(ours)).length === count && (await names(theirs)).length === count;
  await eventually('both have both', () => both(2));
  assert.equal((await status()).store.healthy, true);
  await service.stop();
  await eventually('it is told', async () => !(await status()).service.reachable);
  await put(ours, 'meanwhile', 10);
  await service.start();
  await put(theirs, 'later', 10);
  await eventually('both have all', () => both(4));
  assert.deepEqual(await names(theirs), await names(ours));
});
