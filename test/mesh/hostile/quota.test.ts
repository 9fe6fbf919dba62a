/** What one accepted peer may make us store in a day, and what becomes of the rest (02 section 10, growth). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STORED_BYTES_PER_PEER, STORED_WINDOW } from '../../../server/mesh/limits.ts';
import { StoredBytes } from '../../../server/mesh/stored-bytes.ts';
import { ALARM_WORDS } from '../../../server/mesh/secure/alarms.ts';
import { LIBRARY_ITEM } from '../../../server/wire/library-frames.ts';
import { ITEM } from '../../../server/wire/secure-frames.ts';
import type { PeerId } from '../../../server/wire/ids.ts';
import { SimWorld } from '../../sim/node.ts';
import { connectedPair, linkOf } from '../secure/support.ts';

const PEER = 'a'.repeat(16) as PeerId;
const OTHER = 'b'.repeat(16) as PeerId;
const MIB = 1024 * 1024;

test('each peer has its bytes at once and as many again in a day, never more', () => {
  let now = 0;
  const stored = new StoredBytes({ clock: { monotonic: () => now } });
  const take = (peer: PeerId): number => {
    let taken = 0;
    while (stored.take(peer, 16 * MIB)) taken += 16 * MIB;
    return taken;
  };
  assert.equal(take(PEER), STORED_BYTES_PER_PEER);
  assert.equal(take(PEER), 0);
  assert.equal(take(OTHER), STORED_BYTES_PER_PEER);
  now += STORED_WINDOW / 2;
  assert.equal(take(PEER), STORED_BYTES_PER_PEER / 2);
  now += 10 * STORED_WINDOW;
  assert.equal(take(PEER), STORED_BYTES_PER_PEER);
});

/** Two nodes of which the first takes this much of the second. */
async function pair(seed: number, storedBytes: number) {
  const world = new SimWorld(seed);
  const [ours, theirs] = await connectedPair(world, { storedBytesPerPeer: storedBytes });
  const alarms = (): string[] =>
    ours.mesh
      .activity()
      .filter((event) => event.kind === 'security' && event.peer_id === theirs.mesh.peerId)
      .map(({ detail }) => String(detail));
  return { world, ours, theirs, alarms };
}

test('beyond it messages are not taken but asked for again later, and their author is named', async () => {
  const { world, ours, theirs, alarms } = await pair(301, 3_000);
  const statuses: number[] = [];
  for (let i = 0; i < 4; i += 1) {
    const payload = { content: 'x'.repeat(1_000), metadata: {} };
    void theirs.mesh
      .sendOwed('channel_message', ours.mesh.peerId, payload)
      .then((status) => statuses.push(status));
    await world.time.run(1_000);
  }
  assert.deepEqual(statuses, [0, 0, 6, 6]);
  assert.equal(ours.inbox.length, 2);
  assert.deepEqual(alarms(), [ALARM_WORDS.quota]);
  assert.ok(ours.mesh.isConnected(theirs.mesh.peerId));
  await world.time.run(STORED_WINDOW);
  void theirs.mesh
    .sendOwed('channel_message', ours.mesh.peerId, { content: 'tomorrow', metadata: {} })
    .then((status) => statuses.push(status));
  await world.time.run(1_000);
  assert.equal(statuses.at(-1), 0);
});

for (const [type, what] of [
  [ITEM.reconcilePage, 'pages and files'],
  [LIBRARY_ITEM.record, 'records of libraries'],
] as const)
  test(`beyond it ${what} end the session that brings them`, async () => {
    const { world, ours, theirs, alarms } = await pair(302, 3_000);
    const taken: number[] = [];
    ours.mesh.links.handle(type, (_link, body) => void taken.push(body.length));
    const link = linkOf(theirs, ours);
    for (let i = 0; i < 4; i += 1) void link.send(type, new Uint8Array(1_000)).catch(() => undefined);
    await world.time.run(200);
    assert.deepEqual([taken, link.ended], [[1_000, 1_000, 1_000], true]);
    assert.ok(alarms().includes(ALARM_WORDS.quota));
  });
