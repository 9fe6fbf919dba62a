/**
 * Libraries of whole nodes over real sockets (07 section 3), where it takes longer: by way of a relay, and ten thousand
 * records after an absence.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { afterEach, describe, it } from 'node:test';
import type { RecordBody } from '../../server/libraries/records.ts';
import type { AssetHash } from '../../server/wire/ids.ts';
import { recordText } from '../../server/wire/library-records.ts';
import { eventually } from '../libraries/library-node.ts';
import { Nodes, Walls } from '../libraries/whole-node.ts';
import type { WholeNode } from '../libraries/whole-node.ts';

const RECORDS = 10_000;
/** Each record costs two signatures' checks. */
const PATIENCE_MS = 120_000;
/** Items of reconciliation, and records told. */
const RUN = { first: 0x20, last: 0x26 };
const TOLD = 0x32;

describe('a library', () => {
  let nodes = new Nodes();
  let walls = new Walls();
  afterEach(async () => {
    await nodes.end();
    nodes = new Nodes();
    walls = new Walls();
  });

  it('crosses only a relay that offered to carry it, and only while it does', async () => {
    const relay = await nodes.start({ relayPolicy: 'full_relay' });
    const [b, c] = [await walls.node(nodes), await walls.node(nodes)];
    const id = b.create();
    await c.join(b, id);
    walls.between(b, c);
    await eventually(() => !b.mesh.isConnected(c.peerId) && !c.mesh.isConnected(b.peerId));
    for (const end of [b, c]) {
      await end.meet(relay);
      relay.workspace.trust.setScore(end.peerId, 100);
    }
    await eventually(() => relay.mesh.neighbours().length === 2);
    const offered = (): void => {
      b.mesh.relays.accept(c.peerId, relay.peerId);
      c.mesh.relays.accept(b.peerId, relay.peerId);
    };
    offered();
    const link = await c.shares(b, id);
    assert.equal(link.via, relay.peerId);
    const first = await b.ingest(Buffer.from('by relay'));
    assert.equal((await c.bytesOf(first)).toString(), 'by relay');
    assert.ok(relay.mesh.routing().relayed_bytes > 0);
    assert.deepEqual(relay.room.libraries.list(), []);

    // A way that was learned and not offered: records cross it, content does not.
    b.mesh.relays.withdrawn(c.peerId);
    c.mesh.relays.withdrawn(b.peerId);
    const second = await b.ingest(Buffer.from('not by relay'));
    await eventually(() => c.room.libraries.living(id, second));
    // What the record made it do is over before an answer to this is here.
    await c.assets.describe(first, { tags: ['seen'] });
    await eventually(() => b.assets.get(first)?.tags.includes('seen'));
    assert.equal(c.assets.get(second), null);
    // A broker carries nothing of it, also of a session that was there before.
    offered();
    relay.mesh.relays.policy = 'broker_only';
    const carried = relay.mesh.routing().relayed_bytes;
    const heldUp = (): number => relay.mesh.diagnostics().counters['dropped.relay_policy'] ?? 0;
    const third = await b.ingest(Buffer.from('by nobody'));
    await eventually(() => heldUp() > 0);
    assert.equal(relay.mesh.routing().relayed_bytes, carried);
    assert.equal(c.room.libraries.living(id, third), null);
  });

  it(`of ${RECORDS} records is the same after an absence, for little more than the records`, async () => {
    const [owner, member] = [await nodes.start(), await nodes.start()];
    const id = owner.create();
    await member.join(owner, id);
    await nodes.stop(member);
    let texts = 0;
    for (let from = 0; from < RECORDS; from += 100) {
      const bodies = Array.from({ length: 100 }, (_, i) => body(owner, from + i));
      owner.room.libraries.records.write(id, bodies);
    }
    for (const { record } of owner.room.libraries.records.rows.page(id, 'asset', null, RECORDS))
      texts += recordText(record).length;

    const back = await nodes.start({}, member.disk);
    const counted = countItems(owner, back);
    await back.meet(owner);
    const ids = (node: WholeNode): string[] =>
      node.room.libraries.records.rows
        .itemsAfter(id, 'asset', null, RECORDS + 1)
        .map((item) => Buffer.from(item.id).toString('hex'));
    await eventually(() => ids(back).length === RECORDS, PATIENCE_MS);
    assert.deepEqual(ids(back), ids(owner));
    assert.ok(counted.bytes > 0 && counted.bytes < texts * 1.25, `${counted.bytes} bytes for ${texts}`);
    assert.equal(counted.told, 0, 'a run brought them');
  });
});

/** A record of an asset that nobody has. */
function body(author: WholeNode, n: number): RecordBody {
  const hash = createHash('sha256').update(`asset ${n}`).digest('hex') as AssetHash;
  return {
    kind: 'asset',
    key: hash,
    deleted: false,
    size: 1,
    chunks: hash,
    meta: {
      mime_type: 'image/png',
      filename: `picture ${n}.png`,
      application: null,
      tags: ['sea'],
      user: null,
      description: null,
      timestamp: 1,
      origin_peer: author.peerId,
    },
  };
}

/** Counts what one sends the other from the next session on. */
function countItems(from: WholeNode, to: WholeNode): { bytes: number; told: number } {
  const counted = { bytes: 0, told: 0 };
  from.mesh.links.onOpen((link) => {
    if (link.peerId !== to.peerId) return;
    const send = link.send.bind(link);
    link.send = (type, bytes) => {
      if (type >= RUN.first && type <= RUN.last) counted.bytes += bytes.length;
      if (type === TOLD) counted.told += 1;
      return send(type, bytes);
    };
  });
  return counted;
}
