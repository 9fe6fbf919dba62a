/** A relay like the reference's that drops, repeats and reorders a fifth of what it carries (06 section 6). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointOf, startAll } from '../secure/support.ts';
import { ReferencePeer } from '../reference-peer.ts';
import { fromPythonBase64, toBase64 } from '../../../server/crypto/bytes.ts';
import { generateX25519 } from '../../../server/crypto/keys.ts';
import { OUR_CAPABILITIES, SimWorld } from '../../sim/node.ts';
import type { SimNode } from '../../sim/node.ts';
import { encodeBase58 } from '../../../server/wire/base58.ts';
import { frameText, parseFrame } from '../../../server/wire/envelope.ts';
import type { Envelope } from '../../../server/wire/envelope.ts';
import type { PeerId } from '../../../server/wire/ids.ts';
import { fromPlain, toPlain } from '../../../server/wire/pyjson.ts';
import { asRecord } from '../../../server/wire/records.ts';
import { CLOSE_CODES } from '../../../server/wire/secure-frames.ts';
import { SeededRandom } from '../../sim/seeded-random.ts';
import { contentOf } from './support.ts';

interface RelayedPair {
  world: SimWorld;
  relay: ReferencePeer;
  b: SimNode;
  c: SimNode;
  /** Every envelope the relay was handed to carry. */
  seen: Envelope[];
  /** Hands an envelope on, as the relay may do at any later time. */
  hand(envelope: Envelope): void;
}

/** B and C, both connected with a relay that treats envelopes badly. @param percent of each kind of fault. */
async function relayedPair(seed: number, percent: number): Promise<RelayedPair> {
  const world = new SimWorld(seed);
  const random = new SeededRandom(seed + 1_000);
  const chance = (): boolean => random.fraction() * 100 < percent;
  const host = world.nextHost();
  const relay = new ReferencePeer(world.ports(host));
  await relay.listen(7771);
  const [b, c] = await startAll(world, {}, {});
  assert.ok(b && c);
  const seen: Envelope[] = [];
  const hand = (envelope: Envelope): void => {
    const text = frameText({ ...envelope, ttl: envelope.ttl - 1 });
    void relay.send(envelope.toPeer as PeerId, text).catch(() => undefined);
  };
  relay.onMessage = (text) => {
    const frame = parseFrame(text);
    if (frame.kind !== 'p2p_message' || frame.envelope.toPeer === null) return;
    const { envelope } = frame;
    seen.push(envelope);
    if (chance()) return;
    for (let copies = chance() ? 2 : 1; copies > 0; copies -= 1)
      world.time.after(chance() ? 200 + random.fraction() * 3_000 : 10, () => hand(envelope));
  };
  for (const [node, other] of [
    [b, c],
    [c, b],
  ] as const) {
    node.familiar.add(relay.peerId);
    void node.mesh.connect(relay.peerId, [`ws://${host}:7771`]);
    await world.time.until(() => relay.connected(node.mesh.peerId) && node.mesh.isConnected(relay.peerId));
    const { peerId, ed25519, x25519 } = other.identity;
    const keys = {
      ed25519PublicKey: encodeBase58(ed25519.publicKey),
      x25519PublicKey: encodeBase58(x25519.publicKey),
    };
    node.mesh.introduce(
      [{ peerId, displayName: '', endpoints: [], capabilities: [], ...keys }],
      relay.peerId,
    );
  }
  b.mesh.relays.accept(c.mesh.peerId, relay.peerId);
  c.mesh.relays.accept(b.mesh.peerId, relay.peerId);
  return { world, relay, b, c, seen, hand };
}

const linked = ({ b, c }: RelayedPair): boolean =>
  b.mesh.links.get(c.mesh.peerId) !== null && c.mesh.links.get(b.mesh.peerId) !== null;

/** What an envelope carries of a relayed session. */
function tunnelOf({ payload }: Envelope): Readonly<Record<string, unknown>> | null {
  return asRecord(asRecord(asRecord(toPlain(payload))?.['metadata'])?.['canopy_tunnel']);
}

/** The records in an envelope, Base64. */
function recordsOf(envelope: Envelope | undefined): readonly string[] {
  const records = envelope === undefined ? undefined : tunnelOf(envelope)?.['rec'];
  return Array.isArray(records) ? records.map(String) : [];
}

/** Keeps asking for a session, as whoever owes something does. */
async function untilLinked(pair: RelayedPair): Promise<void> {
  for (let tries = 0; tries < 60 && !linked(pair); tries += 1) {
    pair.b.mesh.wantRelayed(pair.c.mesh.peerId);
    await pair.world.time.run(10_000);
  }
  assert.ok(linked(pair), 'a session came about');
}

