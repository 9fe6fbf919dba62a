/** Starting and stopping as an operator sees it: one clear line and exit code 1 for what cannot work. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { NodeProcess, freePort } from './node-process.ts';

const node = new NodeProcess({ name: 'start' });
before(async () => {
  await node.start();
});
after(async () => {
  await node.dispose();
});

async function failing(options: {
  args?: string[];
  env?: Record<string, string>;
  home?: string;
}): Promise<{ code: number | null; line: string }> {
  const other = new NodeProcess({ name: 'failing', ...options });
  await assert.rejects(other.start(), /exited with/);
  const code = await other.exited();
  const lines = other.output.trim().split('\n');
  assert.equal(lines.length, 1, other.output);
  if (options.home === undefined) await other.dispose();
  return { code, line: lines[0] ?? '' };
}

test('an unknown flag is named', async () => {
  const { code, line } = await failing({ args: ['--prot', '7770'] });
  assert.equal(code, 1);
  assert.match(line, /--prot/);
});

test('a taken port is named', async () => {
  const port = await freePort();
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(port, '127.0.0.1', resolve));
  const { code, line } = await failing({ args: ['--port', String(port)] }).finally(() => holder.close());
  assert.equal(code, 1);
  assert.match(line, new RegExp(`\\b${port}\\b`));
});

test('a taken mesh port is named', async () => {
  const { code, line } = await failing({ args: ['--mesh-port', String(node.meshPort)] });
  assert.equal(code, 1);
  assert.match(line, new RegExp(`\\b${node.meshPort}\\b`));
});

test('a data directory in use is refused', async () => {
  const { code, line } = await failing({
    env: { CANOPY_DATA_ROOT: path.join(node.home, 'data'), HOME: node.home },
  });
  assert.equal(code, 1);
  assert.match(line, /is using this data directory/);
});

test('an unreadable identity is refused and left as it was', async () => {
  const dir = path.join(node.home, 'broken');
  mkdirSync(dir);
  writeFileSync(path.join(dir, 'peer_identity.json'), '{"peer_id": "x"');
  const { code, line } = await failing({ env: { CANOPY_DATA_DIR: dir } });
  assert.equal(code, 1);
  assert.match(line, /peer_identity\.json/);
  assert.equal(readFileSync(path.join(dir, 'peer_identity.json'), 'utf8'), '{"peer_id": "x"');
});

test('SIGTERM ends the node with code 0, and it starts again on the same data', async () => {
  assert.equal(await node.stop('SIGTERM'), 0);
  await node.start();
  assert.equal(await node.stop('SIGINT'), 0);
});

test('without a mesh the node runs, and status says so', async () => {
  const lone = new NodeProcess({ name: 'lone', env: { CANOPY_DISABLE_MESH: '1' } });
  await lone.start();
  const { body } = await lone.request('GET', '/api/v1/p2p/status');
  assert.equal(body['running'], false);
  assert.equal(body['peer_id'], null);
  await lone.dispose();
});

test('the log stands in files too, and a place that cannot be written stops nothing', async () => {
  const logged = new NodeProcess({ name: 'logged' });
  await logged.start();
  await logged.stop();
  const [device = ''] = readdirSync(path.join(logged.home, 'logs'));
  const folder = path.join(logged.home, 'logs', device);
  assert.match(device, /^[0-9a-f]{8}$/);
  assert.deepEqual(readdirSync(folder).sort(), ['canopy.log', 'errors.log']);
  for (const line of readFileSync(path.join(folder, 'canopy.log'), 'utf8').trim().split('\n'))
    assert.equal(typeof (JSON.parse(line) as { level: unknown }).level, 'string');
  rmSync(path.join(logged.home, 'logs'), { recursive: true });
  writeFileSync(path.join(logged.home, 'logs'), 'a file is in the way');
  logged.output = '';
  await logged.start();
  await logged.dispose();
  assert.equal(logged.output.split('log files cannot be written').length, 2, logged.output);
});
