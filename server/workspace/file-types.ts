/**
 * The types a file may have (03 section 10.4): how each begins, which extensions it goes with, where it is stored, and
 * whether a browser may show it in our origin.
 */
import type { FileCategory } from '../store/file-bytes.ts';

/** What is known of a type. */
interface FileType {
  /** Ways it can begin, as Latin-1 text; none: text without a mark. */
  magic: readonly string[];
  /** With the dot; the first is given to files without one. */
  extensions: readonly string[];
}

export const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
export const XLSM = 'application/vnd.ms-excel.sheet.macroenabled.12';
/** What a file is that nothing is known of. */
export const UNKNOWN_TYPE = 'application/octet-stream';

const PACKED = ['PK\x03\x04', 'PK\x05\x06', 'PK\x07\x08'];
const MATROSKA = ['\x1a\x45\xdf\xa3'];
const MP4_SOUND = ['\0\0\0\x18ftypmp4', '\0\0\0\x1cftypisom'];
const MP4 = [...MP4_SOUND, '\0\0\0\x1cftypmp42'];

/** Where two types share an extension, the first in this list is what the extension means. */
const TYPES: Readonly<Record<string, FileType>> = {
  'image/jpeg': { magic: ['\xff\xd8\xff'], extensions: ['.jpg', '.jpeg'] },
  'image/png': { magic: ['\x89PNG\r\n\x1a\n'], extensions: ['.png'] },
  'image/gif': { magic: ['GIF87a', 'GIF89a'], extensions: ['.gif'] },
  'image/webp': { magic: ['RIFF'], extensions: ['.webp'] },
  'image/bmp': { magic: ['BM'], extensions: ['.bmp'] },
  'image/svg+xml': { magic: ['<?xml', '<svg'], extensions: ['.svg'] },
  'audio/mpeg': {
    magic: ['ID3', '\xff\xfb', '\xff\xfa', '\xff\xf3', '\xff\xf2', '\xff\xe3', '\xff\xe2'],
    extensions: ['.mp3'],
  },
  'audio/wav': { magic: ['RIFF'], extensions: ['.wav'] },
  'audio/ogg': { magic: ['OggS'], extensions: ['.ogg', '.oga'] },
  'video/webm': { magic: MATROSKA, extensions: ['.webm'] },
  'audio/webm': { magic: MATROSKA, extensions: ['.webm'] },
  'video/mp4': { magic: MP4, extensions: ['.mp4', '.m4v'] },
  'audio/mp4': { magic: MP4_SOUND, extensions: ['.m4a', '.mp4'] },
  'video/quicktime': { magic: ['\0\0\0\x14ftypqt'], extensions: ['.mov', '.qt'] },
  'application/pdf': { magic: ['%PDF-'], extensions: ['.pdf'] },
  'text/plain': { magic: [], extensions: ['.txt', '.log', '.cfg', '.ini', '.yml', '.yaml', '.toml'] },
  'text/markdown': { magic: [], extensions: ['.md', '.markdown'] },
  'text/x-tex': { magic: [], extensions: ['.tex', '.sty', '.cls', '.bib', '.bst'] },
  'application/x-latex': { magic: [], extensions: ['.latex', '.ltx', '.tex'] },
  'text/csv': { magic: [], extensions: ['.csv', '.tsv'] },
  [XLSX]: { magic: PACKED, extensions: ['.xlsx'] },
  [XLSM]: { magic: PACKED, extensions: ['.xlsm'] },
  'text/html': { magic: ['<!DOCTYPE', '<html', '<HTML'], extensions: ['.html', '.htm'] },
  'application/xml': { magic: ['<?xml'], extensions: ['.xml', '.xsl', '.xslt'] },
  'text/xml': { magic: ['<?xml'], extensions: ['.xml'] },
  'application/json': { magic: ['{', '['], extensions: ['.json'] },
  'application/zip': { magic: PACKED, extensions: ['.zip'] },
  'application/x-tar': { magic: ['ustar'], extensions: ['.tar'] },
  'application/gzip': { magic: ['\x1f\x8b'], extensions: ['.gz', '.gzip'] },
};

/** Texts that no type above is for: programs and what belongs to them. Browsers call many of them something else. */
const SOURCES: ReadonlySet<string> = new Set(
  [
    '.adoc .bat .c .cc .cjs .clj .cmake .conf .cpp .cs .css .cxx .dart .diff .el .erl .ex .exs .fish .fs .go .gradle',
    '.graphql .groovy .h .hpp .hs .java .jl .js .json5 .jsonl .jsx .kt .kts .less .lisp .lua .m .mjs .ml .mm .nim .nix .org',
    '.patch .php .pl .properties .proto .ps1 .py .r .rb .rs .rst .sass .scala .scss .sh .sql .srt .svelte .swift .tcl .tf',
    '.ts .tsx .vim .vtt .vue .zig .zsh',
  ].flatMap((line) => line.split(' ')),
);

