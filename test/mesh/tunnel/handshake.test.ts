/** The key agreement of relayed sessions (06 section 2.2), and what may begin at all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { generateX25519 } from '../../../server/crypto/keys.ts';
import { NoiseError } from '../../../server/crypto/noise.ts';
import { HalfOpenTable } from '../../../server/mesh/tunnel/half-open.ts';
import { acceptTunnel, answerTunnel, tunnelPrologue } from '../../../server/mesh/tunnel/handshake.ts';
import { HopPace } from '../../../server/mesh/tunnel/hop-pace.ts';
import { MAX_HALF_OPEN, MAX_HALF_OPEN_PER_PEER } from '../../../server/mesh/tunnel/limits.ts';
import { OpeningTimes } from '../../../server/mesh/tunnel/opening-times.ts';
import type { PeerId } from '../../../server/wire/ids.ts';
import { fromPlain } from '../../../server/wire/pyjson.ts';
import { SeededRandom } from '../../sim/seeded-random.ts';
import { VirtualTime } from '../../sim/virtual-time.ts';

const random = new SeededRandom(5);
const [opener, answerer] = [generateX25519(random), generateX25519(random)];
const hello = fromPlain({ op: 'hello', v: 1, clock: 5, capabilities: ['a'] });
const answer = fromPlain({ op: 'answer', v: 1, clock: 6 });
const components = (keys: typeof opener) => ({ crypto: nativeCrypto, random, keys });

test('both ends have the same session, and bind it to what either said', () => {
  const said = answerTunnel(components(answerer), { hello, answer, remoteKey: opener.publicKey });
  // The answer travels with its Noise message, which is no part of what is bound.
  const travelled = fromPlain({ op: 'answer', v: 1, clock: 6, n1: 'whatever' });
  const init = { hello, answer: travelled, remoteKey: answerer.publicKey };
  const accepted = acceptTunnel(components(opener), init, said.n1);
  const finished = said.finish(accepted.n2);
  assert.deepEqual(finished.handshakeHash, accepted.transport.handshakeHash);
  const record = finished.send.encrypt(new Uint8Array(0), Buffer.from('first'));
  const opened = accepted.transport.receive.decrypt(new Uint8Array(0), record);
  assert.equal(Buffer.from(opened).toString(), 'first');
  assert.equal(tunnelPrologue(nativeCrypto, hello, answer).length, 87);
});

test('another word in an introduction, another key or a flipped bit ends it', () => {
  const begin = () => answerTunnel(components(answerer), { hello, answer, remoteKey: opener.publicKey });
  const other = fromPlain({ op: 'hello', v: 1, clock: 5, capabilities: [] });
  const init = { hello, answer, remoteKey: answerer.publicKey };
  assert.throws(() => acceptTunnel(components(opener), { ...init, hello: other }, begin().n1), NoiseError);
  assert.throws(() => acceptTunnel(components(generateX25519(random)), init, begin().n1), NoiseError);
  const flipped = begin().n1.slice();
  flipped[40] = (flipped[40] ?? 0) ^ 1;
  assert.throws(() => acceptTunnel(components(opener), init, flipped), NoiseError);
  const late = begin();
  const { n2 } = acceptTunnel(components(opener), init, late.n1);
  n2[n2.length - 1] = (n2[n2.length - 1] ?? 0) ^ 1;
  assert.throws(() => late.finish(n2), NoiseError);
  const own = { hello, answer, remoteKey: answerer.publicKey };
  assert.throws(() => answerTunnel(components(answerer), own), NoiseError);
});

test('so many may be half open with one peer, and so many with all', () => {
  const table = new HalfOpenTable({ timers: new VirtualTime() });
  const add = (peer: PeerId, sid: string): void =>
    table.add({ role: 'opener', peer, sid, hello, repeat: () => undefined }, () => undefined);
  for (let peer = 0; peer < MAX_HALF_OPEN / MAX_HALF_OPEN_PER_PEER; peer += 1) {
    const id = `peer${peer}` as PeerId;
    for (let count = 0; count < MAX_HALF_OPEN_PER_PEER; count += 1) {
      assert.ok(table.hasRoom(id));
      add(id, `${count}`);
    }
    assert.ok(!table.hasRoom(id));
  }
  assert.ok(!table.hasRoom('another' as PeerId));
  table.remove('peer0' as PeerId, '0');
  assert.ok(table.hasRoom('another' as PeerId));
});

test('what nobody answers is said at 0, 3 and 9 s, given up after 20, and forgotten', async () => {
  const time = new VirtualTime();
  const table = new HalfOpenTable({ timers: time });
  const [peer, said, givenUp]: [PeerId, number[], number[]] = ['p' as PeerId, [], []];
  const repeat = (): void => void said.push(time.monotonic());
  table.add({ role: 'opener', peer, sid: 's', hello, repeat }, () => givenUp.push(time.monotonic()));
  await time.run(60_000);
  assert.deepEqual([said, givenUp], [[0, 3_000, 9_000], [20_000]]);
  assert.equal(table.get(peer, 's'), undefined);
});

test('an opener waits 30 s, then 1, 2, 4 … 15 min', async () => {
  const time = new VirtualTime();
  const times = new OpeningTimes({ clock: time });
  const peer = 'p' as PeerId;
  const waits: number[] = [];
  for (let failures = 0; failures < 8; failures += 1) {
    times.failed(peer);
    const since = time.monotonic();
    while (!times.mayOpen(peer)) await time.run(10_000);
    waits.push((time.monotonic() - since) / 1_000);
  }
  assert.deepEqual(waits, [30, 60, 120, 240, 480, 900, 900, 900]);
  times.failed(peer);
  times.reset(peer);
  assert.ok(times.mayOpen(peer));
});

test('a next hop gets 60 packets in 5 s and 300 in 60 s', async () => {
  const time = new VirtualTime();
  const pace = new HopPace({ clock: time });
  const hop = 'hop' as PeerId;
  const sent: number[] = [];
  while (time.monotonic() < 130_000) {
    const wait = pace.turn(hop);
    if (wait === 0) sent.push(time.monotonic());
    else await time.run(wait);
  }
  for (const [packets, window] of [
    [60, 5_000],
    [300, 60_000],
  ] as const)
    for (const [index, at] of sent.entries()) {
      const earlier = sent[index - packets];
      assert.ok(earlier === undefined || at - earlier >= window);
    }
  assert.ok(sent.length >= 600);
});
