import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AssetHash, LibraryId } from '../../server/wire/ids.ts';
import { CoreWorld } from '../sim/core.ts';
import type { Core, CoreLibraries } from '../sim/core.ts';

const DAY_MS = 86_400_000;

/** Nodes that share a library of everything; the first owns it. Nobody is accepted for chat. */
class Members {
  readonly world: CoreWorld;
  readonly cores: Core[] = [];
  libraryId = '' as LibraryId;

  constructor(seed: number) {
    this.world = new CoreWorld(seed);
  }

  async begin(...modes: ('read' | 'write')[]): Promise<this> {
    const owner = await this.add();
    this.libraryId = this.parts(0).libraries.create('Pictures', {}).library.id;
    for (const mode of modes) {
      const member = await this.add();
      await this.join(owner, member, mode);
    }
    return this;
  }

  async add(): Promise<Core> {
    const core = this.world.core({ host: `10.0.0.${this.cores.length + 1}`, libraries: true });
    this.cores.push(core);
    await core.start();
    return core;
  }

  async join(owner: Core, member: Core, mode: 'read' | 'write'): Promise<void> {
    const wish = { mode, expiresAt: null, maxUses: 0, endpoints: [] };
    const { ticket } = partsOf(owner).libraries.invite(this.libraryId, wish);
    partsOf(member).libraries.join(ticket);
    await this.world.time.run(10_000);
    const { state, reason } = partsOf(member).libraries.get(this.libraryId).library;
    assert.deepEqual({ state, reason }, { state: 'active', reason: null });
  }

  parts(i: number): CoreLibraries {
    return partsOf(this.cores[i] ?? assert.fail('no such node'));
  }

  async run(seconds: number): Promise<void> {
    await this.world.time.run(seconds * 1000);
  }

  /** Stops a node and starts it again after `meanwhile`. */
  async outage(i: number, meanwhile: () => Promise<void>): Promise<void> {
    const core = this.cores[i] ?? assert.fail('no such node');
    const stopping = core.stop();
    await this.run(2);
    await stopping;
    await meanwhile();
    const again = this.world.core({ host: `10.0.0.${i + 1}`, libraries: true }, core.disk);
    this.cores[i] = again;
    await again.start();
    await this.run(30);
  }

  /** Hashes in the library as a node sees it. */
  hashes(i: number): string[] {
    const { rows } = this.parts(i).libraries.records;
    return rows
      .page(this.libraryId, 'asset', null, 10_000)
      .flatMap(({ record }) => (record.kind === 'asset' && !record.deleted ? [record.key] : []));
  }

  tags(i: number, hash: AssetHash): string[] | undefined {
    return this.parts(i).libraries.living(this.libraryId, hash)?.meta.tags;
  }

  async end(): Promise<void> {
    const stopping = Promise.all(this.cores.map((core) => core.stop()));
    await this.run(2);
    await stopping;
  }
}

function partsOf(core: Core): CoreLibraries {
  return core.libraries ?? assert.fail('a node without libraries');
}

describe('a library on several nodes', () => {
  it('tells at once what changes, brings what happened during an outage, and lets readers add nothing', async () => {
    const scene = await new Members(1).begin('write', 'read');
    const [owner, writer, reader] = [scene.parts(0), scene.parts(1), scene.parts(2)];
    const picture = writer.assets.ingest('a picture');
    const read = reader.assets.ingest('what a reader has');
    await scene.run(2);
    assert.deepEqual(scene.hashes(0), [picture]);
    assert.deepEqual(scene.hashes(2), [picture]);
    for (const parts of [owner, reader]) {
      assert.deepEqual(parts.libraries.wanted(scene.libraryId, null, 10), []);
      assert.equal(Buffer.from(parts.assets.bytesOf(picture) ?? []).toString(), 'a picture');
    }
    writer.assets.describe(picture, { tags: ['sea'] });
    await scene.run(2);
    assert.deepEqual(scene.tags(2, picture), ['sea']);

    await scene.outage(1, async () => {
      owner.assets.ingest('while the writer was away');
      scene.parts(2).assets.ingest('never seen by others');
    });
    scene.parts(1).assets.ingest('afterwards');
    for (const i of [0, 1, 2]) scene.parts(i).replication.rescan(scene.libraryId);
    await scene.run(5);
    for (const i of [0, 1, 2]) assert.equal(scene.hashes(i).length, 3);
    assert.equal(scene.hashes(0).includes(read), false);
    await scene.end();
  });

  it('follows metadata, and removes bytes a day after the library that brought them has', async () => {
    const scene = await new Members(2).begin('write');
    const [owner, writer] = [scene.parts(0), scene.parts(1)];
    const brought = owner.assets.ingest('brought');
    const own = owner.assets.ingest('on both sides');
    writer.assets.ingest('on both sides');
    await scene.run(2);
    assert.equal(writer.assets.isLocal(brought), false);
    assert.notEqual(writer.assets.get(brought), null);
    owner.assets.describe(brought, { description: 'by the owner' });
    await scene.run(2);
    assert.equal(writer.assets.get(brought)?.description, 'by the owner');

    owner.libraries.removeAsset(scene.libraryId, brought);
    owner.libraries.removeAsset(scene.libraryId, own);
    await scene.run(2);
    assert.deepEqual(scene.hashes(1), []);
    assert.notEqual(writer.assets.get(brought), null);
    const { sql } = (scene.cores[1] ?? assert.fail()).disk.store;
    sql.run('UPDATE lib_records SET received_at = received_at - @day', { day: DAY_MS });
    await scene.run(3_600);
    assert.equal(writer.assets.get(brought), null);
    assert.notEqual(writer.assets.get(own), null, 'a person put it there, too');
    // A full scan does not bring it back; a person does.
    writer.replication.rescan(scene.libraryId);
    await scene.run(3);
    assert.deepEqual(scene.hashes(0), []);
    writer.assets.ingest('on both sides');
    await scene.run(2);
    assert.deepEqual(scene.hashes(0), [own]);
    await scene.end();
  });

  it('keeps what a member wrote that is removed, or not, as the owner wishes', async () => {
    const scene = await new Members(3).begin('write', 'write');
    const [owner, second] = [scene.parts(0), scene.cores[2]?.mesh.peerId ?? assert.fail()];
    const shared = scene.parts(1).assets.ingest('of the first');
    await scene.run(2);
    scene.parts(2).assets.describe(shared, { tags: ['changed by the second'] });
    const kept = scene.parts(2).assets.ingest('of the second');
    await scene.run(2);
    void owner.libraries.setMode(scene.libraryId, second, 'read');
    await scene.run(10);
    for (const i of [0, 1, 2]) {
      assert.deepEqual(scene.hashes(i), [shared, kept].sort());
      assert.equal(
        scene.parts(i).libraries.living(scene.libraryId, kept)?.author,
        owner.libraries.get(scene.libraryId).library.owner,
      );
    }
    scene.parts(2).assets.ingest('by a reader');
    scene.parts(2).replication.rescan(scene.libraryId);
    await scene.run(5);
    assert.equal(scene.hashes(0).length, 2);
    await scene.end();
  });
});
