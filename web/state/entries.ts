/** Turns what the API gives into the entries a thread shows (05 section 10.5). Pure functions. */
import type { ChannelMessage, DirectMessage } from '../api/types.ts';
import { attachmentsOf } from './attachments.ts';
import type { Unsent } from './outbox.ts';
import type { Entry, Reaction } from './thread.ts';
import { parseTime } from './time.ts';

/** Looks up the name of an author; the second argument is what the message itself says. */
export type NameOf = (userId: string, fallback?: string | null) => string;

export function channelEntry(message: ChannelMessage, me: string, nameOf: NameOf): Entry {
  return {
    id: message.id,
    authorId: message.user_id,
    authorName: nameOf(message.user_id, message.display_name || message.username),
    originPeer: message.origin_peer,
    device: null,
    text: message.content,
    at: parseTime(message.created_at) ?? 0,
    edited: message.edited_at !== null,
    mine: message.user_id === me,
    delivery: message.delivery,
    kind: 'message',
    unconfirmedVia: message.unconfirmed_via,
    channelId: message.channel_id,
    replyTo: message.parent_message_id,
    reactions: reactionsOf(message, me, nameOf),
    ...filesOf(message),
  };
}

export function directEntry(message: DirectMessage, me: string, nameOf: NameOf): Entry {
  const origin = message.metadata?.['origin_peer'];
  const sent = peerTextOf(message);
  const answered = message.metadata?.['reply_to'];
  return {
    id: message.id,
    authorId: message.sender_id,
    authorName: sent?.userName ?? nameOf(message.sender_id, message.sender_name),
    originPeer: typeof origin === 'string' ? origin : null,
    device: sent?.device ?? null,
    text: message.content,
    at: parseTime(message.created_at) ?? 0,
    edited: message.edited_at !== null,
    mine: message.sender_id === me,
    delivery: message.delivery,
    kind: 'dm',
    unconfirmedVia: null,
    channelId: null,
    replyTo: typeof answered === 'string' ? answered : null,
    reactions: reactionsOf(message, me, nameOf),
    ...(message.reactions_unseen_by.length === 0
      ? {}
      : { reactionsUnseenBy: message.reactions_unseen_by.map((user) => nameOf(user)) }),
    ...filesOf(message),
  };
}

function reactionsOf(
  { liked_by: by }: Pick<ChannelMessage, 'liked_by'>,
  me: string,
  nameOf: NameOf,
): Reaction[] {
  return Object.entries(by).map(([kind, users]) => ({
    kind,
    count: users.length,
    names: users.map((user) => nameOf(user)),
    mine: users.includes(me),
  }));
}

/** A text sent from node to node says who wrote it on which device; its sender is only the peer. */
function peerTextOf(message: DirectMessage): { userName: string | null; device: string | null } | null {
  const sent = message.metadata?.['p2p_send'];
  if (typeof sent !== 'object' || sent === null) return null;
  const { user_name: userName, device } = sent as Partial<Record<string, unknown>>;
  return {
    userName: typeof userName === 'string' && userName !== '' ? userName : null,
    device: typeof device === 'string' && device !== '' ? device : null,
  };
}

/** Its files, for messages that have any. */
function filesOf({ attachments }: Pick<ChannelMessage, 'attachments'>): Pick<Entry, 'files'> {
  return attachments.length === 0 ? {} : { files: attachmentsOf(attachments) };
}

export function unsentEntry(item: Unsent, me: { id: string; display_name: string }): Entry {
  return {
    id: item.localId,
    authorId: me.id,
    authorName: me.display_name,
    originPeer: null,
    device: null,
    text: item.text,
    at: item.at,
    edited: false,
    mine: true,
    delivery: null,
    kind: item.target.kind === 'channel' ? 'message' : 'dm',
    unconfirmedVia: null,
    channelId: null,
    replyTo: item.replyTo ?? null,
    reactions: [],
    ...filesOf({ attachments: (item.files ?? []).map((file) => ({ ...file, url: file.id })) }),
    unsent: { state: item.state, reason: item.reason },
  };
}

/**
 * The thread with what is not on the node yet at its end. An event can bring our own message before the answer to the
 * call that sent it; then the message stands for the unsent one. `taken` are own messages that were answered already.
 */
export function withUnsent(
  entries: readonly Entry[],
  unsent: readonly Unsent[],
  me: { id: string; display_name: string },
  taken: ReadonlySet<string>,
): Entry[] {
  const used = new Set(taken);
  const pending = unsent.filter((item) => {
    if (item.state !== 'sending') return true;
    const from = entries.findIndex((entry) => entry.id === item.after) + 1;
    const twin = entries
      .slice(from)
      .find((entry) => entry.mine && !used.has(entry.id) && entry.text === item.text.trim());
    if (twin === undefined) return true;
    used.add(twin.id);
    return false;
  });
  return [...entries, ...pending.map((item) => unsentEntry(item, me))];
}
