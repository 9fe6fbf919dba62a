/**
 * An asset store in a process of its own that is going to be killed: it begins over what earlier ones left, says what it
 * finds, then takes assets in, deletes and adopts some, and tells each success as a line, until it dies. Told so, it
 * kills itself between two steps towards the disk; everything it does follows from its seed.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, promises as fsPromises, readdirSync, writeFileSync, writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { AssetFiles } from '../../../server/libraries/assets/asset-files.ts';
import { AssetStore } from '../../../server/libraries/assets/asset-store.ts';
import { AssetRows } from '../../../server/store/assets.ts';
import { openDatabase } from '../../../server/store/database.ts';
import { EventBus } from '../../../server/telemetry/bus.ts';
import { silentLog } from '../../../server/telemetry/log.ts';
import { AtRestCipher } from '../../../server/wire/at-rest.ts';
import type { AssetHash, PeerId } from '../../../server/wire/ids.ts';
import { SeededRandom } from '../../sim/seeded-random.ts';
import type { Finding, Life, Line } from './killed-store-lines.ts';

const life = JSON.parse(process.argv[2] ?? '') as Life;
const WRITERS = 4;
/** Bytes of contents, and of those that everybody takes in again and again. */
const SIZES = [700, 700, 700, 5_000, 5_000, 5_000, 20_000, 65_543, 20_001, 65_544, 1_048_583];
const SHARED_SIZES = [0, 1, 700, 5_000, 65_543, 1_048_576, 2_097_153, 20_000];
/** Shares of what is done instead of taking something new in. */
const AGAIN = 0.25;
const DELETE = 0.2;
const ADOPT = 0.15;
const PAGE = 1_000;

let steps = 0;

/** One step towards the disk; the one that was chosen is the last. */
function step(): void {
  steps += 1;
  if (steps === life.lastStep) process.kill(process.pid, 'SIGKILL');
}

function say(line: Line): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

/** Counts what goes to the disk, before and after it happens. */
async function countSteps(): Promise<void> {
  const wrap = (holder: object, name: string): void => {
    const original = Reflect.get(holder, name) as (...args: unknown[]) => Promise<unknown>;
    Reflect.set(holder, name, async function (this: unknown, ...args: unknown[]) {
      step();
      const result = await original.apply(this, args);
      step();
      return result;
    });
  };
  const handle = await fsPromises.open(process.execPath, 'r');
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  for (const name of ['write', 'sync']) wrap(prototype, name);
  for (const name of ['rename', 'rm', 'mkdir']) wrap(fsPromises, name);
  syncBuiltinESMExports();
}

const sha256 = (bytes: Uint8Array): AssetHash =>
  createHash('sha256').update(bytes).digest('hex') as AssetHash;

/** The content of that name. */
function contentNamed(name: string): Buffer {
  const length = SIZES[createHash('sha256').update(name).digest().readUInt16BE() % SIZES.length] ?? 0;
  return Buffer.alloc(length, `${name} `);
}

await countSteps();
const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const ports = {
  clock,
  random: { bytes: (length: number) => randomBytes(length), fraction: () => Math.random() },
  // Timers that keep the process, which waits for a commit with nothing else open.
  timers: {
    after: (ms: number, task: () => void) => {
      const timer = setTimeout(task, ms);
      return { cancel: () => clearTimeout(timer) };
    },
    every: () => ({ cancel: () => undefined }),
  },
  commit: (base: { transaction<T>(work: () => T): T }) => ({
    transaction: <T>(work: () => T): T => {
      step();
      const result = base.transaction(work);
      step();
      return result;
    },
  }),
};
const file = path.join(life.folder, 'canopy.db');
const database = await openDatabase(file, { ports, log: silentLog }, { startupBackup: false });
const directory = path.join(life.folder, 'assets');
const sealing = new AtRestCipher(
  { crypto: nativeCrypto, random: ports.random },
  { ed25519Seed: new Uint8Array(32).fill(7) },
);
const files = new AssetFiles({ sealing }, { directory, seals: life.seals });
const rows = new AssetRows(database.sql);
const store = new AssetStore(
  {
    rows,
    commit: database.commit,
    files,
    clock,
    bus: new EventBus((error) => {
      throw error;
    }),
    log: silentLog,
  },
  { peerId: '5PaqYvhzDTHyF6xY' as PeerId, maxBytes: 1024 ** 3 },
);
await store.start();
say({ kind: 'started', finding: await look() });
const random = new SeededRandom(life.seed);
if (life.works) await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
database.close();

