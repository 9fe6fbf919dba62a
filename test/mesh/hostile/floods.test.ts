/** Floods that are not messages: control frames of a session, items nobody wants, connections. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SimWorld } from '../../sim/node.ts';
import { ALARM_WORDS } from '../../../server/mesh/secure/alarms.ts';
import type { SecureLink } from '../../../server/mesh/secure/types.ts';
import type { Session } from '../../../server/mesh/session.ts';
import { ITEM } from '../../../server/wire/secure-frames.ts';
import { ReferencePeer } from '../reference-peer.ts';
import { connectedPair, endpointOf, linkOf } from '../secure/support.ts';

test('a session is closed for more pings than anybody needs', async () => {
  const world = new SimWorld(311);
  const [ours, theirs] = await connectedPair(world);
  // Each asks for a pong; what is not read counts as well.
  const session = theirs.mesh.links.get(ours.mesh.peerId) as SecureLink & Session;
  for (let i = 0; i < 400 && !session.ended; i += 1) {
    for (let j = 0; j < 50; j += 1) void session.confirm();
    await world.time.run(20);
  }
  assert.ok(session.ended);
  const details = ours.mesh.activity().filter(({ kind }) => kind === 'security');
  assert.deepEqual(
    details.map(({ peer_id, detail }) => [peer_id, detail]),
    [[theirs.mesh.peerId, ALARM_WORDS.limit]],
  );
});

test('files nobody asked for are dropped, and who sends them is named at once', async () => {
  const world = new SimWorld(312);
  const [ours, theirs] = await connectedPair(world);
  void linkOf(theirs, ours).send(ITEM.file, new Uint8Array(100));
  await world.time.run(100);
  const details = ours.mesh.activity().filter(({ kind }) => kind === 'security');
  assert.deepEqual(
    details.map(({ peer_id, detail }) => [peer_id, detail]),
    [[theirs.mesh.peerId, ALARM_WORDS.unasked]],
  );
  assert.ok(ours.mesh.isConnected(theirs.mesh.peerId));
});

test('an address that opens too many connections is named, once a minute', async () => {
  const world = new SimWorld(313);
  const ours = world.node();
  await ours.mesh.start();
  const ports = world.ports(world.nextHost());
  for (let i = 0; i < 30; i += 1) {
    void ports.transport
      .dial(endpointOf(ours), { timeoutMs: 1_000, maxMessageBytes: 1_000 })
      .catch(() => undefined);
    await world.time.run(10);
  }
  await world.time.run(100);
  const named = (): string[] =>
    ours.mesh
      .activity()
      .filter(({ kind }) => kind === 'security')
      .map(({ peer_id }) => peer_id);
  assert.deepEqual(named(), ['10.0.0.2']);
  // Others still come in.
  const other = new ReferencePeer(world.ports(world.nextHost()));
  void other.dial(ours.mesh.peerId, endpointOf(ours));
  await world.time.run(2_000);
  assert.ok(ours.mesh.isConnected(other.peerId));
});
