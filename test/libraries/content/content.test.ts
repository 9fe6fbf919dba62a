import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { afterEach, describe, it } from 'node:test';
import { MAX_UNSENT_REFUSALS } from '../../../server/libraries/content/limits.ts';
import { Serving } from '../../../server/libraries/content/serving.ts';
import { Throttle } from '../../../server/libraries/content/throttle.ts';
import type { LibraryView } from '../../../server/libraries/types.ts';
import type { SecureLink } from '../../../server/mesh/secure/types.ts';
import { systemPorts } from '../../../server/ports/system.ts';
import type { AssetHash, LibraryId } from '../../../server/wire/ids.ts';
import {
  CHUNK_BYTES,
  LIST_INDEX,
  decodeData,
  decodeGet,
  encodeData,
  encodeGet,
} from '../../../server/wire/library-content.ts';
import type { DataFrame } from '../../../server/wire/library-content.ts';
import { BadFrameError } from '../../../server/wire/secure-frames.ts';
import { ContentWorld, LIBRARY, chunkList, recordOf, until } from './nodes.ts';
import type { ContentNode } from './nodes.ts';

const random = { bytes: (length: number): Buffer => randomBytes(length) };
const MIB = CHUNK_BYTES;

/** What a node answers to one request. */
async function ask(
  from: ContentNode,
  to: ContentNode,
  request: Parameters<typeof encodeGet>[0],
): Promise<DataFrame> {
  const link = from.sim.mesh.links.get(to.peerId);
  if (link === null) throw new Error('no link');
  const answer = new Promise<DataFrame>((resolve) => (answers = resolve));
  await link.send(0x33, encodeGet(request));
  return answer;
}
let answers: (frame: DataFrame) => void = () => undefined;

