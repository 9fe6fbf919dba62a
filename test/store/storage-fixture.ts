/** A directory with something a person wrote in every place where the tests of encryption at rest look. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { removeBackups } from '../../server/store/backup.ts';
import { openDatabase } from '../../server/store/database.ts';
import type { Store } from '../../server/store/database.ts';
import { DiskFileBytes } from '../../server/store/file-bytes.ts';
import { FileMove } from '../../server/store/file-move.ts';
import { createRepositories } from '../../server/store/repositories.ts';
import { StorageMove } from '../../server/store/storage-move.ts';
import { setStorageState, storageMode } from '../../server/store/storage-mode.ts';
import { Vault } from '../../server/store/vault.ts';
import type { StorageMode } from '../../server/store/vault.ts';
import { silentLog } from '../../server/telemetry/log.ts';
import type { ChannelId, FileId, MessageId, PeerId, PostId, UserId } from '../../server/wire/ids.ts';
import { AtRestCipher } from '../../server/wire/at-rest.ts';
import { SeededRandom } from '../sim/seeded-random.ts';
import { NOW, TestPorts } from './support.ts';

/** What everything that must not be readable contains. */
export const CANARY = 'blackbird';
const ANN = 'user_ann' as UserId;
const CHANNEL = 'Cbirds' as ChannelId;
const PEER = 'peer_one' as PeerId;
export const FILE = 'Fbird' as FileId;
/** Messages that are more than one slice. */
const MESSAGES = 620;

export interface Opened {
  store: Store;
  rows: ReturnType<typeof createRepositories>;
  bytes: DiskFileBytes;
}

function cipher(): AtRestCipher {
  return new AtRestCipher(
    { crypto: nativeCrypto, random: new SeededRandom(Math.floor(Math.random() * 1e9)) },
    { ed25519Seed: new Uint8Array(32).fill(7) },
  );
}

function filesOf(directory: string): string {
  return path.join(directory, 'files');
}

export async function openFixture(directory: string): Promise<Opened> {
  const ports = new TestPorts();
  const store = await openDatabase(
    path.join(directory, 'canopy.db'),
    { ports, log: silentLog },
    { startupBackup: false },
  );
  try {
    const vault = new Vault(cipher(), { mode: storageMode(store.sql) });
    const rows = createRepositories({ sql: store.sql, vault, random: ports.random });
    const bytes = new DiskFileBytes({ directory: filesOf(directory), sealing: vault.files() });
    return { store, rows, bytes };
  } catch (error) {
    store.close();
    throw error;
  }
}

/** Makes the directory, in one mode. */
export async function makeFixture(directory: string, mode: StorageMode): Promise<void> {
  const file = path.join(directory, 'canopy.db');
  const store = await openDatabase(
    file,
    { ports: new TestPorts(), log: silentLog },
    { startupBackup: false },
  );
  store.commit.now(() => {
    setStorageState(store.sql, { mode, goal: null, step: null });
  });
  store.close();
  const { store: opened, rows, bytes } = await openFixture(directory);
  opened.commit.now(() => {
    fill(rows);
  });
  await bytes.writeSmall('images/Fbird.png', Buffer.from(`${CANARY} `.repeat(20_000)));
  await bytes.writeSmall('other/Fempty', new Uint8Array(0));
  const coming = await bytes.incoming('partial');
  await coming.write(Buffer.from(CANARY));
  await coming.finish();
  opened.close();
  if (mode === 'full') return;
  addReferenceSearch(file);
  mkdirSync(path.join(directory, 'elsewhere', 'videos'), { recursive: true });
  writeFileSync(path.join(directory, 'elsewhere', 'videos', 'Ffar'), `${CANARY} far`);
  writeFileSync(path.join(directory, 'canopy_startup_20260101_000000.db'), CANARY);
}

