/** What the lists on the pages are fed from: the part of a conversation that is at hand, and how far it was read. */
import { channelHistory, newFrom, showNewest } from '../state/channel.ts';
import { directHistory, showNewestDirect, threadNewFrom } from '../state/direct.ts';
import type { History } from '../state/history.ts';
import { markChannelRead, markConversationRead, messageSeen } from '../state/reading.ts';
import type { ListSource } from './message-list.tsx';

export function sourceOf<T extends { id: string }>(history: History<T>): Omit<ListSource, 'newest' | 'seen'> {
  return {
    hasOlder: history.hasOlder.value,
    hasNewer: history.hasNewer.value,
    missed: history.missed.value,
    older: () => history.older(),
    newer: () => history.newer(),
    follow: (atEnd) => {
      history.following = atEnd;
      if (atEnd) history.trim();
    },
  };
}

export function channelSource(): ListSource {
  const first = newFrom.value;
  return {
    ...sourceOf(channelHistory),
    newest: showNewest,
    seen: messageSeen,
    firstUnread:
      first === null
        ? undefined
        : async () => void (await channelHistory.open({ kind: 'around', id: first })),
    markAllRead: markChannelRead,
  };
}

export function directSource(): ListSource {
  const first = threadNewFrom.value;
  return {
    ...sourceOf(directHistory),
    newest: showNewestDirect,
    seen: messageSeen,
    firstUnread:
      first === null ? undefined : async () => void (await directHistory.open({ kind: 'around', id: first })),
    markAllRead: markConversationRead,
  };
}
