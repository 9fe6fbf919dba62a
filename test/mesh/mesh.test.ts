import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemPorts } from '../../server/ports/system.ts';
import { SimWorld, createNode } from '../sim/node.ts';
import { meshAcceptance } from './mesh-acceptance.ts';

meshAcceptance('mesh on the simulated network', () => {
  const world = new SimWorld(81);
  return {
    node: (init) => world.node(init),
    until: (done) => world.time.until(done),
    resolve: async (promise) => {
      let settled = false;
      const watched = promise.finally(() => (settled = true));
      watched.catch(() => undefined);
      await world.time.until(() => settled);
      return watched;
    },
  };
});

meshAcceptance('mesh on real sockets', () => ({
  node: (init) => createNode(systemPorts(), { host: '127.0.0.1', ...init }),
  until: async (done) => {
    for (let i = 0; i < 2_000; i += 1) {
      if (done()) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error('nothing of that kind happened');
  },
  resolve: (promise) => promise,
}));

test('what a node tells others of where it is depends on where it listens', () => {
  const world = new SimWorld(82);
  const ports = {
    ...world.ports('10.0.0.1'),
    localAddresses: () => ['192.0.2.5', '2001:db8::5'],
  };
  const endpoints = (init: Parameters<typeof createNode>[1]): string[] =>
    createNode(ports, { port: 7771, ...init }).mesh.localEndpoints();
  assert.deepEqual(endpoints({ allowLoopback: false }), ['ws://192.0.2.5:7771', 'ws://[2001:db8::5]:7771']);
  assert.deepEqual(endpoints({ allowLoopback: true }).at(-1), 'ws://127.0.0.1:7771');
  assert.deepEqual(endpoints({ allowLoopback: false, host: '0.0.0.0' }), ['ws://192.0.2.5:7771']);
  assert.deepEqual(endpoints({ allowLoopback: true, host: '127.0.0.1' }), ['ws://127.0.0.1:7771']);
  assert.deepEqual(endpoints({ allowLoopback: false, host: '127.0.0.1' }), []);
  assert.deepEqual(endpoints({ host: '192.0.2.5' }), ['ws://192.0.2.5:7771']);
  assert.deepEqual(endpoints({ advertise: ['node.example', '2001:db8::9'] }), [
    'ws://node.example:7771',
    'ws://[2001:db8::9]:7771',
  ]);
});