function fill(rows: Opened['rows']): void {
  rows.users.insert({ id: ANN, username: 'ann', publicKey: '', displayName: 'Ann', now: NOW });
  rows.users.update(ANN, { bio: `${CANARY} watcher` }, NOW);
  rows.channels.insert({
    id: CHANNEL,
    name: 'birds',
    channelType: 'public',
    privacyMode: 'open',
    createdBy: ANN,
    originPeer: null,
    description: null,
    now: NOW,
  });
  for (let number = 0; number < MESSAGES; number += 1)
    rows.channelMessages.insert({
      id: `M${number}` as MessageId,
      channelId: CHANNEL,
      userId: ANN,
      content: number === 5 ? `see /files/${FILE} ${CANARY}` : `${CANARY} ${number}`,
      createdAt: NOW + number * 1000,
      ...(number === 7 ? { attachments: [{ id: FILE, name: `${CANARY}.png` }] } : {}),
      ...(number === 8 ? { sourceReference: { title: CANARY }, sourceLayout: { hero: CANARY } } : {}),
    });
  const group = { group_id: 'group:1', group_members: [ANN, 'user_bob'] };
  rows.directMessages.insert({
    id: 'D1' as MessageId,
    senderId: ANN,
    recipientId: 'group:1',
    content: CANARY,
    metadata: { ...group, attachments: [{ id: FILE, name: `${CANARY}.png` }] },
    createdAt: NOW,
  });
  rows.feed.insert({
    id: 'P1' as PostId,
    authorId: ANN,
    home: null,
    content: `${CANARY} /files/${FILE}`,
    contentType: 'text',
    visibility: 'network',
    metadata: { attachments: [{ id: FILE, name: CANARY }], link: CANARY },
    createdAt: NOW,
    expiresAt: null,
    tags: [CANARY],
  });
  rows.comments.add({
    postId: 'P1' as PostId,
    userId: ANN,
    content: CANARY,
    parentId: null,
    createdAt: NOW,
    expiresAt: null,
  });
  rows.journal.append({
    eventId: 'E1',
    eventType: 'channel.message.created',
    scope: 'channel',
    now: NOW,
    payload: { preview: CANARY },
  });
  rows.mentions.add({
    id: 'N1',
    userId: ANN,
    sourceType: 'channel_message',
    sourceId: 'M1',
    authorId: ANN,
    originPeer: null,
    channelId: CHANNEL,
    preview: CANARY,
    now: NOW,
    metadata: { title: CANARY },
  });
  rows.profiles.upsert({ peerId: PEER, displayName: 'One', description: CANARY, avatarB64: CANARY }, NOW);
  rows.channelKeys.add({
    channelId: CHANNEL,
    keyId: 'K1',
    key: new Uint8Array(32).fill(9),
    createdBy: PEER,
    metadata: {},
    now: NOW,
  });
  for (const [id, place] of [
    [FILE, 'images/Fbird.png'],
    ['Ffar', '/nowhere/videos/Ffar'],
  ] as const)
    rows.files.insert({
      id: id as FileId,
      originalName: `${CANARY}.png`,
      storedName: path.basename(place),
      filePath: place,
      contentType: 'image/png',
      size: 1,
      uploadedBy: ANN,
      uploadedAt: NOW,
      checksum: createHash('sha256').update('').digest('hex'),
    });
  rows.fileTransfers.add(
    { originPeer: PEER, originFileId: 'F9', name: CANARY, type: 'image/png', size: 1, checksum: '' },
    NOW,
  );
}

/** The search table of the reference, and a text it wrote in clear where it reads ciphertext. */
function addReferenceSearch(file: string): void {
  const db = new Database(file);
  const far = path.join(path.dirname(file), 'elsewhere', 'videos', 'Ffar');
  db.exec(`
    CREATE VIRTUAL TABLE local_search_fts USING fts5(body);
    INSERT INTO local_search_fts SELECT content FROM channel_messages;
    CREATE TRIGGER local_search_messages_ai AFTER INSERT ON channel_messages
      BEGIN INSERT INTO local_search_fts VALUES (new.content); END;
    INSERT INTO feed_posts (id, author_id, content) VALUES ('P2', '${ANN}', '${CANARY} in clear');
    UPDATE files SET file_path = '${far}' WHERE id = 'Ffar';`);
  db.close();
}

/** Moves the directory, or begins to; false when it was not enough. */
export async function moveFixture(directory: string, goal: StorageMode, steps?: number): Promise<boolean> {
  const file = path.join(directory, 'canopy.db');
  const store = await openDatabase(
    file,
    { ports: new TestPorts(), log: silentLog },
    { startupBackup: false },
  );
  try {
    const sealing = cipher();
    const files = new FileMove(
      { sql: store.sql, sealing },
      { directory: filesOf(directory), seals: goal === 'full' },
    );
    const forgetBackups = (): void => {
      removeBackups(file);
    };
    const move = new StorageMove({ store, vault: new Vault(sealing), files, forgetBackups }, { goal });
    return await move.run(steps);
  } finally {
    store.close();
  }
}

/** Files below a directory whose bytes contain a text. */
export function filesWith(directory: string, text: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((name) => readFileSync(name).includes(text));
}

/** What there is to read, as text. */
export function contentOf({ rows, bytes }: Opened): string {
  const now = NOW + 1e6;
  const messages = rows.channelMessages.page(CHANNEL, { limit: MESSAGES, now, before: null });
  return JSON.stringify([
    messages,
    rows.users.get(ANN),
    rows.directMessages.visibleTo('user_bob' as UserId, { limit: 5 }),
    rows.directMessages.conversation(ANN, { kind: 'group', id: 'group:1' }, { limit: 5 }),
    rows.feed.get('P1' as PostId),
    rows.feed.get('P2' as PostId)?.content,
    rows.comments.of('P1' as PostId, 5),
    rows.journal.after(0, { limit: 5 }),
    rows.profiles.get(PEER),
    rows.channelKeys.get(CHANNEL, 'K1')?.key?.join(' '),
    rows.files.get(FILE),
    rows.files.get('Ffar' as FileId)?.originalName,
    rows.fileTransfers.get(PEER, 'F9'),
    rows.fileReferences.of(FILE, now),
    Buffer.from(bytes.readSmall('images/Fbird.png') ?? []).toString(),
    bytes.readSmall('other/Fempty')?.length,
  ]);
}
