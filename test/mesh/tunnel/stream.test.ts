/** Records over a relay that drops, repeats and reorders (06 sections 2.3 and 6). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_PACKET_BYTES, MAX_PACKET_RECORDS } from '../../../server/mesh/tunnel/limits.ts';
import { TunnelStream } from '../../../server/mesh/tunnel/stream.ts';
import type { StreamPacket } from '../../../server/mesh/tunnel/stream.ts';
import { SeededRandom } from '../../sim/seeded-random.ts';
import { VirtualTime } from '../../sim/virtual-time.ts';

/** What a relay does to one packet in a hundred. */
interface Faults {
  drop: number;
  repeat: number;
  reorder: number;
}

interface End {
  stream: TunnelStream;
  records: string[];
  closed: { code: number; reason: string }[];
  ended: number;
}

/** Two ends with a relay between them; `cut` makes it swallow everything. */
function pair(seed: number, faults: Faults) {
  const time = new VirtualTime();
  const random = new SeededRandom(seed);
  const relay = { cut: false, packets: 0, largest: 0, onPacket: (packet: StreamPacket): void => void packet };
  const deliver = (to: () => End, packet: StreamPacket): void => {
    relay.packets += 1;
    relay.largest = Math.max(relay.largest, packet.records.length);
    relay.onPacket(packet);
    assert.ok(packet.records.length <= MAX_PACKET_RECORDS);
    assert.ok(packet.records.reduce((sum, { length }) => sum + length, 0) <= MAX_PACKET_BYTES);
    if (relay.cut) return;
    const chance = (percent: number): boolean => random.fraction() * 100 < percent;
    if (chance(faults.drop)) return;
    for (let copies = chance(faults.repeat) ? 2 : 1; copies > 0; copies -= 1) {
      const delay = 20 + (chance(faults.reorder) ? random.fraction() * 2_000 : 0);
      time.after(delay, () => to().stream.receive(packet));
    }
  };
  const end = (to: () => End): End => {
    const records: string[] = [];
    const closed: { code: number; reason: string }[] = [];
    const self: End = { stream: undefined as never, records, closed, ended: 0 };
    self.stream = new TunnelStream(
      { clock: time, timers: time },
      {
        remoteAddress: 'relay',
        handlers: {
          record: (bytes) => void records.push(Buffer.from(bytes).toString()),
          closed: (info) => void closed.push(info),
        },
        post: (packet) => deliver(to, packet),
        turn: () => 0,
        ended: () => (self.ended += 1),
      },
    );
    return self;
  };
  const b: End = end(() => c);
  const c: End = end(() => b);
  return { time, relay, b, c };
}

const record = (name: string, size = 22): Uint8Array => Buffer.from(name.padEnd(size, '.'));
const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);
const stripped = (records: readonly string[]): string[] => records.map((text) => text.replace(/\.+$/, ''));

for (const seed of [1, 2, 3, 4, 5, 6, 7, 8])
  test(`everything arrives once and in order over a relay that loses, repeats and reorders a fifth (seed ${seed})`, async () => {
    const { time, b, c } = pair(seed, { drop: 20, repeat: 20, reorder: 20 });
    const random = new SeededRandom(seed + 100);
    const there = names('there', 400);
    const back = names('back', 150);
    for (const [list, from] of [
      [there, b],
      [back, c],
    ] as const) {
      let at = 0;
      for (const name of list) {
        // In bursts, and one by one.
        if (random.fraction() < 0.2) at += random.fraction() * 1_000;
        const size = 22 + Math.floor(random.fraction() * 30_000);
        time.after(at, () => void from.stream.send(record(name, size)));
      }
    }
    await time.until(() => b.records.length === back.length && c.records.length === there.length, 600_000);
    await time.run(30_000);
    assert.deepEqual(stripped(c.records), there);
    assert.deepEqual(stripped(b.records), back);
    assert.deepEqual([...b.closed, ...c.closed], []);
  });

test('records that are handed over together travel together', async () => {
  const { time, relay, b, c } = pair(1, { drop: 0, repeat: 0, reorder: 0 });
  const sent = names('r', 200);
  for (const name of sent) void b.stream.send(record(name));
  await time.until(() => c.records.length === sent.length);
  assert.deepEqual(stripped(c.records), sent);
  assert.equal(relay.largest, MAX_PACKET_RECORDS);
  // Four packets and what acknowledges them.
  await time.run(1_000);
  assert.ok(relay.packets <= 8, `${relay.packets} packets`);
});

