/** Files of messages as they are shown (05 section 10.7, F-3, F-4): those that are here, and those that are on the way. */
import { signal } from '@preact/signals';

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
}

/** How far a file is that is fetched. */
export interface Transfer {
  state: 'running' | 'waiting' | 'failed' | 'available';
  done: number;
  total: number | null;
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
      name: text(entry['name']) ?? 'file',
      type: text(entry['type']) ?? '',
      size: typeof entry['size'] === 'number' ? entry['size'] : 0,
      origin: text(entry['origin_file_id']),
    };
  });
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

/** What there is to say of a file that is not here, in words. */
export function transferWords(transfer: Transfer | undefined): string {
  if (transfer === undefined || transfer.state === 'waiting') return 'Comes when its device is connected';
  if (transfer.state === 'failed') return 'Could not be fetched';
  const { done, total } = transfer;
  return total === null || total === 0 ? 'Fetching' : `Fetching, ${Math.floor((100 * done) / total)} %`;
}

/** An event of the node about a transfer. */
export function heardOfTransfer(data: unknown): void {
  if (typeof data !== 'object' || data === null) return;
  const { origin_file_id: origin, state, done, total } = data as Partial<Record<string, unknown>>;
  if (typeof origin !== 'string' || typeof done !== 'number') return;
  const next = new Map(transfers.value);
  if (state === 'running' || state === 'waiting' || state === 'failed')
    next.set(origin, { state, done, total: typeof total === 'number' ? total : null });
  else next.delete(origin);
  transfers.value = next;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
