/**
 * What can be done with a message that is there (05 section 10.5, M-7, M-8, M-13): react, change, delete. A deletion waits
 * as long as it can be taken back; nothing leaves the node before (M-7).
 */
import { signal } from '@preact/signals';
import { ApiError } from '../api/client.ts';
import { channelEntries, refreshChannel } from './channel.ts';
import { messagePath } from './message-path.ts';
import { refreshDirect, threadEntries } from './direct.ts';
import { closeToast, showToast } from './notices.ts';
import { api } from './session.ts';
import { threadViewEntries } from './thread-view.ts';
import type { Entry } from './thread.ts';

/** How long a deletion can be taken back. */
const UNDO_MS = 5_000;

/** Kinds of reactions with their signs; between our nodes all of them travel. */
export const REACTIONS: readonly (readonly [string, string, string])[] = [
  ['like', '👍', 'Like'],
  ['love', '❤️', 'Love'],
  ['laugh', '😂', 'Laugh'],
  ['dislike', '👎', 'Dislike'],
  ['angry', '😡', 'Angry'],
];

export const REACTION_SIGNS: ReadonlyMap<string, string> = new Map(
  REACTIONS.map(([kind, sign]) => [kind, sign]),
);

/** The dialog a message was asked for from its menu. */
export const asking = signal<{ what: 'lifespan' | 'details'; entry: Entry } | null>(null);

/** A message as it is now while it is at hand, else as it was when it was asked for. */
export function asItIs(entry: Entry): Entry {
  const now = [channelEntries, threadEntries, threadViewEntries].flatMap(({ value }) => value);
  return now.find(({ id, kind }) => id === entry.id && kind === entry.kind) ?? entry;
}

/** Id of the message that is being changed. */
export const editing = signal<string | null>(null);
/** Ids of messages that are about to be deleted: they are not shown. */
export const vanishing = signal<ReadonlySet<string>>(new Set());

function refresh(entry: Entry): Promise<void> {
  return entry.channelId === null ? refreshDirect() : refreshChannel();
}

/** Saves a changed text. @returns why it was not saved, or null. */
export async function saveEdit(entry: Entry, text: string): Promise<string | null> {
  if (text.trim() !== entry.text.trim()) {
    try {
      await api.call('PUT', messagePath(entry), { content: text });
    } catch (error) {
      if (error instanceof ApiError) return error.message;
      throw error;
    }
    await refresh(entry).catch(() => undefined);
  }
  editing.value = null;
  return null;
}

const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;
/** How long a message can stay from now on; seconds with their words. */
export const LIFESPANS: readonly (readonly [number, string])[] = [
  [HOUR_S, '1 hour'],
  [DAY_S, '1 day'],
  [7 * DAY_S, '1 week'],
  [30 * DAY_S, '30 days'],
  [90 * DAY_S, '90 days'],
  [365 * DAY_S, '1 year'],
  [730 * DAY_S, '2 years'],
];

/** Lets a message of a channel disappear `seconds` from now, on every node. @throws {ApiError} */
export async function setLifespan(entry: Entry, seconds: number): Promise<void> {
  await api.call('PUT', messagePath(entry), { ttl_seconds: seconds });
  await refresh(entry).catch(() => undefined);
}

/** Adds a reaction of this person, or takes it away. */
export async function react(entry: Entry, kind: string): Promise<void> {
  try {
    const mine = entry.reactions.find((reaction) => reaction.mine);
    await api.post(`${messagePath(entry)}/like`, { reaction_type: kind });
    // The node takes the old one away; another kind is a second call.
    if (mine !== undefined && mine.kind !== kind)
      await api.post(`${messagePath(entry)}/like`, { reaction_type: kind });
  } catch (error) {
    tell(error);
  }
  await refresh(entry).catch(() => undefined);
}

/** Asks a peer again for a file that did not come. */
export async function fetchAgain(peerId: string, originFileId: string): Promise<void> {
  try {
    await api.post('/api/v1/files/fetch', { peer_id: peerId, origin_file_id: originFileId });
  } catch (error) {
    tell(error);
  }
}

/** Hides a message and deletes it when nobody takes that back in time. */
export function removeSoon(entry: Entry): void {
  const key = `delete:${entry.id}`;
  vanishing.value = new Set([...vanishing.value, entry.id]);
  const timer = setTimeout(() => {
    closeToast(key);
    void remove(entry);
  }, UNDO_MS);
  const undo = (): void => {
    clearTimeout(timer);
    closeToast(key);
    show(entry.id);
  };
  showToast({ key, text: 'Message deleted.', actions: [{ label: 'Undo', run: undo }] });
}

async function remove(entry: Entry): Promise<void> {
  try {
    await api.delete(messagePath(entry));
    await refresh(entry).catch(() => undefined);
  } catch (error) {
    tell(error);
  }
  show(entry.id);
}

function show(id: string): void {
  vanishing.value = new Set([...vanishing.value].filter((other) => other !== id));
}

function tell(error: unknown): void {
  if (!(error instanceof ApiError)) throw error;
  showToast({ key: `action:${error.code}`, text: error.message, actions: [] });
}
