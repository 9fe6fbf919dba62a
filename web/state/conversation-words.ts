/** Conversations in words, and where what is written in them goes (05 sections 10.2 and 10.5, M-12). */
import type { ConversationId } from './conversations.ts';
import type { Target } from './outbox.ts';
import { personName } from './people.ts';
import { me } from './session.ts';

/** The node's limit for one direct message (04 section 3.9). */
export const MAX_DIRECT_LENGTH = 4_096;
/** Where a new message is begun. */
export const NEW_ADDRESS = '/messages?new=1';

/** What to call a conversation. */
export function conversationName(id: ConversationId, members: readonly string[]): string {
  if (id.kind === 'everyone') return 'Everyone (broadcast)';
  if (id.kind === 'person') return id.id === me.value?.id ? 'Notes to self' : personName(id.id);
  const others = members.filter((member) => member !== me.value?.id).map((member) => personName(member));
  return others.length === 0 ? 'Group' : others.join(', ');
}

export function targetOf(id: ConversationId): Target {
  return id.kind === 'everyone' ? { kind: 'everyone' } : { kind: 'dm', id: id.id };
}

/** To whom a broadcast goes (05 section 10.5, M-12). */
export function broadcastWords(peers: number): string {
  const to =
    peers === 0
      ? 'No peer is connected now'
      : peers === 1
        ? 'Goes to 1 connected peer'
        : `Goes to ${peers} connected peers`;
  return `${to}; only nodes of this kind can show it`;
}
