/**
 * Channels of this build: the list, and the thread of one channel with its older pages (05 sections 3.3 and 10.5).
 */
import { computed, signal } from '@preact/signals';
import type { ChannelJson, ChannelMessage } from '../api/types.ts';
import { coalesced } from './coalesce.ts';
import { channelEntry } from './entries.ts';
import { announceMessages } from './catch-up.ts';
import { personName } from './people.ts';
import { api, me } from './session.ts';
import { chronological, firstUnread, mergeNewest, prependOlder, upsert } from './thread.ts';

const PAGE = 50;
/** Messages kept in the document while the list follows the newest; older ones are read again on scrolling up. */
const KEEP = 300;

/** What every channel says of itself; before the list came, little is known of `#general`. */
export type Channel = Pick<ChannelJson, 'id' | 'name' | 'unread_count' | 'privacy_mode'> &
  Partial<ChannelJson>;

/** The channel everybody is in. */
export const GENERAL = 'general';

export const channels = signal<readonly Channel[]>([
  { id: GENERAL, name: GENERAL, unread_count: 0, privacy_mode: 'open' },
]);
/** The channel on the screen. */
export const openChannel = signal(GENERAL);
const messages = signal<readonly ChannelMessage[]>([]);
/** `null` until the first page came. */
export const channelLoaded = signal<string | null>(null);
/** The first message that was not read when the channel was opened. */
export const newFrom = signal<string | null>(null);
/** False when the start of the channel is in the list. */
export const hasOlder = signal(false);

export const channelEntries = computed(() => {
  const id = me.value?.id ?? '';
  return chronological(messages.value.map((message) => channelEntry(message, id, personName)));
});

function pathOf(channel: string, query: string): string {
  return `/api/v1/channels/${encodeURIComponent(channel)}/messages?limit=${PAGE}${query}`;
}

/** The list of channels was read. */
let listed = false;

/** True while the list shows what is far back, for which nothing newer is read. */
export const farBack = signal(false);

async function readNewest(): Promise<void> {
  const channel = openChannel.value;
  if (farBack.value) return;
  const page = await api.get<{ messages: ChannelMessage[] }>(pathOf(channel, ''));
  if (channel !== openChannel.value) return;
  const first = channelLoaded.value !== channel;
  // Where one left off is known only from the list.
  if (first && !listed) await loadChannels().catch(() => undefined);
  if (channel !== openChannel.value) return;
  const before = new Set(messages.value.map((message) => message.id));
  const next = first ? page.messages : mergeNewest(messages.value, page.messages);
  if (first || next.length <= page.messages.length) hasOlder.value = page.messages.length >= PAGE;
  messages.value = next;
  if (first) {
    const unread = channels.value.find((one) => one.id === channel)?.unread_count ?? 0;
    newFrom.value = firstUnread(channelEntries.value, unread);
  }
  channelLoaded.value = channel;
  if (!first) announceMessages(channelEntries.value.filter((entry) => !before.has(entry.id)));
  void markRead(channel);
}

/** Newest message of which the node knows that it was on the screen, by channel. */
const readUpTo = new Map<string, string>();

/** Tells the node that what is on the screen of a visible window was read (05 section 10.9, U-1). */
async function markRead(channel: string): Promise<void> {
  const newest = messages.value.at(-1)?.id;
  if (newest === undefined || document.visibilityState !== 'visible' || readUpTo.get(channel) === newest)
    return;
  readUpTo.set(channel, newest);
  await api.post(`/api/v1/channels/${encodeURIComponent(channel)}/read`).catch(() => undefined);
  await loadChannels().catch(() => undefined);
}

/** Reads the newest page of the open channel; calls in between are joined. */
export const refreshChannel = coalesced(readNewest);

/** Where agents wait for approval: it never leaves the node (05 section 9, P-4). */
export function staysHere(channelId: string): boolean {
  return channelId.startsWith('Cagentstart');
}

/** Reads the list of channels. */
export async function loadChannels(): Promise<void> {
  const answer = await api.get<{ channels: Channel[] }>('/api/v1/channels');
  listed = true;
  if (answer.channels.length > 0) channels.value = answer.channels;
}

/** Shows a channel, with a message in its surroundings if one is asked for. */
export async function showChannel(id: string, messageId: string | null = null): Promise<void> {
  if (openChannel.value !== id || farBack.value) {
    openChannel.value = id;
    farBack.value = false;
    messages.value = [];
    channelLoaded.value = null;
    hasOlder.value = false;
  }
  await refreshChannel();
  if (messageId !== null && openChannel.value === id) await reach(id, messageId);
}

/** Leaves what is far back for what is new. */
export function showNewest(): Promise<void> {
  return showChannel(openChannel.value);
}

const has = (id: string): boolean => messages.value.some((message) => message.id === id);
/** Pages read to get from the newest message to one that is asked for; what is farther stands by itself. */
const REACH_PAGES = 6;

async function reach(channel: string, id: string): Promise<void> {
  for (let page = 0; page < REACH_PAGES && !has(id) && hasOlder.value; page += 1) await loadOlder();
  if (has(id) || openChannel.value !== channel) return;
  const place = `/api/v1/channels/${encodeURIComponent(channel)}/messages/${encodeURIComponent(id)}`;
  const { message } = await api.get<{ message: ChannelMessage }>(place);
  const before = await api.get<{ messages: ChannelMessage[] }>(
    pathOf(channel, `&before=${encodeURIComponent(id)}`),
  );
  if (openChannel.value !== channel) return;
  farBack.value = true;
  messages.value = [...before.messages, message];
  hasOlder.value = before.messages.length >= PAGE;
}

let loadingOlder = false;

/** Reads the page before the oldest message. */
export async function loadOlder(): Promise<void> {
  const oldest = messages.value[0];
  if (oldest === undefined || loadingOlder || !hasOlder.value) return;
  loadingOlder = true;
  const channel = openChannel.value;
  try {
    const page = await api.get<{ messages: ChannelMessage[] }>(
      pathOf(channel, `&before=${encodeURIComponent(oldest.id)}`),
    );
    if (channel !== openChannel.value) return;
    const next = prependOlder(messages.value, page.messages);
    hasOlder.value = next.length > messages.value.length && page.messages.length >= PAGE;
    messages.value = next;
  } finally {
    loadingOlder = false;
  }
}

/** Lets go of what is far above while the list follows the newest. */
export function trimChannel(): void {
  if (messages.value.length <= KEEP || farBack.value) return;
  messages.value = messages.value.slice(-KEEP / 2);
  hasOlder.value = true;
}

/** Takes the node's answer to a message of ours into the list. */
export function takeChannelMessage(message: ChannelMessage): void {
  if (message.channel_id !== openChannel.value || farBack.value) return;
  messages.value = upsert(messages.value, message);
}

/** The newest message, as a mark for the unsent queue. */
export function newestChannelMessage(): string | null {
  return messages.value.at(-1)?.id ?? null;
}

/** An own message with this text that stands after `after`; what an attempt without an answer left behind. */
export async function findOwnAfter(
  channel: string,
  text: string,
  after: string | null,
): Promise<ChannelMessage | null> {
  const page = await api.get<{ messages: ChannelMessage[] }>(pathOf(channel, ''));
  const from = page.messages.findIndex((message) => message.id === after) + 1;
  const mine = page.messages.slice(from).filter((message) => message.user_id === me.value?.id);
  return mine.find((message) => message.content === text.trim()) ?? null;
}
