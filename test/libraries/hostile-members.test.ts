import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { Replication } from '../../server/libraries/replication/replication.ts';
import type { ItemHandler, SecureLink, SecureLinks } from '../../server/mesh/secure/types.ts';
import { silentLog } from '../../server/telemetry/log.ts';
import type { AnyRecord } from '../../server/wire/library-records.ts';
import { recordId, recordText } from '../../server/wire/library-records.ts';
import { setTag } from '../../server/wire/item-id.ts';
import { BadFrameError } from '../../server/wire/secure-frames.ts';
import type { RunStore, SharedSet } from '../../server/sync/reconcile/types.ts';
import { NOW } from '../store/support.ts';
import { SimAssets } from '../sim/sim-assets.ts';
import { CUT, Pair } from '../sync/reconcile/support.ts';
import { testPeer } from '../wire/support.ts';
import { LIBRARY, assetBody, hashOf, libraryBody, memberBody, recordBy, recordsOf } from './support.ts';

const [OWNER, MEMBER] = [testPeer(1), testPeer(2)];
const ASSETS = `l:${LIBRARY}:a`;
const WHOLE = { floor: 0, until: Number.MAX_SAFE_INTEGER, expiresAbove: 0 };

/** A node in a library with one member connected, which says what it likes. */
class Scene {
  readonly node = recordsOf(OWNER, OWNER.peerId);
  readonly sent: Uint8Array[] = [];
  admitted = true;
  readonly replication: Replication;
  readonly link: SecureLink;
  #handler: ItemHandler = () => assert.fail('no handler');

  constructor() {
    const { records, store, ports, repositories } = this.node;
    const link: Partial<SecureLink> = {
      peerId: MEMBER.peerId,
      send: async (_type, body) => void this.sent.push(body),
    };
    this.link = link as SecureLink;
    const links: SecureLinks = {
      get: (peer) => (peer === MEMBER.peerId ? this.link : null),
      all: () => [this.link],
      handle: (_type, handler) => {
        this.#handler = handler;
      },
      onOpen: () => () => undefined,
      onClose: () => () => undefined,
    };
    this.replication = new Replication(
      {
        records,
        view: {
          active: () => [LIBRARY],
          admitted: () => (this.admitted ? [this.link] : []),
          isAdmitted: () => this.admitted,
          onAdmitted: () => () => undefined,
        },
        assets: new SimAssets(
          { rows: repositories.assets, store, clock: ports.clock },
          { peer: OWNER.peerId, bytes: new Map() },
        ),
        links,
        refused: repositories.refused,
        store,
        crypto: nativeCrypto,
        ports,
        log: silentLog,
      },
      { localPeer: OWNER.peerId, fullScanIntervalMs: 300_000 },
    );
    this.replication.start();
    this.rights('write', 2);
  }

  rights(mode: 'read' | 'write' | 'none', ts: number): void {
    this.node.records.merge(LIBRARY, [
      recordBy(OWNER, 1, libraryBody(OWNER)),
      recordBy(OWNER, ts, memberBody(MEMBER, mode)),
    ]);
  }

  async says(records: readonly unknown[]): Promise<void> {
    const texts = records.map((record) => JSON.stringify(record)).join();
    await this.raw(`{"library_id":"${LIBRARY}","records":[${texts}]}`);
  }

