/**
 * What is in a library, for a page that shows it (07 section 5): its living assets newest first, those whose words hold
 * what is searched, and whether each is here. Records are sealed on the disk, so searching reads them one by one; one
 * call reads only so many and says where the next goes on.
 */
import { fromHex, toHex } from '../crypto/bytes.ts';
import type { LibraryRecordRows, RecordItem, StoredRecord } from '../store/library-records.ts';
import type { AssetHash, LibraryId, PeerId } from '../wire/ids.ts';
import type { AssetMeta, Assets } from './types.ts';

/** Records one call reads: about a tenth of a second of work. */
const MAX_READ = 5_000;
/** Read at a time; others have the event loop in between. */
const PAGE = 200;
const CURSOR = /^(\d{1,13})\.([0-9a-f]{64})$/;

/** An asset of a library. */
export interface LibraryFile extends AssetMeta {
  hash: AssetHash;
  size: number;
  /** Who wrote its living record. */
  author: PeerId;
  here: boolean;
  /** Deleted here by a person: the library does not bring it. */
  hidden: boolean;
}

/** What is wanted of a library. */
export interface BrowseWish {
  /** All of its words are in the file's name, description, tags or application; blank for every file. */
  query: string;
  /** Where an earlier call ended; anything else begins at the newest. */
  cursor: string | null;
  limit: number;
}

export interface BrowseComponents {
  rows: Pick<LibraryRecordRows, 'assetsBefore'>;
  assets: Pick<Assets, 'get' | 'isHidden'>;
  /** Lets others have the event loop for a moment. */
  pause(): Promise<void>;
}

/** @returns the files, and where the next call goes on; `null` at the end. Fewer than asked for do not mean the end. */
export async function browse(
  { rows, assets, pause }: BrowseComponents,
  libraryId: LibraryId,
  { query, cursor, limit }: BrowseWish,
): Promise<{ files: LibraryFile[]; next: string | null }> {
  const words = folded(query)
    .split(/\s+/u)
    .filter((word) => word !== '');
  const files: LibraryFile[] = [];
  let place = placeOf(cursor);
  for (let read = 0; read < MAX_READ; read += PAGE) {
    if (read > 0) await pause();
    const page = rows.assetsBefore(libraryId, place, PAGE);
    for (const stored of page) {
      place = { id: stored.id, ts: Math.floor(stored.record.ts / 1000) };
      const file = fileOf(stored, assets);
      if (file === null || !matches(file, words)) continue;
      files.push(file);
      if (files.length === limit) return { files, next: cursorOf(place) };
    }
    if (page.length < PAGE) return { files, next: null };
  }
  return { files, next: place === null ? null : cursorOf(place) };
}

function fileOf({ record }: StoredRecord, assets: BrowseComponents['assets']): LibraryFile | null {
  if (record.kind !== 'asset' || record.deleted) return null;
  const { key: hash, size, author, meta } = record;
  const hidden = assets.isHidden(hash);
  return { hash, size, ...meta, author, here: !hidden && assets.get(hash) !== null, hidden };
}

function matches(
  { filename, description, tags, application }: LibraryFile,
  words: readonly string[],
): boolean {
  if (words.length === 0) return true;
  const text = folded(
    [filename, description, ...tags, application].filter((part) => part !== null).join('\n'),
  );
  return words.every((word) => text.includes(word));
}

/** Letters of either case and with any accents are alike. */
function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

function placeOf(cursor: string | null): RecordItem | null {
  const [, second, id] = CURSOR.exec(cursor ?? '') ?? [];
  const bytes = id === undefined ? null : fromHex(id);
  return second === undefined || bytes === null ? null : { ts: Number(second), id: bytes };
}

function cursorOf({ ts, id }: RecordItem): string {
  return `${ts}.${toHex(id)}`;
}
