/**
 * How far one has read (05 section 10.9, U-1, U-2): the position moves with what was on the screen of a focused window,
 * on this node, so that other tabs and devices of the account follow.
 */
import { countChannels, newFrom, openChannel } from './channel.ts';
import { later } from './catch-up.ts';
import { showToast } from './notices.ts';
import { api } from './session.ts';
import type { Entry } from './thread.ts';

/** What is on the screen for less was scrolled past; also keeps calls from following every frame. */
const SEEN_MS = 400;

/** The channel in which something was marked as unread: it stays so until one leaves. */
let heldUnread: string | null = null;
/** The farthest message the node was told of, by channel. */
const told = new Map<string, number>();
let cancel: (() => void) | null = null;

async function place(channel: string, body: object): Promise<void> {
  await api.post(`/api/v1/channels/${encodeURIComponent(channel)}/position`, body);
  await countChannels();
}

/** The last message on the screen, while somebody looks. */
export function channelSeen({ id, at, channelId }: Entry): void {
  if (channelId === null || at <= (told.get(channelId) ?? -1)) return;
  if (heldUnread !== null && heldUnread !== channelId) heldUnread = null;
  if (heldUnread === channelId) return;
  cancel?.();
  cancel = later(SEEN_MS, () => {
    if (heldUnread === channelId) return;
    told.set(channelId, at);
    place(channelId, { read_to: id }).catch(() => told.delete(channelId));
  });
}

/** Marks the open channel as read. */
export async function markAllRead(): Promise<void> {
  const channel = openChannel.value;
  heldUnread = null;
  newFrom.value = null;
  await api.post(`/api/v1/channels/${encodeURIComponent(channel)}/read`);
  await countChannels();
}

/** Whether {@link markUnreadFrom} can. */
export function canMarkUnread({ channelId, unsent }: Entry): boolean {
  return channelId !== null && unsent === undefined;
}

/** Makes a message of a channel and all that follow unread; they stay so until one opens the channel again. */
export async function markUnreadFrom({ id, channelId }: Entry): Promise<void> {
  if (channelId === null) return;
  heldUnread = channelId;
  told.delete(channelId);
  cancel?.();
  try {
    await place(channelId, { unread_from: id });
    if (openChannel.value === channelId) newFrom.value = id;
    showToast({ key: 'unread', text: 'Unread from here on.', actions: [] });
  } catch (error) {
    const text = error instanceof Error ? error.message : 'That did not work.';
    showToast({ key: 'unread', text, actions: [] });
  }
}
