/**
 * The commands of the document that libraries come from (07), as they stand there but for the ports, in two directories
 * on one machine: create, invite, join, ingest here, list there.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { eventually, freePort, NodeProcess } from './node-process.ts';

/** What the document calls them: the ports of its two services on both machines. */
const ports: Record<string, number> = {};
let here: NodeProcess;
let there: NodeProcess;

before(async () => {
  for (const port of ['3210', '3213', '3220', '3223']) ports[port] = await freePort();
  here = new NodeProcess({
    name: 'document-a',
    args: ['--can-port', String(ports['3210']), '--can-sync-port', String(ports['3213'])],
  });
  there = new NodeProcess({
    name: 'document-b',
    args: ['--config', 'machine-b-config.yaml'],
    env: { CAN_PORT: String(ports['3220']) },
  });
  writeFileSync(
    path.join(there.home, 'machine-b-config.yaml'),
    withPorts(`can_service_url: "http://127.0.0.1:3220/api/v1/can/0"
listen_addr: "127.0.0.1:3223"
data_dir: "./can_sync_data_b"
`),
  );
  writeFileSync(path.join(here.home, 'photo.jpg'), Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]));
  await Promise.all([here.start(), there.start()]);
});
after(async () => {
  for (const node of [here, there]) {
    await node.stop();
    rmSync(node.home, { recursive: true, force: true });
  }
});

function withPorts(text: string): string {
  return text.replace(/:(32\d\d)\b/g, (_, port: string) => `:${ports[port] ?? port}`);
}

/** Runs a command of the document in the directory of a machine; what its answer holds. */
function run(node: NodeProcess, command: string): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    execFile(
      'sh',
      ['-c', withPorts(command).replace(/^curl/, 'curl -s')],
      { cwd: node.home },
      (error, stdout) => {
        if (error !== null) return reject(error);
        const answer = JSON.parse(stdout) as { status: string; data: Record<string, unknown> };
        assert.equal(answer.status, 'success', stdout);
        resolve(answer.data);
      },
    );
  });
}

test('every command of the document does what it says', async () => {
  const library = await run(
    here,
    `curl -X POST http://127.0.0.1:3213/libraries \\
      -H "Content-Type: application/json" \\
      -d '{"name": "shared-images", "filter": {"mime_prefix": "image/"}}'`,
  );
  await run(
    here,
    `curl -X POST http://127.0.0.1:3213/libraries \\
      -H "Content-Type: application/json" \\
      -d '{"name": "my-pastes", "filter": {"application": "paste"}}'`,
  );
  const id = String(library['id']);
  const { ticket } = await run(here, `curl -X POST http://127.0.0.1:3213/libraries/${id}/invite`);
  assert.match(String(ticket), /^eyJsaWJyYXJ5X25hbWUiOi/);
  const joined = await run(
    there,
    `curl -X POST http://127.0.0.1:3223/join \\
      -H "Content-Type: application/json" \\
      -d '{"ticket": "${String(ticket)}"}'`,
  );
  assert.equal(joined['id'], id);
  const asset = await run(
    here,
    `curl -X POST http://127.0.0.1:3210/api/v1/can/0/ingest \\
      -F "file=@photo.jpg" \\
      -F "mime_type=image/jpeg"`,
  );
  await eventually('the photo is there, too', async () => {
    const list = await run(there, 'curl http://127.0.0.1:3220/api/v1/can/0/list?limit=5');
    const assets = list['assets'] as Record<string, unknown>[];
    if (assets.length === 0) return false;
    assert.deepEqual(assets, [asset]);
    return true;
  });
  assert.equal((await run(there, 'curl http://127.0.0.1:3223/status'))['libraries'], 1);
  const all = (await run(here, 'curl http://127.0.0.1:3213/libraries')) as unknown as { name: string }[];
  assert.deepEqual(all.map(({ name }) => name).sort(), ['my-pastes', 'shared-images']);
  await run(here, `curl http://127.0.0.1:3213/libraries/${id}`);
  await run(here, 'curl http://127.0.0.1:3213/peers');
});
