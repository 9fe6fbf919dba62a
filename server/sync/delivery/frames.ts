/**
 * Builds what a row of the outbox stands for from the object as it is now (06 section 3.1): payloads of 02 sections 2.1,
 * 2.2, 2.3 and 2.10. Whether the peer may still have it is looked at here, each time.
 */
import type { DirectMessage as DirectRow } from '../../store/direct-messages.ts';
import type { OutboxEntry } from '../../store/outbox.ts';
import { toIsoTime } from '../../store/time.ts';
import { sealDm } from '../../wire/dm-bundle.ts';
import { WireError } from '../../wire/errors.ts';
import type { MessageId, PeerId, PostId, UserId } from '../../wire/ids.ts';
import { asRecord, textMember } from '../../wire/records.ts';
import type { FailureReason, WaitReason } from '../../workspace/delivery.ts';
import { deletedObject, owedKey, reactedTo, revOf, votedIn } from '../../workspace/owing.ts';
import { isShared } from '../../workspace/feed-rule.ts';
import { peerUserId } from '../../workspace/people.ts';
import { channelMessagePayload } from '../channel-frames.ts';
import { keyDistribution } from '../channel-keys.ts';
import type { FramePayload } from '../channel-frames.ts';
import type { SyncComponents } from '../context.ts';
import { SIGNAL_TTL, deleteSignal } from '../deletions.ts';
import { feedPostPayload, roomForFiles, votePayload } from '../feed-frames.ts';
import type { OutgoingAttachments } from '../files/outgoing.ts';
import { CHANNEL_TTL, owedAnnouncement, owedMemberSync } from '../member-frames.ts';
import type { PeerKnowledge } from '../peer-knowledge.ts';
import { mentionPayload } from '../mentions.ts';
import { reactionPayload } from '../reactions.ts';
import type { OwedFrame } from './links.ts';

/** Hops of content, and of texts between nodes (02 sections 1 and 9). */
const CONTENT_TTL = 3;
const TEXT_TTL = 4;
/** Hops of a channel key (02 section 2.16). */
const KEY_TTL = 5;
/** Our key in the metadata of texts between nodes: who sent the text, and its id, by which repeats are known. */
export const SENDER_KEY = 'canopy_send';
/** Our key for the revision of a change (06 section 3.2); Python ignores it. */
export const REV_KEY = 'canopy_rev';

/** What a row became. `gone`: there is nothing left to send. */
export type Built =
  | { state: 'frames'; frames: OwedFrame[] }
  | { state: 'gone' }
  | { state: 'failed'; reason: FailureReason }
  | { state: 'waits'; reason: WaitReason };

/** A text of `POST /p2p/send` as it is kept. */
export interface OwedText {
  user: UserId;
  content: string;
  metadata: Record<string, unknown>;
  broadcast: boolean;
}

export class OwedFrames {
  readonly #c: SyncComponents;
  readonly #knowledge: PeerKnowledge;
  readonly #attachments: OutgoingAttachments;

  constructor(
    components: SyncComponents,
    init: { knowledge: PeerKnowledge; attachments: OutgoingAttachments },
  ) {
    this.#c = components;
    this.#attachments = init.attachments;
    this.#knowledge = init.knowledge;
  }

