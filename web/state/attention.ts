/**
 * What calls whoever is signed in (05 section 10.9, U-4): mentions, replies to them, and channels they were taken into. The
 * node keeps it; here it is read, shown and marked as read.
 */
import { computed, signal } from '@preact/signals';
import { coalesced } from './coalesce.ts';
import { messageAddress } from './bookmarks.ts';
import { api } from './session.ts';
import { parseTime } from './time.ts';

export interface MentionRow {
  id: string;
  source_type: string;
  source_id: string;
  author_id: string | null;
  channel_id: string | null;
  preview: string | null;
  created_at: string;
  acknowledged_at: string | null;
  status?: string;
}
export interface InboxRow {
  id: string;
  source_type: string;
  source_id: string;
  message_id: string | null;
  channel_id: string | null;
  sender_user_id: string | null;
  trigger_type: string;
  status: string;
  created_at: string;
  preview: string;
  /** Of a direct message: the other person, or the group. */
  dm_thread_id?: string | null;
}

export type CallKind = 'mention' | 'reply' | 'added' | 'dm';

/** One thing that calls. */
export interface Call {
  key: string;
  kind: CallKind;
  authorId: string | null;
  channelId: string | null;
  /** The conversation it is in, as choices name it; empty for the feed. */
  place: string;
  text: string;
  /** Unix ms. */
  at: number;
  unread: boolean;
  /** Somebody put it away; it is not shown any more. */
  dismissed: boolean;
  address: string;
  mentionIds: readonly string[];
  inboxIds: readonly string[];
  /** What is marked as read in place of it, where the node keeps nothing about it alone: a conversation, as the API names it. */
  readsAll?: string;
}

const KINDS: Readonly<Record<string, CallKind>> = {
  mention: 'mention',
  reply: 'reply',
  channel_added: 'added',
};
export const OPEN: ReadonlySet<string> = new Set(['pending', 'seen']);
/** What the node calls what was put away. */
export const DISMISSED = 'skipped';

/** Mentions and inbox as one list, the newest first; what stands in both stands once. Direct messages: `letters.ts`. */
export function callsOf(mentions: readonly MentionRow[], inbox: readonly InboxRow[]): Call[] {
  const calls = new Map<string, Call>();
  for (const row of mentions) {
    const kind = row.source_type === 'channel_added' ? 'added' : 'mention';
    calls.set(row.source_id, {
      key: row.source_id,
      kind,
      authorId: row.author_id,
      channelId: row.channel_id,
      place: placeOf(row.channel_id),
      text: row.preview ?? '',
      at: parseTime(row.created_at) ?? 0,
      unread: row.acknowledged_at === null,
      dismissed: row.status === 'dismissed',
      address: addressOf(kind, row.source_type, row.source_id, row.channel_id),
      mentionIds: [row.id],
      inboxIds: [],
    });
  }
  for (const row of inbox) {
    const kind = KINDS[row.trigger_type];
    if (kind === undefined) continue;
    const known = calls.get(row.source_id);
    const unread = OPEN.has(row.status);
    calls.set(
      row.source_id,
      known === undefined
        ? {
            key: row.source_id,
            kind,
            authorId: row.sender_user_id,
            channelId: row.channel_id,
            place: placeOf(row.channel_id),
            text: row.preview,
            at: parseTime(row.created_at) ?? 0,
            unread,
            dismissed: row.status === DISMISSED,
            address: addressOf(kind, row.source_type, row.source_id, row.channel_id),
            mentionIds: [],
            inboxIds: [row.id],
          }
        : {
            ...known,
            text: known.text === '' ? row.preview : known.text,
            // Dealt with in one of the two is dealt with.
            unread: known.unread && unread,
            dismissed: known.dismissed || row.status === DISMISSED,
            inboxIds: [...known.inboxIds, row.id],
          },
    );
  }
  return [...calls.values()].filter((call) => !call.dismissed).sort((a, b) => b.at - a.at);
}

function placeOf(channelId: string | null): string {
  return channelId === null ? '' : `channel:${channelId}`;
}

function addressOf(kind: CallKind, type: string, id: string, channelId: string | null): string {
  if (type === 'feed_post' || type === 'feed_comment') return `/feed?post=${encodeURIComponent(id)}`;
  if (channelId === null) return '/messages';
  return kind === 'added'
    ? `/channels?channel=${encodeURIComponent(channelId)}`
    : messageAddress(channelId, id);
}