describe('content of libraries', () => {
  let world = new ContentWorld();
  afterEach(async () => {
    await world.stop();
    world = new ContentWorld();
  });

  it('brings small, large and empty assets', async () => {
    const [a, b] = [await world.node(), await world.node()];
    const contents = [0, 1, 1000, MIB, MIB + 1, 3 * MIB + 77].map((size) => random.bytes(size));
    const records = contents.map((bytes) => a.put(bytes));
    b.library.add(...records);
    a.library.add(...records);
    await world.connect(a, b);
    await until(() => b.assets.rows.size === records.length);
    for (const [i, { hash }] of records.entries()) {
      assert.ok(b.assets.bytesOf(hash).equals(contents[i] ?? Buffer.alloc(1)));
      assert.deepEqual(b.assets.chunkHashes(hash), new Uint8Array(chunkList(contents[i] ?? Buffer.alloc(1))));
      assert.equal(existsSync(b.assets.partialFile(hash)), false);
      assert.equal(b.transfers.get(hash), null);
    }
    const content = contents.reduce((sum, bytes) => sum + bytes.length, 0);
    assert.ok(b.content.traffic(a.peerId).in >= content);
    await until(() => a.content.traffic(b.peerId).out === b.content.traffic(a.peerId).in);
    assert.deepEqual(b.content.progress(LIBRARY).active, []);
    await until(() => b.events.some((event) => event.type === 'library.progress'));
  });

  it('fetches a later one at once, and nothing that is hidden or gone from the library', async () => {
    const [a, b] = [await world.node(), await world.node()];
    await world.connect(a, b);
    const [first, hidden, late] = [random.bytes(10), random.bytes(20), random.bytes(30)];
    const records = [first, hidden, late].map((bytes) => a.put(bytes));
    a.library.add(...records);
    b.assets.hidden.add(records[1]?.hash as AssetHash);
    b.library.add(...records.slice(0, 2));
    await until(() => b.assets.rows.size === 1);
    b.library.add(...records.slice(2));
    await until(() => b.assets.rows.size === 2);
    assert.equal(b.assets.get(records[1]?.hash as AssetHash), null);
  });

  it('goes on after a restart with what it has', async () => {
    const [a, b] = [await world.node({ maxUp: 3 * MIB }), await world.node()];
    const bytes = random.bytes(4 * MIB + 5);
    const record = a.put(bytes);
    a.library.add(record);
    b.library.add(record);
    await world.connect(a, b);
    await until(() => (b.content.progress(LIBRARY).active[0]?.have ?? 0) >= 2 * MIB);
    await b.restart();
    const kept = b.transfers.get(record.hash);
    assert.ok((kept?.verified[0] ?? 0) !== 0);
    await until(() => b.assets.rows.size === 1);
    assert.ok(b.assets.bytesOf(record.hash).equals(bytes));
    assert.ok(b.content.traffic(a.peerId).in <= bytes.length - 2 * MIB + 1000, 'not everything came again');
    assert.equal(b.transfers.get(record.hash), null);
  });

  it('does not believe a map of chunks whose bytes are lost', async () => {
    const [a, b] = [await world.node(), await world.node()];
    const bytes = random.bytes(3 * MIB);
    const record = a.put(bytes);
    b.transfers.put({
      hash: record.hash,
      libraryId: LIBRARY,
      size: bytes.length,
      chunkHashes: chunkList(bytes),
      verified: Uint8Array.of(7),
      progressAt: Date.now(),
    });
    a.library.add(record);
    b.library.add(record);
    await world.connect(a, b);
    await until(() => b.assets.rows.size === 1);
    assert.ok(b.assets.bytesOf(record.hash).equals(bytes));
  });

  it('takes chunks from several members', async () => {
    const [a, b, c] = [
      await world.node({ maxUp: 3 * MIB }),
      await world.node({ maxUp: 3 * MIB }),
      await world.node(),
    ];
    // What both give at once; more would wait for the next second.
    const bytes = random.bytes(6 * MIB);
    const record = a.put(bytes);
    b.put(bytes);
    for (const node of [a, b, c]) node.library.add(record);
    await world.connect(a, b, c);
    await until(() => c.assets.rows.size === 1);
    assert.ok(c.assets.bytesOf(record.hash).equals(bytes));
    assert.ok(c.content.traffic(a.peerId).in > 0);
    assert.ok(c.content.traffic(b.peerId).in > 0);
  });

  it('asks nobody again who gave wrong bytes, and takes the right ones elsewhere', async () => {
    const [a, liar, c] = [await world.node(), await world.node({ bare: true }), await world.node()];
    const contents = [random.bytes(500), random.bytes(2 * MIB)];
    const records = contents.map((bytes) => ({ ...a.put(bytes), author: liar.peerId }));
    let lies = 0;
    liar.sim.mesh.links.handle(0x33, async (link, body) => {
      lies += 1;
      const { req, index } = decodeGet(body);
      await link.send(0x34, encodeData(req, 'data', random.bytes(index === LIST_INDEX ? 64 : 500)));
    });
    a.library.add(...records);
    c.library.add(...records);
    await world.connect(liar, c);
    await until(() => c.offences.length > 0);
    assert.deepEqual(c.offences[0], [liar.peerId, 'wrong_bytes']);
    await world.connect(a, c);
    await until(() => c.assets.rows.size === 2);
    assert.ok(lies <= 2, 'it was asked for what was open already');
    for (const [i, { hash }] of records.entries())
      assert.ok(c.assets.bytesOf(hash).equals(contents[i] ?? Buffer.alloc(0)));
  });

  it('takes nothing that chunks lead to but the hash does not, and does not try again', async () => {
    const [a, c] = [await world.node({ bare: true }), await world.node()];
    const bytes = random.bytes(2 * MIB);
    const hash = recordOf(random.bytes(9), a.peerId).hash;
    const record = { ...recordOf(bytes, a.peerId), hash };
    let asked = 0;
    a.sim.mesh.links.handle(0x33, async (link, body) => {
      asked += 1;
      const { req, index } = decodeGet(body);
      const part = index === LIST_INDEX ? chunkList(bytes) : bytes.subarray(index * MIB, (index + 1) * MIB);
      await link.send(0x34, encodeData(req, 'data', part));
    });
    c.library.add(record);
    await world.connect(a, c);
    await until(() => c.transfers.get(hash)?.verified.length === 0);
    assert.equal(asked, 3);
    assert.equal(c.assets.rows.size, 0);
    assert.deepEqual(c.offences, [], 'the member gave what the record says');
    assert.equal(existsSync(c.assets.partialFile(hash)), false);
    await c.restart();
    c.library.changed();
    const fine = recordOf(random.bytes(3), a.peerId);
    // A record of one chunk that cannot lead to its asset costs no request at all.
    c.library.add({ ...fine, chunks: record.chunks });
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(asked, 3);
  });

  it('is kept from nobody by what is too large or what no asset is', async () => {
    const [a, b] = [await world.node(), await world.node()];
    b.assets.room = 3 * MIB;
    const [small, large] = [random.bytes(10), random.bytes(2 * MIB)].map((bytes) => a.put(bytes));
    assert.ok(small && large);
    // First in order, and as large as a number can be.
    const claims = [4 * MIB, 2 ** 40, Number.MAX_SAFE_INTEGER].map((size, n) => ({
      ...large,
      hash: `${n}`.padStart(64, '0') as AssetHash,
      size,
    }));
    a.library.add(small, large, ...claims);
    b.library.add(small, large, ...claims);
    await world.connect(a, b);
    await until(() => b.assets.rows.size === 2);
    assert.ok(
      b.assets.asked.every(([bytes]) => bytes <= 4 * MIB),
      'what is impossible is not begun',
    );
  });

  it('is begun only where it has room beside what is coming', async () => {
    const [a, b] = [await world.node(), await world.node()];
    b.assets.room = 3 * MIB;
    const records = [random.bytes(2 * MIB), random.bytes(2 * MIB)].map((bytes) => a.put(bytes));
    a.library.add(...records);
    b.library.add(...records);
    await world.connect(a, b);
    await until(() => b.assets.rows.size === 1);
    assert.deepEqual(b.assets.asked.slice(0, 2), [
      [2 * MIB, 0],
      [2 * MIB, 2 * MIB],
    ]);
  });

  it('answers only members, and only for living records', async () => {
    const [a, b] = [await world.node(), await world.node({ bare: true })];
    b.sim.mesh.links.handle(0x34, (_link, body) => answers(decodeData(body)));
    const [shared, own] = [a.put(random.bytes(40)), a.put(random.bytes(41))];
    const false_ = a.put(random.bytes(2 * MIB));
    a.library.add(shared, { ...false_, chunks: shared.chunks });
    await world.connect(a, b);
    const get = { req: 9, libraryId: LIBRARY, hash: shared.hash, index: 0 };
    assert.equal((await ask(b, a, get)).status, 'data');
    assert.deepEqual((await ask(b, a, get)).bytes, new Uint8Array(a.assets.bytesOf(shared.hash)));
    assert.equal((await ask(b, a, { ...get, index: 1 })).status, 'refused');
    assert.equal((await ask(b, a, { ...get, hash: own.hash })).status, 'refused');
    // Whoever has the asset and a record with other chunks does not have what the record promises.
    assert.equal((await ask(b, a, { ...get, hash: false_.hash })).status, 'not_here');
    const other = '00000000-0000-4000-8000-000000000002' as LibraryId;
    assert.equal((await ask(b, a, { ...get, libraryId: other })).status, 'refused');
    a.library.members.clear();
    assert.deepEqual(await ask(b, a, get), { req: 9, status: 'refused', bytes: new Uint8Array(0) });
  });

  it('is neither given nor asked for where the way does not carry it', async () => {
    const [a, b] = [await world.node({ mayCarry: false }), await world.node({ bare: true })];
    let asked = 0;
    b.sim.mesh.links.handle(0x33, () => void (asked += 1));
    b.sim.mesh.links.handle(0x34, (_link, body) => answers(decodeData(body)));
    const [given, wanted] = [a.put(random.bytes(40)), b.put(random.bytes(41))];
    a.library.add(given, wanted);
    await world.connect(a, b);
    const get = { req: 9, libraryId: LIBRARY, hash: given.hash, index: 0 };
    assert.equal((await ask(b, a, get)).status, 'refused');
    assert.equal(asked, 0);
  });

  it('says busy when a session asks for too much at once', async () => {
    const [a, b] = [await world.node({ maxUp: 65_536 }), await world.node({ bare: true })];
    const statuses: string[] = [];
    b.sim.mesh.links.handle(0x34, (_link, body) => void statuses.push(decodeData(body).status));
    const record = a.put(random.bytes(60_000));
    a.library.add(record);
    await world.connect(a, b);
    const link = b.sim.mesh.links.get(a.peerId);
    for (let req = 1; req <= 40; req += 1)
      await link?.send(0x33, encodeGet({ req, libraryId: LIBRARY, hash: record.hash, index: 0 }));
    await until(() => statuses.filter((status) => status === 'busy').length >= 40 - 16 - 4);
  });

  it('does not heap up answers for who asks without reading them', () => {
    const link: Partial<SecureLink> = { send: () => new Promise(() => undefined) };
    const parts: Partial<ConstructorParameters<typeof Serving>[0]> = {
      view: { isAdmitted: () => false } as Partial<LibraryView> as LibraryView,
      up: new Throttle({ clock: systemPorts().clock, timers: systemPorts().timers }, null),
    };
    const serving = new Serving(parts as ConstructorParameters<typeof Serving>[0], () => undefined);
    const body = encodeGet({ req: 1, libraryId: LIBRARY, hash: '0'.repeat(64) as AssetHash, index: 0 });
    for (let n = 0; n < MAX_UNSENT_REFUSALS; n += 1) serving.asked(link as SecureLink, body);
    assert.throws(() => serving.asked(link as SecureLink, body), BadFrameError);
  });

  it('closes a session that answers what nobody asked', async () => {
    const [a, b] = [await world.node(), await world.node({ bare: true })];
    await world.connect(a, b);
    const link = b.sim.mesh.links.get(a.peerId);
    for (let req = 1; req <= 110; req += 1)
      await link?.send(0x34, encodeData(req, 'busy')).catch(() => undefined);
    await until(() => a.sim.mesh.links.get(b.peerId) === null);
  });
});
