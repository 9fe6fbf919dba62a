/**
 * Channels of this build: the list, and the thread of one channel with its older pages (05 sections 3.3 and 10.5).
 */
import { computed, signal } from '@preact/signals';
import type { ChannelJson, ChannelMessage } from '../api/types.ts';
import { coalesced } from './coalesce.ts';
import { channelEntry } from './entries.ts';
import { announceMessages } from './catch-up.ts';
import { cleanName } from './names.ts';
import { beginning } from './entering.ts';
import { personName } from './people.ts';
import { api, me } from './session.ts';
import { History, type Part, type Place } from './history.ts';

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
/** The part of it that is at hand. */
export const channelHistory = new History<ChannelMessage>(readPart);
/** `null` until the first page came. */
export const channelLoaded = signal<string | null>(null);
/** The first message that was not read when the channel was opened. */
export const newFrom = signal<string | null>(null);
/** How many are in the thread below a message. */
export const replyCounts = signal<Readonly<Record<string, number>>>({});

export const channelEntries = computed(() => {
  const id = me.value?.id ?? '';
  return channelHistory.messages.value.map((message) => channelEntry(message, id, personName));
});

/** What `GET /channels/…/history` answers. */
interface PartAnswer extends Part<ChannelMessage> {
  replies: Record<string, number>;
  first_unread: string | null;
}

function pathOf(channel: string, what: string): string {
  return `/api/v1/channels/${encodeURIComponent(channel)}/${what}`;
}

async function readPart(place: Place, limit: number): Promise<Part<ChannelMessage>> {
  const channel = openChannel.value;
  const query = new URLSearchParams({ limit: String(limit) });
  if (place.kind === 'unread') query.set('around', 'unread');
  else if (place.kind !== 'newest') query.set(place.kind, place.id);
  const part = await api.get<PartAnswer>(pathOf(channel, `history?${query.toString()}`));
  if (channel === openChannel.value) {
    replyCounts.value = { ...replyCounts.value, ...part.replies };
    if (channelLoaded.value !== channel) newFrom.value = part.first_unread;
  }
  return part;
}

async function reread(all: boolean): Promise<void> {
  const channel = openChannel.value;
  if (channelLoaded.value !== channel) return showChannel(channel);
  const before = new Set(channelHistory.messages.value.map((message) => message.id));
  await channelHistory.refresh(all);
  if (channel !== openChannel.value) return;
  announceMessages(channelEntries.value.filter((entry) => !before.has(entry.id)));
}

/** Reads everything of the open channel that is at hand again; calls in between are joined. */
export const refreshChannel = coalesced(() => reread(true));
const readNewest = coalesced(() => reread(false));

/** A message came. What catch-up brings may stand far above the newest. */
export async function heardOfMessage(id: string | null, authorId: string | null): Promise<void> {
  const { hasNewer, missed } = channelHistory;
  if (hasNewer.value && authorId !== me.value?.id) missed.value += 1;
  await readNewest();
  const message = channelHistory.messages.value.find((one) => one.id === id);
  // An answer counts under what it answers, which may stand far above.
  const isAnswer = message !== undefined && message.parent_message_id !== null;
  if (id !== null && !hasNewer.value && (message === undefined || isAnswer)) await refreshChannel();
}

/** Where agents wait for approval: it never leaves the node (05 section 9, P-4). */
export function staysHere(channelId: string): boolean {
  return channelId.startsWith('Cagentstart');
}

/** Its name comes from other nodes. */
function fit(channel: Channel): Channel {
  return { ...channel, name: cleanName(channel.name) || channel.id };
}

/** Reads the list of channels and their counts; calls in between are joined, so that no older answer replaces a newer one. */
export const loadChannels = coalesced(async () => {
  const answer = await api.get<{ channels: Channel[] }>('/api/v1/channels');
  if (answer.channels.length > 0) channels.value = answer.channels.map(fit);
});

/** Shows a channel at the first message that was not read, or with a message in its surroundings if one is asked for. */
export async function showChannel(id: string, messageId: string | null = null): Promise<void> {
  const fresh = openChannel.value !== id || channelLoaded.value !== id;
  if (openChannel.value !== id) {
    openChannel.value = id;
    channelLoaded.value = null;
    channelHistory.clear();
  }
  if (!fresh && (messageId === null || channelHistory.has(messageId))) return refreshChannel();
  const place: Place = messageId === null ? beginning() : { kind: 'around', id: messageId };
  if (await channelHistory.open(place)) channelLoaded.value = id;
}

/** Leaves what is far back for what is new. */
export async function showNewest(): Promise<void> {
  await channelHistory.open({ kind: 'newest' });
}

/** Takes the node's answer to a message of ours into the list. */
export function takeChannelMessage(message: ChannelMessage): void {
  if (message.channel_id === openChannel.value) channelHistory.take(message);
}

/** The newest message, as a mark for the unsent queue. */
export function newestChannelMessage(): string | null {
  return channelHistory.messages.value.at(-1)?.id ?? null;
}

/** An own message with this text that stands after `after`; what an attempt without an answer left behind. */
export async function findOwnAfter(
  channel: string,
  text: string,
  after: string | null,
): Promise<ChannelMessage | null> {
  const page = await api.get<{ messages: ChannelMessage[] }>(pathOf(channel, 'history?limit=50'));
  const from = page.messages.findIndex((message) => message.id === after) + 1;
  const mine = page.messages.slice(from).filter((message) => message.user_id === me.value?.id);
  return mine.find((message) => message.content === text.trim()) ?? null;
}
