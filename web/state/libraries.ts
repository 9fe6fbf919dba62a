/**
 * Libraries of this node (07 section 5): the list, the open one with its members and files, and what is done to them.
 * The node says when something changed; what moves while content comes is read again at most once a second.
 */
import { signal } from '@preact/signals';
import { coalesced } from './coalesce.ts';
import type { FilterWish, Library, LibraryFilter, LibraryMode } from './library-words.ts';
import { filterOf, takesAll } from './library-words.ts';
import { api } from './session.ts';

/** Content that is under way to this node. */
export interface Transfer {
  hash: string;
  filename: string | null;
  size: number;
  have: number;
  from: readonly string[];
}

/** What comes now (07 section 2.1, details). */
export interface LibraryProgress {
  active: readonly Transfer[];
  bytes_per_second: number;
}

export interface Member {
  peer_id: string;
  mode: LibraryMode | 'owner';
  connected: boolean;
  /** Assets it added or changed last. */
  records: number;
}

export interface Ticket {
  ticket_id: string;
  mode: LibraryMode;
  created_at: number;
  expires_at: number | null;
  max_uses: number;
  uses: number;
  revoked: boolean;
}

/** An asset of a library; `here`: its bytes are on this node. */
export interface LibraryFile {
  hash: string;
  size: number;
  mime_type: string;
  filename: string | null;
  application: string | null;
  tags: readonly string[];
  user: string | null;
  description: string | null;
  timestamp: number;
  author: string;
  here: boolean;
  hidden: boolean;
}

const ROOT = '/api/v1/sync';
const CAN = '/api/v1/can/0';
/** Files read at a time. */
const PAGE = 60;

/** `null` until they were read. */
export const libraries = signal<readonly Library[] | null>(null);
/** The open one. */
export const openId = signal<string | null>(null);
export const progress = signal<LibraryProgress | null>(null);
export const members = signal<readonly Member[]>([]);
export const files = signal<{ list: readonly LibraryFile[]; next: string | null; query: string } | null>(
  null,
);

const one = (id: string): string => `${ROOT}/libraries/${encodeURIComponent(id)}`;

/** Every answer of these routes stands in an envelope (07 section 1). */
async function data<T>(answer: Promise<{ data: T }>): Promise<T> {
  return (await answer).data;
}

export const loadLibraries = coalesced(async () => {
  libraries.value = await data(api.get<{ data: Library[] }>(`${ROOT}/libraries`));
});

/** Reads the open library again: how far it is, who is in it, and as many files as are shown. */
export const loadOpen = coalesced(async () => {
  const id = openId.value;
  if (id === null) return;
  const shown = files.value;
  const [details, list, page] = await Promise.all([
    data(api.get<{ data: Library & { progress: LibraryProgress } }>(one(id))),
    data(api.get<{ data: Member[] }>(`${one(id)}/members`)),
    readFiles(id, shown?.query ?? '', null, Math.max(PAGE, shown?.list.length ?? 0)),
  ]);
  if (openId.value !== id) return;
  libraries.value = (libraries.value ?? []).map((library) => (library.id === id ? details : library));
  progress.value = details.progress;
  members.value = list;
  // Somebody searched meanwhile: what that finds is read by itself.
  if (files.value?.query === shown?.query) files.value = { ...page, query: shown?.query ?? '' };
});

/** Opens one; what was shown of another goes. */
export function showLibrary(id: string | null): void {
  if (openId.value === id) return;
  openId.value = id;
  progress.value = null;
  members.value = [];
  files.value = null;
}

async function readFiles(id: string, query: string, cursor: string | null, limit: number) {
  const asked = new URLSearchParams({ limit: String(Math.min(limit, 1000)) });
  if (query !== '') asked.set('q', query);
  if (cursor !== null) asked.set('cursor', cursor);
  const page = await data(
    api.get<{ data: { assets: LibraryFile[]; next_cursor: string | null } }>(`${one(id)}/assets?${asked}`),
  );
  return { list: page.assets, next: page.next_cursor };
}

/** Narrows the files of the open library. */
export async function searchFiles(query: string): Promise<void> {
  const id = openId.value;
  if (id === null) return;
  files.value = { list: files.value?.list ?? [], next: null, query };
  const page = await readFiles(id, query, null, PAGE);
  if (openId.value === id && files.value.query === query) files.value = { ...page, query };
}

