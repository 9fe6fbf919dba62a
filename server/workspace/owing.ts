/**
 * What other nodes are owed (06 section 3.1): writes the rows of the outbox in the transaction of the change they are
 * about, decides whom a message is for, and says what became of a row. Sending is `sync`'s.
 */
import type { Clock } from '../ports/types.ts';
import type { ChannelMembers } from '../store/channel-members.ts';
import type { Channel } from '../store/channels.ts';
import type { DeliveryKind } from '../store/delivery.ts';
import { DELIVERY_KINDS } from '../store/delivery.ts';
import type { Outbox, OutboxEntry, OutboxKind } from '../store/outbox.ts';
import type { OwedTexts } from '../store/owed-texts.ts';
import type { PeerFactsTable } from '../store/peer-facts.ts';
import type { ChannelId, MessageId, PeerId, PostId, UserId } from '../wire/ids.ts';
import { CREATED, DELETED, changedAt, rankOfVersion } from '../wire/item-id.ts';
import { isQuarantine, isTargeted } from './channel-rules.ts';
import type { Changes } from './changes.ts';
import type { DeliveryBook, FailureReason, Shortcoming } from './delivery.ts';
import type { Trust } from './trust.ts';

const DAY_MS = 86_400_000;
/** What could not be delivered is given up after this long. */
const OWED_MS = 30 * DAY_MS;
/** A peer that was not here for this long, nor accepted since, is owed nothing public; it catches up when it comes. */
const SEEN_MS = 30 * DAY_MS;
/** Rows that expire in one transaction. */
const EXPIRY_BATCH = 200;

/** How rows of votes begin; no id of a message or post does. */
const VOTE = 'poll/';

/** What a delete names, in the words of the wire (02 section 2.10), and what it takes over. */
const DELETED_KINDS = {
  channel_message: 'message',
  direct_message: 'dm',
  feed_post: 'post',
} as const satisfies Record<string, OutboxKind & DeliveryKind>;
export type DeletedType = keyof typeof DELETED_KINDS;

/** What of a channel says whom it is for. */
type Audience = Pick<Channel, 'id' | 'name' | 'channelType' | 'privacyMode' | 'originPeer'>;

export interface OwingComponents {
  outbox: Outbox;
  texts: OwedTexts;
  book: DeliveryBook;
  members: ChannelMembers;
  facts: PeerFactsTable;
  trust: Trust;
  changes: Changes;
  clock: Clock;
}

export class Owing {
  readonly #c: OwingComponents;
  readonly #localPeer: PeerId;
  #reachable: () => readonly PeerId[] = () => [];
  #lastRevision = 0;

  constructor(components: OwingComponents, init: { localPeer: PeerId }) {
    this.#c = components;
    this.#localPeer = init.localPeer;
  }

  /** Says who can be reached now: those count as seen. Until told, nobody. */
  useReach(reachable: () => readonly PeerId[]): void {
    this.#reachable = reachable;
  }

