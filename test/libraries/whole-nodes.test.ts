/** Libraries of whole nodes over real sockets (07 sections 2 and 3): what reaches whom, and by which way. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { afterEach, describe, it } from 'node:test';
import { nativeCrypto as crypto } from '../../server/crypto/native.ts';
import { systemPorts } from '../../server/ports/system.ts';
import { CHUNK_BYTES } from '../../server/wire/library-content.ts';
import { verifyRecord } from '../../server/wire/library-records.ts';
import { createNode } from '../sim/node.ts';
import { eventually } from './library-node.ts';
import { Nodes, Walls } from './whole-node.ts';

const MIB = CHUNK_BYTES;

describe('libraries of whole nodes', () => {
  let nodes = new Nodes();
  let walls = new Walls();
  afterEach(async () => {
    await nodes.end();
    nodes = new Nodes();
    walls = new Walls();
  });

  it('reach who meets only another member, signed by who wrote them, with bytes of who has them', async () => {
    const [a, b, c] = [await walls.node(nodes), await walls.node(nodes), await walls.node(nodes)];
    const id = a.create();
    await b.join(a, id);
    await c.join(a, id);
    await c.shares(b, id);
    walls.between(a, c);
    await eventually(() => !a.mesh.isConnected(c.peerId) && !c.mesh.isConnected(a.peerId));

    const content = randomBytes(2 * MIB + 9);
    const before = c.from(a);
    const hash = await a.ingest(content, { filename: 'sea.png', tags: ['sea'] });
    assert.ok((await c.bytesOf(hash)).equals(content));
    assert.equal(c.from(a), before);
    assert.ok(c.from(b) >= content.length);
    const record = c.room.libraries.records.rows.get(id, 'asset', hash)?.record ?? assert.fail('no record');
    assert.equal(record.author, a.peerId);
    assert.ok(verifyRecord(crypto, a.disk.identity.ed25519.publicKey, record));
    assert.deepEqual(c.assets.get(hash), a.assets.get(hash));

    // And what is said of it since, by whom, both ways.
    await c.assets.describe(hash, { tags: ['sea', 'summer'] });
    await eventually(() => a.assets.get(hash)?.tags.includes('summer'));
    const later = a.room.libraries.records.rows.get(id, 'asset', hash)?.record;
    assert.equal(later?.author, c.peerId);
    a.room.libraries.removeAsset(id, hash);
    await eventually(() => c.room.libraries.living(id, hash) === null);
  });

  it('are fetched from all who have them, and on from another when one is gone', async () => {
    const limited = { maxUp: 3 * MIB };
    const [a, b, c] = [await nodes.start(limited), await nodes.start(limited), await nodes.start()];
    const id = a.create();
    await b.join(a, id);
    const content = randomBytes(5 * MIB + 1);
    const hash = await a.ingest(content);
    await b.ingest(content);
    await c.join(a, id);
    await c.shares(b, id);
    assert.ok((await c.bytesOf(hash)).equals(content));
    assert.ok(c.from(a) > 0 && c.from(b) > 0, `${c.from(a)} and ${c.from(b)} bytes`);
    const list = 32 * 6;
    assert.equal(c.from(a) + c.from(b), content.length + list, 'nothing came twice');
  });

  it('are gone on with when who gave them was away', async () => {
    const limited = { maxUp: 3 * MIB };
    const [a, b] = [await nodes.start(limited), await nodes.start()];
    const id = a.create();
    await b.join(a, id);
    const content = randomBytes(5 * MIB + 1);
    const hash = await a.ingest(content);
    await eventually(() => (b.room.content.progress(id).active[0]?.have ?? 0) >= 2 * MIB);
    await nodes.stop(a);
    await eventually(() => b.room.content.progress(id).active.length === 0);
    const had = b.from(a);
    const again = await nodes.start(limited, a.disk);
    await again.meet(b);
    await b.shares(again, id);
    assert.ok((await b.bytesOf(hash)).equals(content));
    const asked = b.from(again) - had;
    assert.ok(asked <= content.length - 2 * MIB, `${asked} bytes came after the break`);
  });

  it('say busy to who tries too often, in one session and from one address', async () => {
    const owner = await nodes.start();
    const id = owner.create();
    const statuses: string[] = [];
    const joins = { ticket_id: '00'.repeat(8), proof: '00'.repeat(32) };
    /** A peer without libraries of its own, which says and hears frames as it likes. */
    const stranger = async (attempts: number): Promise<void> => {
      const node = createNode(systemPorts(), { host: '127.0.0.1' });
      node.mesh.links.handle(0x37, (_link, body) => {
        statuses.push((JSON.parse(Buffer.from(body).toString()) as { status: string }).status);
      });
      await node.mesh.start();
      try {
        const { peerId, ed25519, x25519 } = owner.disk.identity;
        node.knownPeers.importPeer({
          peerId,
          ed25519PublicKey: ed25519.publicKey,
          x25519PublicKey: x25519.publicKey,
          endpoints: [owner.endpoint],
        });
        await node.mesh.connect(peerId, [owner.endpoint]);
        const link = await eventually(() => node.mesh.links.get(peerId));
        const answered = statuses.length + attempts;
        for (let i = 0; i < attempts; i += 1) await link.send(0x36, Buffer.from(JSON.stringify(joins)));
        await eventually(() => statuses.length === answered);
      } finally {
        await node.mesh.stop();
      }
    };
    await stranger(7);
    assert.deepEqual(statuses, [...Array<string>(5).fill('invalid'), 'busy', 'busy']);
    for (let session = 0; session < 3; session += 1) await stranger(5);
    assert.equal(statuses.filter((status) => status === 'invalid').length, 20);
    // From there nobody hears more now, in a session of its own either.
    await stranger(1);
    assert.equal(statuses.at(-1), 'busy');
    const late = await nodes.start();
    const wish = { mode: 'read', expiresAt: null, maxUses: 1, endpoints: [owner.endpoint] } as const;
    late.room.libraries.join(owner.room.libraries.invite(id, wish).ticket);
    await eventually(() => late.mesh.links.get(owner.peerId));
    await stranger(1);
    assert.equal(late.room.libraries.get(id).library.state, 'joining');
    assert.equal(owner.room.libraries.tickets(id)[0]?.peers.length, 0);
  });
});
