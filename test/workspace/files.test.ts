/** Files of one node without HTTP: what a kill leaves, directories of Python, what is taken from other nodes, limits. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { DiskFileBytes } from '../../server/store/file-bytes.ts';
import { EventBus } from '../../server/telemetry/bus.ts';
import type { UserId } from '../../server/wire/ids.ts';
import { Changes } from '../../server/workspace/changes.ts';
import { WorkspaceError } from '../../server/workspace/errors.ts';
import { checkArchive, checkFile } from '../../server/workspace/file-checks.ts';
import { fileMetadata, safeName } from '../../server/workspace/file-names.ts';
import { Uploads } from '../../server/workspace/uploads.ts';
import { zipEntries } from '../../server/workspace/zip-directory.ts';
import { memoryStore, temporaryDirectory } from '../store/support.ts';

const ADA = 'user_ada' as UserId;
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3]);

/** The parts that take files in, over a real directory. */
function setUp(t: { after(task: () => void): void }) {
  const { store, rows, ports } = memoryStore();
  t.after(() => store.close());
  store.sql.run("INSERT INTO users (id, username, public_key) VALUES ('user_ada', 'ada', '')");
  const directory = path.join(temporaryDirectory(t), 'files');
  const bytes = new DiskFileBytes({ directory, sealing: null });
  const changes = new Changes({ commit: store.commit, bus: new EventBus(assert.ifError) });
  const uploads = new Uploads({ bytes, rows: rows.files, changes, clock: ports.clock, random: ports.random });
  const settled = async <T>(work: Promise<T>): Promise<T> => {
    const done = work.finally(() => (over = true));
    let over = false;
    done.catch(() => undefined);
    while (!over) {
      ports.fire();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return done;
  };
  const upload = async (data: Uint8Array, claimed: { name: string; type: string }, received = false) => {
    const coming = received ? await uploads.beginReceived() : await uploads.begin();
    await coming.write(data);
    return settled(received ? coming.finishAny(claimed, ADA) : coming.finish(claimed, ADA));
  };
  return { rows, bytes, uploads, upload, settled, directory, coming: `${directory}-incoming` };
}

test('a start finishes files whose row was committed and removes every other piece', async (t) => {
  const node = setUp(t);
  const file = await node.upload(PNG, { name: 'a.png', type: 'image/png' });
  const place = path.join(node.directory, file.filePath);
  assert.deepEqual(readFileSync(place), PNG);
  // The node was killed between the commit and the renaming, and in the middle of another upload.
  await node.bytes.withdraw(file.filePath, file.id);
  writeFileSync(path.join(node.coming, 'Fabc'), 'half');
  writeFileSync(path.join(node.coming, 'other.part'), 'goes on');
  await node.uploads.recover((name) => name === 'other.part');
  assert.deepEqual(readFileSync(place), PNG);
  assert.deepEqual(readdirSync(node.coming), ['other.part']);
});

test('an upload that goes on after a stop has all its bytes and their checksum', async (t) => {
  const node = setUp(t);
  const first = await node.uploads.resume('t1.part');
  await first.write(PNG.subarray(0, 4));
  await first.pause();
  const second = await node.uploads.resume('t1.part');
  assert.equal(second.size, 4);
  await second.write(PNG.subarray(4));
  const file = await node.settled(second.finishAny({ name: 'a.png', type: 'image/png' }, ADA));
  assert.deepEqual(readFileSync(path.join(node.directory, file.filePath)), PNG);
  assert.equal(file.contentType, 'image/png');
  assert.deepEqual(readdirSync(node.coming), []);
});

test('a file that is taken whatever it is and is not what it says is kept as mere bytes, or as the text it is', async (t) => {
  const node = setUp(t);
  for (const [data, claimed, type] of [
    [PNG, { name: 'a.png', type: 'image/png' }, 'image/png'],
    [PNG, { name: 'a.html', type: 'text/html' }, 'application/octet-stream'],
    [
      Buffer.from('<html><script>1</script>'),
      { name: 'a.html', type: 'text/html' },
      'application/octet-stream',
    ],
    [Buffer.from('MZ'), { name: 'a.exe', type: 'image/png' }, 'application/octet-stream'],
    [Buffer.from('hello'), { name: 'upload', type: '' }, 'text/plain'],
    [Buffer.from('let x = 1;'), { name: 'a.ts', type: 'text/plain' }, 'text/plain'],
    [Buffer.from([0xff, 0xfe, 0]), { name: 'a.ts', type: 'text/plain' }, 'application/octet-stream'],
  ] as const)
    assert.equal((await node.upload(data, claimed, true)).contentType, type, claimed.name);
});

test('one whose uploader is unknown leaves neither row nor bytes', async (t) => {
  const node = setUp(t);
  const coming = await node.uploads.beginReceived();
  await coming.write(PNG);
  await assert.rejects(node.settled(coming.finishAny({ name: 'a.png', type: '' }, 'nobody' as UserId)));
  assert.deepEqual(readdirSync(node.coming), []);
  assert.deepEqual(readdirSync(path.join(node.directory, 'images')), []);
});

test('only so many come in at once, and each that ends makes room', async (t) => {
  const node = setUp(t);
  const open = [];
  for (let i = 0; i < 16; i += 1) open.push(await node.uploads.begin());
  await assert.rejects(
    node.uploads.begin(),
    (error: unknown) => error instanceof WorkspaceError && error.code === 'busy',
  );
  await open[0]?.discard();
  await open[0]?.discard();
  const again = await node.uploads.begin();
  await assert.rejects(node.uploads.begin());
  for (const one of [...open, again]) await one.discard();
});

test('rows of moved and foreign directories are found, and no path leads elsewhere', (t) => {
  const { bytes, directory } = setUp(t);
  writeFileSync(path.join(directory, 'images', 'F1.png'), PNG);
  const elsewhere = path.join(path.dirname(directory), 'canopy-large-attachments', 'other');
  mkdirSync(elsewhere, { recursive: true });
  writeFileSync(path.join(elsewhere, 'F2.zip'), PNG);
  const find = (filePath: string, storedName = 'F1.png'): string | null =>
    bytes.find({ filePath, storedName });
  for (const filePath of [
    'images/F1.png',
    '/old/home/data/devices/ab/files/images/F1.png',
    'data/files/images/F1.png',
    'C:\\canopy\\files\\images\\F1.png',
  ])
    assert.equal(find(filePath), 'images/F1.png', filePath);
  assert.equal(find(path.join(elsewhere, 'F2.zip'), 'F2.zip'), path.join(elsewhere, 'F2.zip'));
  for (const filePath of ['../secret_key.json', 'images/../../canopy.db', 'images/F9.png', '/etc/passwd', ''])
    assert.equal(find(filePath), null, filePath);
  assert.throws(() => bytes.absolute('../canopy.db'));
});

test('names are safe whatever they were', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (given) => {
      const name = safeName(given);
      assert.ok(name.length > 0 && name.length <= 455);
      assert.doesNotMatch(name, /[/\\\p{Cc}<>:"|?*~]|\.\./u);
    }),
  );
  assert.equal(fileMetadata(PNG, { name: 'C:\\x\\photo', type: '' }).name.endsWith('.png'), true);
});