/** Reads the next files of the open library. */
export async function moreFiles(): Promise<void> {
  const id = openId.value;
  const shown = files.value;
  if (id === null || shown?.next == null) return;
  const page = await readFiles(id, shown.query, shown.next, PAGE);
  if (files.value === shown) files.value = { ...shown, list: [...shown.list, ...page.list], next: page.next };
}

/** How many assets here match a filter now. */
export function countMatching(filter: LibraryFilter): Promise<{ assets: number; bytes: number }> {
  return data(api.post<{ data: { assets: number; bytes: number } }>(`${ROOT}/matching`, { filter }));
}

export async function createLibrary(name: string, wish: FilterWish): Promise<string> {
  const filter = filterOf(wish);
  const body = { name, filter, ...(takesAll(filter) ? { allow_all: true } : {}) };
  const made = await data(api.post<{ data: Library }>(`${ROOT}/libraries`, body));
  await loadLibraries();
  return made.id;
}

export async function changeLibrary(id: string, name: string, filter: LibraryFilter): Promise<void> {
  await api.call('PATCH', one(id), { name, filter, ...(takesAll(filter) ? { allow_all: true } : {}) });
  await loadLibraries();
}

/** Leaves it; the owner closes it for everybody. */
export async function endLibrary(id: string, close: boolean): Promise<void> {
  await api.delete(`${one(id)}${close ? '?close=1' : ''}`);
  await loadLibraries();
}

export async function joinLibrary(ticket: string): Promise<string> {
  const joined = await data(api.post<{ data: Library }>(`${ROOT}/join`, { ticket }));
  await loadLibraries();
  return joined.id;
}

export interface InviteWish {
  mode: LibraryMode;
  /** Seconds; 0 is for ever. */
  expires_in: number;
  /** 0 is any number. */
  max_uses: number;
}

export function makeTicket(id: string, wish: InviteWish): Promise<{ ticket: string; ticket_id: string }> {
  return data(api.post<{ data: { ticket: string; ticket_id: string } }>(`${one(id)}/invite`, wish));
}

export function readTickets(id: string): Promise<readonly Ticket[]> {
  return data(api.get<{ data: Ticket[] }>(`${one(id)}/tickets`));
}

export async function revokeTicket(id: string, ticketId: string): Promise<void> {
  await api.delete(`${one(id)}/tickets/${encodeURIComponent(ticketId)}`);
}

export async function changeMember(id: string, peerId: string, mode: LibraryMode): Promise<void> {
  await api.call('PATCH', `${one(id)}/members/${encodeURIComponent(peerId)}`, { mode });
  await loadOpen();
}

/** @param keep what it added stays, as the owner's. */
export async function removeMember(id: string, peerId: string, keep: boolean): Promise<void> {
  await api.delete(`${one(id)}/members/${encodeURIComponent(peerId)}${keep ? '' : '?adopt=0'}`);
  await loadOpen();
}

/** Removes a file from the library, for everybody. */
export async function removeFile(id: string, hash: string): Promise<void> {
  await api.delete(`${one(id)}/assets/${hash}`);
  await loadOpen();
}

/** Deletes the bytes on this node; the library does not bring them again. */
export async function deleteHere(hash: string): Promise<void> {
  await api.delete(`${CAN}/asset/${hash}`);
  await loadOpen();
}

export async function restoreHere(hash: string): Promise<void> {
  await api.post(`${CAN}/asset/${hash}/restore`);
  await loadOpen();
}

/** Addresses of the content; `thumbnail` of pictures that are here. */
export const assetAddress = (hash: string): string => `${CAN}/asset/${hash}`;
export const thumbnailAddress = (hash: string): string => `${CAN}/asset/${hash}/thumbnail`;
export const INGEST = `${CAN}/ingest`;

/** At most this often what moves while content comes is read again. */
const HEARD_MS = 1_000;
let heardAt = 0;
let planned = false;

/** Something changed in a library, or came: what is shown of libraries is read again. */
export function heardOfLibraries(): void {
  if (libraries.value === null || planned) return;
  planned = true;
  window.setTimeout(
    () => {
      planned = false;
      heardAt = Date.now();
      const work = openId.value === null ? loadLibraries() : Promise.all([loadLibraries(), loadOpen()]);
      // The state of the stream says when the node does not answer.
      work.catch(() => undefined);
    },
    Math.max(0, heardAt + HEARD_MS - Date.now()),
  );
}
