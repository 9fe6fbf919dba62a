/**
 * How far one has read (05 section 10.9, U-1, U-2), in channels and conversations alike: the position moves with what was
 * on the screen of a focused window, on this node, so that other tabs and devices of the account follow.
 */
import { effect, signal, untracked } from '@preact/signals';
import { channels, loadChannels, newFrom, openChannel } from './channel.ts';
import { later } from './catch-up.ts';
import { conversationKey, conversationParam } from './conversations.ts';
import { conversations, loadConversations, openConversation, threadNewFrom } from './direct.ts';
import { showToast } from './notices.ts';
import { location } from './router.ts';
import { api } from './session.ts';
import type { Entry } from './thread.ts';

/** What is on the screen for less was scrolled past; also keeps calls from following every frame. */
const SEEN_MS = 400;

/** Where somebody reads. */
interface Reading {
  key: string;
  /** Tells the node, and counts again. */
  place: (body: object) => Promise<void>;
  readAll: () => Promise<void>;
  /** Above it stands the line `New`. */
  newFrom: { value: string | null };
}

function inChannel(id: string): Reading {
  const path = `/api/v1/channels/${encodeURIComponent(id)}`;
  const tell = async (what: string, body?: object): Promise<void> => {
    await api.post(`${path}/${what}`, body);
    await loadChannels();
  };
  return {
    key: `channel:${id}`,
    place: (body) => tell('position', body),
    readAll: () => tell('read'),
    newFrom,
  };
}

/** The open conversation, if there is one. */
function inConversation(): Reading | null {
  const open = openConversation.value;
  if (open === null) return null;
  const place = async (body: object): Promise<void> => {
    await api.post('/api/v1/messages/position', { with: conversationParam(open), ...body });
    await loadConversations();
  };
  return {
    key: conversationKey(open),
    place,
    readAll: () => place({ read_all: true }),
    newFrom: threadNewFrom,
  };
}

function readingOf({ channelId }: Entry): Reading | null {
  return channelId === null ? inConversation() : inChannel(channelId);
}

/** Where something was marked as unread: it stays so until one leaves. */
const heldUnread = signal<string | null>(null);
/** The farthest message the node was told of, by where. */
const told = new Map<string, number>();
let cancel: (() => void) | null = null;

/** Where the page was. */
let last = '';
effect(() => {
  const { path, query } = location.value;
  const there = [path, query.get('channel'), query.get('with'), query.get('group')].join(' ');
  if (there === last) return;
  last = there;
  heldUnread.value = null;
  // What counts as unread after the node was told was marked so elsewhere, and is read by coming back to it.
  untracked(() => {
    for (const { id, unread_count } of channels.value) if (unread_count > 0) told.delete(`channel:${id}`);
    for (const { key, unread } of conversations.value) if (unread > 0) told.delete(key);
  });
});

/**
 * Whether what comes there is read as it comes, so that it is not worth a sign; not where something was marked as unread.
 * @param key of the conversation on the screen, as choices name it.
 */
export function isBeingRead(key: string): boolean {
  return heldUnread.value !== key && document.visibilityState === 'visible' && document.hasFocus();
}

/** The last message on the screen, while somebody looks. */
export function messageSeen(entry: Entry): void {
  const reading = readingOf(entry);
  if (reading === null) return;
  const { key } = reading;
  if (entry.at <= (told.get(key) ?? -1) || heldUnread.value === key) return;
  cancel?.();
  cancel = later(SEEN_MS, () => {
    if (heldUnread.value === key) return;
    told.set(key, entry.at);
    reading.place({ read_to: entry.id }).catch(() => told.delete(key));
  });
}

async function markRead(reading: Reading): Promise<void> {
  heldUnread.value = null;
  reading.newFrom.value = null;
  await reading.readAll();
}

/** Marks the open channel as read. */
export function markChannelRead(): Promise<void> {
  return markRead(inChannel(openChannel.value));
}

/** Marks the open conversation as read. */
export async function markConversationRead(): Promise<void> {
  const reading = inConversation();
  if (reading !== null) await markRead(reading);
}

/** Whether {@link markUnreadFrom} can. */
export function canMarkUnread({ unsent }: Entry): boolean {
  return unsent === undefined;
}

/** Makes a message and all that follow unread; they stay so until one comes back to the conversation. */
export async function markUnreadFrom(entry: Entry): Promise<void> {
  const reading = readingOf(entry);
  if (reading === null) return;
  heldUnread.value = reading.key;
  told.delete(reading.key);
  cancel?.();
  try {
    await reading.place({ unread_from: entry.id });
    reading.newFrom.value = entry.id;
    showToast({ key: 'unread', text: 'Unread from here on.', actions: [] });
  } catch (error) {
    const text = error instanceof Error ? error.message : 'That did not work.';
    showToast({ key: 'unread', text, actions: [] });
  }
}
