import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { createNodeIdentity } from '../../../server/identity/node-identity.ts';
import type { NodeIdentity } from '../../../server/identity/node-identity.ts';
import { ConnectionRates } from '../../../server/mesh/connection-rates.ts';
import { Greeting } from '../../../server/mesh/greeting.ts';
import { RecordChannel } from '../../../server/mesh/secure/record-channel.ts';
import { Upgrader } from '../../../server/mesh/secure/upgrade.ts';
import type { Upgraded } from '../../../server/mesh/secure/upgrade.ts';
import { addressKey } from '../../../server/ports/address-key.ts';
import type { Link } from '../../../server/ports/types.ts';
import { buildHandshake } from '../../../server/wire/handshake.ts';
import { CONTROL, controlFrame, presenceBody } from '../../../server/wire/secure-frames.ts';
import { OUR_CAPABILITIES, SimWorld } from '../../sim/node.ts';
import type { SimNode } from '../../sim/node.ts';
import { endpointOf, startAll } from './support.ts';

type Message = string | Uint8Array;

/** Somebody who dials `target` and says what the test says. */
async function dialler(
  world: SimWorld,
  target: SimNode,
  host = '10.0.9.9',
): Promise<{ link: Link; heard: Message[]; closes: number[] }> {
  const dial = world
    .ports(host)
    .transport.dial(endpointOf(target), { timeoutMs: 5_000, maxMessageBytes: 2 ** 20 });
  await world.time.run(200);
  const link = await dial;
  const heard: Message[] = [];
  const closes: number[] = [];
  link.attach({
    message: (text) => heard.push(text),
    binary: (bytes) => heard.push(bytes),
    close: ({ code }) => closes.push(code),
  });
  return { link, heard, closes };
}

const identityOf = (world: SimWorld): NodeIdentity => createNodeIdentity(world.random, nativeCrypto);
const hello = (world: SimWorld, identity: NodeIdentity): string =>
  buildHandshake(nativeCrypto, identity, {
    type: 'handshake',
    capabilities: OUR_CAPABILITIES,
    canopyVersion: '1',
    timestamp: world.time.now() / 1000 + world.random.fraction(),
  });

/** Nothing but the ack, and message 2 if it was earned, was ever said; nothing is believed. */
function assertNothing(node: SimNode): void {
  assert.deepEqual(node.mesh.neighbours(), []);
  assert.deepEqual(node.knownPeers.list(), []);
  assert.deepEqual(
    node.events.filter((event) => event.type.startsWith('peer.') || event.type === 'requests.changed'),
    [],
  );
}

describe('before a connection is adopted (06 sections 1.1, 1.3 and 1.6)', () => {
  it('whatever is no first message ends it with 1008', async () => {
    for (const second of [
      '{"type":"p2p_message"}',
      new Uint8Array(47),
      new Uint8Array(49),
      new Uint8Array(48),
    ]) {
      const world = new SimWorld(1);
      const [ours] = await startAll(world, {});
      assert.ok(ours);
      const { link, heard, closes } = await dialler(world, ours);
      await link.send(hello(world, identityOf(world)));
      await world.time.run(500);
      assert.equal(heard.length, 1);
      await link.send(second);
      await world.time.run(500);
      assert.deepEqual([heard.length, closes], [1, [1008]]);
      assertNothing(ours);
    }
  });

  it('whoever goes silent has ten seconds from the ack, whatever it said before', async () => {
    const world = new SimWorld(2);
    const [ours] = await startAll(world, {});
    assert.ok(ours);
    const { link, heard, closes } = await dialler(world, ours);
    await link.send(hello(world, identityOf(world)));
    await world.time.run(9_900);
    assert.deepEqual([heard.length, closes], [1, []]);
    await world.time.run(600);
    assert.deepEqual(closes, [1008]);
    assertNothing(ours);
  });

  it('a text over 16 KiB and more than 64 KiB in all are cut off', async () => {
    const world = new SimWorld(3);
    const [ours] = await startAll(world, {});
    assert.ok(ours);
    const first = await dialler(world, ours);
    await first.link.send(`{"peer_id":"${'x'.repeat(16_400)}"}`);
    await world.time.run(500);
    assert.deepEqual(first.closes, [1009]);
    const second = await dialler(world, ours);
    const text = hello(world, identityOf(world));
    await second.link.send(text);
    await second.link.send(new Uint8Array(65_535));
    await world.time.run(500);
    assert.equal(second.closes.length, 1);
    assertNothing(ours);
  });

  it("one's own agreement key under another identity is refused", async () => {
    const world = new SimWorld(4);
    const [ours] = await startAll(world, {});
    assert.ok(ours);
    const mirror = { ...identityOf(world), x25519: ours.identity.x25519 };
    const { link, closes } = await dialler(world, ours);
    await link.send(hello(world, mirror));
    await world.time.run(500);
    assert.deepEqual(closes, [1008]);
    assertNothing(ours);
  });

  it('one address may open ten connections a second and sixty a minute, loopback as many as it likes', () => {
    const clock = { now: 0 };
    const rates = new ConnectionRates({ clock: { monotonic: () => clock.now } });
    const admitted = (key: string, count: number, pauseMs: number): number => {
      let yes = 0;
      for (let i = 0; i < count; i += 1, clock.now += pauseMs) if (rates.admit(key)) yes += 1;
      return yes;
    };
    assert.equal(admitted('192.0.2.1', 30, 0), 10);
    assert.equal(admitted('192.0.2.2', 10, 0), 10, 'another address has its own');
    assert.equal(admitted('192.0.2.3', 59, 200), 59);
    assert.ok(admitted('192.0.2.3', 100, 200) <= 35);
    assert.equal(admitted(addressKey('127.0.0.1'), 500, 0) + admitted(addressKey('::1'), 500, 0), 1_000);
    assert.equal(
      addressKey('2001:db8:1:2::3'),
      addressKey('2001:db8:1:2:ffff::'),
      'one customer, one address',
    );
    assert.notEqual(addressKey('2001:db8:1:2::3'), addressKey('2001:db8:1:3::3'));
    assert.equal(addressKey('::ffff:192.0.2.1'), '192.0.2.1');
  });
});

