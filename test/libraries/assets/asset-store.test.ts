import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { AssetUpload } from '../../../server/libraries/assets/asset-upload.ts';
import { CHUNK_BYTES, ROOM_CHECK_INTERVAL } from '../../../server/libraries/assets/limits.ts';
import type { AssetHash, LibraryId } from '../../../server/wire/ids.ts';
import { MAX_RECORD_TEXT_BYTES, recordText } from '../../../server/wire/library-records.ts';
import type { AnyRecord } from '../../../server/wire/library-records.ts';
import { temporaryDirectory } from '../../store/support.ts';
import { assetStore, contentOf, hashOf, PEER } from './fixture.ts';

function fileOf(folder: string, hash: AssetHash): string {
  return path.join(folder, hash.slice(0, 2), hash);
}

describe('the asset store', () => {
  it('keeps bytes under their hash, with what is known of them', async (t) => {
    const folder = temporaryDirectory(t);
    const { store, ingest, changes, clock } = await assetStore({ folder });
    const { asset, created } = await ingest('GIF89a…', {
      filename: '../a/.photo.png',
      tags: [' sea', 'sea ', '', 'summer'],
      application: 'paste',
    });
    assert.equal(created, true);
    assert.deepEqual(asset, {
      hash: hashOf('GIF89a…'),
      size: 9,
      mime_type: 'image/gif',
      filename: 'photo.png',
      application: 'paste',
      tags: ['sea', 'summer'],
      user: null,
      description: null,
      timestamp: clock.time,
      origin_peer: PEER,
    });
    assert.deepEqual(store.get(asset.hash), asset);
    assert.equal(store.isLocal(asset.hash), true);
    assert.equal(store.changedAt(asset.hash), clock.time);
    assert.ok(existsSync(fileOf(folder, asset.hash)));
    assert.deepEqual(readdirSync(path.join(folder, '.incoming')), []);
    assert.deepEqual(changes, [{ kind: 'added', hash: asset.hash, local: true }]);
  });

  it('finds the type in the content, then in the name', async (t) => {
    const { ingest } = await assetStore({ folder: temporaryDirectory(t) });
    const type = async (bytes: Uint8Array, given: { filename?: string; mime_type?: string }) =>
      (await ingest(bytes, given)).asset.mime_type;
    const png = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
    assert.equal(await type(png, { filename: 'a.txt' }), 'image/png');
    assert.equal(await type(Buffer.from('words'), { filename: 'a.md' }), 'text/markdown');
    assert.equal(await type(Buffer.from([0, 1, 2]), { filename: 'a.wav' }), 'audio/wav');
    assert.equal(await type(Buffer.from([0, 1, 3]), {}), 'application/octet-stream');
    assert.equal(await type(Buffer.from([0, 1, 4]), { mime_type: 'x/y' }), 'x/y');
  });

  it('stores the same bytes once and fills in what was empty', async (t) => {
    const folder = temporaryDirectory(t);
    const { ingest, changes, clock } = await assetStore({ folder });
    const first = await ingest('same', { tags: ['a'], application: 'paste' });
    clock.time += 5;
    const again = await ingest('same', { tags: ['b', 'a'], application: 'other', user: 'ann' });
    assert.equal(again.created, false);
    assert.deepEqual(again.asset, { ...first.asset, tags: ['a', 'b'], user: 'ann' });
    const third = await ingest('same', { user: 'bob' });
    assert.deepEqual(third.asset, again.asset);
    assert.deepEqual(
      changes.map(({ kind }) => kind),
      // Each is told as one that was added: a person wants it, so a deletion from a library is lifted.
      ['added', 'added', 'added'],
    );
  });

  it('takes the same bytes once when they come many times at once', async (t) => {
    const folder = temporaryDirectory(t);
    const { ingest, rows } = await assetStore({ folder });
    const all = await Promise.all(Array.from({ length: 12 }, (_, n) => ingest('storm', { tags: [`t${n}`] })));
    assert.equal(all.filter(({ created }) => created).length, 1);
    assert.equal(rows.get(hashOf('storm'))?.tags.length, 12);
    assert.deepEqual(readdirSync(path.join(folder, '.incoming')), []);
  });

  it('has the hashes of its chunks as records tell them', async (t) => {
    const { store, ingest } = await assetStore({ folder: temporaryDirectory(t) });
    const chunks = async (content: Uint8Array): Promise<string> => {
      const { asset } = await ingest(content);
      return createHash('sha256')
        .update(store.chunkHashes(asset.hash) ?? 'none')
        .digest('hex');
    };
    // Check values of 07 section 6.
    assert.equal(
      await chunks(Buffer.from('a')),
      'bf5d3affb73efd2ec6c36ad3112dd933efed63c4e1cbffcfa88e2759c144f2d8',
    );
    assert.equal(
      await chunks(Buffer.alloc(0)),
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
    const long = Buffer.alloc(2 * CHUNK_BYTES + 1, 'xyz');
    const { asset } = await ingest(long);
    const parts = [long.subarray(0, CHUNK_BYTES), long.subarray(CHUNK_BYTES, -1), long.subarray(-1)];
    assert.deepEqual(
      Buffer.from(store.chunkHashes(asset.hash) ?? []),
      Buffer.concat(parts.map((part) => createHash('sha256').update(part).digest())),
    );
    const bytes = await store.open(asset.hash);
    assert.deepEqual(
      Buffer.from((await bytes?.read(CHUNK_BYTES - 1, 5)) ?? []),
      long.subarray(CHUNK_BYTES - 1, CHUNK_BYTES + 4),
    );
    assert.equal((await bytes?.read(long.length, 5))?.length, 0);
    await bytes?.close();
  });

  it('writes what comes in small pieces in few large ones, and says when the disk fails', async (t) => {
    const incoming = { writes: [] as number[], fails: false, discarded: 0 };
    const upload = new AssetUpload(
      {
        open: () =>
          Promise.resolve({
            size: 0,
            write: (chunk) => {
              incoming.writes.push(chunk.length);
              return incoming.fails ? Promise.reject(new Error('the disk')) : Promise.resolve();
            },
            read: () => Promise.resolve(new Uint8Array()),
            checksum: () => hashOf('any'),
            finish: () => Promise.resolve(),
            discard: () => {
              incoming.discarded += 1;
              return Promise.resolve();
            },
          }),
        hasRoom: () => Promise.resolve(true),
        ended: () => undefined,
      },
      { name: 'a', maxBytes: 1024 ** 3 },
    );
    t.after(() => upload.discard());
    for (let n = 0; n < 1_024; n += 1) await upload.write(Buffer.alloc(4_096, n));
    assert.equal((await upload.finish()).size, 4 * CHUNK_BYTES);
    assert.equal(
      incoming.writes.reduce((sum, bytes) => sum + bytes, 0),
      4 * CHUNK_BYTES,
    );
    assert.ok(incoming.writes.length <= 18, `${incoming.writes.length} writes`);
    incoming.fails = true;
    await assert.rejects(
      (async () => {
        for (let n = 0; n < 1_024; n += 1) await upload.write(Buffer.alloc(4_096, n));
      })(),
      /the disk/,
    );
    await upload.discard();
    assert.equal(incoming.discarded, 1);
  });

  it('puts small assets that a kill left where they landed in their place, if they are whole and known', async (t) => {
    const folder = temporaryDirectory(t);
    const { ingest, database } = await assetStore({ folder });
    const { hash } = (await ingest('landed')).asset;
    const landing = (name: string): string => path.join(folder, '.incoming', name);
    renameSync(fileOf(folder, hash), landing(hash));
    writeFileSync(landing(hashOf('cut off')), 'cut');
    writeFileSync(landing(hashOf('never told')), 'never told');
    const { store } = await assetStore({ folder, database });
    assert.equal(await contentOf(store, hash), 'landed');
    assert.deepEqual(readdirSync(path.join(folder, '.incoming')), []);
    for (const content of ['cut off', 'never told'])
      assert.equal(existsSync(fileOf(folder, hashOf(content))), false, content);
  });

  it('lets nobody bring back what a person deleted, until a person does', async (t) => {
    const folder = temporaryDirectory(t);
    const { store, ingest, changes, clock } = await assetStore({ folder });
    const { asset } = await ingest('gone');
    await store.delete(asset.hash);
    assert.equal(store.get(asset.hash), null);
    assert.equal(store.isHidden(asset.hash), true);
    assert.equal(existsSync(fileOf(folder, asset.hash)), false);
    await assert.rejects(store.delete(asset.hash), { code: 'asset_not_found' });
    const file = store.partialFile(asset.hash);
    const content = { file, chunkHashes: new Uint8Array(32), changedAt: clock.time };
    writeFileSync(file, 'gone');
    await store.adopt(asset, content);
    assert.equal(store.get(asset.hash), null);
    assert.equal(existsSync(file), false);
    await store.restore(asset.hash);
    writeFileSync(file, 'gone');
    await store.adopt(asset, content);
    assert.equal(await contentOf(store, asset.hash), 'gone');
    assert.equal(store.isLocal(asset.hash), false);
    assert.deepEqual(changes.slice(1), [
      { kind: 'removed', hash: asset.hash, local: true },
      { kind: 'restored', hash: asset.hash, local: true },
      { kind: 'added', hash: asset.hash, local: false },
    ]);
    await store.delete(asset.hash);
    await ingest('gone');
    assert.equal(store.isHidden(asset.hash), false);
  });

  it('drops only what a library alone brought', async (t) => {
    const { store, ingest, clock } = await assetStore({ folder: temporaryDirectory(t) });
    const { asset } = await ingest('mine');
    await store.drop(asset.hash);
    assert.notEqual(store.get(asset.hash), null);
    const hash = hashOf('theirs');
    writeFileSync(store.partialFile(hash), 'theirs');
    const theirs = { ...asset, hash, size: 6, timestamp: 5 };
    await store.adopt(theirs, {
      file: store.partialFile(hash),
      chunkHashes: new Uint8Array(32),
      changedAt: 9,
    });
    assert.equal(store.changedAt(hash), 9);
    await store.follow(hash, { ...theirs, filename: 'b' }, clock.time);
    assert.equal(store.get(hash)?.filename, 'b');
    assert.equal(store.changedAt(hash), clock.time);
    await store.drop(hash);
    assert.equal(store.get(hash), null);
    assert.equal(store.isHidden(hash), false);
  });

  it('changes what is said and leaves the rest', async (t) => {
    const { store, ingest } = await assetStore({ folder: temporaryDirectory(t) });
    const { asset } = await ingest('x', { application: 'paste', description: 'old' });
    const next = await store.describe(asset.hash, { description: null, tags: ['n'] });
    assert.deepEqual(next, { ...asset, description: null, tags: ['n'] });
    await assert.rejects(store.describe(hashOf('y'), {}), { code: 'asset_not_found' });
    await assert.rejects(store.describe(asset.hash, { user: 'u'.repeat(129) }), {
      code: 'asset_field_invalid',
      field: 'user',
    });
  });

  it('refuses what is too large and what the disk has no room for, and keeps nothing of it', async (t) => {
    const folder = temporaryDirectory(t);
    const small = await assetStore({ folder, maxBytes: 10 });
    await assert.rejects(small.store.begin(11), { code: 'asset_too_large' });
    await assert.rejects(small.ingest('eleven byte'), { code: 'asset_too_large' });
    assert.equal(await small.store.hasRoom(11), false);
    const full = await assetStore({
      folder: temporaryDirectory(t),
      room: { free: 6 * 1024 ** 3, total: 100 * 1024 ** 3 },
    });
    assert.equal(await full.store.hasRoom(1024 ** 3), true);
    await assert.rejects(full.store.begin(1024 ** 3 + 1), { code: 'asset_too_large' });
    const tight = await assetStore({
      folder: temporaryDirectory(t),
      room: { free: 5 * 1024 ** 3, total: 100 * 1024 ** 3 },
    });
    await assert.rejects(tight.store.begin(1), { code: 'disk_full' });
    // Room for what one writes until it looks again, not for what four do.
    const shared = await assetStore({
      folder: temporaryDirectory(t),
      room: { free: 5 * 1024 ** 3 + 2 * ROOM_CHECK_INTERVAL, total: 100 * 1024 ** 3 },
    });
    const uploads = await Promise.all([1, 2, 3, 4].map(() => shared.store.begin()));
    const much = Buffer.alloc(ROOM_CHECK_INTERVAL + 1);
    await assert.rejects(uploads[0]?.write(much) ?? assert.fail(), { code: 'disk_full' });
    for (const upload of uploads) await upload.discard();
    // What is encrypted lies there twice for a moment.
    const sealing = await assetStore({
      folder: temporaryDirectory(t),
      seals: true,
      room: { free: 7 * 1024 ** 3, total: 100 * 1024 ** 3 },
    });
    assert.equal(await sealing.store.hasRoom(1024 ** 3), true);
    assert.equal(await sealing.store.hasRoom(1024 ** 3, 1), false);
  });

  it('ends the uploads that are given up', async (t) => {
    const folder = temporaryDirectory(t);
    const { store } = await assetStore({ folder });
    const upload = await store.begin();
    await upload.write(Buffer.from('half'));
    await upload.discard();
    await upload.discard();
    assert.deepEqual(readdirSync(path.join(folder, '.incoming')), []);
  });

  it('repairs at the start what a kill left', async (t) => {
    const folder = temporaryDirectory(t);
    const { database, ingest } = await assetStore({ folder });
    const kept = (await ingest('kept')).asset.hash;
    const bare = (await ingest('bare')).asset.hash;
    rmSync(fileOf(folder, bare));
    const orphan = hashOf('orphan');
    mkdirSync(path.dirname(fileOf(folder, orphan)), { recursive: true });
    writeFileSync(fileOf(folder, orphan), 'orphan');
    writeFileSync(path.join(folder, '.incoming', 'half'), 'ha');
    const pictures = path.join(folder, '.thumbnails');
    for (const name of [`${kept}.webp`, `${orphan}.webp`, `${kept}.webp.new`])
      writeFileSync(path.join(pictures, name), 'small');
    const { store } = await assetStore({ folder, database });
    assert.equal(await contentOf(store, kept), 'kept');
    assert.equal(store.get(bare), null);
    assert.equal(existsSync(fileOf(folder, orphan)), false);
    assert.deepEqual(readdirSync(path.join(folder, '.incoming')), []);
    assert.deepEqual(readdirSync(pictures), [`${kept}.webp`]);
  });

  it('removes no bytes because the database is another one', async (t) => {
    const folder = temporaryDirectory(t);
    mkdirSync(path.join(folder, 'ab'), { recursive: true });
    for (let n = 0; n < 300; n += 1)
      writeFileSync(path.join(folder, 'ab', `ab${String(n).padStart(62, '0')}`), '');
    await assetStore({ folder });
    assert.equal(readdirSync(path.join(folder, 'ab')).length, 300);
  });

  it('encrypts bytes when that is set, and reads what was kept either way', async (t) => {
    const folder = temporaryDirectory(t);
    const plain = await assetStore({ folder });
    const before = (await plain.ingest('before')).asset.hash;
    const { database } = plain;
    const { store, ingest, clock } = await assetStore({ folder, database, seals: true });
    const text = 'secret '.repeat(20_000);
    const { asset } = await ingest(text);
    const onDisk = readFileSync(`${fileOf(folder, asset.hash)}.sealed`, 'latin1');
    assert.equal(onDisk.includes('secret'), false);
    assert.equal(await contentOf(store, asset.hash), text);
    const bytes = await store.open(asset.hash);
    assert.equal(Buffer.from((await bytes?.read(65_536, 9)) ?? []).toString(), text.slice(65_536, 65_545));
    await bytes?.close();
    assert.equal(await contentOf(store, before), 'before');
    const hash = hashOf('theirs');
    writeFileSync(store.partialFile(hash), 'theirs');
    await store.adopt(
      { ...asset, hash, size: 6 },
      { file: store.partialFile(hash), chunkHashes: new Uint8Array(32), changedAt: clock.time },
    );
    assert.equal(existsSync(store.partialFile(hash)), false);
    assert.equal(await contentOf(store, hash), 'theirs');
    const again = await assetStore({ folder, database });
    assert.equal(await contentOf(again.store, hash), 'theirs');
  });

  it('says whether it can do its work', async (t) => {
    const folder = temporaryDirectory(t);
    const { store } = await assetStore({ folder, room: { free: 2 * 1024 ** 3, total: 10 * 1024 ** 3 } });
    const well = { readable: true, writable: true, hasRoom: true, freeBytes: 2 * 1024 ** 3 };
    assert.deepEqual(await store.health(), well);
    assert.deepEqual(readdirSync(path.join(folder, '.incoming')), [], 'what was tried is gone');
    rmSync(path.join(folder, '.incoming'), { recursive: true });
    assert.deepEqual(await store.health(), { ...well, readable: false, writable: false });
    const full = await assetStore({ folder, room: { free: 1024 ** 3 - 1, total: 10 * 1024 ** 3 } });
    assert.equal((await full.store.health()).hasRoom, false);
  });

  it('keeps what is said up to what a record of a library can say, and refuses more', async (t) => {
    const { store, ingest } = await assetStore({ folder: temporaryDirectory(t) });
    const tooLarge = { code: 'asset_meta_too_large' };
    const given = { mime_type: 'text/plain', description: 'd'.repeat(4096) };
    // As many tags as fit, by the text itself; then one character more.
    const most = { v: 1, kind: 'asset', deleted: false, ts: Number.MAX_SAFE_INTEGER } as const;
    const record = (tags: string[]): AnyRecord => ({
      ...most,
      library_id: 'f'.repeat(36) as LibraryId,
      key: 'f'.repeat(64) as AssetHash,
      author: PEER,
      size: Number.MAX_SAFE_INTEGER,
      chunks: 'f'.repeat(64),
      signature: 'f'.repeat(128),
      meta: {
        ...given,
        filename: null,
        application: null,
        user: null,
        timestamp: 1_750_000_000_000,
        origin_peer: PEER,
        tags,
      },
    });
    const tags = Array.from({ length: 53 }, (_, i) => `${i}`.padEnd(60, '-'));
    const left = MAX_RECORD_TEXT_BYTES - recordText(record([...tags, ''])).length;
    assert.ok(left > 2 && left < 64, String(left));
    const full = [...tags, 'x'.repeat(left)];
    assert.equal(recordText(record(full)).length, MAX_RECORD_TEXT_BYTES);
    const { asset } = await ingest('full', { ...given, tags: full });
    assert.deepEqual(asset.tags, full);
    await assert.rejects(ingest('over', { ...given, tags: [...tags, 'x'.repeat(left + 1)] }), tooLarge);
    assert.equal(store.get(hashOf('over')), null);
    await assert.rejects(store.describe(asset.hash, { user: 'ann' }), tooLarge);
    await assert.rejects(ingest('full', { user: 'ann' }), tooLarge);
    await assert.rejects(ingest('wide', { description: '\u6d77'.repeat(1300) }), tooLarge);
    assert.deepEqual(store.get(asset.hash), asset, 'as it was');
    assert.equal((await store.describe(asset.hash, { description: '\u6d77' })).description, '\u6d77');
  });
});