for (const seed of [1, 2, 3, 4, 5])
  test(`everything arrives once and in order, and the relay reads none of it (seed ${seed})`, async () => {
    const pair = await relayedPair(seed, 20);
    const { world, relay, b, c, seen } = pair;
    await untilLinked(pair);
    const there = Array.from({ length: 60 }, (_, index) => `secret there ${index}`);
    const back = Array.from({ length: 30 }, (_, index) => `secret back ${index}`);
    const statuses: number[] = [];
    const send = (from: SimNode, to: SimNode, content: string): void => {
      const payload = { content, metadata: { filler: 'x'.repeat(8_000) } };
      void from.mesh.sendOwed('direct_message', to.mesh.peerId, payload).then((said) => statuses.push(said));
    };
    for (const [index, content] of there.entries()) world.time.after(index * 150, () => send(b, c, content));
    for (const [index, content] of back.entries()) world.time.after(index * 400, () => send(c, b, content));
    await world.time.until(() => statuses.length === there.length + back.length, 900_000);
    assert.deepEqual(new Set(statuses), new Set([0]));
    assert.deepEqual(contentOf(c, 'direct_message'), there);
    assert.deepEqual(contentOf(b, 'direct_message'), back);
    assert.ok(seen.length > 0);
    for (const text of relay.received) assert.ok(!text.includes('secret') && !text.includes('xxxxxxxx'));
    for (const { type } of seen) assert.equal(type, 'peer_announcement');
  });

test('what goes to a relay that is not ours stays below what its receiver allows', async () => {
  const pair = await relayedPair(7, 0);
  const { world, b, c, seen } = pair;
  await untilLinked(pair);
  const times: number[] = [];
  const before = seen.length;
  let all = false;
  const payload = { content: '', metadata: { filler: 'y'.repeat(60_000) } };
  const sends = Array.from({ length: 600 }, () => b.mesh.sendOwed('direct_message', c.mesh.peerId, payload));
  void Promise.all(sends).then(() => (all = true));
  for (let handled = before; !all && times.length < 1_200;) {
    await world.time.run(100);
    for (; handled < seen.length; handled += 1)
      if (seen[handled]?.fromPeer === b.mesh.peerId) times.push(world.time.monotonic());
  }
  assert.ok(all, 'everything was acknowledged');
  for (const [index, at] of times.entries()) {
    const since = (ms: number): number => times.slice(0, index + 1).filter((other) => at - other < ms).length;
    assert.ok(since(4_900) <= 62 && since(59_900) <= 302, `${since(4_900)} in 5 s, ${since(59_900)} in 60 s`);
  }
});

test('old messages of a former session change nothing, whenever the relay hands them over', async () => {
  const pair = await relayedPair(9, 0);
  const { world, b, c, seen, hand } = pair;
  await untilLinked(pair);
  void b.mesh.sendOwed('direct_message', c.mesh.peerId, { content: 'once', metadata: {} });
  await world.time.run(5_000);
  const link = c.mesh.links.get(b.mesh.peerId);
  const old = [...seen];
  // Far more than the ids that are remembered of a pair.
  for (let sent = 0; sent < 300; sent += 1) {
    void b.mesh.sendOwed('direct_message', c.mesh.peerId, { content: `later ${sent}`, metadata: {} });
    await world.time.run(300);
  }
  const received = c.inbox.length;
  for (const envelope of [...old, ...old.toReversed()]) hand(envelope);
  await world.time.run(60_000);
  assert.equal(c.mesh.links.get(b.mesh.peerId), link);
  assert.equal(link?.ended, false);
  assert.equal(c.inbox.length, received);
});

test('what the relay changes in an envelope makes it worthless', async () => {
  const pair = await relayedPair(10, 0);
  const { world, b, c, seen, hand } = pair;
  await untilLinked(pair);
  await world.time.run(5_000);
  const link = c.mesh.links.get(b.mesh.peerId);
  const data = seen.findLast((one) => one.fromPeer === b.mesh.peerId && recordsOf(one).length > 0);
  const tunnel = data === undefined ? null : tunnelOf(data);
  const record = fromPythonBase64(recordsOf(data)[0] ?? '');
  assert.ok(data && tunnel && record);
  record[0] = (record[0] ?? 0) ^ 1;
  // What the receiver waits for next: believed, it would end the session.
  const next = { ...tunnel, seq: Number(tunnel['seq']) + recordsOf(data).length, rec: [toBase64(record)] };
  const metadata = { type: 'peer_announcement', introduced_peers: [], canopy_tunnel: next };
  hand({ ...data, id: 'changed', payload: fromPlain({ content: '', metadata }) });
  await world.time.run(5_000);
  assert.equal(c.mesh.diagnostics().counters['dropped.invalid'], 1);
  assert.equal(c.mesh.links.get(b.mesh.peerId), link);
  assert.equal(link?.ended, false);
});