  /** @param link.secure it goes through a secure session, where clear text is nobody else's. */
  build(entry: OutboxEntry, link: { secure: boolean }): Built {
    try {
      const built = this.#build(entry, link);
      if (built.state !== 'frames') return built;
      const fits = built.frames.every((frame) => this.#c.mesh.fits(frame.payload));
      return fits ? built : { state: 'failed', reason: 'too_large' };
    } catch (error) {
      // No form on the wire at all; it must not hold up what is behind it.
      if (error instanceof WireError) return { state: 'failed', reason: 'too_large' };
      throw error;
    }
  }

  /** The kept text of a `send` row; `null` when there is none any more. */
  text(id: string): OwedText | null {
    const stored = this.#c.repositories.owedTexts.get(id);
    return stored === undefined ? null : readText(stored);
  }

  /** The form of a text between nodes on the wire. */
  textPayload(id: string, text: OwedText): FramePayload {
    const name = this.#c.workspace.people.get(text.user)?.displayName ?? null;
    const sender = { id, user_id: text.user, user_name: name };
    return { content: text.content, metadata: { ...text.metadata, [SENDER_KEY]: sender } };
  }

  #build(entry: OutboxEntry, link: { secure: boolean }): Built {
    switch (entry.kind) {
      case 'message':
        return this.#message(entry);
      case 'post':
        return this.#post(entry);
      case 'dm':
        return this.#direct(entry, link.secure);
      case 'delete':
        return this.#deletion(entry);
      case 'reaction':
        return this.#reaction(entry);
      case 'mention':
        return this.#mention(entry);
      case 'key':
        return this.#key(entry);
      case 'announce':
        return hostFrame('channel_announce', owedAnnouncement(this.#c, entry, link));
      case 'member':
        return hostFrame('member_sync', owedMemberSync(this.#c, entry));
      case 'send':
        return this.#text(entry);
      default:
        return { state: 'gone' };
    }
  }

  #message(entry: OutboxEntry): Built {
    const { repositories, workspace, mesh, ports } = this.#c;
    const message = repositories.channelMessages.get(entry.objectId as MessageId);
    if (message === undefined) return { state: 'gone' };
    if ((message.expiresAt ?? Infinity) <= ports.clock.now()) return { state: 'failed', reason: 'expired' };
    const channel = repositories.channels.get(message.channelId);
    if (channel === undefined || repositories.channels.isRetired(channel.id))
      return { state: 'failed', reason: 'gone' };
    if (!workspace.owing.isEntitled(entry.peerId, channel)) return { state: 'failed', reason: 'removed' };
    const text = workspace.channelTexts.outgoing(message, channel);
    if (text === null) return { state: 'waits', reason: 'needs_encryption' };
    const author = workspace.people.get(message.userId);
    const payload = channelMessagePayload(message, channel, {
      author: { displayName: author?.displayName ?? null, accountType: author?.accountType ?? 'human' },
      localPeer: mesh.peerId,
      allowedPosters: repositories.channelMembers.posters(channel.id),
      attachments: this.#entries(message.attachments, message.userId, entry.peerId),
      text,
    });
    // A change that takes away the attachments says so; Python, which cannot, keeps them (03 section 5.4, step 13).
    if (revOf(entry.version) !== null) payload.metadata['attachments'] ??= [];
    return frames(frame('channel_message', changed(payload, entry, message.editedAt)));
  }

  #post(entry: OutboxEntry): Built {
    const { repositories, workspace, mesh, ports } = this.#c;
    const post = repositories.feed.get(entry.objectId as PostId);
    if (post === undefined) return { state: 'gone' };
    if ((post.expiresAt ?? Infinity) <= ports.clock.now()) return { state: 'failed', reason: 'expired' };
    if (!workspace.feedRule.isFor(entry.peerId, post)) return { state: 'failed', reason: 'removed' };
    const author = workspace.people.get(post.authorId);
    const list = post.metadata['attachments'];
    const payload = feedPostPayload(post, {
      author: { displayName: author?.displayName ?? null, accountType: author?.accountType ?? 'human' },
      localPeer: mesh.peerId,
      attachments: this.#attachments.entries(
        Array.isArray(list) ? list : [],
        { peer: entry.peerId, author: post.authorId, holder: mesh.peerId },
        roomForFiles(post),
      ),
      version: entry.version,
    });
    return payload === null ? { state: 'failed', reason: 'too_large' } : frames(frame('feed_post', payload));
  }

  #direct(entry: OutboxEntry, secure: boolean): Built {
    const found = this.#c.workspace.directMessages.forSending(entry.objectId as MessageId);
    if (found === undefined) return { state: 'gone' };
    const { peerId } = entry;
    const built: OwedFrame[] = [];
    for (const { userId, home } of found.recipients) {
      if (home !== peerId) continue;
      if (userId === peerUserId(peerId)) {
        // An answer in the conversation with a node itself goes back as what started it: a text to the node.
        if (!this.#knowledge.isOurs(peerId)) return { state: 'failed', reason: 'cannot_show' };
        const text = { user: found.message.senderId, content: found.message.content };
        const payload = this.textPayload(found.message.id, { ...text, metadata: {}, broadcast: false });
        built.push({ ...frame('direct_message', payload), encrypt: true });
        continue;
      }
      const payload = this.#directPayload(found.message, userId, peerId, secure);
      if (payload === null) return { state: 'waits', reason: 'needs_encryption' };
      built.push(frame('direct_message', changed(payload, entry, found.message.editedAt)));
    }
    return built.length === 0 ? { state: 'gone' } : frames(...built);
  }

  #directPayload(
    message: DirectRow,
    recipientId: UserId,
    peer: PeerId,
    secure: boolean,
  ): FramePayload | null {
    const sender = this.#c.workspace.people.get(message.senderId);
    const metadata = {
      type: 'direct_message',
      sender_id: message.senderId,
      recipient_id: recipientId,
      message_id: message.id,
      timestamp: toIsoTime(message.createdAt),
      ...(sender === undefined ? {} : { display_name: sender.displayName, account_type: sender.accountType }),
    };
    const own = this.#ownMetadata(message, peer);
    const { crypto, ports, mesh } = this.#c;
    const key = this.#knowledge.readsEncrypted(peer) === true ? this.#knowledge.sealingKey(peer) : null;
    if (key === null) {
      if (!secure && mesh.canReach(peer) !== 'direct') return null;
      return { content: message.content, metadata: { ...metadata, metadata: own } };
    }
    const sealed = sealDm(crypto, ports.random, {
      content: message.content,
      metadata: own,
      senderPeerId: mesh.peerId,
      recipient: { peerId: peer, x25519PublicKey: key },
    });
    return { content: '', metadata: { ...metadata, metadata: sealed.metadata } };
  }

