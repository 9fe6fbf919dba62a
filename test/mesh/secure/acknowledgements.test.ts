import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ACK, LinkLost } from '../../../server/mesh/secure/types.ts';
import type { AckStatus, SecureLink } from '../../../server/mesh/secure/types.ts';
import { envelopeBody } from '../../../server/mesh/secure/envelope-item.ts';
import { toHex } from '../../../server/crypto/bytes.ts';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { ITEM } from '../../../server/wire/secure-frames.ts';
import { createEnvelope, frameText } from '../../../server/wire/envelope.ts';
import { fromPlain } from '../../../server/wire/pyjson.ts';
import type { InboundMessage } from '../../../server/mesh/types.ts';
import { SimWorld } from '../../sim/node.ts';
import type { SimNode } from '../../sim/node.ts';
import { connectedPair, linkOf } from './support.ts';

const text = (content: string): { content: string; metadata: object } => ({ content, metadata: {} });
const owed = (from: SimNode, to: SimNode, content: string): Promise<AckStatus> =>
  from.mesh.sendOwed('channel_message', to.mesh.peerId, text(content));

/** Items of a type that arrive, beside whoever else handles them. */
function range(from: number, to: number, status: number): Uint8Array {
  const body = new Uint8Array(9);
  const view = new DataView(body.buffer);
  view.setUint32(0, from);
  view.setUint32(4, to);
  view.setUint8(8, status);
  return body;
}

async function closeCode(
  world: SimWorld,
  node: SimNode,
  run: () => Promise<unknown>,
): Promise<string | null> {
  const codes: (string | null)[] = [];
  node.mesh.links.onClose((_link, code) => codes.push(code));
  await run();
  await world.time.run(2_000);
  return codes[0] ?? null;
}