test('a hello of a peer that is connected directly is refused while it answers there, and answered when it does not', async () => {
  const pair = await relayedPair(12, 0);
  const { world, relay, b, c, seen } = pair;
  await untilLinked(pair);
  void b.mesh.connect(c.mesh.peerId, [endpointOf(c)]);
  await world.time.until(() => b.mesh.isDirect(c.mesh.peerId) && c.mesh.isDirect(b.mesh.peerId));
  await world.time.run(5_000);
  const link = b.mesh.links.get(c.mesh.peerId);
  const sid = 'cd'.repeat(16);
  const hello = {
    op: 'hello',
    v: 1,
    sid,
    from: c.mesh.peerId,
    to: b.mesh.peerId,
    x25519: encodeBase58(c.identity.x25519.publicKey),
    capabilities: [...OUR_CAPABILITIES],
    instance: 'ef'.repeat(16),
    clock: Math.trunc(world.time.now()),
  };
  const metadata = { type: 'peer_announcement', introduced_peers: [], canopy_tunnel: hello };
  void c.mesh.send('peer_announcement', b.mesh.peerId, { content: '', metadata });
  await world.time.run(10_000);
  const answers = seen.map(tunnelOf).filter((tunnel) => tunnel?.['sid'] === sid);
  assert.deepEqual(
    answers.map((answer) => [answer?.['op'], answer?.['code']]),
    [['close', CLOSE_CODES.duplicate]],
  );
  assert.equal(b.mesh.links.get(c.mesh.peerId), link);
  assert.equal(link?.via, null);

  // The peer comes back elsewhere; its old connection would be found dead only after three quarters of a minute.
  world.network.partition(new URL(endpointOf(b)).hostname, new URL(endpointOf(c)).hostname);
  await c.mesh.stop();
  const again = world.node({ identity: c.identity });
  again.familiar.add(relay.peerId).add(b.mesh.peerId);
  await again.mesh.start();
  const { peerId, ed25519, x25519 } = b.identity;
  again.knownPeers.importPeer({
    peerId,
    ed25519PublicKey: ed25519.publicKey,
    x25519PublicKey: x25519.publicKey,
  });
  void again.mesh.connect(relay.peerId, ['ws://10.0.0.1:7771']);
  await world.time.until(() => again.mesh.isConnected(relay.peerId));
  assert.equal(link.ended, false);
  again.mesh.relays.accept(peerId, relay.peerId);
  await world.time.run(12_000);
  assert.equal(link.ended, true);
  assert.equal(b.mesh.links.get(c.mesh.peerId)?.via, relay.peerId);
});

test('without an answer the opener tries rarely, and says hello three times each time', async () => {
  const pair = await relayedPair(11, 100);
  const { world, b, c, seen } = pair;
  for (let tries = 0; tries < 180; tries += 1) {
    b.mesh.wantRelayed(c.mesh.peerId);
    await world.time.run(10_000);
  }
  const hellos = seen.filter(({ fromPeer }) => fromPeer === b.mesh.peerId).length;
  assert.equal(b.mesh.links.get(c.mesh.peerId), null);
  assert.ok(hellos >= 12 && hellos <= 24, `${hellos} hellos in 30 minutes`);
});

test('a peer that comes with another key than before gets no session, and it is reported', async () => {
  const pair = await relayedPair(13, 0);
  const { world, relay, b, c } = pair;
  await untilLinked(pair);
  await c.mesh.stop();
  await world.time.run(2_000);
  const changed = world.node({ identity: { ...c.identity, x25519: generateX25519(world.random) } });
  await changed.mesh.start();
  const { peerId, ed25519, x25519 } = b.identity;
  changed.knownPeers.importPeer({
    peerId,
    ed25519PublicKey: ed25519.publicKey,
    x25519PublicKey: x25519.publicKey,
  });
  void changed.mesh.connect(relay.peerId, [`ws://10.0.0.1:7771`]);
  await world.time.run(5_000);
  changed.mesh.relays.accept(peerId, relay.peerId);
  await world.time.run(60_000);
  assert.equal(b.mesh.links.get(c.mesh.peerId), null);
  assert.equal(changed.mesh.links.get(peerId), null);
  assert.ok(b.events.some((event) => event.type === 'security' && event.reason === 'peer_key_changed'));
});
