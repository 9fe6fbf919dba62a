/**
 * Reactions to direct messages (05 section 10.5, M-8): as those to channel messages, for those a message is between alone.
 * Owed to the nodes of the others there; which of those programs show them is `sync`'s knowledge.
 */
import type { Clock } from '../ports/types.ts';
import type { ChannelMessages as ChannelTable } from '../store/channel-messages.ts';
import type { DirectMessage, DirectMessages as DirectTable } from '../store/direct-messages.ts';
import type { Reactions as ReactionTable } from '../store/reactions.ts';
import type { MessageId, PeerId, UserId } from '../wire/ids.ts';
import { changedAt } from '../wire/item-id.ts';
import type { Changes } from './changes.ts';
import { isVisible, participantsOf } from './direct-participants.ts';
import { WorkspaceError } from './errors.ts';
import type { Owing } from './owing.ts';
import { peerUserId, type People } from './people.ts';
import type { ForeignReaction, ReactionOutcome, ReactionResult, Reactions } from './reactions.ts';
import type { ReactionsByKind, ReactionType } from './types.ts';

export interface DirectReactionsComponents {
  table: ReactionTable;
  messages: Pick<DirectTable, 'get'>;
  channelMessages: Pick<ChannelTable, 'get'>;
  reactions: Pick<Reactions, 'of'>;
  people: People;
  owing: Owing;
  changes: Changes;
  clock: Clock;
}

/** Whether the program of a peer shows reactions to direct messages; `null`: not known. */
export type ShowsReactions = (peer: PeerId) => boolean | null;

export class DirectReactions {
  readonly #c: DirectReactionsComponents;
  #lastRevision = 0;
  #shows: ShowsReactions = () => null;

  constructor(components: DirectReactionsComponents) {
    this.#c = components;
  }

  /** Says which peers show them; until told, nothing is known of any. */
  useKnowledge(shows: ShowsReactions): void {
    this.#shows = shows;
  }

  /**
   * Adds the caller's reaction, or takes it away when there is one; resolves after the commit.
   * @throws {WorkspaceError} `message_not_found`, also for a message the caller may not see.
   */
  async toggle(userId: UserId, messageId: MessageId, reactionType: ReactionType): Promise<ReactionResult> {
    const { table, owing, changes, clock } = this.#c;
    return changes.run(() => {
      const row = this.#c.messages.get(messageId);
      if (row === undefined || !isVisible(row, userId))
        throw new WorkspaceError('message_not_found', 'Message not found');
      const removed = table.remove(messageId, userId);
      if (!removed) table.add({ itemId: messageId, userId, reactionType }, clock.now());
      // Grows also within a millisecond, so that what was sent before never settles what came after.
      this.#lastRevision = Math.max(this.#lastRevision + 1, clock.now());
      owing.directReaction({ messageId, userId }, this.homes(row), changedAt(this.#lastRevision));
      changes.tell({ type: 'reaction.local', channelId: null, messageId });
      changes.tell({ type: 'reaction.changed', channelId: null, messageId });
      return { liked: !removed, reactionType, reactions: this.of([row]).get(messageId) ?? {} };
    });
  }

  /**
   * Takes in what `from`, a trusted peer, says of a person at home there; resolves after the commit.
   * `null`: no direct message is called so here.
   */
  receive(reaction: ForeignReaction, from: PeerId): Promise<ReactionOutcome | null> {
    return this.#c.changes.run(() => {
      const { table, people, changes, clock } = this.#c;
      const { messageId, userId, action, reactionType } = reaction;
      const row = this.#c.messages.get(messageId);
      // A direct message that took the id of a message in a channel does not take that one's reactions.
      if (row === undefined || this.#c.channelMessages.get(messageId) !== undefined) return null;
      // A message to everybody on this node has no others elsewhere; besides, one person has one reaction: that bounds them.
      if (!participantsOf(row).includes(userId)) return 'not_member';
      if (people.admitSigned(reaction, from) !== null) return 'foreign_author';
      table.remove(messageId, userId);
      if (action === 'like') table.add({ itemId: messageId, userId, reactionType }, clock.now());
      changes.tell({ type: 'reaction.changed', channelId: null, messageId });
      return 'applied';
    });
  }

  /** Who of those in the messages reacted to them; what others claimed before the message was here does not count. */
  of(rows: readonly DirectMessage[]): Map<string, ReactionsByKind> {
    const found = this.#c.reactions.of(rows.map(({ id }) => id));
    for (const row of rows) {
      const all = found.get(row.id);
      if (all === undefined) continue;
      const kept = Object.entries(all)
        .map(([kind, users]) => [kind, users.filter((user) => this.#counts(row, user))] as const)
        .filter(([, users]) => users.length > 0);
      found.set(row.id, Object.fromEntries(kept));
    }
    return found;
  }

  /** Nodes with somebody the message is between; a node itself keeps no messages, so that nothing stands there to react to. */
  homes(row: DirectMessage): PeerId[] {
    const homes = participantsOf(row).map((id) => this.#homeOf(id));
    return [...new Set(homes.filter((home) => home !== null))];
  }

  /** People the message is between who do not get to see reactions to it. */
  unseenBy(row: DirectMessage): UserId[] {
    return participantsOf(row).filter((id) => {
      const home = this.#c.people.get(id)?.originPeer ?? null;
      return home !== null && (id === peerUserId(home) || this.#shows(home) === false);
    });
  }

  #homeOf(id: UserId): PeerId | null {
    const home = this.#c.people.get(id)?.originPeer ?? null;
    return home === null || id === peerUserId(home) ? null : home;
  }

  #counts(row: DirectMessage, user: UserId): boolean {
    return (
      participantsOf(row).includes(user) ||
      (row.recipientId === null && this.#c.people.get(user)?.local === true)
    );
  }
}
