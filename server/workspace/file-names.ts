/**
 * Names of files, and what is made of generic names and types (03 section 10.1): a name that goes into a header, a
 * dialog or a path of another system, and a type found by extension, by how the file begins, and by how its text reads.
 */
import {
  UNKNOWN_TYPE,
  canonicalType,
  extensionOfType,
  hasMarkOf,
  isGenericType,
  typeOfExtension,
} from './file-types.ts';

/** Longest name, and how much of its stem is kept of a longer one; extensions beyond the rest are no extensions. */
const MAX_NAME = 255;
const KEPT_STEM = 200;
const MAX_EXTENSION = MAX_NAME - KEPT_STEM;
/** Bytes from the beginning that a type is guessed from. */
export const SAMPLE_BYTES = 8192;

const NO_NAME = 'unnamed_file';
const GENERIC_STEMS: ReadonlySet<string> = new Set(['file', 'upload', 'attachment', NO_NAME]);
/** Characters that mean something to a shell or a file system, or reverse what is read. */
const RISKY = /\.\.|[~|<>:"\\*?\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Marks that tell a type for certain, in the order they are looked for. */
const MARKED = [
  'application/pdf',
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'audio/mpeg',
  'audio/wav',
  'audio/ogg',
  'video/mp4',
  'video/webm',
  'text/html',
  'application/xml',
  'application/zip',
  'application/gzip',
] as const;
/** The same container holds both; what the sender called it decides. */
const SOUND_ONLY: Readonly<Record<string, string>> = { 'video/mp4': 'audio/mp4', 'video/webm': 'audio/webm' };

const MARKDOWN_LINES = 40;
const MARKDOWN_LINE = /^(?:#|- |\* |> |```|\||[12]\. )/;
const MARKDOWN_TEXT = /\]\(|\*\*|__/;
/** Share of a text that must be printable. */
const PRINTABLE_SHARE = 0.9;

/** Name and type of a file as they are kept. */
export interface FileMetadata {
  name: string;
  type: string;
}

/** The last step of a name without what is risky in one. */
export function safeName(given: string): string {
  const name = given.slice(given.lastIndexOf('/') + 1).replace(RISKY, '_');
  const cut =
    name.length > MAX_NAME
      ? Array.from(stemOf(name)).slice(0, KEPT_STEM).join('') + extensionAsWritten(name)
      : name;
  return cut.trim() === '' ? NO_NAME : cut;
}

/** The extension of a name, lower case with dot; empty when there is none. */
export function extensionOf(name: string): string {
  return extensionAsWritten(name).toLowerCase();
}

/** Whether name or type say nothing, as the answer to an upload tells. */
export function isGenericMetadata({ name, type }: FileMetadata): boolean {
  return isGenericType(type.trim().toLowerCase()) || isGenericName(name.trim());
}

/** A safe name and a type for a file that begins with `sample`; generic ones are made out from the content. */
export function fileMetadata(sample: Uint8Array, given: FileMetadata): FileMetadata {
  const name = safeName(given.name === '' ? 'file' : given.name);
  let type = canonicalType(given.type);
  if (type === '') type = UNKNOWN_TYPE;
  if (isGenericType(type)) type = detectedType(sample, name, type) ?? type;
  if (!isGenericName(name)) return { name, type };
  const stem = stemOf(name).toLowerCase();
  const extension = extensionOf(name) === '' ? extensionOfType(type) : extensionOf(name);
  return { name: `${GENERIC_STEMS.has(stem) || stem === '' ? 'file' : stem}${extension}`, type };
}

function isGenericName(name: string): boolean {
  return GENERIC_STEMS.has(stemOf(name).toLowerCase().trim()) || extensionOf(name) === '';
}

function extensionAsWritten(name: string): string {
  const dot = name.lastIndexOf('.');
  const found = dot > 0 && dot < name.length - 1 ? name.slice(dot) : '';
  return found.length > MAX_EXTENSION ? '' : found;
}

function stemOf(name: string): string {
  return name.slice(0, name.length - extensionAsWritten(name).length);
}

function detectedType(bytes: Uint8Array, name: string, claimed: string): string | null {
  const byName = typeOfExtension(extensionOf(name));
  if (byName !== null) return byName;
  const marked = MARKED.find((type) => hasMarkOf(type, bytes));
  if (marked !== undefined) return (claimed.startsWith('audio/') ? SOUND_ONLY[marked] : undefined) ?? marked;
  return textType(bytes.subarray(0, SAMPLE_BYTES));
}

function textType(sample: Uint8Array): string | null {
  const text = printableText(sample);
  if (text === null) return null;
  if (/^\s*[[{]/.test(text)) return 'application/json';
  if (text.includes('\\documentclass') || text.includes('\\begin{')) return 'text/x-tex';
  const lines = text.split(/\r\n|\r|\n/, MARKDOWN_LINES);
  if (lines.some((line) => MARKDOWN_LINE.test(line.trim())) || MARKDOWN_TEXT.test(text))
    return 'text/markdown';
  return text.includes(',') && text.includes('\n') ? 'text/csv' : 'text/plain';
}

function printableText(sample: Uint8Array): string | null {
  if (sample.length === 0 || sample.includes(0)) return null;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(sample, { stream: true });
    const unprintable = text.match(/[^\P{C}\r\n\t]/gu)?.length ?? 0;
    return unprintable <= text.length * (1 - PRINTABLE_SHARE) ? text : null;
  } catch {
    return null;
  }
}
