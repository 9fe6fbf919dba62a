import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { checkAddresses, checkMulticast, checkPorts } from '../../server/cli/doctor-network.ts';
import type { Check } from '../../server/cli/doctor-checks.ts';
import { tryConnect } from '../../server/cli/probes.ts';
import { parseConfig } from '../../server/config/config.ts';
import { TestMachine } from './support.ts';

let machine: TestMachine;
beforeEach(() => {
  machine = new TestMachine();
  machine.env = { ...machine.env, CANOPY_HOST: '127.0.0.1', CANOPY_MESH_HOST: '127.0.0.1' };
  machine.env = { ...machine.env, CANOPY_PORT: '0', CANOPY_MESH_PORT: '0', CANOPY_ADVERTISE: '127.0.0.1' };
});
afterEach(() => machine.dispose());

async function doctor(): Promise<{ code: number; checks: Map<string, Check> }> {
  const { code, body } = await machine.json('doctor');
  return { code, checks: new Map((body['checks'] as Check[]).map((check) => [check.name, check])) };
}

/** A listener on a port of its own. */
async function listening<T>(work: (port: number) => Promise<T>): Promise<T> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await work((server.address() as AddressInfo).port);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

test('before the first start it says so and creates nothing', async () => {
  const { code, checks } = await doctor();
  assert.equal(code, 0);
  assert.equal(checks.get('Data directory')?.state, 'warning');
  assert.ok(!existsSync(machine.dataDir));
});

test('a healthy directory has nothing to look at', async () => {
  await machine.run('user', 'create', 'anna');
  const { code, checks } = await doctor();
  assert.equal(code, 0);
  assert.deepEqual(
    [...checks.values()].filter((check) => check.state !== 'ok'),
    [],
  );
});

test('open modes, a damaged database, a foreign identity and a clock that is behind are found, with what to do', async () => {
  await machine.run('user', 'create', 'anna');
  const identity = path.join(machine.dataDir, 'peer_identity.json');
  chmodSync(identity, 0o644);
  assert.deepEqual((await doctor()).checks.get('Modes')?.advice, [`chmod 600 ${identity}`]);

  writeFileSync(identity, readFileSync(identity, 'utf8').replace(/"peer_id": "[^"]+"/, '"peer_id": "x"'));
  const future = Date.now() / 1000 + 86_400;
  utimesSync(identity, future, future);
  writeFileSync(path.join(machine.dataDir, 'canopy.db'), 'this is no database, whatever its name says');
  const { code, checks } = await doctor();
  assert.equal(code, 1);
  for (const name of ['Identity', 'Database', 'Clock']) {
    assert.equal(checks.get(name)?.state, 'failure', name);
    assert.notEqual(checks.get(name)?.advice.length, 0, name);
  }
});

test('a port that is taken while no node runs is a failure', async () => {
  await listening(async (port) => {
    machine.env['CANOPY_PORT'] = String(port);
    const { code, checks } = await doctor();
    assert.equal(code, 1);
    assert.match(checks.get(`Page and API port ${port}`)?.found ?? '', /in use/);
  });
});

test('of a node that runs the ports must answer; without LAN discovery nothing is tried', async () => {
  await listening(async (port) => {
    const flags = ['--host', '127.0.0.1', '--port', String(port), '--mesh-host', '127.0.0.1'];
    const config = (meshPort: number, env = {}) =>
      parseConfig([...flags, '--mesh-port', String(meshPort)], env);
    assert.deepEqual(
      (await checkPorts(config(port), true)).map(({ name, state }) => [name, state]),
      [
        [`Page and API port ${port}`, 'ok'],
        [`Mesh port ${port}`, 'ok'],
      ],
    );
    const [page, mesh] = await checkPorts(config(1), true);
    assert.deepEqual([page?.state, mesh?.state], ['ok', 'warning']);
    assert.match(mesh?.found ?? '', /does not answer \(refused\)/);
    assert.match(mesh?.advice[0] ?? '', /--mesh-port/);
    assert.equal((await checkMulticast(config(port, { CANOPY_DISABLE_MDNS: '1' }))).found, 'switched off');
  });
});

test('known peers are tried at their endpoints', async () => {
  await machine.run('user', 'create', 'anna');
  const other = new TestMachine();
  await other.run('user', 'create', 'ben');
  const keys = JSON.parse(readFileSync(path.join(other.dataDir, 'peer_identity.json'), 'utf8')) as object;
  other.dispose();
  const know = (endpoints: string[]): void =>
    writeFileSync(
      path.join(machine.dataDir, 'known_peers.json'),
      JSON.stringify([{ ...keys, endpoints, display_name: 'Ben' }]),
      { mode: 0o600 },
    );
  const peer = async (): Promise<Check | undefined> =>
    [...(await doctor()).checks.values()].find((check) => check.name.startsWith('Peer Ben'));
  const closed = await listening(async (port) => {
    know([`ws://127.0.0.1:${port}`]);
    assert.equal((await peer())?.state, 'ok');
    return port;
  });
  const away = await peer();
  assert.equal(away?.state, 'warning');
  assert.match(away.found, /could not connect to any endpoint: ws:\S+ refused/);
  assert.ok(away.advice.some((line) => line.includes(`nc -zv 127.0.0.1 ${closed}`)));
  know([]);
  assert.match((await peer())?.found ?? '', /no endpoint/);
});

test('a machine without addresses is told how to name one', () => {
  const config = parseConfig([], {});
  const loopback = {
    address: '127.0.0.1',
    netmask: '255.0.0.0',
    family: 'IPv4' as const,
    mac: '00:00:00:00:00:00',
    internal: true,
    cidr: '127.0.0.1/8',
  };
  assert.equal(checkAddresses(config, { lo: [loopback] }).state, 'warning');
  assert.equal(checkAddresses(config, { eth0: [{ ...loopback, address: '192.0.2.7' }] }).state, 'ok');
});

test('a mesh that listens on one address has only that one', () => {
  const eth0 = [
    {
      address: '192.0.2.7',
      netmask: '255.255.255.0',
      family: 'IPv4' as const,
      mac: '00:00:00:00:00:01',
      internal: false,
      cidr: '192.0.2.7/24',
    },
  ];
  const found = (host: string): string =>
    checkAddresses(parseConfig(['--mesh-host', host], {}), { eth0 }).found;
  assert.match(found('127.0.0.1'), /^127\.0\.0\.1 only: nobody outside/);
  assert.match(found('198.51.100.4'), /^198\.51\.100\.4 only/);
  assert.equal(found('0.0.0.0'), '192.0.2.7');
});

test('a connection attempt finds what listens', async () => {
  assert.equal(await listening((port) => tryConnect('127.0.0.1', port, 2000)), 'open');
});
