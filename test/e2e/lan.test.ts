/**
 * LAN discovery between two hosts: network namespaces on a veth pair, made and removed here. Left out, with the
 * reason, where such namespaces are not permitted.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { NodeProcess, eventually } from './node-process.ts';

const HOSTS = [
  { name: `cnpy${process.pid}a`, address: '10.88.0.1' },
  { name: `cnpy${process.pid}b`, address: '10.88.0.2' },
] as const;

const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: 'pipe' });

function removeHosts(): void {
  for (const host of HOSTS) {
    try {
      ip('netns', 'del', host.name);
    } catch {
      // was never made
    }
  }
}

/** Makes both hosts; returns why that is not possible, or `false`. */
function makeHosts(): string | false {
  try {
    for (const host of HOSTS) ip('netns', 'add', host.name);
    ip(
      'link',
      'add',
      'veth0',
      'netns',
      HOSTS[0].name,
      'type',
      'veth',
      'peer',
      'name',
      'veth0',
      'netns',
      HOSTS[1].name,
    );
    for (const host of HOSTS) {
      ip('-n', host.name, 'link', 'set', 'lo', 'up');
      ip('-n', host.name, 'addr', 'add', `${host.address}/24`, 'dev', 'veth0');
      ip('-n', host.name, 'link', 'set', 'veth0', 'up');
      ip('-n', host.name, 'route', 'add', 'default', 'dev', 'veth0');
    }
    return false;
  } catch (error) {
    removeHosts();
    return `network namespaces cannot be made here: ${String(error).split('\n')[0]}`;
  }
}

const impossible = makeHosts();

interface Peers {
  discovered_peers: { peer_id: string; address: string; connected: boolean }[];
  connected_peers: string[];
}

describe('two hosts on one LAN', { skip: impossible }, () => {
  const [a, b] = HOSTS.map(
    (host) =>
      new NodeProcess({
        name: host.name,
        within: ['ip', 'netns', 'exec', host.name],
        meshHost: null,
        env: { CANOPY_DISABLE_MDNS: '0' },
      }),
  ) as [NodeProcess, NodeProcess];

  before(async () => {
    await Promise.all([a.start(), b.start()]);
    await Promise.all([a.setUp(), b.setUp()]);
  });
  after(async () => {
    await Promise.all([a.dispose(), b.dispose()]);
    removeHosts();
  });

  test('each finds the other without an invite and they connect, once', async () => {
    for (const [node, other, address] of [
      [a, b, HOSTS[1].address],
      [b, a, HOSTS[0].address],
    ] as const) {
      const peerId = await other.peerId();
      const seen = await eventually(`${node.name} discovers ${other.name}`, async () =>
        (await node.api<Peers>('GET', '/p2p/peers')).discovered_peers.find((peer) => peer.peer_id === peerId),
      );
      assert.equal(seen.address, address);
      await node.waitConnected(peerId);
      assert.deepEqual((await node.api<Peers>('GET', '/p2p/peers')).connected_peers, [peerId]);
    }
  });

  test('a stopped node disappears from the list', async () => {
    const peerId = await b.peerId();
    await b.stop();
    await eventually('the entry goes', async () =>
      (await a.api<Peers>('GET', '/p2p/peers')).discovered_peers.every((peer) => peer.peer_id !== peerId),
    );
  });

  test('a node whose UDP port 5353 is taken starts all the same', async () => {
    const holder: ChildProcess = spawn(
      'ip',
      [
        'netns',
        'exec',
        HOSTS[1].name,
        process.execPath,
        '-e',
        "require('node:dgram').createSocket({ type: 'udp4' }).bind(5353, () => console.log('held'))",
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await new Promise((resolve) => holder.stdout?.once('data', resolve));
    try {
      await b.start();
      assert.equal((await b.api('GET', '/p2p/status'))['running'], true);
    } finally {
      holder.kill();
    }
  });
});
