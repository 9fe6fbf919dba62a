/**
 * The manifest of a backup: what belongs to it, and the SHA-256 by which every file proves to be what was saved.
 * A backup is a plain directory, so it can be read, copied and packed with any tool.
 */
import { createHash } from 'node:crypto';
import { closeSync, lstatSync, openSync, readFileSync, readSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { CliError } from './errors.ts';

export const MANIFEST_NAME = 'manifest.json';
/** The database's name in a backup, whatever it is called in the data directory. */
export const DATABASE_ENTRY = 'canopy.db';
export const IDENTITY_ENTRY = 'peer_identity.json';
/** Small files besides the database; those that exist are saved. */
export const SMALL_FILES = [
  IDENTITY_ENTRY,
  'known_peers.json',
  'relay_settings.json',
  'public_address.json',
  'secret_key.json',
] as const;
/** What people have uploaded stands below this name. */
export const FILES_ENTRY = 'files';
/** Bytes of assets stand below this one, as in the data directory: `assets/<first two hex>/<hash>` (07 section 1). */
export const ASSETS_ENTRY = 'assets';

const CHUNK_BYTES = 1_048_576;
/** More than a manifest of a million files has. */
const MAX_MANIFEST_BYTES = 256 * 1_048_576;
const KNOWN_ENTRIES: ReadonlySet<string> = new Set([DATABASE_ENTRY, ...SMALL_FILES]);

const manifestSchema = z.object({
  format: z.literal('canopy-backup-1'),
  created_at: z.string(),
  /** Of the program that made it. */
  canopy_version: z.string(),
  /** Whose data these are. */
  peer_id: z.string().nullable(),
  files: z.array(
    z.object({
      path: z.string().refine(isEntryName),
      bytes: z.number().int().nonnegative(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});
export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestFile = Manifest['files'][number];

/** Whether a path may stand in a manifest: one of ours, and nowhere outside the directory. */
function isEntryName(name: string): boolean {
  if (KNOWN_ENTRIES.has(name)) return true;
  const [first, ...rest] = name.split('/');
  const plain = rest.every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\\0]/.test(part));
  return (first === FILES_ENTRY || first === ASSETS_ENTRY) && rest.length > 0 && plain;
}

/** The entry of a file that lies in `directory`. */
export function describeFile(directory: string, name: string): ManifestFile {
  const file = path.join(directory, name);
  return { path: name, bytes: lstatSync(file).size, sha256: hashFile(file) };
}

/**
 * Reads the manifest of the backup in `directory` and every file it names.
 * @throws {CliError} `backup_damaged` naming the first thing that is not as it was saved.
 */
export function verifyBackup(directory: string): Manifest {
  const manifest = readManifest(directory);
  for (const saved of manifest.files) requireSame(directory, saved);
  if (!manifest.files.some(({ path: name }) => name === DATABASE_ENTRY))
    throw new CliError('backup_damaged', `The backup ${directory} holds no database.`);
  return manifest;
}

/** @throws {CliError} `backup_damaged` when the file in `directory` is not the one that was saved. */
export function requireSame(directory: string, saved: ManifestFile): void {
  const file = path.join(directory, saved.path);
  let same: boolean;
  try {
    // A link is not followed: what is restored is what lies in the backup.
    const found = lstatSync(file);
    same = found.isFile() && found.size === saved.bytes && hashFile(file) === saved.sha256;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError('backup_damaged', `The backup is incomplete: ${reason}`, { cause: error });
  }
  if (!same) throw new CliError('backup_damaged', `The backup is damaged: ${file} is not what was saved.`);
}

function readManifest(directory: string): Manifest {
  const file = path.join(directory, MANIFEST_NAME);
  try {
    if (lstatSync(file).size > MAX_MANIFEST_BYTES) throw new Error('it is too large');
    return manifestSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const reason =
      error instanceof z.ZodError
        ? 'it is no manifest of a Canopy backup'
        : error instanceof Error
          ? error.message
          : String(error);
    throw new CliError('backup_damaged', `${directory} is no usable backup: ${MANIFEST_NAME}: ${reason}`, {
      cause: error,
    });
  }
}

/** Hex SHA-256 of a file of any size. */
function hashFile(file: string): string {
  const hash = createHash('sha256');
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const handle = openSync(file, 'r');
  try {
    for (let length = readSync(handle, chunk); length > 0; length = readSync(handle, chunk))
      hash.update(chunk.subarray(0, length));
  } finally {
    closeSync(handle);
  }
  return hash.digest('hex');
}