/** Other names of types. */
const ALIASES: Readonly<Record<string, string>> = {
  'audio/x-mpeg': 'audio/mpeg',
  'audio/mp3': 'audio/mpeg',
  'audio/x-wav': 'audio/wav',
  'audio/x-ogg': 'audio/ogg',
};

/** Types that say nothing. */
const GENERIC: ReadonlySet<string> = new Set([
  '',
  UNKNOWN_TYPE,
  'binary/octet-stream',
  'application/x-binary',
  'application/unknown',
]);

/** Bytes from the beginning that tell a type: the mark of an archive stands at 257. */
export const MARK_BYTES = 263;
const TAR_MARK_AT = 257;
/** RIFF files say at this place what they hold. */
const RIFF_KIND_AT = 8;
const RIFF_KINDS: Readonly<Record<string, string>> = { 'image/webp': 'WEBP', 'audio/wav': 'WAVE' };

const DOCUMENTS: ReadonlySet<string> = new Set([
  'application/pdf',
  'application/msword',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  XLSX,
  XLSM,
  'text/plain',
  'text/csv',
  'text/markdown',
  'text/x-tex',
  'application/x-latex',
  'text/html',
  'application/xml',
  'text/xml',
  'application/json',
]);

/** Types a browser shows without running anything. */
const SHOWN: ReadonlySet<string> = new Set([
  'image/jpeg',
  'image/png',
  'image/gif',
  'image/webp',
  'image/bmp',
  'audio/mpeg',
  'audio/wav',
  'audio/ogg',
  'audio/webm',
  'audio/mp4',
  'video/mp4',
  'video/webm',
  'video/quicktime',
  'text/plain',
]);

/** Types of which small pictures are made. */
const THUMBNAILED: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);

/** A type in lower case, without parameters, by its usual name. */
export function canonicalType(type: string): string {
  const bare = (type.split(';', 1)[0] ?? '').trim().toLowerCase();
  return ALIASES[bare] ?? bare;
}

export function isGenericType(type: string): boolean {
  return GENERIC.has(type);
}

/** Whether files of this type are taken at all. */
export function isAllowedType(type: string): boolean {
  return Object.hasOwn(TYPES, type);
}

/** Whether a browser may show it in place; everything else is only ever downloaded (05 X-1). */
export function isShownInline(type: string): boolean {
  return SHOWN.has(type);
}

export function isThumbnailed(type: string): boolean {
  return THUMBNAILED.has(type);
}

/** The type an extension stands for (with dot, lower case); null for unknown ones. */
export function typeOfExtension(extension: string): string | null {
  for (const [type, { extensions }] of Object.entries(TYPES)) if (extensions.includes(extension)) return type;
  return null;
}

/** The extension files of a type get; empty for unknown types. */
export function extensionOfType(type: string): string {
  return TYPES[type]?.extensions[0] ?? '';
}

/** Whether a text with this extension (with dot, lower case) is the source of something. */
export function isSource(extension: string): boolean {
  return SOURCES.has(extension);
}

export function goesWithExtension(type: string, extension: string): boolean {
  return TYPES[type]?.extensions.includes(extension) ?? false;
}

/** Whether a file of this type may begin so; `head` is its first {@link MARK_BYTES} or all of it. */
export function hasMarkOf(type: string, head: Uint8Array): boolean {
  const magic = TYPES[type]?.magic ?? [];
  if (magic.length === 0) return true;
  const text = Buffer.from(head.subarray(0, MARK_BYTES)).toString('latin1');
  if (type === 'application/x-tar')
    return head.length >= MARK_BYTES && magic.some((mark) => text.startsWith(mark, TAR_MARK_AT));
  const kind = RIFF_KINDS[type];
  if (
    kind !== undefined &&
    !(text.startsWith(kind, RIFF_KIND_AT) && head.length > RIFF_KIND_AT + kind.length)
  )
    return false;
  return magic.some((mark) => text.startsWith(mark));
}

/** The folder a type is stored in (03 section 10.1). */
export function categoryOf(type: string): FileCategory {
  if (type.startsWith('image/')) return 'images';
  if (type.startsWith('video/')) return 'videos';
  if (type.startsWith('audio/')) return 'audio';
  return DOCUMENTS.has(type) ? 'documents' : 'other';
}
