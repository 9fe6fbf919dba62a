/**
 * A conversation as a list (05 section 10.5, M-9, M-10): pages of the node merged without loss or duplicate, and the
 * rows the list shows: day dividers and groups of one author. Pure functions.
 */
import type { Delivery } from '../api/types.ts';
import type { Attachment } from './attachments.ts';
import { counted } from './numbers.ts';
import { plainLine } from './plain-text.ts';
import { dayKey } from './time.ts';

/** Consecutive messages of one author within five minutes form one group. */
const GROUP_WINDOW_MS = 5 * 60_000;

/** One kind of reaction to a message. */
export interface Reaction {
  kind: string;
  count: number;
  /** Names of those who chose it. */
  names: readonly string[];
  mine: boolean;
}

/** One message as shown, from a channel, a direct conversation or the unsent queue. */
export interface Entry {
  id: string;
  authorId: string;
  authorName: string;
  /** Peer the author is at home on; null for an account of this node. */
  originPeer: string | null;
  /** Device the message says it came from, when it says so. */
  device: string | null;
  text: string;
  /** Unix ms. */
  at: number;
  edited: boolean;
  mine: boolean;
  delivery: Delivery | null;
  /** What the node calls a message of its kind when asked how far it came. */
  kind: 'message' | 'dm';
  /** The peer that told of it while its author's home has not (06 section 4.3). */
  unconfirmedVia: string | null;
  /** The channel it is in; null for direct messages. */
  channelId: string | null;
  /** The message it replies to. */
  replyTo: string | null;
  /** Who reacted, by kind. */
  reactions: readonly Reaction[];
  /** Names of those in a direct message whose programs do not show them. */
  reactionsUnseenBy?: readonly string[];
  /** Files that came with it. */
  files?: readonly Attachment[];
  /** Set for what the node has not taken yet. */
  unsent?: { state: 'sending' | 'waiting' | 'failed'; reason: string | null };
}

/**
 * Puts the newest page of the node into a list. The page is contiguous and ends with the newest message, so it
 * replaces everything from its first message on; what was deleted meanwhile goes with it. A page that does not touch
 * the list replaces it: the gap is loaded by scrolling up.
 */
export function mergeNewest<T extends { id: string }>(list: readonly T[], page: readonly T[]): T[] {
  const first = page[0];
  if (first === undefined) return [];
  const ids = new Set(page.map((message) => message.id));
  const cut = list.findIndex((message) => ids.has(message.id));
  if (cut === -1) return [...page];
  // The page may start before or inside the list; only what stands before its oldest known message is kept.
  return [...list.slice(0, cut).filter((message) => !ids.has(message.id)), ...page];
}

/** Puts an older page in front; messages that are in the list already are left out. */
export function prependOlder<T extends { id: string }>(list: readonly T[], page: readonly T[]): T[] {
  const known = new Set(list.map((message) => message.id));
  return [...page.filter((message) => !known.has(message.id)), ...list];
}

/** What the list shows, in order. */
export type Row =
  | { kind: 'day'; key: string; at: number }
  | { kind: 'new'; key: string }
  | { kind: 'message'; key: string; entry: Entry; head: boolean; showState: boolean };

/**
 * Builds the rows of a list of entries, oldest first.
 * @param newFrom the first message that was not read when the conversation was opened; a line stands above it.
 */
export function threadRows(entries: readonly Entry[], newFrom: string | null = null): Row[] {
  const rows: Row[] = [];
  let previous: Entry | null = null;
  entries.forEach((entry, index) => {
    const newDay = previous === null || dayKey(previous.at) !== dayKey(entry.at);
    if (newDay) rows.push({ kind: 'day', key: `day:${dayKey(entry.at)}:${entry.id}`, at: entry.at });
    const isNew = entry.id === newFrom;
    if (isNew) rows.push({ kind: 'new', key: 'new' });
    const head = isNew || newDay || previous === null || !sameGroup(previous, entry);
    rows.push({ kind: 'message', key: entry.id, entry, head, showState: showsState(entries, index) });
    previous = entry;
  });
  return rows;
}

function sameGroup(before: Entry, after: Entry): boolean {
  return before.authorId === after.authorId && after.at - before.at < GROUP_WINDOW_MS;
}

/** Only the newest own message of a group shows its state, unless one differs (05 section 10.6). */
function showsState(entries: readonly Entry[], index: number): boolean {
  const entry = entries[index];
  const next = entries[index + 1];
  if (entry === undefined || !entry.mine) return false;
  if (entry.unsent !== undefined) return true;
  return next === undefined || !sameGroup(entry, next) || stateOf(entry) !== stateOf(next);
}

function stateOf(entry: Entry): string {
  return entry.unsent?.state ?? entry.delivery?.state ?? 'here';
}

/** Up to this many new messages are read out one by one. */
const READ_OUT = 3;

/**
 * What a screen reader is told of new messages (05 section 10.11, A-2): of a few, who wrote and what; of many, how many came
 * from whom. Own messages are not read back.
 */
export function announcement(fresh: readonly Entry[]): string {
  const others = fresh.filter((entry) => !entry.mine);
  if (others.length <= READ_OUT) return others.map(readOut).join(' ');
  const names = [...new Set(others.map((entry) => entry.authorName))];
  const last = names.pop() ?? '';
  const from =
    names.length === 0 ? last : `${names.slice(0, 2).join(', ')} and ${names.length > 2 ? 'others' : last}`;
  return `${others.length} new messages from ${from}`;
}

/** A message as it is read out: its author, then its text, then how many files it has. */
export function readOut({
  authorName,
  text,
  files = [],
}: Pick<Entry, 'authorName' | 'text' | 'files'>): string {
  const parts = [plainLine(text), files.length === 0 ? '' : filesInWords(files.length)];
  return `${authorName}: ${parts.filter((part) => part !== '').join(', ')}`;
}

function filesInWords(count: number): string {
  return counted(count, 'file', 'files');
}

/** What came after the message that was the last one; nothing when that is not there any more. */
export function newAtEnd(beforeLastId: string | null, entries: readonly Entry[]): readonly Entry[] {
  const at = beforeLastId === null ? -1 : entries.findIndex((entry) => entry.id === beforeLastId);
  return at === -1 ? [] : entries.slice(at + 1);
}
