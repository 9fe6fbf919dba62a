/**
 * Reactions over the mesh (02 section 2.12, 03 section 5.15): own ones are owed to whoever may have the message; those of
 * others count when the home of their author says so. Deviation D-90: not flooded to everybody, but owed like the message
 * itself, so that they arrive and stay private where it is; our nodes also say which kind it is.
 */
import { ACK } from '../mesh/secure/types.ts';
import type { AckStatus } from '../mesh/secure/types.ts';
import type { InboundMessage } from '../mesh/types.ts';
import type { MessageId, PeerId, UserId } from '../wire/ids.ts';
import { asReactionType } from '../workspace/reactions.ts';
import type { ReactionOutcome } from '../workspace/reactions.ts';
import type { ReactionType } from '../workspace/types.ts';
import type { FramePayload } from './channel-frames.ts';
import type { SyncComponents } from './context.ts';
import type { Interaction, Interactions } from './interactions.ts';

const STATUS: Readonly<Record<ReactionOutcome, AckStatus>> = {
  applied: ACK.stored,
  unknown_message: ACK.gone,
  not_member: ACK.not_entitled,
  foreign_author: ACK.invalid,
};

/** Where an `interaction` of ours says which kind of reaction it is; Python ignores it. */
const TYPE_KEY = 'canopy_reaction';

/** What an owed reaction looks like now. @param reaction `null`: it was taken away. */
export function reactionPayload(
  what: {
    messageId: MessageId;
    userId: UserId;
    reaction: ReactionType | null;
    itemType: 'message' | 'post';
  },
  facts: { displayName: string | null; accountType: 'human' | 'agent'; localPeer: PeerId },
): FramePayload {
  const metadata = {
    type: 'interaction',
    item_id: what.messageId,
    user_id: what.userId,
    action: what.reaction === null ? 'unlike' : 'like',
    item_type: what.itemType,
    origin_peer: facts.localPeer,
    ...(facts.displayName === null ? {} : { display_name: facts.displayName }),
    account_type: facts.accountType,
    ...(what.reaction === null ? {} : { [TYPE_KEY]: what.reaction }),
  };
  return { content: '', metadata };
}

export class ReactionTraffic {
  readonly #c: SyncComponents;

  constructor(components: SyncComponents) {
    this.#c = components;
  }

  /** Takes over reactions to channel messages and direct ones: the wire names both the same. */
  listen(interactions: Interactions): void {
    interactions.on(['like', 'unlike'], 'message', (interaction, message) =>
      this.#received(interaction, message),
    );
  }

  async #received(interaction: Interaction, { from }: InboundMessage): Promise<AckStatus> {
    const reaction = claimedReaction(interaction);
    if (interaction.item_id === null || reaction === null) return ACK.invalid;
    const messageId = interaction.item_id as MessageId;
    const claimed = { messageId, ...reaction };
    const { reactions, directReactions } = this.#c.workspace;
    const outcome =
      (await directReactions.receive(claimed, from)) ?? (await reactions.receive(claimed, from));
    if (outcome !== 'applied') this.#c.log.debug({ peer: from, reason: outcome }, 'a reaction was not taken');
    return STATUS[outcome];
  }
}

/** Who reacts and how, whatever to; `null` when nobody is named. */
export function claimedReaction(interaction: Interaction) {
  if (interaction.user_id === null) return null;
  return {
    userId: interaction.user_id as UserId,
    action: interaction.action === 'unlike' ? ('unlike' as const) : ('like' as const),
    reactionType: asReactionType(interaction.canopy_reaction ?? 'like'),
    displayName: interaction.display_name,
    accountType: interaction.account_type,
  };
}
