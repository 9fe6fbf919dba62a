/** Whole nodes B and C that reach each other only through A, which carries what it cannot read (06 sections 2 and 6). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RelayPolicy } from '../../../server/mesh/types.ts';
import type { Log } from '../../../server/telemetry/log.ts';
import { GENERAL } from '../../sim/core.ts';
import type { Core } from '../../sim/core.ts';
import { HOSTS, stopAll, triangle } from './triangle.ts';
import type { Triangle } from './triangle.ts';

/** B and C have been brought together by A; `lines` is what A logged. */
async function relayed(
  seed: number,
  policy: RelayPolicy = 'full_relay',
): Promise<Triangle & { lines: string[] }> {
  const lines: string[] = [];
  const nodes = await triangle(seed, { policies: { a: policy }, a: { log: keepingLog(lines) } });
  void nodes.b.sync.brokering.ask(nodes.c.mesh.peerId);
  await nodes.world.time.run(20_000);
  return { ...nodes, lines };
}

const via = (from: Core, to: Core): string | null | undefined => from.mesh.links.get(to.mesh.peerId)?.via;
const texts = (messages: readonly { content: string }[]): string[] => messages.map(({ content }) => content);

/** Everything a node keeps, as one text: content is sealed there, ids are not. */
function diskOf({ disk }: Core): string {
  const { sql } = disk.store;
  const tables = sql.all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'");
  return JSON.stringify(tables.map(({ name }) => sql.all(`SELECT * FROM "${name}"`)));
}

/** A log that keeps everything. */
function keepingLog(lines: string[]): Log {
  const keep = (fields: Record<string, unknown>, message: string): void =>
    void lines.push(`${JSON.stringify(fields)} ${message}`);
  return { debug: keep, info: keep, warn: keep, error: keep, child: () => keepingLog(lines) };
}

test('direct messages and #general go through a relay that keeps nothing of what was private', async () => {
  const { world, a, b, c, bob, carol, lines } = await relayed(1);
  assert.equal(via(b, c), a.mesh.peerId);
  assert.equal(via(c, b), a.mesh.peerId);
  void b.workspace.directMessages.send(bob, { recipientIds: [carol], content: 'for carol alone' });
  void c.workspace.directMessages.send(carol, { recipientIds: [bob], content: 'for bob alone' });
  void b.workspace.channelMessages.post(bob, { channelId: GENERAL, content: 'for everybody' });
  await world.time.run(30_000);
  assert.deepEqual(texts(c.direct(carol)).sort(), ['for bob alone', 'for carol alone']);
  assert.deepEqual(texts(b.direct(bob)).sort(), ['for bob alone', 'for carol alone']);
  assert.deepEqual(texts(c.general(carol)), ['for everybody']);
  assert.deepEqual(b.disk.repositories.outbox.peers(), []);
  assert.deepEqual(c.disk.repositories.outbox.peers(), []);
  assert.ok((a.mesh.routing().relayed_pairs[0]?.bytes ?? 0) > 0);
  const [kept, said] = [diskOf(a), lines.join('\n')];
  for (const { id, content } of b.direct(bob)) {
    assert.ok(diskOf(b).includes(id) && !kept.includes(id) && !said.includes(id));
    assert.ok(!kept.includes(content) && !said.includes(content));
  }
  await stopAll(a, b, c);
});

test('a peer behind a relay is announced to nobody, and nobody to it: only a neighbour can bring them together', async () => {
  const { a, b, c } = await relayed(5);
  assert.equal(via(b, c), a.mesh.peerId);
  assert.deepEqual(b.mesh.introducedPeer(c.mesh.peerId)?.introduced_via, [a.mesh.peerId]);
  assert.deepEqual(a.mesh.introduced(), []);
  for (const end of [b, c]) assert.equal(end.mesh.introducedPeer(a.mesh.peerId), undefined);
  await stopAll(a, b, c);
});

test('a relay that is started again is used again, and nothing is lost or shown twice', async () => {
  const { world, a, b, c, bob, carol } = await relayed(2);
  await a.stop();
  await world.time.run(5_000);
  void b.workspace.directMessages.send(bob, { recipientIds: [carol], content: 'while A was away' });
  await world.time.run(5_000);
  assert.deepEqual(texts(c.direct(carol)), []);
  const again = world.core({ host: HOSTS.a, mesh: { relayPolicy: 'full_relay' } }, a.disk);
  await again.start();
  await world.time.run(400_000);
  assert.deepEqual(texts(c.direct(carol)), ['while A was away']);
  assert.equal(via(b, c), again.mesh.peerId);
  await stopAll(again, b, c);
});

test('ends that are started again meet again though nobody owes anything: comparing brings the rest', async () => {
  const { world, a, b, c } = await relayed(7);
  await stopAll(b, c);
  const ends = [world.core({ host: HOSTS.b }, b.disk), world.core({ host: HOSTS.c }, c.disk)] as const;
  for (const end of ends) await end.start();
  await world.time.run(20_000);
  for (const end of ends) assert.deepEqual(end.disk.repositories.outbox.peers(), []);
  assert.equal(via(...ends), undefined);
  await world.time.run(300_000);
  assert.equal(via(...ends), a.mesh.peerId);
  await stopAll(a, ...ends);
});

test('switched off, the relay carries nothing from that moment on; what is owed waits', async () => {
  const { world, a, b, c, bob, carol } = await relayed(3);
  assert.equal(via(b, c), a.mesh.peerId);
  a.mesh.relays.policy = 'off';
  const before = a.mesh.routing().relayed_bytes;
  void b.workspace.directMessages.send(bob, { recipientIds: [carol], content: 'later' });
  await world.time.run(200_000);
  assert.equal(a.mesh.routing().relayed_bytes, before);
  assert.deepEqual(texts(c.direct(carol)), []);
  assert.equal(b.mesh.links.get(c.mesh.peerId), null);
  assert.ok(b.disk.repositories.outbox.peers().includes(c.mesh.peerId), 'it is still owed');
  a.mesh.relays.policy = 'full_relay';
  await world.time.run(1_800_000);
  assert.deepEqual(texts(c.direct(carol)), ['later']);
  await stopAll(a, b, c);
});

test('when the direct way opens, it is taken within minutes and the relay is left', async () => {
  const { world, a, b, c } = await relayed(4);
  world.network.heal(HOSTS.b, HOSTS.c);
  await world.time.run(400_000);
  assert.equal(via(b, c), null);
  assert.equal(via(c, b), null);
  assert.deepEqual([b.mesh.routing().active_relays, c.mesh.routing().active_relays], [{}, {}]);
  await stopAll(a, b, c);
});