  /**
   * Accepted peers a message of the channel is for: those hosting a member, or for public ones all seen or accepted
   * lately.
   */
  audience(channel: Audience): PeerId[] {
    if (isQuarantine(channel.id, channel.name)) return [];
    const candidates = isTargeted(channel) ? this.#hosts(channel) : this.#everybody();
    return candidates.filter((peer) => peer !== this.#localPeer && this.#c.trust.isTrusted(peer));
  }

  /** Whether a peer may still have messages of the channel; looked at again when they leave. */
  isEntitled(peer: PeerId, channel: Audience): boolean {
    if (isQuarantine(channel.id, channel.name) || !this.#c.trust.isTrusted(peer)) return false;
    return !isTargeted(channel) || this.#hosts(channel).includes(peer);
  }

  /** Owes an own channel message, new or changed, to its audience. Inside the transaction of the change. */
  message(channel: Audience, message: { id: MessageId; expiresAt: number | null }, version = CREATED): void {
    for (const peer of this.audience(channel))
      this.#owe(peer, 'message', message.id, { version, expiresAt: message.expiresAt });
  }

  /** Accepted peers a post is for: all seen or accepted lately (03 section 7.2). */
  feedAudience(): PeerId[] {
    return this.#everybody().filter((peer) => peer !== this.#localPeer && this.#c.trust.isTrusted(peer));
  }

  /** Owes an own post that others may have, new or changed. Inside the transaction of the change. */
  post(post: { id: PostId; expiresAt: number | null }, version = CREATED): void {
    for (const peer of this.feedAudience())
      this.#owe(peer, 'post', post.id, { version, expiresAt: post.expiresAt });
  }

  /** Owes a like of a post as it is when it leaves. Inside the transaction of the change. */
  postReaction(what: { postId: PostId; userId: UserId }, version: string): void {
    this.#interaction(this.feedAudience(), reactionObject(what.postId, what.userId), version);
  }

  /** Owes a vote as it is when it leaves. @param what.channel `null`: the poll is a post. Inside a transaction. */
  vote(
    what: {
      pollId: string;
      userId: UserId;
      channel: Audience | null;
    },
    version: string,
  ): void {
    const peers = what.channel === null ? this.feedAudience() : this.audience(what.channel);
    this.#interaction(peers, voteObject(what.pollId, what.userId), version);
  }

  /** Unix ms. What is older is owed to nobody any more. */
  horizon(): number {
    return this.#c.clock.now() - OWED_MS;
  }

  /** Owes one peer a like or vote that was given earlier, as it is when it leaves. Inside a transaction. */
  earlier(peer: PeerId, objectId: string): void {
    this.#interaction([peer], objectId, changedAt(this.#revision()));
  }

  /** Owes an own direct message, new or changed, to the recipients' home peers. Inside the transaction of the change. */
  direct(id: MessageId, homes: readonly PeerId[], version = CREATED): void {
    for (const peer of homes) this.#owe(peer, 'dm', id, { version, expiresAt: null });
  }

  /** Owes a reaction as it is when it leaves, to whoever may have the message. Inside the transaction of the change. */
  reaction(channel: Audience, what: { messageId: MessageId; userId: UserId }, version: string): void {
    const createdAt = this.#c.clock.now();
    const objectId = reactionObject(what.messageId, what.userId);
    for (const peerId of this.audience(channel))
      this.#c.outbox.put({
        peerId,
        kind: 'reaction',
        objectId,
        version,
        createdAt,
        expiresAt: createdAt + OWED_MS,
      });
  }

  /** The same for a direct message: to the nodes of the others in it. Inside the transaction of the change. */
  directReaction(
    what: { messageId: MessageId; userId: UserId },
    homes: readonly PeerId[],
    version: string,
  ): void {
    this.#interaction(homes, reactionObject(what.messageId, what.userId), version);
  }

  /** Owes what an own channel is when it leaves, to these peers. Inside the transaction of the change. */
  channel(channelId: ChannelId, peers: readonly PeerId[]): void {
    for (const peer of peers) this.#put(peer, 'announce', channelId, changedAt(this.#revision()));
  }

  /** Owes a peer what is noted for it of a member of a private channel. Inside the transaction of the change. */
  memberSync(syncId: string, peer: PeerId): void {
    this.#put(peer, 'member', syncId, CREATED);
  }

  /** Owes accepted peers that they are asked to delete something, here or not. Inside the transaction of the asking. */
  askedDeletion(type: DeletedType | 'channel', id: string, peers: readonly PeerId[]): void {
    for (const peer of peers) this.#put(peer, 'delete', `${type}:${id}`, DELETED);
  }

  /** Owes the deletion of a channel of this node. Inside the transaction of the deletion. */
  channelDeletion(channelId: ChannelId, peers: readonly PeerId[]): void {
    for (const peer of peers) this.#put(peer, 'delete', `channel:${channelId}`, DELETED);
  }

  /** Owes word of the mentions in a text to the homes of those mentioned. Inside the transaction of the text. */
  mention(textId: string, peers: readonly PeerId[], version: string): void {
    for (const peer of peers) this.#put(peer, 'mention', textId, version);
  }

  /** Owes a text of `POST /p2p/send`. @param payload what is kept to build it from. Inside a transaction. */
  text(id: string, peers: readonly PeerId[], payload: string): void {
    if (peers.length === 0) return;
    this.#c.texts.add(id, payload, this.#c.clock.now());
    for (const peer of peers) this.#owe(peer, 'send', id, { version: CREATED, expiresAt: null });
  }