test('an idle stream says nothing', async () => {
  const { time, relay, b, c } = pair(1, { drop: 0, repeat: 0, reorder: 0 });
  void b.stream.send(record('one'));
  await time.until(() => c.records.length === 1);
  await time.run(1_000);
  const packets = relay.packets;
  await time.run(600_000);
  assert.equal(relay.packets, packets);
});

test('a lost packet is repeated as soon as three later ones are reported', async () => {
  const { time, relay, b, c } = pair(1, { drop: 0, repeat: 0, reorder: 0 });
  void b.stream.send(record('first'));
  await time.until(() => c.records.length === 1);
  await time.run(500);
  relay.cut = true;
  void b.stream.send(record('lost'));
  await time.run(1);
  relay.cut = false;
  for (const name of ['x', 'y', 'z']) {
    void b.stream.send(record(name));
    await time.run(5);
  }
  const before = time.monotonic();
  await time.until(() => c.records.length === 5);
  assert.ok(time.monotonic() - before < 900, 'before any packet timer');
  assert.deepEqual(stripped(c.records), ['first', 'lost', 'x', 'y', 'z']);
});

test('a relay that carries nothing for a minute while something is owed is lost', async () => {
  const { time, relay, b, c } = pair(1, { drop: 0, repeat: 0, reorder: 0 });
  void b.stream.send(record('hello'));
  await time.until(() => c.records.length === 1);
  await time.run(1_000);
  relay.cut = true;
  void b.stream.send(record('never'));
  await time.run(59_000);
  assert.deepEqual(b.closed, []);
  await time.run(3_000);
  assert.deepEqual(b.closed, [{ code: 1006, reason: 'relay_lost' }]);
  assert.equal(b.ended, 1);
  await assert.rejects(b.stream.send(record('late')));
  // The other end owes nothing and notices by its own means.
  assert.deepEqual(c.closed, []);
});

test('a reader that stops is felt by the sender and loses nothing', async () => {
  const { time, b, c } = pair(1, { drop: 0, repeat: 0, reorder: 0 });
  c.stream.pause();
  const sent = names('r', 300);
  let taken = 0;
  for (const name of sent) void b.stream.send(record(name, 60_000)).then(() => (taken += 1));
  await time.run(50_000);
  assert.equal(c.records.length, 0);
  assert.ok(taken < sent.length, 'not everything was taken');
  c.stream.resume();
  await time.until(() => c.records.length === sent.length, 300_000);
  assert.deepEqual(stripped(c.records), sent);
  assert.deepEqual([...b.closed, ...c.closed], []);
});

test('last words arrive over a relay that loses half of what it carries', async () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const { time, b, c } = pair(seed, { drop: 30, repeat: 10, reorder: 10 });
    void b.stream.send(record('goodbye'));
    b.stream.close(1000);
    await time.run(30_000);
    assert.deepEqual(stripped(c.records), ['goodbye']);
    assert.equal(b.closed.length, 1);
    assert.equal(b.ended, 1);
  }
});

test('what claims to acknowledge records that were never sent changes nothing', async () => {
  const { time, b, c } = pair(1, { drop: 0, repeat: 0, reorder: 0 });
  b.stream.receive({ seq: 0, records: [], ack: 1_000, have: [[0, 5_000]] });
  const sent = names('r', 10);
  for (const name of sent) void b.stream.send(record(name));
  await time.until(() => c.records.length === sent.length);
  assert.deepEqual(stripped(c.records), sent);
});

test('packets far beyond a gap are kept within bounds', async () => {
  const { time, c } = pair(1, { drop: 0, repeat: 0, reorder: 0 });
  for (let seq = 1; seq < 2_000; seq += 1)
    c.stream.receive({ seq, records: [record(`r${seq}`, 100_000)], ack: 0, have: [] });
  await time.run(10);
  c.stream.receive({ seq: 0, records: [record('r0')], ack: 0, have: [] });
  assert.ok(c.records.length >= 30 && c.records.length <= 65, `${c.records.length} were kept`);
  assert.deepEqual(stripped(c.records), names('r', c.records.length));
});
