/**
 * The database as one file that is taken out of a node or brought into it (04 section 6, `database_export` and
 * `database_import`; 05 section 10.15, K-2). What is brought in waits beside the database, whole and checked, and takes
 * its place at the next start: nothing of a running node is exchanged under it, and what was there stays beside it.
 */
import {
  chmodSync,
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import type { Readable } from 'node:stream';
import { fileStamp } from './backup.ts';
import { asOneFile, waitingFile, workFile } from './database-import.ts';
import type { Store } from './database.ts';
import { StoreError } from './errors.ts';
import { StoreReader } from './reader.ts';
import type { Vault } from './vault.ts';

/** The largest file that is brought in: the reference's bound. */
export const MAX_IMPORT_BYTES = 512 * 1_048_576;

const MAGIC = 'SQLite format 3\0';
const PRIVATE_MODE = 0o600;

/** A copy of the database, made for one who takes it out. */
export interface DatabaseCopy {
  name: string;
  size: number;
  read(range: { start: number; end: number }): Readable;
  /** Removes it. Idempotent. */
  discard(): void;
}

export class DatabaseTransfer {
  readonly #store: Pick<Store, 'copyTo'>;
  readonly #vault: Vault;
  readonly #file: string;

  /** @param init.file the database of this node. */
  constructor(components: { store: Pick<Store, 'copyTo'>; vault: Vault }, init: { file: string }) {
    this.#store = components.store;
    this.#vault = components.vault;
    this.#file = init.file;
  }

  /** Where something is written that is brought in. */
  workFile(suffix: string): string {
    return workFile(this.#file, suffix);
  }

  /** Whether something waits for the next start. */
  get isWaiting(): boolean {
    return existsSync(waitingFile(this.#file));
  }

  /**
   * Copies the database as it is at one moment, while the node goes on.
   * @param now Unix ms, for its name.
   * @throws {StoreError} `backup_failed`; nothing is left then.
   */
  async copy(now: number, suffix: string): Promise<DatabaseCopy> {
    const file = this.workFile(suffix);
    const discard = (): void => rmSync(file, { force: true });
    try {
      await this.#store.copyTo(file);
      chmodSync(file, PRIVATE_MODE);
      asOneFile(file);
    } catch (error) {
      discard();
      const reason = error instanceof Error ? error.message : String(error);
      throw new StoreError('backup_failed', `The database could not be copied: ${reason}`, { cause: error });
    }
    return {
      name: `canopy_export_${fileStamp(now)}.db`,
      size: statSync(file).size,
      read: (range) => createReadStream(file, range),
      discard,
    };
  }

  /**
   * Lets a file wait for the next start, in place of what waited before; it is moved away.
   * @throws {StoreError} `import_refused` saying why this is no database that this node could run on.
   */
  accept(file: string): void {
    this.#check(file);
    chmodSync(file, PRIVATE_MODE);
    asOneFile(file);
    const handle = openSync(file, 'r');
    fsyncSync(handle);
    closeSync(handle);
    renameSync(file, waitingFile(this.#file));
  }

  /** Removes a file that was to be brought in. Idempotent. */
  discard(file: string): void {
    for (const ending of ['', '-wal', '-shm', '-journal']) rmSync(`${file}${ending}`, { force: true });
  }

  /** Lets go of what waits. Idempotent. */
  forget(): void {
    rmSync(waitingFile(this.#file), { force: true });
  }

  #check(file: string): void {
    if (!hasMagic(file)) throw refusal('it is no SQLite database');
    let reader: StoreReader;
    try {
      reader = new StoreReader(file);
    } catch (error) {
      throw refusal('it cannot be opened', error);
    }
    try {
      const state = reader.check();
      if (state !== 'ok') throw refusal(`it is damaged (${state})`);
      const tables = new Set(
        reader.sql
          .all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
          .map(({ name }) => name),
      );
      if (!tables.has('users') || !tables.has('channel_messages'))
        throw refusal('it is not of a Canopy node');
      if (reader.isTooNew) throw refusal('a newer Canopy wrote it');
      if (!this.#opensAll(reader))
        throw refusal(
          'it is encrypted with the key of another node; npx canopy restore brings back a whole backup',
        );
    } catch (error) {
      throw error instanceof StoreError ? error : refusal('it cannot be read', error);
    } finally {
      reader.close();
    }
  }

  /** Whether what is encrypted in it is encrypted with this node's key. One value of a kind tells of all. */
  #opensAll({ sql }: StoreReader): boolean {
    const sealed = sql.get<{ id: string; content: Uint8Array }>(
      "SELECT id, content FROM channel_messages WHERE typeof(content) = 'blob' LIMIT 1",
    );
    const field = this.#vault.field('channel_messages.content');
    if (sealed !== undefined && field.look(sealed.content, sealed.id) === null) return false;
    const direct = sql.get<{ content: string }>(
      "SELECT content FROM messages WHERE content GLOB 'ENC:1:*' LIMIT 1",
    );
    return direct === undefined || this.#vault.decrypt(direct.content).state === 'decrypted';
  }
}

function hasMagic(file: string): boolean {
  const start = Buffer.alloc(MAGIC.length);
  const handle = openSync(file, 'r');
  try {
    readSync(handle, start, 0, start.length, 0);
  } finally {
    closeSync(handle);
  }
  return start.toString('latin1') === MAGIC;
}

function refusal(why: string, cause?: unknown): StoreError {
  return new StoreError('import_refused', `This file cannot be imported: ${why}`, { cause });
}
