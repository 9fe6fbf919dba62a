/**
 * Whether a file is what it says and may be kept (03 section 10.4). The reference's order, texts and limits; the file is
 * read in pieces, never as a whole.
 */
import { WorkspaceError } from './errors.ts';
import {
  canonicalType,
  goesWithExtension,
  hasMarkOf,
  isAllowedType,
  isSource,
  typeOfExtension,
} from './file-types.ts';
import { MARK_BYTES, UNKNOWN_TYPE, XLSM, XLSX } from './file-types.ts';
import type { FileMetadata } from './file-names.ts';
import { extensionOf } from './file-names.ts';
import { isModuleName, moduleFault, startsModule } from './html-modules.ts';
import type { ReadableBytes } from './zip-directory.ts';
import { zipEntries } from './zip-directory.ts';

/** Largest file (03 section 10.1). */
export const MAX_FILE_BYTES = 104_857_600;
/** How much larger an archive may become when unpacked, as a factor and in bytes. */
const MAX_RATIO = 100;
const MAX_UNPACKED_BYTES = 1024 * 1024 * 1024;
/** Piece in which a text is looked through. */
const PIECE_BYTES = 256 * 1024;

/** What makes a picture or page do something by itself. */
const ACTIVE_SVG = ['<script', 'javascript:', 'onerror=', 'onload=', '<iframe'] as const;
const ACTIVE_HTML = [...ACTIVE_SVG, '<object', '<embed', '<applet'] as const;
const ARCHIVES: ReadonlySet<string> = new Set(['application/zip', XLSX, XLSM]);

/** Stable codes of refused files. */
export type FileRefusalCode =
  | 'file_type_not_allowed'
  | 'file_too_large'
  | 'file_empty'
  | 'file_content_mismatch'
  | 'file_extension_mismatch'
  | 'file_not_text'
  | 'file_active_content'
  | 'file_module_refused'
  | 'file_spreadsheet_malformed'
  | 'file_archive_refused';

/** A file that is not kept. */
export class FileRefused extends WorkspaceError {
  constructor(code: FileRefusalCode, message: string) {
    super(code, message);
  }
}

/** @throws {FileRefused} `file_too_large` or `file_empty`. */
export function checkSize(size: number): void {
  if (size > MAX_FILE_BYTES)
    throw new FileRefused(
      'file_too_large',
      `File size ${size} bytes exceeds maximum ${MAX_FILE_BYTES} bytes`,
    );
  if (size === 0) throw new FileRefused('file_empty', 'File is empty');
}

/**
 * Checks a file under the name and type it claims to have.
 * @returns the type it has.
 * @throws {FileRefused}
 */
export async function checkFile(file: ReadableBytes, claimed: FileMetadata): Promise<string> {
  const type = claimedType(claimed);
  if (!isAllowedType(type))
    throw new FileRefused('file_type_not_allowed', `File type '${type.slice(0, 100)}' is not allowed`);
  checkSize(file.size);
  const head = await file.read(0, MARK_BYTES);
  const isModule = type === 'text/html' && isModuleName(claimed.name);
  if (!(isModule ? startsModule(head) : hasMarkOf(type, head)))
    throw new FileRefused('file_content_mismatch', `File content does not match claimed type '${type}'`);
  if (isModule) {
    const fault = await moduleFault(file);
    if (fault !== null) throw new FileRefused('file_module_refused', fault);
  } else if (type === 'image/svg+xml') await checkPassive(file, 'SVG', ACTIVE_SVG);
  else if (type === 'text/html') await checkPassive(file, 'HTML', ACTIVE_HTML);
  if ((type === XLSX || type === XLSM) && !(await isWorkbook(file)))
    throw new FileRefused('file_spreadsheet_malformed', 'Spreadsheet file is invalid or malformed');
  if (!goesWithExtension(type, extensionOf(claimed.name)))
    throw new FileRefused(
      'file_extension_mismatch',
      `Filename extension does not match content type '${type}'`,
    );
  return type;
}

/**
 * What a file is kept as that is kept whatever it is: its type when it is what it claims to be; text when it is a source
 * that reads as one; else mere bytes, so that nothing takes it for a picture or a page (03 A13).
 */
export async function typeOfAny(file: ReadableBytes, claimed: FileMetadata): Promise<string> {
  try {
    const type = await checkFile(file, claimed);
    await checkArchive(file, type);
    return type;
  } catch (error) {
    if (!(error instanceof WorkspaceError)) throw error;
    return isSource(extensionOf(claimed.name)) && (await isText(file)) ? 'text/plain' : UNKNOWN_TYPE;
  }
}

/** Refuses archives that would fill a disk when unpacked. @throws {FileRefused} `file_archive_refused`. */
export async function checkArchive(file: ReadableBytes, type: string): Promise<void> {
  if (!ARCHIVES.has(type)) return;
  const entries = await zipEntries(file);
  if (entries === null) throw new FileRefused('file_archive_refused', 'Invalid or corrupted zip file');
  const unpacked = entries.reduce((sum, entry) => sum + entry.unpackedBytes, 0);
  if (unpacked > file.size * MAX_RATIO)
    throw new FileRefused(
      'file_archive_refused',
      'Suspicious compression ratio detected (potential zip bomb)',
    );
  if (unpacked > MAX_UNPACKED_BYTES)
    throw new FileRefused('file_archive_refused', 'Archive would expand to more than 1GB');
}

/** Plain text is a guess of many senders: an extension that says more wins. */
function claimedType({ name, type }: FileMetadata): string {
  const claimed = canonicalType(type);
  const vague = claimed === '' || claimed === UNKNOWN_TYPE || claimed === 'text/plain';
  return (vague ? typeOfExtension(extensionOf(name)) : null) ?? claimed;
}

async function checkPassive(file: ReadableBytes, what: string, active: readonly string[]): Promise<void> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const longest = Math.max(...active.map((word) => word.length));
  let before = '';
  for (let at = 0; at < file.size; at += PIECE_BYTES) {
    const bytes = await file.read(at, PIECE_BYTES);
    let text: string;
    try {
      text = before + decoder.decode(bytes, { stream: at + PIECE_BYTES < file.size }).toLowerCase();
    } catch {
      throw new FileRefused('file_not_text', `${what} file contains invalid UTF-8 encoding`);
    }
    if (active.some((word) => text.includes(word)))
      throw new FileRefused('file_active_content', `${what} file contains potentially dangerous content`);
    before = text.slice(-longest);
  }
}

async function isText(file: ReadableBytes): Promise<boolean> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (let at = 0; at < file.size; at += PIECE_BYTES) {
    const bytes = await file.read(at, PIECE_BYTES);
    if (bytes.includes(0)) return false;
    try {
      decoder.decode(bytes, { stream: at + PIECE_BYTES < file.size });
    } catch {
      return false;
    }
  }
  return true;
}

async function isWorkbook(file: ReadableBytes): Promise<boolean> {
  const names = (await zipEntries(file))?.map((entry) => entry.name) ?? [];
  return (
    names.includes('[Content_Types].xml') &&
    names.includes('xl/workbook.xml') &&
    names.some((name) => name.startsWith('xl/worksheets/'))
  );
}