describe('acknowledged envelopes (06 section 3.2)', () => {
  it('are answered after the handler has ended, with what it says', async () => {
    const world = new SimWorld(1);
    const order: string[] = [];
    const statuses: Record<string, AckStatus> = { gone: ACK.gone, waiting: ACK.waiting };
    const handler = async (message: InboundMessage): Promise<AckStatus | void> => {
      await new Promise<void>((resolve) => world.time.after(500, resolve));
      if (message.content === 'fails') throw new Error('the disk is full');
      order.push(`handled ${message.content}`);
      return statuses[message.content];
    };
    const [a, b] = await connectedPair(world, {}, { handlers: { channel_message: handler } });
    const results = ['plain', 'gone', 'waiting', 'fails'].map((content) =>
      owed(a, b, content).then((status) => {
        order.push(`told ${content}`);
        return status;
      }),
    );
    await world.time.run(5_000);
    assert.deepEqual(await Promise.all(results), [ACK.stored, ACK.gone, ACK.waiting, ACK.busy]);
    assert.deepEqual(order.slice(0, 2), ['handled plain', 'told plain']);
  });

  it('no more than the window is on its way, the rest follows in order', async () => {
    const world = new SimWorld(2);
    const seen: string[] = [];
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const [a, b] = await connectedPair(
      world,
      {},
      {
        handlers: {
          channel_message: (message) => {
            seen.push(message.content);
            return gate;
          },
        },
      },
    );
    const sent: number[] = [];
    const link = linkOf(a, b);
    const send = link.send.bind(link);
    link.send = (type, body) => {
      if (type === ITEM.envelope) sent.push(body.length);
      return send(type, body);
    };
    const results = Array.from({ length: 400 }, (_, i) => owed(a, b, `m${i}`));
    await world.time.run(5_000);
    assert.equal(sent.length, 256);
    release();
    await world.time.run(20_000);
    assert.deepEqual(new Set(await Promise.all(results)), new Set([ACK.stored]));
    assert.deepEqual(
      seen,
      Array.from({ length: 400 }, (_, i) => `m${i}`),
    );
    sent.length = 0;
    const large = Array.from({ length: 12 }, () => owed(a, b, 'x'.repeat(500_000)));
    await world.time.run(5);
    assert.equal(sent.length, 8, 'four MiB are on their way');
    await world.time.run(20_000);
    assert.deepEqual(new Set(await Promise.all(large)), new Set([ACK.stored]));
  });

  it('end with the session when it ends first, and number anew in the next', async () => {
    const world = new SimWorld(3);
    const [a, b] = await connectedPair(
      world,
      {},
      { handlers: { channel_message: () => new Promise<void>(() => undefined) } },
    );
    const before = [owed(b, a, 'one'), owed(b, a, 'two')];
    const results = Promise.allSettled(Array.from({ length: 300 }, (_, i) => owed(a, b, `m${i}`)));
    await world.time.run(1_000);
    a.mesh.drop(b.mesh.peerId);
    await world.time.run(100);
    for (const result of await results)
      assert.ok(result.status === 'rejected' && result.reason instanceof LinkLost);
    await assert.rejects(owed(a, b, 'nobody there'), LinkLost);
    await world.time.until(() => a.mesh.isConnected(b.mesh.peerId) && b.mesh.isConnected(a.mesh.peerId));
    const fresh = owed(b, a, 'three');
    await world.time.run(1_000);
    assert.deepEqual(await Promise.all([...before, fresh]), [ACK.stored, ACK.stored, ACK.stored]);
  });

  it('what never reaches a handler is answered by the mesh', async () => {
    const world = new SimWorld(4);
    const [a, b] = await connectedPair(world);
    const other = (await connectedPair(world))[0];
    const answers: [number, AckStatus][] = [];
    const link = linkOf(a, b);
    const envelope = (
      author: SimNode,
      fields: { toPeer?: string; content?: string; timestamp?: number } = {},
    ): string =>
      frameText(
        createEnvelope(nativeCrypto, author.identity, {
          id: toHex(world.random.bytes(16)),
          type: 'channel_message',
          toPeer: fields.toPeer ?? b.mesh.peerId,
          timestamp: fields.timestamp ?? world.time.now() / 1000,
          ttl: 3,
          payload: fromPlain(text(fields.content ?? 'x')),
        }),
      );
    const twice = envelope(a);
    const cases: [string, AckStatus][] = [
      [twice, ACK.stored],
      [twice, ACK.stored],
      ['no frame at all', ACK.invalid],
      [envelope(other), ACK.invalid],
      [envelope(a, { toPeer: other.mesh.peerId }), ACK.invalid],
      [envelope(a, { content: 'x'.repeat(600_000) }), ACK.too_large],
      [envelope(a, { timestamp: world.time.now() / 1000 + 100 }), ACK.busy],
      [twice.replace('"x"', '"y"').replace(/"id": ?"[0-9a-f]{4}/, '"id":"ffff'), ACK.invalid],
    ];
    // Read the answers off the wire: the sender's own bookkeeping knows nothing of these.
    const raw = b.mesh.links.get(a.mesh.peerId);
    assert.ok(raw);
    const send = raw.send.bind(raw);
    raw.send = (type, body) => {
      if (type !== ITEM.ack) return send(type, body);
      const view = new DataView(body.buffer, body.byteOffset, body.length);
      for (let at = 0; at < body.length; at += 9)
        for (let n = view.getUint32(at); n <= view.getUint32(at + 4); n += 1)
          answers.push([n, view.getUint8(at + 8) as AckStatus]);
      return Promise.resolve();
    };
    for (const [index, [frame]] of cases.entries())
      await link.send(ITEM.envelope, envelopeBody(frame, index + 1));
    await world.time.run(2_000);
    assert.deepEqual(
      answers.sort(([m], [n]) => m - n),
      cases.map(([, status], index) => [index + 1, status]),
    );
    assert.equal(b.inbox.length, 1);
  });

  it('a number out of order, and acknowledgements of nothing, end the session', async () => {
    const attempt = async (attack: (link: SecureLink) => Promise<unknown>): Promise<string | null> => {
      const world = new SimWorld(5);
      const [a, b] = await connectedPair(world);
      const link = linkOf(a, b);
      return closeCode(world, b, () => attack(link));
    };
    assert.equal(await attempt((link) => link.send(ITEM.envelope, envelopeBody('{}', 2))), 'bad_frame');
    assert.equal(await attempt((link) => link.send(ITEM.envelope, new Uint8Array(3))), 'bad_frame');
    assert.equal(await attempt((link) => link.send(ITEM.ack, range(1, 99, 0))), null);
    assert.equal(await attempt((link) => link.send(ITEM.ack, range(1, 100, 0))), 'bad_frame');
    assert.equal(await attempt((link) => link.send(ITEM.ack, range(0, 0xffff_ffff, 0))), 'bad_frame');
    assert.equal(await attempt((link) => link.send(ITEM.ack, range(2, 1, 0))), 'bad_frame');
    assert.equal(await attempt((link) => link.send(ITEM.ack, range(1, 1, 9))), 'bad_frame');
    assert.equal(await attempt((link) => link.send(ITEM.ack, new Uint8Array(8))), 'bad_frame');
    assert.equal(await attempt((link) => link.send(ITEM.ack, new Uint8Array(0))), 'bad_frame');
  });
});
