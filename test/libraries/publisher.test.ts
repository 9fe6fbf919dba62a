import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { Publisher } from '../../server/libraries/replication/publisher.ts';
import type { RecordBody } from '../../server/libraries/records.ts';
import type { Asset, AssetChange, Assets } from '../../server/libraries/types.ts';
import { silentLog } from '../../server/telemetry/log.ts';
import { testPeer } from '../wire/support.ts';
import { NOW } from '../store/support.ts';
import {
  LIBRARY,
  assetBody,
  hashOf,
  libraryBody,
  memberBody,
  metaBy,
  recordBy,
  recordsOf,
} from './support.ts';

const OWNER = testPeer(1);
const WRITER = testPeer(2);

/** A publisher whose timers are ended by hand, over assets that are all here. */
function scene() {
  const { records, rows } = recordsOf(OWNER, OWNER.peerId);
  records.merge(LIBRARY, [recordBy(OWNER, 1, libraryBody(OWNER))]);
  const writes: number[] = [];
  records.onChange(({ stored }) => writes.push(stored.length));
  const tasks: (() => void)[] = [];
  const timers = {
    after: (_ms: number, task: () => void) => {
      tasks.push(task);
      return { cancel: () => void tasks.splice(tasks.indexOf(task), 1) };
    },
    every: () => ({ cancel: () => undefined }),
  };
  let tell: (change: AssetChange) => void = () => undefined;
  const assets = {
    get: (hash: string) => ({ ...metaBy(OWNER.peerId), hash, size: 1 }) as Asset,
    chunkHashes: () => new Uint8Array(32),
    matching: () => [],
    onChange: (handler: (change: AssetChange) => void) => {
      tell = handler;
      return () => undefined;
    },
  } as unknown as Assets;
  const publisher = new Publisher(
    {
      records,
      assets,
      view: { active: () => [LIBRARY] },
      crypto: nativeCrypto,
      timers,
      log: silentLog,
      pause: () => new Promise((resolve) => void timers.after(0, resolve)),
    },
    { localPeer: OWNER.peerId, fullScanIntervalMs: 1 },
  );
  const turn = async (): Promise<void> => {
    for (const task of tasks.splice(0)) task();
    await new Promise((resolve) => setImmediate(resolve));
  };
  const quiet = async (): Promise<void> => {
    while (tasks.length > 0) await turn();
  };
  const add = (n: number): void => tell({ kind: 'added', hash: hashOf(n), local: true });
  const here = (n: number): boolean => rows.has(LIBRARY, 'asset', hashOf(n));
  const says = (body: RecordBody): void =>
    void records.merge(LIBRARY, [
      recordBy(OWNER, 2, memberBody(WRITER, 'write')),
      recordBy(WRITER, NOW + 1_000, body),
    ]);
  return { publisher, records, writes, turn, quiet, add, says, here };
}

describe('publishing assets', () => {
  it('tells of the first at once, and of those that follow together', async () => {
    const { publisher, writes, turn, quiet, add, here } = scene();
    publisher.start();
    await quiet();
    add(1);
    await turn();
    assert.deepEqual([writes, here(1)], [[1], true]);
    for (let n = 2; n <= 21; n += 1) {
      add(n);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(writes, [1]);
    await quiet();
    assert.deepEqual(writes, [1, 20]);
    assert.ok(here(21));
    publisher.stop();
  });

  it('mends a record that promises other content when its asset comes once more', async () => {
    const { publisher, writes, quiet, add, says, records } = scene();
    publisher.start();
    await quiet();
    add(1);
    await quiet();
    says({ ...assetBody(1, WRITER), size: 1, chunks: hashOf(7), meta: metaBy(OWNER.peerId) } as RecordBody);
    writes.length = 0;
    add(1);
    await quiet();
    add(1);
    await quiet();
    assert.deepEqual(writes, [1]);
    const mended = records.rows.get(LIBRARY, 'asset', hashOf(1))?.record;
    assert.equal(mended?.author, OWNER.peerId);
    publisher.stop();
  });

  it('writes a storm of assets in few transactions', async () => {
    const { publisher, writes, quiet, add } = scene();
    publisher.start();
    await quiet();
    for (let n = 1; n <= 200; n += 1) add(n);
    await quiet();
    assert.equal(
      writes.reduce((sum, stored) => sum + stored, 0),
      200,
    );
    assert.ok(writes.length <= 8, `${writes.length} transactions`);
    publisher.stop();
  });
});
