/**
 * Small files that must never be half written or readable by others (01 section 11, S16): the new content goes to
 * a temporary file created with its final mode, is forced to disk, and takes the place of the old one by rename.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';

/** Mode of files that hold keys or tell about people: only the owner reads them. */
export const PRIVATE_FILE_MODE = 0o600;
/** What file systems without hard links (such as exFAT) answer to making one. */
const NO_LINKS: ReadonlySet<unknown> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/**
 * Replaces the file `file` by `data` as one step; parent directories are created.
 * @throws the `Error` of the file system; the old content is then untouched.
 */
export function writeFileAtomic(file: string, data: string | Uint8Array, mode = PRIVATE_FILE_MODE): void {
  withTemporary(file, data, mode, (temporary) => fs.renameSync(temporary, file));
}

/**
 * Like {@link writeFileAtomic}, but leaves a file that is there as it is.
 * @returns whether the file was created; of two processes that try at once only one is told so.
 */
export function createFileAtomic(file: string, data: string | Uint8Array, mode = PRIVATE_FILE_MODE): boolean {
  try {
    withTemporary(file, data, mode, (temporary) => {
      fs.linkSync(temporary, file);
      fs.unlinkSync(temporary);
    });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    if (!NO_LINKS.has(codeOf(error)) || fs.existsSync(file)) throw error;
    writeFileAtomic(file, data, mode);
    return true;
  }
}

/** Puts `data` into a temporary file beside `file`, on disk, and lets `place` give it its name. */
function withTemporary(
  file: string,
  data: string | Uint8Array,
  mode: number,
  place: (temporary: string) => void,
): void {
  const directory = path.dirname(file);
  fs.mkdirSync(directory, { recursive: true });
  const temporary = path.join(directory, `.${path.basename(file)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const handle = fs.openSync(temporary, 'wx', mode);
    try {
      fs.fchmodSync(handle, mode);
      fs.writeFileSync(handle, data);
      fs.fsyncSync(handle);
    } finally {
      fs.closeSync(handle);
    }
    place(temporary);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
  syncDirectory(directory);
}

/** Content of a text file, `null` when there is none. Other failures of the file system are thrown. */
export function readTextFile(file: string): string | null {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Content of a JSON file as `schema` describes it, `null` when there is no file.
 * @throws `SyntaxError` or `ZodError` when it holds something else.
 */
export function readJsonFile<T>(file: string, schema: z.ZodType<T>): T | null {
  const text = readTextFile(file);
  return text === null ? null : schema.parse(JSON.parse(text));
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Makes a rename durable. Directories cannot be opened on some systems; the rename itself has happened. */
function syncDirectory(directory: string): void {
  let handle: number;
  try {
    handle = fs.openSync(directory, 'r');
  } catch {
    return;
  }
  try {
    fs.fsyncSync(handle);
  } catch {
    // Some file systems refuse to sync a directory; nothing more can be done there.
  } finally {
    fs.closeSync(handle);
  }
}
