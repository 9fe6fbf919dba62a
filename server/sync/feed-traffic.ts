/**
 * Posts, their likes and votes, live (02 sections 2.11 and 2.12; 03 sections 5.15 and 7). Own ones are owed to peers and
 * sent by `delivery`; what arrives goes to the workspace, which knows the rules.
 */
import { ACK } from '../mesh/secure/types.ts';
import type { AckStatus } from '../mesh/secure/types.ts';
import type { InboundMessage } from '../mesh/types.ts';
import { envelopeText } from '../wire/envelope.ts';
import type { PeerId, PostId, UserId } from '../wire/ids.ts';
import { itemId } from '../wire/item-id.ts';
import type { FeedPostMetadata } from '../wire/payloads/feed.ts';
import type { FeedOutcome, ForeignPost } from '../workspace/feed-inbox.ts';
import { isShared } from '../workspace/feed-rule.ts';
import type { LikeOutcome } from '../workspace/feed-reactions.ts';
import type { VoteOutcome } from '../workspace/polls.ts';
import { preview } from '../workspace/text.ts';
import { ACTIVITY_PREVIEW } from './channel-traffic.ts';
import type { SyncComponents } from './context.ts';
import { deleteSignal } from './deletions.ts';
import { livePost, versionOf } from './feed-forms.ts';
import type { Inbound } from './inbound.ts';
import type { Interaction, Interactions } from './interactions.ts';
import { claimedReaction } from './reactions.ts';

const LIKE_STATUS: Readonly<Record<LikeOutcome, AckStatus>> = {
  applied: ACK.stored,
  unknown_post: ACK.gone,
  not_visible: ACK.not_entitled,
  foreign_author: ACK.invalid,
};
const VOTE_STATUS: Readonly<Record<VoteOutcome, AckStatus>> = {
  applied: ACK.stored,
  unknown_poll: ACK.gone,
  closed: ACK.gone,
  not_member: ACK.not_entitled,
  foreign_author: ACK.invalid,
};

export class FeedTraffic {
  readonly #c: SyncComponents;

  constructor(components: SyncComponents) {
    this.#c = components;
  }

  register(inbound: Inbound): void {
    inbound.on('feed_post', 'content', (metadata, message) => this.#received(metadata, message));
  }

  /** Takes over likes of posts, and votes. */
  listen(interactions: Interactions): void {
    interactions.on(['like', 'unlike'], 'post', (interaction, { from }) => this.#liked(interaction, from));
    interactions.on(['poll_vote'], null, (interaction, { from }) => this.#voted(interaction, from));
  }

  /** An own post is gone: nodes further away may have it from the ones in between. */
  async announceDeletion(postId: PostId, visibility: string): Promise<void> {
    if (!isShared(visibility)) return;
    await this.#c.mesh.flood('delete_signal', deleteSignal(this.#c, { type: 'feed_post', id: postId }));
  }

  async #received(metadata: FeedPostMetadata, message: InboundMessage): Promise<AckStatus> {
    const { content, from } = message;
    const post = livePost(metadata, content, from);
    if (post === null) return ACK.too_large;
    const { changes, feedInbox } = this.#c.workspace.inbound;
    const outcome = await changes.run(() => {
      const taken = feedInbox.takeLive(post, from);
      if (taken.state !== 'refused') this.#keepProof(message, post);
      return taken;
    });
    if (outcome.state === 'refused')
      this.#c.log.debug({ peer: from, reason: outcome.reason }, 'a post was not taken');
    if (outcome.state === 'stored')
      this.#c.mesh.recordActivity({
        kind: 'feed_post',
        peer_id: from,
        preview: preview(content, ACTIVITY_PREVIEW),
        ref: { post_id: post.id, author_id: post.userId },
      });
    return statusOf(outcome);
  }

  /** Keeps the author's signature, for others who ask who wrote this (06 section 4.3). Inside the transaction. */
  #keepProof({ envelope }: InboundMessage, post: ForeignPost): void {
    const { proofs, items } = this.#c.repositories;
    const version = versionOf(post);
    const [known] = items.ofObject('p', post.id);
    if (known?.version !== version) return;
    const item = { kind: 'p', objectId: post.id, version } as const;
    const proven = { ...item, id: itemId(this.#c.crypto, item) };
    if (!proofs.has(proven)) proofs.put(proven, envelopeText(envelope));
  }

  async #liked(interaction: Interaction, from: PeerId): Promise<AckStatus> {
    const reaction = claimedReaction(interaction);
    if (interaction.item_id === null || reaction === null) return ACK.invalid;
    const postId = interaction.item_id as PostId;
    const outcome = await this.#c.workspace.feedReactions.receive({ postId, ...reaction }, from);
    if (outcome !== 'applied') this.#c.log.debug({ peer: from, reason: outcome }, 'a like was not taken');
    return LIKE_STATUS[outcome];
  }

  async #voted(interaction: Interaction, from: PeerId): Promise<AckStatus> {
    const { user_id: userId, poll_kind: kind, option_index: optionIndex } = interaction;
    const pollId = interaction.poll_id ?? interaction.item_id;
    if (pollId === null || userId === null || kind === null || optionIndex === null) return ACK.invalid;
    const outcome = await this.#c.workspace.polls.receive(
      {
        pollId,
        kind,
        optionIndex,
        userId: userId as UserId,
        displayName: interaction.display_name,
        accountType: interaction.account_type,
      },
      from,
    );
    if (outcome !== 'applied') this.#c.log.debug({ peer: from, reason: outcome }, 'a vote was not taken');
    return VOTE_STATUS[outcome];
  }
}

/** What a peer is told of its post (06 section 3.2). */
function statusOf(outcome: FeedOutcome): AckStatus {
  if (outcome.state !== 'refused') return ACK.stored;
  switch (outcome.reason) {
    case 'stale_edit':
      return ACK.stored;
    case 'deleted':
    case 'expired':
      return ACK.gone;
    case 'not_shared':
    case 'too_many_people':
      return ACK.not_entitled;
    default:
      return ACK.invalid;
  }
}