  async raw(text: string): Promise<void> {
    await this.paced(Promise.resolve(this.#handler(this.link, Buffer.from(text))));
  }

  /** Runs the timers that others wait for. */
  async paced<T>(work: Promise<T>): Promise<T> {
    let over = false;
    const ended = work.finally(() => {
      over = true;
    });
    ended.catch(() => undefined);
    while (!over) {
      for (const [task, ms] of [...this.node.ports.pending]) if (ms === 0) task();
      await new Promise(setImmediate);
    }
    return ended;
  }

  /** What a run brings. */
  async offers(records: readonly AnyRecord[]): Promise<string[]> {
    const items = records.map((record) => ({
      envelopes: [],
      fields: { k: 'l', id: record.key, ts: 1, record: JSON.parse(recordText(record)) as unknown },
    }));
    const taken = await this.paced(this.replication.sets.take(MEMBER.peerId, ASSETS, items, () => true));
    return taken.map(({ outcome }) => outcome);
  }

  get count(): number {
    return this.node.records.rows.itemsAfter(LIBRARY, 'asset', null, 100_000).length;
  }
}

describe('a hostile member of a library', () => {
  it('is not heard when it is not admitted, and loses its session for a frame that is none', async () => {
    const scene = new Scene();
    scene.admitted = false;
    await scene.says([recordBy(MEMBER, 10, assetBody(1, MEMBER))]);
    assert.equal(scene.count, 0);
    assert.deepEqual(scene.replication.sets.shared(MEMBER.peerId), []);
    scene.admitted = true;
    const many = Array.from({ length: 101 }, () => 1).join();
    for (const text of [
      '',
      '[]',
      '{"library_id":"x","records":[]}',
      `{"library_id":"${LIBRARY}","records":[${many}]}`,
    ])
      await assert.rejects(scene.raw(text), BadFrameError);
  });

  it('is told nothing again once it was removed', async () => {
    const scene = new Scene();
    await scene.says([recordBy(MEMBER, 10, assetBody(1, MEMBER))]);
    const told = (): number => scene.sent.length;
    const before = told();
    scene.replication.tellAgain(scene.link, LIBRARY, [hashOf(1)]);
    assert.equal(told(), before + 1);
    scene.admitted = false;
    scene.replication.tellAgain(scene.link, LIBRARY, [hashOf(1)]);
    assert.equal(told(), before + 1);
  });

  it('cannot make this node check records without end', async () => {
    const scene = new Scene();
    // Nothing of this is signed, so that sending it costs nothing; each would still have to be looked at.
    const empty = Array.from({ length: 100 }, () => 0);
    for (let frames = 0; frames < 200; frames += 1) await scene.says(empty);
    const one = recordBy(MEMBER, 10, assetBody(1, MEMBER));
    await scene.says([one]);
    assert.equal(scene.count, 0);
    scene.node.ports.time += 1_000;
    await scene.says([one]);
    assert.equal(scene.count, 1);
  });

  it('adds nothing with what is too large, of somebody else, or no record', async () => {
    const scene = new Scene();
    const giant = assetBody(1, MEMBER);
    const meta = {
      ...('meta' in giant ? giant.meta : assert.fail()),
      description: '\u{1f600}'.repeat(4_000),
    };
    const stranger = testPeer(3);
    await scene.says([
      recordBy(MEMBER, 10, { ...giant, meta } as typeof giant),
      recordBy(stranger, 10, assetBody(2, stranger)),
      recordBy(MEMBER, 10, memberBody(stranger, 'write')),
      recordBy(MEMBER, 10, libraryBody(MEMBER)),
      { ...recordBy(MEMBER, 10, assetBody(3, MEMBER)), author: OWNER.peerId },
      null,
      'record',
    ]);
    assert.equal(scene.count, 0);
    assert.equal(scene.node.records.rights(LIBRARY)?.members.size, 1);
  });

  it('cannot name a file so that it leads anywhere else', async () => {
    const scene = new Scene();
    const fine = assetBody(1, MEMBER);
    const meta = 'meta' in fine ? fine.meta : assert.fail();
    for (const filename of [
      '../../.ssh/authorized_keys',
      '..\\up.bat',
      '/etc/passwd',
      'C:\\autorun.inf',
      '..',
      '.',
      '.bashrc',
      'a/b',
      'nul\0.png',
      'line\nbreak.png',
      '',
      'x'.repeat(256),
      7,
    ])
      await scene.says([recordBy(MEMBER, 10, { ...fine, meta: { ...meta, filename } } as typeof fine)]);
    assert.equal(scene.count, 0);
    const harmless = { ...fine, meta: { ...meta, filename: 'a..b.png' } } as typeof fine;
    await scene.says([recordBy(MEMBER, 11, harmless)]);
    assert.equal(scene.count, 1);
  });

  it('holds the metadata of an asset by a clock that is ahead for ten minutes, and not for ever', async () => {
    const scene = new Scene();
    const [soon, never] = [NOW + 660_000, NOW + 86_400_000];
    await scene.says([
      recordBy(MEMBER, soon, assetBody(1, MEMBER)),
      recordBy(MEMBER, never, assetBody(2, MEMBER)),
    ]);
    assert.equal(scene.count, 0);
    assert.deepEqual(await scene.offers([recordBy(MEMBER, soon, assetBody(1, MEMBER))]), ['stored']);
    assert.equal(scene.count, 0);
    scene.node.ports.time += 60_000;
    scene.node.ports.fire();
    assert.equal(scene.count, 1);
  });

  it('changes nothing by two records of one time that it tells in turn', async () => {
    const scene = new Scene();
    const [a, b] = [
      recordBy(MEMBER, 10, assetBody(1, MEMBER, 'a')),
      recordBy(MEMBER, 10, assetBody(1, MEMBER, 'b')),
    ];
    await scene.says([a, b]);
    const lives = scene.node.records.rows.get(LIBRARY, 'asset', hashOf(1))?.id;
    let changes = 0;
    scene.node.records.onChange(() => (changes += 1));
    for (let turn = 0; turn < 5; turn += 1) await scene.says(turn % 2 === 0 ? [a] : [b]);
    assert.equal(changes, 0);
    const ids = [a, b].map((record) => Buffer.from(recordId(nativeCrypto, record)).toString('hex')).sort();
    assert.equal(Buffer.from(lives ?? []).toString('hex'), ids[1]);
  });

  it('gets no backdated record in; what was refused counts as held until rights change', async () => {
    const scene = new Scene();
    scene.rights('read', 3);
    const record = recordBy(MEMBER, 1, assetBody(1, MEMBER));
    assert.deepEqual(await scene.offers([record]), ['refused']);
    const { sets } = scene.replication;
    const held = async (): Promise<number> =>
      (await scene.paced(sets.snapshot(MEMBER.peerId, ASSETS, WHOLE))).size;
    assert.equal(await held(), 1);
    assert.deepEqual(await sets.load(MEMBER.peerId, ASSETS, [recordId(nativeCrypto, record)]), []);
    const wanted: string[] = [];
    sets.onWanted((peer) => wanted.push(peer));
    scene.rights('write', 4);
    assert.equal(await held(), 0);
    assert.deepEqual(wanted, [MEMBER.peerId]);
    assert.deepEqual(await scene.offers([record]), ['stored']);
  });
});

it('a library of 100,000 assets that is in sync costs under 2 KB to look at', async () => {
  const scene = new Scene();
  scene.node.store.commit.now(() => {
    const { sql } = scene.node.store;
    sql.run(
      `INSERT INTO lib_records (library_id, kind, key, author, ts, id, deleted, size, record, received_at)
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
       SELECT @library, 'asset', printf('%064x', i), @author, i * 100, randomblob(32), 0, 1, '{}', 1 FROM n`,
      { library: LIBRARY, author: OWNER.peerId },
    );
  });
  const { sets } = scene.replication;
  const shared = sets
    .shared(MEMBER.peerId)
    .map((set): SharedSet => ({ ...set, tag: setTag(nativeCrypto, set.setId), floor: 0 }));
  const store: RunStore = {
    shared: () => shared,
    snapshot: (setId, cut) => scene.paced(sets.snapshot(MEMBER.peerId, setId, cut)),
    load: (setId, ids) => sets.load(MEMBER.peerId, setId, ids),
    ahead: () => undefined,
    take: async () => assert.fail('nothing differs'),
    unrefuse: () => undefined,
  };
  const pair = new Pair({ client: store, server: store });
  assert.equal((await pair.run()).client.status, 'same');
  assert.equal((await store.snapshot(ASSETS, { ...WHOLE, until: CUT })).size, 100_000);
  assert.ok(pair.traffic.bytes < 2_048, `${pair.traffic.bytes} bytes`);
});