  /** Owes a key of an own channel, wrapped when it leaves. Inside the transaction of the change. */
  key(peerId: PeerId, channelId: ChannelId, keyId: string): void {
    const createdAt = this.#c.clock.now();
    this.#c.outbox.put({
      peerId,
      kind: 'key',
      objectId: `${channelId}:${keyId}`,
      version: CREATED,
      createdAt,
      expiresAt: createdAt + OWED_MS,
    });
  }

  /**
   * Owes the deletion of an own object to everybody it was owed to, and to `others` who may have it; what had not left
   * yet is replaced. Inside the transaction of the deletion. Whom it is owed to now.
   */
  deletion(type: DeletedType, id: string, others: readonly PeerId[] = []): PeerId[] {
    const { outbox, book, clock } = this.#c;
    const kind = DELETED_KINDS[type];
    const objectId = `${type}:${id}`;
    const now = clock.now();
    const expiresAt = now + OWED_MS;
    const replaced = outbox.takeOver(
      { kind, objectId: id },
      { kind: 'delete', objectId, version: DELETED, expiresAt },
    );
    const informed = book
      .details(kind, id)
      .filter((row) => row.state !== 'failed')
      .map((row) => row.peerId);
    const peers = [...new Set([...replaced, ...informed, ...others])];
    for (const peerId of peers)
      outbox.put({ peerId, kind: 'delete', objectId, version: DELETED, createdAt: now, expiresAt });
    return peers;
  }

  /** The peer has what the row is about. Nothing when the row has another version by now. */
  delivered(entry: OutboxEntry): boolean {
    return this.#settle(entry, (kind) => this.#c.book.delivered(kind, entry.objectId, entry.peerId));
  }

  /** What the row is about was handed to somebody who cannot acknowledge it. @param keep it stays owed. */
  sent(entry: OutboxEntry, keep = false, without: Shortcoming | null = null): boolean {
    const { objectId, peerId } = entry;
    if (!keep) return this.#settle(entry, (kind) => this.#c.book.sent(kind, objectId, peerId, without));
    const kind = followed(entry.kind);
    if (kind !== null) this.#c.book.sent(kind, objectId, peerId, without);
    return false;
  }

  /** The peer will never have what the row is about. */
  failed(entry: OutboxEntry, reason: FailureReason): boolean {
    return this.#settle(entry, (kind) => this.#c.book.failed(kind, entry.objectId, entry.peerId, reason));
  }

  /** What the row is about is no longer there, or became something else: nothing is told. */
  dropped(entry: OutboxEntry): boolean {
    return this.#settle(entry, () => undefined);
  }

  /** A peer was forgotten: it is owed nothing any more. */
  withdraw(peer: PeerId): void {
    this.#c.changes.now(() => {
      for (const entry of this.#c.outbox.takePeer(peer)) this.#ended(entry, 'removed');
    });
  }

  /**
   * A peer is not accepted any more: nothing is for it but what was deleted. It may have that still, and learns it when it
   * can be told; nobody else might be able to prove it then.
   */
  refuse(peer: PeerId): void {
    this.#c.changes.now(() => {
      for (const entry of this.#c.outbox.takePeer(peer, 'delete')) this.#ended(entry, 'removed');
    });
  }

  /** Gives up what has expired. */
  expire(): void {
    const { outbox, changes, clock } = this.#c;
    for (let taken = EXPIRY_BATCH; taken === EXPIRY_BATCH;)
      taken = changes.now(() => {
        const expired = outbox.takeExpired(clock.now(), EXPIRY_BATCH);
        for (const entry of expired) this.#ended(entry, 'expired');
        return expired.length;
      });
  }

  /**
   * Peers seen lately. Deviation D-64: or within reach, or accepted lately; two behind a relay that never met would
   * otherwise have no reason to meet.
   */
  #everybody(): PeerId[] {
    const { facts, trust, clock } = this.#c;
    const since = clock.now() - SEEN_MS;
    const peers = [...facts.seenSince(since), ...trust.decidedSince(since), ...this.#reachable()];
    return [...new Set(peers)].sort();
  }

  /** Nodes with a member. Where a channel comes from there is one, also while those invited know nobody of it yet. */
  #hosts(channel: Audience): PeerId[] {
    const hosts = this.#c.members.remotePeers(channel.id, this.#localPeer);
    const { originPeer } = channel;
    return originPeer === null || hosts.includes(originPeer) ? hosts : [...hosts, originPeer];
  }

  #owe(
    peerId: PeerId,
    kind: 'message' | 'dm' | 'post' | 'send',
    objectId: string,
    fields: { version: string; expiresAt: number | null },
  ): void {
    const now = this.#c.clock.now();
    const expiresAt = Math.min(now + OWED_MS, fields.expiresAt ?? Infinity);
    this.#c.outbox.put({ peerId, kind, objectId, version: fields.version, createdAt: now, expiresAt });
    this.#c.book.queued(kind, objectId, peerId);
  }

  /** For accepted peers alone: the others ask when they are. */
  #put(
    peerId: PeerId,
    kind: 'announce' | 'member' | 'delete' | 'mention',
    objectId: string,
    version: string,
  ): void {
    if (peerId === this.#localPeer || !this.#c.trust.isTrusted(peerId)) return;
    const createdAt = this.#c.clock.now();
    this.#c.outbox.put({ peerId, kind, objectId, version, createdAt, expiresAt: createdAt + OWED_MS });
  }

  /** Grows also within a millisecond, so that what was sent before never settles what came after. */
  #revision(): number {
    this.#lastRevision = Math.max(this.#lastRevision + 1, this.#c.clock.now());
    return this.#lastRevision;
  }

  #interaction(peers: readonly PeerId[], objectId: string, version: string): void {
    const createdAt = this.#c.clock.now();
    const expiresAt = createdAt + OWED_MS;
    for (const peerId of peers)
      this.#c.outbox.put({ peerId, kind: 'reaction', objectId, version, createdAt, expiresAt });
  }

  #settle(entry: OutboxEntry, note: (kind: DeliveryKind) => void): boolean {
    return this.#c.changes.join(() => {
      if (!this.#c.outbox.settle(entry.seq, entry.version)) return false;
      const kind = followed(entry.kind);
      if (kind !== null) note(kind);
      this.#forgetText(entry);
      return true;
    });
  }

  #ended(entry: OutboxEntry, reason: FailureReason): void {
    const kind = followed(entry.kind);
    if (kind !== null) this.#c.book.failed(kind, entry.objectId, entry.peerId, reason);
    this.#forgetText(entry);
  }

  #forgetText(entry: OutboxEntry): void {
    if (entry.kind === 'send' && !this.#c.outbox.isOwed('send', entry.objectId))
      this.#c.texts.remove(entry.objectId);
  }
}