const readable = (bytes: Buffer) => ({
  size: bytes.length,
  read: (offset: number, length: number) => Promise.resolve(bytes.subarray(offset, offset + length)),
});

/** An archive that says of its contents what the test wants. */
function zip(entries: { name: string; unpacked: number }[]): Buffer {
  const list = Buffer.concat(
    entries.map(({ name, unpacked }) => {
      const entry = Buffer.alloc(46 + name.length);
      entry.writeUInt32LE(0x02014b50, 0);
      entry.writeUInt32LE(unpacked, 24);
      entry.writeUInt16LE(name.length, 28);
      entry.write(name, 46);
      return entry;
    }),
  );
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(list.length, 12);
  return Buffer.concat([Buffer.from('PK\x03\x04'), list, end]);
}

test('archives: what would fill a disk, what is damaged, and what is a workbook', async () => {
  const says = async (file: Buffer): Promise<string | null> =>
    checkArchive(readable(file), 'application/zip').then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : ''),
    );
  assert.equal(await says(zip([{ name: 'a', unpacked: 100 }])), null);
  assert.match((await says(zip([{ name: 'a', unpacked: 100_000 }]))) ?? '', /zip bomb/);
  assert.match((await says(Buffer.from('PK\x03\x04'))) ?? '', /corrupted/);
  const workbook = ['[Content_Types].xml', 'xl/workbook.xml', 'xl/worksheets/sheet1.xml'];
  const claimed = {
    name: 'a.xlsx',
    type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  };
  const sheet = zip(workbook.map((name) => ({ name, unpacked: 1 })));
  assert.equal(await checkFile(readable(sheet), claimed), claimed.type);
  await assert.rejects(checkFile(readable(zip([{ name: 'x', unpacked: 1 }])), claimed), /malformed/);
});

test('any bytes can be looked at as an archive or as a file of any type', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom('a.zip', 'a.svg', 'a.html', 'a.canopy-module.html', 'a.xlsx', 'a'),
      async (noise, name) => {
        const bytes = Buffer.concat([Buffer.from(noise), zip([]).subarray(4), Buffer.from(noise)]);
        await zipEntries(readable(bytes));
        const claimed = fileMetadata(bytes, { name, type: '' });
        await checkFile(readable(bytes), claimed).catch((error: unknown) =>
          assert.ok(error instanceof WorkspaceError),
        );
      },
    ),
  );
});

test('what makes a page act is found across the seams of the pieces it is read in', async () => {
  const text = `<svg>${' '.repeat(256 * 1024 - 9)}<ScRiPt>1</script></svg>`;
  const claimed = { name: 'a.svg', type: 'image/svg+xml' };
  await assert.rejects(checkFile(readable(Buffer.from(text)), claimed), /dangerous/);
  assert.equal(
    await checkFile(readable(Buffer.from(`<svg>${'é'.repeat(200_000)}</svg>`)), claimed),
    claimed.type,
  );
});