/** What is here, and what of it should not be. */
async function look(): Promise<Finding> {
  const faults: string[] = [];
  const assets: Finding['assets'] = {};
  for (let after: AssetHash | null = null; ;) {
    const page = rows.hashes(after, PAGE);
    for (const hash of page) {
      const [asset, place] = [rows.get(hash), rows.place(hash)];
      if (asset === null || place === null) throw new Error('a hash without its row');
      assets[hash] = { tags: asset.tags, local: place.local };
      const found = files.find(hash);
      if (found === null) faults.push(`row without bytes: ${hash}`);
      else if (found.size !== asset.size || (await files.checksum(found)) !== hash)
        faults.push(`other bytes than the hash: ${hash}`);
      else if (rows.chunkHashes(hash)?.length !== 32 * Math.ceil(asset.size / 1_048_576))
        faults.push(`other chunks: ${hash}`);
    }
    after = page.at(-1) ?? null;
    if (after === null) break;
  }
  const known = (name: string): boolean => assets[name.slice(0, 64)] !== undefined;
  for (const folder of readdirSync(directory)) {
    if (folder === '.partial') continue;
    const names = readdirSync(path.join(directory, folder));
    for (const name of names) if (!known(name)) faults.push(`file of nothing: ${folder}/${name}`);
    if (folder.length === 2 && new Set(names.map((name) => name.slice(0, 64))).size !== names.length)
      faults.push(`stored twice: ${folder}`);
  }
  const hidden = life.mayBeHidden.filter((hash) => store.isHidden(hash as AssetHash));
  const check = database.sql.get<{ quick_check: string }>('PRAGMA quick_check(1)', {})?.quick_check ?? 'none';
  if (check !== 'ok') faults.push(`database: ${check}`);
  return { faults, assets, hidden };
}

/** Works until the process dies. */
async function write(writer: number): Promise<void> {
  const own: AssetHash[] = [];
  for (let n = 0; n < life.most; n += 1) {
    const choice = random.fraction();
    const doomed = own[Math.floor(random.fraction() * own.length)];
    const tag = `${life.point}.${writer}.${n}`;
    if (choice < DELETE && doomed !== undefined) {
      own.splice(own.indexOf(doomed), 1);
      say({ kind: 'deletes', hash: doomed });
      await store.delete(doomed);
      say({ kind: 'deleted', hash: doomed });
    } else if (choice < DELETE + ADOPT) {
      const hash = await adopt(contentNamed(`adopted ${tag}`));
      own.push(hash);
    } else {
      const isShared = choice < DELETE + ADOPT + AGAIN;
      const shared = Math.floor(random.fraction() * SHARED_SIZES.length);
      const content = isShared
        ? Buffer.alloc(SHARED_SIZES[shared] ?? 0, `shared ${shared} `)
        : contentNamed(`own ${tag}`);
      const hash = await ingest(content, tag);
      if (!isShared) own.push(hash);
    }
  }
}

async function ingest(content: Buffer, tag: string): Promise<AssetHash> {
  const upload = await store.begin();
  for (let at = 0; at < content.length; at += 40_000) await upload.write(content.subarray(at, at + 40_000));
  const { asset, created } = await store.ingest(upload, { tags: [tag] });
  // As the page does that shows them.
  if (created) writeFileSync(files.thumbnailFile(asset.hash), 'small');
  say({ kind: 'ingested', hash: asset.hash, tag, created });
  return asset.hash;
}

/** What a library brings. */
async function adopt(content: Buffer): Promise<AssetHash> {
  const hash = sha256(content);
  const from = store.partialFile(hash);
  writeFileSync(from, content);
  const chunkHashes = Buffer.alloc(32 * Math.ceil(content.length / 1_048_576));
  const asset = {
    hash,
    size: content.length,
    mime_type: 'text/plain',
    filename: null,
    application: null,
    tags: [],
    user: null,
    description: null,
    timestamp: 1,
    origin_peer: '5PaqYvhzDTHyF6xY' as PeerId,
  };
  await store.adopt(asset, { file: from, chunkHashes, changedAt: 1 });
  if (!existsSync(from)) say({ kind: 'adopted', hash });
  return hash;
}