/** The dialling side by hand: its handshake, then whatever the test does with the upgrade. */
async function byHand(
  world: SimWorld,
  ours: SimNode,
  act: (
    upgrader: Upgrader,
    greeting: Greeting,
    init: { handshake: string; ack: string; remoteKey: Uint8Array },
  ) => Promise<unknown>,
): Promise<unknown> {
  const identity = identityOf(world);
  const ports = world.ports('10.0.9.9');
  const dial = ports.transport.dial(endpointOf(ours), { timeoutMs: 5_000, maxMessageBytes: 2 ** 20 });
  await world.time.run(200);
  const greeting = new Greeting(await dial, ports.timers);
  const handshake = hello(world, identity);
  const acked = greeting.receive((text) => text, 5_000);
  await greeting.link.send(handshake);
  await world.time.run(200);
  const upgrader = new Upgrader({
    crypto: nativeCrypto,
    clock: world.time,
    random: world.random,
    keys: identity.x25519,
  });
  return act(upgrader, greeting, { handshake, ack: await acked, remoteKey: ours.identity.x25519.publicKey });
}

describe('until confirm has been verified', () => {
  it('nothing of a peer is believed, although it has both keys of the handshake', async () => {
    const world = new SimWorld(6);
    const [ours] = await startAll(world, {});
    assert.ok(ours);
    // Message 1 is sent, message 2 comes, and `confirm` is not sent: the link swallows it.
    await byHand(world, ours, async (upgrader, greeting, init) => {
      const send = greeting.link.send.bind(greeting.link);
      let sent = 0;
      greeting.link.send = (message) => ((sent += 1) === 1 ? send(message) : Promise.resolve());
      const upgrade = upgrader.initiate(greeting, init).catch(() => undefined);
      await world.time.run(5_000);
      assert.equal(sent, 2);
      assertNothing(ours);
      await world.time.run(10_000);
      await upgrade;
    });
    assertNothing(ours);
  });

  it('another frame in its place ends the upgrade', async () => {
    for (const frame of [
      controlFrame(CONTROL.ping, new Uint8Array(8)),
      controlFrame(CONTROL.ready, presenceBody({ instance: 'a'.repeat(32), clock: 1 })),
      controlFrame(CONTROL.confirm),
      { type: 0x10, more: false, stream: 1, body: new Uint8Array(4) },
    ]) {
      const world = new SimWorld(7);
      const [ours] = await startAll(world, {});
      assert.ok(ours);
      const seal = RecordChannel.prototype.seal;
      try {
        await byHand(world, ours, async (upgrader, greeting, init) => {
          RecordChannel.prototype.seal = function (this: RecordChannel) {
            return seal.call(this, frame);
          };
          const upgrade: Promise<Upgraded | string> = upgrader
            .initiate(greeting, init)
            .catch((error: Error) => error.message);
          await world.time.run(2_000);
          assert.equal(await upgrade, 'closed');
        });
      } finally {
        RecordChannel.prototype.seal = seal;
      }
      assertNothing(ours);
    }
  });
});