export const calls = signal<readonly Call[]>([]);
/** What the inbox holds of direct messages. */
export const directItems = signal<readonly InboxRow[]>([]);
export const unreadCalls = computed(() => calls.value.filter((call) => call.unread).length);

/** Unread mentions and replies by conversation, as choices name it. */
export const mentionsBy = computed(() => {
  const counts = new Map<string, number>();
  for (const { unread, channelId } of calls.value)
    if (unread && channelId !== null)
      counts.set(`channel:${channelId}`, (counts.get(`channel:${channelId}`) ?? 0) + 1);
  return counts;
});

/** As many as a person looks through; older ones are found by searching. */
const LIMIT = 100;

async function read(): Promise<void> {
  const [mentions, inbox] = await Promise.all([
    api.get<{ mentions: MentionRow[] }>(`/api/v1/mentions?include_acknowledged=1&limit=${LIMIT}`),
    api.get<{ items: InboxRow[] }>(`/api/v1/agents/me/inbox?include_handled=1&limit=${LIMIT}`),
  ]);
  calls.value = callsOf(mentions.mentions, inbox.items);
  directItems.value = inbox.items.filter((row) => row.trigger_type === 'dm');
}

/** Reads it again; calls in between are joined. */
export const loadCalls = coalesced(read);

/** Marks as read, on the node and so on every page of this account. */
export async function settle(list: readonly Call[]): Promise<void> {
  const open = list.filter((call) => call.unread);
  const mentionIds = open.flatMap((call) => call.mentionIds);
  const inboxIds = open.flatMap((call) => call.inboxIds);
  if (mentionIds.length > 0) await api.post('/api/v1/mentions/ack', { mention_ids: mentionIds });
  if (inboxIds.length > 0)
    await api.call('PATCH', '/api/v1/agents/me/inbox', { ids: inboxIds, status: 'handled' });
  await readAll(open);
  if (open.length > 0) await loadCalls();
}

/** Puts away, on the node and so on every page of this account. */
export async function dismiss(list: readonly Call[]): Promise<void> {
  const mentionIds = list.flatMap((call) => call.mentionIds);
  const inboxIds = list.flatMap((call) => call.inboxIds);
  if (mentionIds.length > 0)
    await api.post('/api/v1/mentions/ack', { mention_ids: mentionIds, dismiss: true });
  if (inboxIds.length > 0)
    await api.call('PATCH', '/api/v1/agents/me/inbox', { ids: inboxIds, status: DISMISSED });
  await readAll(list);
  await loadCalls();
}

async function readAll(list: readonly Call[]): Promise<void> {
  for (const { readsAll } of list)
    if (readsAll !== undefined)
      await api.post('/api/v1/messages/position', { with: readsAll, read_all: true });
}

/** What calls, by the conversation it is in; the one with the newest first. */
export function grouped(list: readonly Call[]): { place: string; calls: Call[] }[] {
  const groups = new Map<string, Call[]>();
  for (const call of list) groups.set(call.place, [...(groups.get(call.place) ?? []), call]);
  return [...groups].map(([place, of]) => ({ place, calls: of }));
}

/** What the list can be narrowed to: the kinds of the reference, and some of its own. */
export const FILTERS = {
  all: 'All',
  unread: 'Unread',
  mentions: 'Mentions',
  replies: 'Replies',
  inbox: 'Inbox',
  direct: 'Direct messages',
  channels: 'Channels',
  feed: 'Feed',
} as const;
export type Filter = keyof typeof FILTERS;

/** Whether a filter lets something pass. */
export function passes(filter: Filter, call: Call): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'unread':
      return call.unread;
    case 'mentions':
      return call.kind === 'mention';
    case 'replies':
      return call.kind === 'reply';
    case 'inbox':
      return call.inboxIds.length > 0;
    case 'direct':
      return call.kind === 'dm';
    case 'channels':
      return call.channelId !== null;
    case 'feed':
      return call.place === '';
  }
}

/** What was on the screen needs no call any more. */
export function settleShown(ids: ReadonlySet<string>): void {
  void settle(calls.value.filter((call) => call.unread && ids.has(call.key))).catch(() => undefined);
}
