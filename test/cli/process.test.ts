/** The commands as an operator runs them: the built program beside a node that runs. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { NodeProcess, freePort } from '../e2e/node-process.ts';

const program =
  process.env['CANOPY_TEST_PROGRAM'] ?? path.join(import.meta.dirname, '..', '..', '.config', 'canopy.mjs');
const node = new NodeProcess({ name: 'operated' });
before(async () => {
  await node.start();
  await node.setUp('anna');
});
after(() => node.dispose());

interface Run {
  code: number | null;
  out: string;
  err: string;
}

/** Runs `canopy …` with the node's settings. */
function canopy(
  args: string[],
  options: { input?: string; env?: Record<string, string> } = {},
): Promise<Run> {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: node.home,
    env: {
      PATH: process.env['PATH'],
      HOME: node.home,
      CANOPY_DATA_ROOT: path.join(node.home, 'data'),
      CANOPY_HOST: '127.0.0.1',
      CANOPY_PORT: String(node.port),
      CANOPY_MESH_PORT: String(node.meshPort),
      CANOPY_DISABLE_MDNS: '1',
      ...options.env,
    },
  });
  const run: Run = { code: null, out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (run.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (run.err += chunk.toString()));
  child.stdin.end(options.input ?? '');
  return new Promise((resolve) => child.once('close', (code) => resolve({ ...run, code })));
}

function parse(run: Run): Record<string, unknown> {
  assert.equal(run.err, '');
  return JSON.parse(run.out) as Record<string, unknown>;
}

test('beside a running node: status without a key, the rest with one', async () => {
  const status = parse(await canopy(['status', '--json']));
  assert.equal(status['running'], true);
  assert.equal(status['peer_id'], await node.peerId());
  const invite = await canopy(['invite', '--public-host', '192.0.2.7', '--key', node.key]);
  assert.equal(invite.code, 0);
  assert.match(invite.out, /^canopy:[A-Za-z0-9_-]+=*\n/);
  const own = await canopy(['import', invite.out.split('\n')[0] ?? '', '--json'], {
    env: { CANOPY_API_KEY: node.key },
  });
  assert.equal(own.code, 1);
  assert.equal(parse(own)['code'], 'refused');
  assert.equal((await canopy(['peers'], { env: { CANOPY_API_KEY: node.key } })).out, 'No peers.\n');
});

test('without what it needs, a command is one line and exit code 1', async () => {
  const keyless = await canopy(['invite']);
  assert.equal(keyless.code, 1);
  assert.match(keyless.err, /^This asks the running node: give an API key with .*\n$/);
  const running = await canopy(['user', 'create', 'ben'], { input: 'Correct-horse-7\n' });
  assert.equal(running.code, 1);
  assert.match(running.err, /^A node is running on .*\n$/);
  const nowhere = await canopy(['status'], { env: { CANOPY_PORT: String(await freePort()) } });
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.err, /^No node answers at http:.*\n$/);
});

test('a key made by the running node works, and is revoked by it', async () => {
  const made = parse(
    await canopy(['key', 'create', '--json', '--key', node.key, '--permissions', 'manage_keys']),
  );
  const env = { CANOPY_API_KEY: made['api_key'] as string };
  assert.equal((await canopy(['peers'], { env })).code, 0);
  assert.equal((await canopy(['key', 'revoke', made['id'] as string], { env })).code, 0);
  assert.equal((await canopy(['peers'], { env })).code, 1);
});

test('a backup of the running node holds what was just written, and starts elsewhere', async () => {
  await node.post('saved in time');
  const saved = path.join(node.home, 'saved');
  const made = parse(await canopy(['backup', saved, '--json']));
  assert.equal(made['verified'], true);
  await node.post('written too late');
  const second = new NodeProcess({ name: 'restored' });
  try {
    const env = { HOME: second.home, CANOPY_DATA_ROOT: path.join(second.home, 'data') };
    const restored = await canopy(['restore', saved], { env });
    assert.equal(restored.code, 0, restored.err);
    await second.start();
    second.key = node.key;
    const texts = (await second.generalMessages()).map((message) => message.content);
    assert.ok(texts.includes('saved in time'));
    assert.ok(!texts.includes('written too late'));
    assert.equal(await second.peerId(), await node.peerId());
  } finally {
    await second.dispose();
  }
});

test('once it is stopped, accounts and passwords are changed directly', async () => {
  await node.stop();
  const made = await canopy(['user', 'create', 'ben'], { input: 'Correct-horse-7\n' });
  assert.equal(made.code, 0, made.err);
  const changed = await canopy(['user', 'password', 'anna'], { input: 'Battery-staple-8\r\n' });
  assert.equal(changed.code, 0, changed.err);
  await node.start();
  const login = (username: string, password: string) =>
    node.request('POST', '/login', { body: { username, password } });
  assert.equal((await login('ben', 'Correct-horse-7')).status, 200);
  assert.equal((await login('anna', 'Battery-staple-8')).status, 200);
  assert.equal((await login('anna', 'Correct-horse-7')).status, 401);
});

test('a list of keys needs none, and says so to whoever gives one', async () => {
  const run = await canopy(['key', 'list', '--key', node.key]);
  assert.equal(run.code, 0);
  assert.match(run.out, /--key was not needed/);
});

test('a key that may not make keys is told which permission that takes', async () => {
  const weak = await node.api('POST', '/keys', { permissions: ['read_messages'] });
  const run = await canopy(['key', 'create', '--key', weak['api_key'] as string]);
  assert.equal(run.code, 1);
  assert.match(run.err, /403.*manage_keys \(Manage Keys on the API Keys page\)/);
});
