import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DialError } from '../../server/ports/types.ts';
import { Side, transportAcceptance } from '../ports/transport-acceptance.ts';
import { MemoryNetwork } from './memory-network.ts';
import { SeededRandom } from './seeded-random.ts';
import { VirtualTime } from './virtual-time.ts';

const LIMITS = { maxMessageBytes: 1024, maxLinks: 10, maxLinksPerAddress: 10 };

async function passing<T>(time: VirtualTime, promise: Promise<T>): Promise<T> {
  let done = false;
  const settled = promise.finally(() => (done = true));
  settled.catch(() => undefined);
  await time.until(() => done);
  return settled;
}

transportAcceptance('simulated network', () => {
  const time = new VirtualTime();
  const network = new MemoryNetwork(time, new SeededRandom(3));
  return {
    transport: network.transport('10.0.0.1'),
    endpoint: (port) => `ws://10.0.0.1:${port}`,
    until: (done) => time.until(done),
    resolve: (promise) => passing(time, promise),
  };
});

test('a partition swallows everything and tells nobody; healing lets new things through', async () => {
  const time = new VirtualTime();
  const network = new MemoryNetwork(time, new SeededRandom(3));
  const far: Side[] = [];
  const listener = await network
    .transport('10.0.0.1')
    .listen({ port: 7771, ...LIMITS }, (link) => far.push(new Side(link)));
  assert.equal(listener.port, 7771);
  const dialler = network.transport('10.0.0.2');
  const options = { timeoutMs: 5_000, maxMessageBytes: 1024 };
  const near = new Side(await passing(time, dialler.dial('ws://10.0.0.1:7771', options)));
  network.partition('10.0.0.1', '10.0.0.2');
  await near.link.send('lost');
  await time.run(60_000);
  assert.deepEqual(far[0]?.messages, []);
  assert.deepEqual([near.closes, far[0]?.closes], [[], []]);
  await assert.rejects(
    passing(time, dialler.dial('ws://10.0.0.1:7771', options)),
    (error) => error instanceof DialError && error.reason === 'timeout',
  );
  network.heal('10.0.0.1', '10.0.0.2');
  await near.link.send('there');
  await time.run(1_000);
  assert.deepEqual(far[0]?.messages, ['there']);
});

test('the same seed gives the same latencies', async () => {
  const pings = await Promise.all(
    [5, 5, 6].map(async (seed) => {
      const time = new VirtualTime();
      const network = new MemoryNetwork(time, new SeededRandom(seed));
      await network.transport('10.0.0.1').listen({ port: 1, ...LIMITS }, (link) => new Side(link));
      const dial = network
        .transport('10.0.0.2')
        .dial('ws://10.0.0.1:1', { timeoutMs: 5_000, maxMessageBytes: 9 });
      return passing(time, (await passing(time, dial)).ping());
    }),
  );
  assert.equal(pings[0], pings[1]);
  assert.notEqual(pings[0], pings[2]);
});
