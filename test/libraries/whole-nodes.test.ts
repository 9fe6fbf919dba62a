/** Libraries of whole nodes over real sockets (07 sections 2 and 3): what reaches whom, and by which way. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { afterEach, describe, it } from 'node:test';
import { nativeCrypto as crypto } from '../../server/crypto/native.ts';
import type { PeerId } from '../../server/wire/ids.ts';
import { CHUNK_BYTES } from '../../server/wire/library-content.ts';
import { verifyRecord } from '../../server/wire/library-records.ts';
import { eventually } from './library-node.ts';
import { Nodes } from './whole-node.ts';
import type { WholeNode } from './whole-node.ts';

const MIB = CHUNK_BYTES;

/** Between whom there is a wall. */
class Walls {
  readonly #pairs = new Set<string>();

  between(a: WholeNode, b: WholeNode): void {
    this.#pairs.add(`${a.peerId} ${b.peerId}`).add(`${b.peerId} ${a.peerId}`);
    a.mesh.drop(b.peerId);
    b.mesh.drop(a.peerId);
  }

  /** Who a node lets in; its own name comes when it has one. */
  door(self: () => WholeNode | undefined): (peer: PeerId) => boolean {
    return (peer) => !this.#pairs.has(`${self()?.peerId ?? ''} ${peer}`);
  }
}

describe('libraries of whole nodes', () => {
  let nodes = new Nodes();
  let walls = new Walls();
  afterEach(async () => {
    await nodes.end();
    nodes = new Nodes();
    walls = new Walls();
  });

  async function walled(init: Parameters<Nodes['start']>[0] = {}): Promise<WholeNode> {
    let self: WholeNode | undefined = undefined;
    self = await nodes.start({ ...init, admits: walls.door(() => self) });
    return self;
  }

  it('reach who meets only another member, signed by who wrote them, with bytes of who has them', async () => {
    const [a, b, c] = [await walled(), await walled(), await walled()];
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
});