/** The kind under which a row's way is followed; `null` for those nobody is told of. */
function followed(kind: OutboxKind): DeliveryKind | null {
  return DELIVERY_KINDS.find((one) => one === kind) ?? null;
}

/** The `canopy_rev` of a version; `null` for a creation or deletion. */
export function revOf(version: string): number | null {
  const rank = rankOfVersion(version);
  return rank >= 0 && Number.isFinite(rank) ? rank : null;
}

/** How a `reaction` row names somebody's reaction to a message or post. */
export function reactionObject(itemId: string, userId: string): string {
  return `${itemId}:${userId}`;
}

/** How it names somebody's vote in a poll. */
export function voteObject(pollId: string, userId: string): string {
  return `${VOTE}${reactionObject(pollId, userId)}`;
}

/** What a `reaction` row names. */
export function reactedTo(objectId: string): { messageId: MessageId; userId: UserId } {
  const at = objectId.indexOf(':');
  return { messageId: objectId.slice(0, at) as MessageId, userId: objectId.slice(at + 1) as UserId };
}

/** What a `key` row names. */
export function owedKey(objectId: string): { channelId: ChannelId; keyId: string } {
  const at = objectId.indexOf(':');
  return { channelId: objectId.slice(0, at) as ChannelId, keyId: objectId.slice(at + 1) };
}

/** What a `reaction` row names that is a vote in a poll; `null` for others. */
export function votedIn(objectId: string): { pollId: string; userId: UserId } | null {
  if (!objectId.startsWith(VOTE)) return null;
  const { messageId, userId } = reactedTo(objectId.slice(VOTE.length));
  return { pollId: messageId, userId };
}

/** What a `delete` row names. */
export function deletedObject(objectId: string): { type: string; id: string } {
  const at = objectId.indexOf(':');
  return { type: objectId.slice(0, at), id: objectId.slice(at + 1) };
}
