/**
 * Moves the bytes of files between the two modes of encryption at rest (`storage-move.ts`), one file at a time: the new
 * form is written beside the files and made durable, the old one goes out of the way and the new one to its place, then
 * the old one is overwritten. Stopped at any point, the next run finishes that file first.
 */
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { FILE_CATEGORIES, incomingDirectory } from './file-bytes.ts';
import type { FileCategory } from './file-bytes.ts';
import { openIncoming } from './incoming-file.ts';
import { readPlain, readSealed } from './sealed-bytes.ts';
import type { ByteSealing } from './sealed-bytes.ts';
import type { Sql } from './sql.ts';
import { wipeFile } from './wipe-file.ts';

/** Where a file lies that comes home, and its place there. */
const noteSchema = z.object({ id: z.string(), place: z.string(), home: z.string() });

export class FileMove {
  readonly #sql: Sql;
  readonly #sealing: ByteSealing;
  readonly #seals: boolean;
  readonly #root: string;
  readonly #incoming: string;
  readonly #work: string;
  /** One for each file that is on its way home. */
  readonly #notes: string;
  #places: string[] | null = null;

  /**
   * @param components.sealing the cipher of this node.
   * @param init.directory the files directory.
   * @param init.seals whether files are to be ciphertext.
   */
  constructor(components: { sql: Sql; sealing: ByteSealing }, init: { directory: string; seals: boolean }) {
    this.#sql = components.sql;
    this.#sealing = components.sealing;
    this.#seals = init.seals;
    this.#root = init.directory;
    this.#incoming = incomingDirectory(init.directory);
    this.#work = `${init.directory}-moving`;
    this.#notes = path.join(this.#work, 'notes');
  }

  /** Moves the first file behind `after` and gives its name; null when there is none, and nothing else is left. */
  async next(after: string): Promise<string | null> {
    this.#places ??= this.#prepare();
    const place = this.#places.find((name) => name > after);
    if (place === undefined) {
      rmSync(this.#work, { recursive: true, force: true });
      return null;
    }
    this.#places = this.#places.slice(this.#places.indexOf(place));
    await this.#move(place);
    return place;
  }

  /** Finishes what was begun, puts what came in where it belongs, and lists the files. */
  #prepare(): string[] {
    this.#finish();
    this.#settleIncoming();
    this.#bringHome();
    return filesBelow(this.#root);
  }

  /** The old form is out of the way as soon as the new one is whole. */
  #finish(): void {
    const fresh = path.join(this.#work, 'new');
    const old = path.join(this.#work, 'old');
    for (const name of filesBelow(old)) {
      if (existsSync(path.join(fresh, name)))
        renameDurably(path.join(fresh, name), path.join(this.#root, name));
      wipeFile(path.join(old, name));
    }
    for (const name of filesBelow(fresh)) wipeFile(path.join(fresh, name));
    for (const note of filesBelow(this.#notes)) {
      if (note.endsWith('.partial')) continue;
      const { id, place, home } = noteSchema.parse(
        JSON.parse(readFileSync(path.join(this.#notes, note), 'utf8')),
      );
      if (existsSync(path.join(this.#root, home))) this.#leave({ id, place, home });
      rmSync(path.join(this.#notes, note));
    }
  }

  /** Whole files go to their place; what was still coming in comes again. */
  #settleIncoming(): void {
    for (const name of filesBelow(this.#incoming)) {
      const row = this.#sql.get<{ place: string }>('SELECT file_path AS place FROM files WHERE id = @name', {
        name,
      });
      const from = path.join(this.#incoming, name);
      const target = path.join(this.#root, row?.place ?? '');
      const isOurs = row !== undefined && target.startsWith(`${this.#root}${path.sep}`);
      if (isOurs && !existsSync(target)) renameDurably(from, target);
      else wipeFile(from);
    }
  }

  /** Large files of the reference may lie under a folder of their own (03 section 10.7): they come to the others. */
  #bringHome(): void {
    const rows = this.#sql.all<{ id: string; place: string; name: string }>(
      'SELECT id, file_path AS place, stored_name AS name FROM files',
    );
    for (const { id, place, name } of rows) {
      if (!path.isAbsolute(place) || path.basename(place) !== name) continue;
      const folder = path.basename(path.dirname(place));
      const category: FileCategory = FILE_CATEGORIES.find((one) => one === folder) ?? 'other';
      const home = `${category}/${name}`;
      if (existsSync(path.join(this.#root, folder, name)) || !existsSync(place)) continue;
      // Once the row names its new place nothing else knows of the old one, which is still to be overwritten.
      const note = path.join(this.#notes, name);
      writeDurably(note, JSON.stringify({ id, place, home }));
      copyDurably(place, path.join(this.#root, home));
      this.#leave({ id, place, home });
      rmSync(note);
    }
  }

  /** The file is at home: its row says so, and nothing stays where it was. */
  #leave({ id, place, home }: z.infer<typeof noteSchema>): void {
    this.#sql.run('UPDATE files SET file_path = @home WHERE id = @id', { id, home });
    if (existsSync(place)) wipeFile(place);
  }

  async #move(place: string): Promise<void> {
    const file = path.join(this.#root, place);
    if ((await this.#isSealed(file)) === this.#seals) return;
    const fresh = path.join(this.#work, 'new', place);
    const old = path.join(this.#work, 'old', place);
    for (const one of [fresh, old]) mkdirSync(path.dirname(one), { recursive: true, mode: 0o700 });
    rmSync(fresh, { force: true });
    const written = await openIncoming(fresh, this.#seals ? this.#sealing : null);
    await pipeline(
      this.#seals ? readPlain(file) : readSealed(this.#sealing, file),
      async (pieces: AsyncIterable<Buffer>) => {
        for await (const piece of pieces) await written.write(piece);
      },
    );
    await written.finish();
    renameDurably(file, old);
    renameDurably(fresh, file);
    wipeFile(old);
  }

  async #isSealed(file: string): Promise<boolean> {
    try {
      for await (const _ of readSealed(this.#sealing, file, { start: 0, end: 0 })) break;
      return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'sealed_bytes') return false;
      throw error;
    }
  }
}

/** Regular files below a directory, as paths relative to it with `/`, in order. */
function filesBelow(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
    .map((name) => name.split(path.sep).join('/'))
    .sort();
}

function renameDurably(from: string, to: string): void {
  mkdirSync(path.dirname(to), { recursive: true });
  renameSync(from, to);
  sync(path.dirname(to));
}

/** Whole, or not there. */
function writeDurably(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.partial`, text);
  sync(`${file}.partial`);
  renameDurably(`${file}.partial`, file);
}

function copyDurably(from: string, to: string): void {
  const partial = `${to}.partial`;
  mkdirSync(path.dirname(to), { recursive: true });
  copyFileSync(from, partial);
  sync(partial);
  renameDurably(partial, to);
}

/** Forces a file or a directory to disk; systems that cannot do it for directories do it by themselves. */
function sync(name: string): void {
  try {
    const handle = openSync(name, 'r');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch {
    // It stands; how soon it is on disk is the system's affair.
  }
}
