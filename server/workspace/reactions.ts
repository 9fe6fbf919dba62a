/**
 * Reactions to channel messages (03 section 5.15, 04 section 4.2): one per person and message; a second one of the same
 * person takes the first away, whatever its kind. Unlike the reference's they need the message, and a place in its
 * channel.
 */
import type { Clock } from '../ports/types.ts';
import type { ChannelMembers } from '../store/channel-members.ts';
import type {
  ChannelMessage as MessageRow,
  ChannelMessages as MessageTable,
} from '../store/channel-messages.ts';
import type { Channels as ChannelTable } from '../store/channels.ts';
import type { Reactions as ReactionTable } from '../store/reactions.ts';
import type { ChannelId, MessageId, PeerId, UserId } from '../wire/ids.ts';
import { changedAt } from '../wire/item-id.ts';
import { REACTIONS } from '../wire/payloads/vocabulary.ts';
import { isTargeted } from './channel-rules.ts';
import type { Changes } from './changes.ts';
import type { Channels } from './channels.ts';
import { WorkspaceError } from './errors.ts';
import type { Owing } from './owing.ts';
import type { People } from './people.ts';
import type { ReactionsByKind, ReactionType } from './types.ts';

/** Reactions of one peer to messages that are not here, until the next start. */
const MAX_EARLY = 1_000;

/** What a call left behind. */
export interface ReactionResult {
  /** Whether the caller has a reaction on the message now. */
  liked: boolean;
  reactionType: ReactionType;
  /** Who reacted, by kind, the earliest first; kinds nobody chose are absent. */
  reactions: ReactionsByKind;
}

/** A reaction as another node describes it. */
export interface ForeignReaction {
  messageId: MessageId;
  userId: UserId;
  action: 'like' | 'unlike';
  reactionType: ReactionType;
  displayName: string | null;
  accountType: 'human' | 'agent' | null;
}

/** Why a reaction was not taken. */
export type ReactionOutcome = 'applied' | 'unknown_message' | 'not_member' | 'foreign_author';

export interface ReactionsComponents {
  table: ReactionTable;
  messages: MessageTable;
  channelTable: ChannelTable;
  members: ChannelMembers;
  channels: Channels;
  people: People;
  owing: Owing;
  changes: Changes;
  clock: Clock;
}

export class Reactions {
  readonly #c: ReactionsComponents;
  #lastRevision = 0;
  /** Reactions to messages that were not here, by the peer that told of them. */
  readonly #waiting = new Map<PeerId, number>();

  constructor(components: ReactionsComponents) {
    this.#c = components;
  }

  /**
   * Adds the caller's reaction, or takes it away when there is one; resolves after the commit.
   * @throws {WorkspaceError} `message_not_found`, and those of {@link Channels.access}.
   */
  async toggle(
    userId: UserId,
    channelId: ChannelId,
    messageId: MessageId,
    reactionType: ReactionType,
  ): Promise<ReactionResult> {
    return this.#c.changes.run(() => {
      const { channel } = this.#c.channels.access(userId, channelId);
      const message = this.#message(messageId);
      if (message?.channelId !== channelId)
        throw new WorkspaceError('message_not_found', 'Message not found');
      const removed = this.#c.table.remove(messageId, userId);
      if (!removed) this.#c.table.add({ itemId: messageId, userId, reactionType }, this.#c.clock.now());
      // Grows also within a millisecond, so that what was sent before never settles what came after.
      this.#lastRevision = Math.max(this.#lastRevision + 1, this.#c.clock.now());
      this.#c.owing.reaction(channel, { messageId, userId }, changedAt(this.#lastRevision));
      this.#c.changes.tell({ type: 'reaction.local', channelId, messageId });
      this.#c.changes.tell({ type: 'reaction.changed', channelId, messageId });
      return { liked: !removed, reactionType, reactions: this.of([messageId]).get(messageId) ?? {} };
    });
  }

  /** Takes in what `from`, a trusted peer, says of a person at home there; resolves after the commit. */
  receive(reaction: ForeignReaction, from: PeerId): Promise<ReactionOutcome> {
    return this.#c.changes.run(() => this.#receive(reaction, from));
  }

  /** Who reacted to the given messages; messages without any reaction are absent. */
  of(messageIds: readonly MessageId[]): Map<string, ReactionsByKind> {
    const found = new Map<string, ReactionsByKind>();
    for (const { itemId, reactionType, userId } of this.#c.table.of(messageIds)) {
      const known = found.get(itemId) ?? {};
      const kind = asReactionType(reactionType);
      found.set(itemId, { ...known, [kind]: [...(known[kind] ?? []), userId] });
    }
    return found;
  }

  /** What `sync` sends: the reaction as it is now, `null` when there is none any more. */
  current(messageId: MessageId, userId: UserId): ReactionType | null {
    const own = this.#c.table.of([messageId]).find((reaction) => reaction.userId === userId);
    return own === undefined ? null : asReactionType(own.reactionType);
  }

  #message(id: MessageId): MessageRow | undefined {
    const row = this.#c.messages.get(id);
    return row === undefined || (row.expiresAt ?? Infinity) <= this.#c.clock.now() ? undefined : row;
  }

  #receive(reaction: ForeignReaction, from: PeerId): ReactionOutcome {
    const message = this.#message(reaction.messageId);
    const channel = message === undefined ? undefined : this.#c.channelTable.get(message.channelId);
    if (message === undefined || channel === undefined) return this.#early(reaction, from);
    const isMember = this.#c.members.get(channel.id, reaction.userId) !== undefined;
    if (isTargeted(channel) && !isMember) return 'not_member';
    if (this.#c.people.admitSigned(reaction, from) !== null) return 'foreign_author';
    this.#apply(reaction);
    this.#c.changes.tell({
      type: 'reaction.changed',
      channelId: message.channelId,
      messageId: reaction.messageId,
    });
    return 'applied';
  }

  /** The message may come later, by another road: until then the reaction waits for it. */
  #early(reaction: ForeignReaction, from: PeerId): ReactionOutcome {
    const waiting = this.#waiting.get(from) ?? 0;
    if (waiting >= MAX_EARLY) return 'unknown_message';
    if (this.#c.people.admitSigned(reaction, from) !== null) return 'foreign_author';
    this.#waiting.set(from, waiting + 1);
    this.#apply(reaction);
    return 'applied';
  }

  #apply({ messageId, userId, action, reactionType }: ForeignReaction): void {
    this.#c.table.remove(messageId, userId);
    if (action === 'like')
      this.#c.table.add({ itemId: messageId, userId, reactionType }, this.#c.clock.now());
  }
}

/** The kind a text names; anything unknown is a like, as in the reference. */
export function asReactionType(text: string): ReactionType {
  return REACTIONS.find((type) => type === text) ?? 'like';
}
