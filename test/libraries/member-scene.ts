/** A node in a library with one member connected, played by the test; and what it costs to find that both hold the same. */
import assert from 'node:assert/strict';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { Replication } from '../../server/libraries/replication/replication.ts';
import type { ItemHandler, SecureLink, SecureLinks } from '../../server/mesh/secure/types.ts';
import { silentLog } from '../../server/telemetry/log.ts';
import type { AnyRecord } from '../../server/wire/library-records.ts';
import { recordText } from '../../server/wire/library-records.ts';
import { setTag } from '../../server/wire/item-id.ts';
import type { RunStore, SharedSet } from '../../server/sync/reconcile/types.ts';
import { SimAssets } from '../sim/sim-assets.ts';
import { CUT, Pair } from '../sync/reconcile/support.ts';
import { testPeer } from '../wire/support.ts';
import { LIBRARY, libraryBody, memberBody, recordBy, recordsOf } from './support.ts';

export const [OWNER, MEMBER] = [testPeer(1), testPeer(2)];
export const ASSETS = `l:${LIBRARY}:a`;
export const WHOLE = { floor: 0, until: Number.MAX_SAFE_INTEGER, expiresAbove: 0 };

/** A node in a library with one member connected, which says what it likes. */
export class Scene {
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

/** Bytes both ways until two members know that they hold the same `count` assets. */
export async function inSyncBytes(count: number): Promise<number> {
  const scene = new Scene();
  scene.node.store.commit.now(() => {
    const { sql } = scene.node.store;
    sql.run(
      `INSERT INTO lib_records (library_id, kind, key, author, ts, id, deleted, size, record, received_at)
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < @count)
       SELECT @library, 'asset', printf('%064x', i), @author, i * 100, randomblob(32), 0, 1, '{}', 1 FROM n`,
      { library: LIBRARY, author: OWNER.peerId, count },
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
  assert.equal((await store.snapshot(ASSETS, { ...WHOLE, until: CUT })).size, count);
  return pair.traffic.bytes;
}
