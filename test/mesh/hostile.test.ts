import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { createEnvelope, frameText } from '../../server/wire/envelope.ts';
import { MESSAGE_TYPES } from '../../server/wire/message-types.ts';
import { fromPlain } from '../../server/wire/pyjson.ts';
import { SimWorld } from '../sim/node.ts';
import { ReferencePeer } from './reference-peer.ts';

test('nothing a neighbour can say ends its connection, throws, or reaches a handler unsigned', async () => {
  const world = new SimWorld(91);
  const ours = world.node();
  await ours.mesh.start();
  const theirs = new ReferencePeer(world.ports(world.nextHost()));
  void theirs.dial(ours.mesh.peerId, ours.mesh.localEndpoints()[0] ?? '');
  await world.time.run(2_000);
  const signed = frameText(
    createEnvelope(nativeCrypto, theirs.identity, {
      id: 'f'.repeat(32),
      type: 'channel_message',
      toPeer: null,
      timestamp: world.time.now() / 1000,
      ttl: 3,
      payload: fromPlain({ content: 'genuine', metadata: {} }),
    }),
  );
  const field = fc.constantFrom(
    'id',
    'type',
    'from_peer',
    'to_peer',
    'timestamp',
    'ttl',
    'signature',
    'payload',
  );
  const mutated = fc
    .tuple(
      field,
      fc.oneof(fc.jsonValue(), fc.constantFrom(...MESSAGE_TYPES, ours.mesh.peerId, theirs.peerId)),
    )
    .map(([key, value]) => {
      const frame = JSON.parse(signed) as { message: Record<string, unknown> };
      frame.message[key] = value;
      return JSON.stringify(frame);
    });
  const cut = fc.nat({ max: signed.length - 1 }).map((length) => signed.slice(0, length));
  const frame = fc.oneof(mutated, cut, fc.string(), fc.json());
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 20 }), async (frames) => {
      for (const text of frames) await theirs.send(ours.mesh.peerId, text);
      await world.time.run(2_000);
      assert.ok(ours.mesh.isConnected(theirs.peerId));
    }),
    { numRuns: 60 },
  );
  // A change of the ttl alone is no change of what was signed; everything delivered is what the author wrote.
  assert.ok(ours.inbox.length <= 1);
  assert.ok(ours.inbox.every((message) => message.content === 'genuine' && message.from === theirs.peerId));
  assert.equal(ours.mesh.diagnostics().counters['failed'], undefined);
});

test('a payload of any shape is delivered as far as it goes', async () => {
  const world = new SimWorld(92);
  const ours = world.node();
  await ours.mesh.start();
  const theirs = new ReferencePeer(world.ports(world.nextHost()));
  void theirs.dial(ours.mesh.peerId, ours.mesh.localEndpoints()[0] ?? '');
  await world.time.run(2_000);
  const payloads = [
    [],
    5,
    'text',
    { content: 5 },
    { metadata: [] },
    { content: 'x', metadata: { __proto__: 1 } },
  ];
  for (const [i, payload] of payloads.entries()) {
    const envelope = createEnvelope(nativeCrypto, theirs.identity, {
      id: `${i}`,
      type: 'broadcast',
      toPeer: null,
      timestamp: world.time.now() / 1000,
      ttl: 1,
      payload: fromPlain(payload),
    });
    await theirs.send(ours.mesh.peerId, frameText(envelope));
  }
  await world.time.run(1_000);
  assert.deepEqual(
    ours.inbox.map((message) => [message.content, typeof message.metadata]),
    [
      ['', 'object'],
      ['', 'object'],
      ['', 'object'],
      ['', 'object'],
      ['', 'object'],
      ['x', 'object'],
    ],
  );
});
