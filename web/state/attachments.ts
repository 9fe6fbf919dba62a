/** Files of messages as they are shown (05 section 10.7, F-3, F-4): those that are here, and those that are on the way. */
import { signal } from '@preact/signals';
import { cleanName } from './names.ts';
import { progressWords } from './progress-words.ts';
import { MAX_ALT, type Dimensions } from './uploads.ts';

/** One file of a message. */
export interface Attachment {
  /** Id on this node; null while it is not here. */
  id: string | null;
  name: string;
  type: string;
  /** Bytes; 0 when nobody said. */
  size: number;
  /** What its own node calls it, while it is not here. */
  origin: string | null;
  /** The peer it comes from, while it is not here. */
  source: string | null;
  /** What a picture shows, as its sender says. */
  alt: string;
  /** Of a picture, when its sender said so. */
  dimensions: Dimensions | null;
}

/** How far a file is that is fetched. */
export interface Transfer {
  state: 'running' | 'waiting' | 'failed' | 'available';
  done: number;
  total: number | null;
  /** Bytes there were when this page first heard of it, and when, Unix ms. */
  from: number;
  since: number;
}

/** Transfers by what their node calls the file. */
export const transfers = signal<ReadonlyMap<string, Transfer>>(new Map());

/** Types of which the node makes small pictures. */
const PICTURES = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'image/bmp']);

/** The files of a message of the API; entries that name nothing are left out. */
export function attachmentsOf(entries: readonly Readonly<Record<string, unknown>>[]): Attachment[] {
  return entries.map((entry) => {
    const here = typeof entry['url'] === 'string';
    return {
      id: here ? text(entry['id']) : null,
      name: cleanName(text(entry['name']) ?? '') || 'file',
      type: text(entry['type']) ?? '',
      size: typeof entry['size'] === 'number' ? entry['size'] : 0,
      origin: text(entry['origin_file_id']),
      source: text(entry['source_peer_id']),
      alt: (text(entry['alt']) ?? '').slice(0, MAX_ALT),
      dimensions: dimensionsOf(entry),
    };
  });
}

/** No picture is larger on a side; what says so says nothing. */
const MAX_SIDE = 100_000;

function dimensionsOf({ width, height }: Readonly<Record<string, unknown>>): Dimensions | null {
  const sound = (side: unknown): side is number =>
    typeof side === 'number' && Number.isInteger(side) && side > 0 && side <= MAX_SIDE;
  return sound(width) && sound(height) ? { width, height } : null;
}

/** As large as a picture is shown in a message: inside of this, never larger than it is. */
const SHOWN: Dimensions = { width: 400, height: 300 };

/** The room of a picture before it is there. */
export function shownSize({ width, height }: Dimensions): Dimensions {
  const scale = Math.min(1, SHOWN.width / width, SHOWN.height / height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Whether it is shown as a picture. */
export function isPicture(file: Attachment): boolean {
  return file.id !== null && PICTURES.has(file.type);
}

/** What a browser plays in place; everything else of these kinds is downloaded. */
const PLAYED = /^(?:audio\/(?:mpeg|mp4|ogg|wav|webm|aac|flac)|video\/(?:mp4|webm|ogg))$/u;

/** Whether it is played in place, and how. */
export function playedAs(file: Attachment): 'audio' | 'video' | null {
  if (file.id === null || !PLAYED.test(file.type)) return null;
  return file.type.startsWith('audio/') ? 'audio' : 'video';
}

/** What can be looked at as text without being downloaded. */
const READABLE = /^(?:text\/|application\/(?:json|xml|x-latex)$|image\/svg\+xml$)/u;

export const PDF = 'application/pdf';

/** Whether there is a preview of it. @param showsPdf whether this browser has a viewer of its own. */
export function isReadable(file: Attachment, showsPdf: boolean): boolean {
  return file.id !== null && (READABLE.test(file.type) || (showsPdf && file.type === PDF));
}

/** What there is to say of a file that is not here, in words. @param source what its device is called. */
export function transferWords(
  transfer: Transfer | undefined,
  { source, reachable, now }: { source: string; reachable: boolean; now: number },
): string {
  if (transfer?.state === 'failed') return `Could not be fetched from ${source}`;
  if (!reachable)
    return (transfer?.done ?? 0) > 0 ? `Paused: waiting for ${source}` : `Waiting for ${source}`;
  if (transfer === undefined || transfer.state === 'waiting') return `Comes from ${source}`;
  if (transfer.state === 'available') return 'Here now';
  const { done, total, from, since } = transfer;
  if (total === null || total === 0) return 'Fetching';
  return `Fetching, ${progressWords({ done, total, from, elapsed: now - since })}`;
}

/** An event of the node about a transfer. */
export function heardOfTransfer(data: unknown, now: number = Date.now()): void {
  if (typeof data !== 'object' || data === null) return;
  const { origin_file_id: origin, state, done, total } = data as Partial<Record<string, unknown>>;
  if (typeof origin !== 'string' || typeof done !== 'number') return;
  const next = new Map(transfers.value);
  if (state === 'running' || state === 'waiting' || state === 'failed') {
    const before = transfers.value.get(origin);
    const goesOn = before?.state === 'running' && state === 'running';
    const { from, since } = goesOn ? before : { from: done, since: now };
    next.set(origin, { state, done, total: typeof total === 'number' ? total : null, from, since });
  } else next.delete(origin);
  transfers.value = next;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
