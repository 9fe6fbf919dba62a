/** What is carried for others is bounded: the bytes of one author (02 section 10). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counters } from '../../../server/mesh/counters.ts';
import {
  FORWARD_BYTES_PER_AUTHOR,
  FORWARD_WINDOW,
  MAX_FORWARD_BACKLOG_BYTES,
} from '../../../server/mesh/limits.ts';
import { Forwarder } from '../../../server/mesh/relay/forwarder.ts';
import { createNodeIdentity } from '../../../server/identity/node-identity.ts';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { createEnvelope, frameText } from '../../../server/wire/envelope.ts';
import { fromPlain } from '../../../server/wire/pyjson.ts';
import { SimWorld } from '../../sim/node.ts';
import type { SimNode } from '../../sim/node.ts';
import { startAll } from '../secure/support.ts';
import { introduce, join } from '../tunnel/support.ts';

const CONTENT_BYTES = 256 * 1024;

test('of one author a few megabytes a minute are carried, of another one no less for it', async () => {
  const world = new SimWorld(61);
  const [hub, reader, loud, quiet] = await startAll(world, {}, {}, {}, {});
  assert.ok(hub && reader && loud && quiet);
  for (const node of [reader, loud, quiet]) await join({ world }, node, hub);
  for (const [node, author] of [
    [reader, loud],
    [reader, quiet],
    [quiet, loud],
  ] as const)
    introduce(node, author, hub);
  const post = async (author: SimNode, bytes: number): Promise<void> => {
    void author.mesh.flood('channel_message', { content: 'x'.repeat(bytes), metadata: {} });
    await world.time.run(100);
  };
  const carried = (author: SimNode): number =>
    [reader, quiet].flatMap(({ inbox }) => inbox).filter(({ from }) => from === author.mesh.peerId).length;

  for (let sent = 0; sent < 12; sent += 1) await post(loud, CONTENT_BYTES);
  await post(quiet, 1_000);
  await world.time.run(1_000);
  // Each copy counts; what is refilled in three seconds is less than one.
  const copies = carried(loud);
  assert.ok(copies * CONTENT_BYTES <= FORWARD_BYTES_PER_AUTHOR, `${copies} copies`);
  assert.ok((copies + 2) * CONTENT_BYTES > FORWARD_BYTES_PER_AUTHOR, `${copies} copies`);
  assert.equal(hub.mesh.diagnostics().counters['dropped.forward_budget'], 24 - copies);
  assert.equal(carried(quiet), 1);
  await world.time.run(FORWARD_WINDOW);
  await post(loud, CONTENT_BYTES);
  await world.time.run(1_000);
  assert.equal(carried(loud), copies + 2);
});

test('to a neighbour that takes nothing, some megabytes wait, and what others write beyond that is dropped', () => {
  const world = new SimWorld(62);
  const author = createNodeIdentity(world.random.fork(), nativeCrypto);
  const envelope = createEnvelope(nativeCrypto, author, {
    id: 'e'.repeat(32),
    type: 'channel_message',
    toPeer: null,
    timestamp: 1,
    ttl: 2,
    payload: fromPlain({ content: 'x'.repeat(100_000), metadata: {} }),
  });
  const size = frameText(envelope).length;
  const neighbour = { backlogBytes: MAX_FORWARD_BACKLOG_BYTES - 2 * size };
  const counters = new Counters();
  let written = 0;
  const forwarder = new Forwarder({
    ...world.ports('10.0.0.1'),
    counters,
    connections: { get: () => neighbour } as never,
    keep: () => false,
    write: () => {
      written += 1;
      neighbour.backlogBytes += size;
      return new Promise(() => undefined);
    },
  });
  const to = author.peerId;
  const forward = (): void => forwarder.forward({ kind: 'flood', forward: [{ to, envelope }] });
  for (let sent = 0; sent < 5; sent += 1) forward();
  assert.deepEqual([written, counters.get('dropped.slow_neighbour')], [2, 3]);
  neighbour.backlogBytes = 0;
  forward();
  assert.equal(written, 3);
});