  #ownMetadata(message: DirectRow, peer: PeerId): Record<string, unknown> {
    const { attachments } = message.metadata;
    if (!Array.isArray(attachments)) return message.metadata;
    return { ...message.metadata, attachments: this.#entries(attachments, message.senderId, peer) };
  }

  #entries(list: readonly unknown[], author: UserId, peer: PeerId): Record<string, unknown>[] {
    return this.#attachments.entries(list, { peer, author, holder: this.#c.mesh.peerId });
  }

  #deletion(entry: OutboxEntry): Built {
    const what = deletedObject(entry.objectId);
    const reason = what.type === 'feed_post' ? this.#narrowed(what.id as PostId) : null;
    const asked = this.#c.repositories.deleteSignals.open(entry.peerId, what.type, what.id);
    const said = reason ?? asked?.reason ?? null;
    const signal = frame(
      'delete_signal',
      deleteSignal(this.#c, {
        ...what,
        ...(said === null ? {} : { reason: said }),
        ...(asked === undefined ? {} : { signalId: asked.id }),
      }),
    );
    return frames({ ...signal, ttl: SIGNAL_TTL });
  }

  /** Why a post is to be deleted elsewhere that is still here (03 section 7.2). */
  #narrowed(id: PostId): string | null {
    const post = this.#c.repositories.feed.get(id);
    const before = post?.metadata['withdrawn_from'];
    return typeof before === 'string' ? `visibility_narrowed:${before}->${post?.visibility ?? ''}` : null;
  }

  #reaction(entry: OutboxEntry): Built {
    const { repositories, workspace } = this.#c;
    const vote = votedIn(entry.objectId);
    if (vote !== null) return this.#vote(entry, vote);
    const { messageId, userId } = reactedTo(entry.objectId);
    const message = repositories.channelMessages.get(messageId);
    const channel = message === undefined ? undefined : repositories.channels.get(message.channelId);
    const post = message === undefined ? repositories.feed.get(messageId as string as PostId) : undefined;
    const letter =
      message === undefined && post === undefined ? repositories.directMessages.get(messageId) : undefined;
    if (letter !== undefined) return this.#directReaction(entry, letter);
    const mayHave =
      (channel !== undefined && workspace.owing.isEntitled(entry.peerId, channel)) ||
      (post !== undefined && isShared(post.visibility) && workspace.trust.isTrusted(entry.peerId));
    if (!mayHave) return { state: 'gone' };
    const itemType = post === undefined ? 'message' : 'post';
    return frames(frame('interaction', this.#reactionPayload({ messageId, userId, itemType })));
  }

  /**
   * Deviation D-154: a reaction to a direct message is for our nodes that have the message alone, sealed for each. Python
   * would need it in clear, floods its own to everybody, and shows them hardly anywhere.
   */
  #directReaction(entry: OutboxEntry, letter: DirectRow): Built {
    const { peerId } = entry;
    if (!this.#c.workspace.directReactions.homes(letter).includes(peerId)) return { state: 'gone' };
    const shows = this.#knowledge.showsDirectReactions(peerId);
    if (shows === false) return { state: 'gone' };
    if (shows === null || this.#knowledge.sealingKey(peerId) === null)
      return { state: 'waits', reason: 'needs_encryption' };
    const what = { ...reactedTo(entry.objectId), itemType: 'message' as const };
    return frames({ ...frame('interaction', this.#reactionPayload(what)), encrypt: true });
  }

  #reactionPayload(what: {
    messageId: MessageId;
    userId: UserId;
    itemType: 'message' | 'post';
  }): FramePayload {
    const { workspace, mesh } = this.#c;
    const person = workspace.people.get(what.userId);
    return reactionPayload(
      { ...what, reaction: workspace.reactions.current(what.messageId, what.userId) },
      {
        displayName: person?.displayName ?? null,
        accountType: person?.accountType ?? 'human',
        localPeer: mesh.peerId,
      },
    );
  }

  /** A key for a node that hosts a member, wrapped for it alone. */
  #key(entry: OutboxEntry): Built {
    const { channelId, keyId } = owedKey(entry.objectId);
    const found = this.#c.workspace.channelKeys.forSending(channelId, keyId, entry.peerId);
    if (found === null) return { state: 'gone' };
    const peerKey = this.#knowledge.sealingKey(entry.peerId);
    if (peerKey === null) return { state: 'waits', reason: 'needs_encryption' };
    const payload = keyDistribution(this.#c, found, peerKey);
    if (payload === null) return { state: 'failed', reason: 'invalid' };
    return frames({ ...frame('channel_key_distribution', payload), ttl: KEY_TTL });
  }

  #vote(entry: OutboxEntry, { pollId, userId }: { pollId: string; userId: UserId }): Built {
    const { workspace, mesh } = this.#c;
    const vote = workspace.polls.current(pollId, userId);
    const mayHave =
      vote !== null &&
      (vote.channel === null
        ? workspace.trust.isTrusted(entry.peerId)
        : workspace.owing.isEntitled(entry.peerId, vote.channel));
    if (!mayHave) return { state: 'gone' };
    const person = workspace.people.get(userId);
    const payload = votePayload(
      {
        pollId,
        userId,
        kind: vote.kind,
        optionIndex: vote.optionIndex,
        channelId: vote.channel?.id ?? null,
      },
      {
        author: { displayName: person?.displayName ?? null, accountType: person?.accountType ?? 'human' },
        localPeer: mesh.peerId,
      },
    );
    return frames(frame('interaction', payload));
  }

  #mention(entry: OutboxEntry): Built {
    const found = this.#c.workspace.mentions.forSending(entry.objectId, entry.peerId);
    if (found === null) return { state: 'gone' };
    return frames(frame('interaction', mentionPayload(found.text, found.targets, this.#c.mesh.peerId)));
  }

  #text(entry: OutboxEntry): Built {
    const text = this.text(entry.objectId);
    if (text === null) return { state: 'gone' };
    const payload = this.textPayload(entry.objectId, text);
    // Deviation D-20: sealed for the pair; only nodes of this program are sent such texts.
    return text.broadcast
      ? frames({ type: 'broadcast', payload, ttl: TEXT_TTL, encrypt: false, targeted: false })
      : frames({ type: 'direct_message', payload, ttl: TEXT_TTL, encrypt: true, targeted: true });
  }
}

function frames(...built: OwedFrame[]): Built {
  return { state: 'frames', frames: built };
}

function frame(type: OwedFrame['type'], payload: FramePayload): OwedFrame {
  return { type, payload, ttl: CONTENT_TTL, encrypt: false, targeted: true };
}

/** What is told of a channel and its members. */
function hostFrame(type: OwedFrame['type'], payload: FramePayload | null): Built {
  return payload === null ? { state: 'gone' } : frames({ ...frame(type, payload), ttl: CHANNEL_TTL });
}

/** A change says so and carries its revision; whoever never saw the creation stores it as new (02 section 2.1). */
function changed(payload: FramePayload, entry: OutboxEntry, editedAt: number | null): FramePayload {
  const rev = revOf(entry.version);
  if (rev === null) return payload;
  // What only disappears at another time was not edited (03 section 5.2).
  const edited = editedAt === null ? {} : { edited_at: toIsoTime(editedAt) };
  const change = { update_only: true, ...edited, [REV_KEY]: rev };
  return { ...payload, metadata: { ...payload.metadata, ...change } };
}

function readText(stored: string): OwedText | null {
  try {
    const text = asRecord(JSON.parse(stored));
    const metadata = asRecord(text?.['metadata']);
    if (text === null || metadata === null) return null;
    const [user, content] = [textMember(text, 'user'), textMember(text, 'content')];
    if (user === null || content === null) return null;
    return {
      user: user as UserId,
      content,
      metadata: { ...metadata },
      broadcast: text['broadcast'] === true,
    };
  } catch {
    return null;
  }
}
