/**
 * Which conversations the lists show and in which order (05 section 10.9, U-3), for the lists themselves and for the keys
 * that go through them.
 */
import { channels, type Channel } from './channel.ts';
import { choiceOf } from './choices.ts';
import { conversationName } from './conversation-words.ts';
import type { Conversation } from './conversations.ts';
import { conversations } from './direct.ts';
import { storedFlag } from './stored-flag.ts';
import { parseTime } from './time.ts';
import { ordered, type Sortable } from './unread-marks.ts';

/** By name, not by activity; for all lists. */
export const byName = storedFlag('list-by-name', false);
/** Only what has something new; for all lists. */
export const unreadOnly = storedFlag('list-unread-only', false);

function listOrder(): { byName: boolean; unreadOnly: boolean } {
  return { byName: byName.value, unreadOnly: unreadOnly.value };
}

/** The channels of the list. @param open the channel on the screen, which stays in it. */
export function shownChannels(open: string | null): (Sortable & { channel: Channel })[] {
  return ordered(
    channels.value.map((channel) => ({
      channel,
      name: channel.name,
      at: parseTime(channel.last_message_at) ?? 0,
      unread: channel.unread_count,
      favourite: choiceOf(`channel:${channel.id}`).favourite,
      open: channel.id === open,
    })),
    listOrder(),
  );
}

/** The conversations of the list. @param open the key of the one on the screen. @param wanted words that its name or last line holds. */
export function shownConversations(open: string | null, wanted = ''): (Sortable & Conversation)[] {
  return ordered(
    conversations.value
      .map((one) => ({
        ...one,
        name: conversationName(one.id, one.members),
        favourite: choiceOf(one.key).favourite,
        open: one.key === open,
      }))
      .filter(({ name, last }) => `${name} ${last.content}`.toLocaleLowerCase().includes(wanted)),
    listOrder(),
  );
}
