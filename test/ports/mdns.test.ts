import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { test } from 'node:test';
import { bonjourDiscovery } from '../../server/ports/mdns.ts';

/** Takes UDP 5353 for ourselves alone; `null` when somebody else has it. */
function takePort(): Promise<Socket | null> {
  const socket = createSocket({ type: 'udp4', reuseAddr: false });
  return new Promise((resolve) => {
    socket.once('error', () => resolve(null));
    socket.bind(5353, () => resolve(socket));
  });
}

const ADVERTISEMENT = {
  instance: 'canopy-BtrDypgRq2TbBnMc._canopy._tcp.local.',
  hostname: 'canopy-BtrDypgRq2TbBnMc.local.',
  port: 7771,
  txt: ['peer_id=BtrDypgRq2TbBnMc'],
  addresses: ['127.0.0.1'],
};

test('when the port of multicast DNS is taken, the start is refused with the reason and nothing breaks', async (t) => {
  const taken = await takePort();
  if (taken === null) return t.skip('UDP 5353 is in use on this machine');
  const discovery = bonjourDiscovery();
  const failures: Error[] = [];
  const handlers = {
    seen: () => assert.fail('nothing can be seen'),
    gone: () => assert.fail('nothing can go'),
    failed: (error: Error) => failures.push(error),
  };
  try {
    await assert.rejects(discovery.start(ADVERTISEMENT, handlers), { code: 'EADDRINUSE' });
    await discovery.stop();
    await assert.rejects(discovery.start(ADVERTISEMENT, handlers), { code: 'EADDRINUSE' });
  } finally {
    await discovery.stop();
    await discovery.stop();
    taken.close();
  }
  assert.ok(failures.every((error) => 'code' in error && error.code === 'EADDRINUSE'));
});
