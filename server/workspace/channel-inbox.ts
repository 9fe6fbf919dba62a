/**
 * Channel messages that arrive from other nodes, live and by catch-up (03 sections 5.4, 5.6 and 8.4). A person's home
 * speaks for that person; anybody else may only bring messages that are new here, never changes (03 A1, A2, A18).
 */
import type { Clock } from '../ports/types.ts';
import type { AwaitedParents } from '../store/awaited-parents.ts';
import type { Arrival, Arrivals } from '../store/arrivals.ts';
import type { ChannelMembers } from '../store/channel-members.ts';
import type {
  ChannelMessage as MessageRow,
  ChannelMessages as MessageTable,
} from '../store/channel-messages.ts';
import type { Channel, Channels as ChannelTable } from '../store/channels.ts';
import type { MessageHistory } from '../store/message-history.ts';
import type { NativeReported } from '../store/native-reported.ts';
import type { NativeItems } from '../store/native-items.ts';
import type { ProcessedMessages } from '../store/processed-messages.ts';
import { GENERAL_CHANNEL } from '../store/seed.ts';
import type { Tombstones } from '../store/tombstones.ts';
import type { ChannelId, MessageId, PeerId, UserId } from '../wire/ids.ts';
import { channelSet } from '../wire/item-id.ts';
import type { Attachment } from '../wire/payloads/attachments.ts';
import { inlineFiles, receivedAttachments } from './attachments.ts';
import type { Changes } from './changes.ts';
import type { ChannelMerge } from './channel-merge.ts';
import { keepEarlier } from './message-history.ts';
import { isPlaceholderName, isPublicForSync, isQuarantine, isTargeted } from './channel-rules.ts';
import type { Channels } from './channels.ts';
import { ageOf } from './edit-age.ts';
import { resolveExpiry } from './expiry-rule.ts';
import type { ChannelTexts } from './channel-keys-texts.ts';
import type { Journal } from './journal.ts';
import type { People } from './people.ts';
import { securityMetadata } from './security-metadata.ts';
import type { PostPolicy, PrivacyMode } from './types.ts';

/** A message may claim to be this much ahead of our clock; beyond it its time is cut (03 A18). */
const MAX_AHEAD_MS = 300_000;
/** Longest type and policy words stored. */
const MAX_WORD = 40;

/** A message as another node describes it; texts as sent, times in Unix ms. */
export interface ForeignMessage {
  id: MessageId;
  channelId: ChannelId;
  userId: UserId;
  content: string;
  createdAt: number | null;
  expiresAt: string | null;
  ttlSeconds: number | null;
  ttlMode: string | null;
  /** Home peer of the author as claimed; `null`: the sender. */
  originPeer: PeerId | null;
  displayName: string | null;
  accountType: 'human' | 'agent' | null;
  parentMessageId: MessageId | null;
  attachments: readonly Attachment[] | null;
  security: Readonly<Record<string, unknown>> | null;
  sourceLayout: Readonly<Record<string, unknown>> | null;
  sourceReference: Readonly<Record<string, unknown>> | null;
  repostPolicy: string | null;
  encryptedContent: string | null;
  nonce: string | null;
  keyId: string | null;
}

/** What only a live message carries. */
export interface LiveMessage extends ForeignMessage {
  updateOnly: boolean;
  editedAt: number | null;
  /** `canopy_rev` of a change (06 section 3.2). */
  rev?: number | null;
  postPolicy: PostPolicy | null;
  allowMemberReplies: boolean | null;
  allowedPosters: readonly UserId[] | null;
}

/** What only a caught-up message carries: the channel, which may be unknown here. */
export interface CaughtUpMessage extends ForeignMessage {
  channelName: string;
  channelType: string;
  channelPrivacy: PrivacyMode;
  channelOrigin: PeerId | null;
}

/** Why a message was not taken. */
export type InboxRefusal =
  | 'local_author'
  | 'foreign_author'
  | 'too_many_people'
  | 'quarantine'
  | 'retired'
  | 'deleted'
  | 'expired'
  | 'unknown_channel'
  | 'unsettled_channel'
  | 'not_member'
  | 'top_level_post_restricted'
  | 'reply_restricted'
  | 'other_author'
  | 'stale_edit';

export type InboxOutcome =
  | { state: 'stored' | 'edited' | 'duplicate'; channelUnknown: boolean }
  | { state: 'refused'; reason: InboxRefusal };

/** What became of a deletion that arrived. `refused`: whoever signed it has no say. */
export type DeletionOutcome = 'deleted' | 'unknown' | 'refused';

/** How a deletion that arrived is taken. */
export interface DeletionInit {
  /** Of what is not here it is remembered, for when that comes. */
  rememberUnknown?: boolean;
  /** Inside the transaction, once something is deleted: what must not be lost should the node end then. */
  deleted?: () => void;
}

export interface ChannelInboxComponents {
  table: MessageTable;
  channelTable: ChannelTable;
  members: ChannelMembers;
  processed: ProcessedMessages;
  awaitedParents: AwaitedParents;
  tombstones: Tombstones;
  items: NativeItems;
  history: MessageHistory;
  reported: NativeReported;
  arrivals: Arrivals;
  channels: Channels;
  merge: ChannelMerge;
  texts: Pick<ChannelTexts, 'arrived'>;
  people: People;
  journal: Journal;
  changes: Changes;
  clock: Clock;
}

export class ChannelInbox {
  readonly #c: ChannelInboxComponents;

  constructor(components: ChannelInboxComponents) {
    this.#c = components;
  }

  /**
   * Deletes a message because `signer` says so: the author's home or the channel's origin may, and nobody else
   * (03 section 9.4). Of one that is not here the deletion can be remembered, for when it comes. Resolves after the
   * commit.
   */
  receiveDeletion(id: MessageId, signer: PeerId, init: DeletionInit = {}): Promise<DeletionOutcome> {
    return this.#c.changes.run(() => {
      const row = this.#c.table.get(id);
      const now = this.#c.clock.now();
      if (row === undefined) {
        if (init.rememberUnknown === true) this.#c.tombstones.add('channel_message', id, signer, now);
        return 'unknown';
      }
      const channelOrigin = this.#c.channelTable.get(row.channelId)?.originPeer ?? null;
      if (row.originPeer !== signer && channelOrigin !== signer) return 'refused';
      this.#c.tombstones.add('channel_message', id, signer, now);
      this.#c.table.delete(id, now);
      this.#c.journal.channelMessage('deleted', row);
      init.deleted?.();
      return 'deleted';
    });
  }

  /**
   * {@link receiveLive} inside a transaction.
   * @param by.via who brings it later than `from` sent it; the node of a private channel vouches for those who left since.
   * @param by.hop the neighbour through which it came when it was sent.
   */
  takeLive(
    message: LiveMessage,
    from: PeerId,
    { via = null, hop = from }: { via?: PeerId | null; hop?: PeerId } = {},
  ): InboxOutcome {
    const barred = this.#barred(message, from);
    if (barred !== null) return refused(barred);
    const existing = this.#c.table.get(message.id);
    const isEdit = message.updateOnly && existing !== undefined;
    const confirmed = isEdit ? null : this.#confirm(existing, message, from);
    if (confirmed !== null) return confirmed;
    if (!isEdit && (existing !== undefined || (!message.updateOnly && this.#c.processed.has(message.id)))) {
      const known = this.#c.channelTable.get(message.channelId);
      if (known !== undefined) this.#applyPolicy(known, message, from);
      return { state: 'duplicate', channelUnknown: false };
    }
    if (message.originPeer !== null && message.originPeer !== from) return refused('foreign_author');
    const refusal = this.#c.people.admitSigned(message, from);
    if (refusal !== null) return refused(refusal);
    if (isEdit) return this.#edit(existing, message, from);
    let channel = this.#c.channelTable.get(message.channelId);
    const channelUnknown = channel === undefined;
    channel ??= this.#c.merge.placeholder(message.channelId, message.userId, from);
    if (channel === undefined) return refused('unknown_channel');
    if (!this.#mayWrite(channel, message.userId, from, via))
      return refused(this.#isUnsettled(channel) ? 'unsettled_channel' : 'not_member');
    // The last of here was taken out; until somebody is in again nothing of it is for this node.
    if (!channelUnknown && this.#isAbandoned(channel)) return refused('not_member');
    this.#applyPolicy(channel, message, from);
    // The channel's own node says who posts, and speaks for its people.
    const policy = channel.originPeer === from ? null : this.#postingRefusal(message);
    if (policy !== null) {
      this.#c.processed.add(message.id, this.#c.clock.now());
      return refused(policy);
    }
    return this.#store(message, from, {
      channelUnknown,
      joins: via === null || !isTargeted(channel),
      arrival: via === null ? { way: 'live', peerId: hop } : { way: 'caught_up', peerId: via },
    });
  }

  /** Takes in one message of a catch-up answer of `from`, a trusted peer. Inside a transaction. */
  takeCaughtUp(message: CaughtUpMessage, from: PeerId): InboxOutcome {
    const barred = this.#barred(message, from);
    if (barred !== null) return refused(barred);
    const existing = this.#c.table.get(message.id);
    const confirmed = this.#confirm(existing, message, from);
    if (confirmed !== null) return confirmed;
    if (this.#c.processed.has(message.id) || existing !== undefined)
      return { state: 'duplicate', channelUnknown: false };
    const home = message.originPeer ?? from;
    const refusal =
      home === from ? this.#c.people.admitSigned(message, from) : this.#c.people.admitReported(message, home);
    if (refusal !== null) return refused(refusal);
    const claimed = { channelType: message.channelType, privacyMode: message.channelPrivacy };
    if (isPublicForSync(claimed)) this.#describe(message, from);
    const channel = this.#c.channelTable.get(message.channelId);
    // Deviation D-50: no private channel comes about by it.
    if (channel === undefined) return refused('unknown_channel');
    // A message of a private channel is nothing for a node without a member (02 P1).
    if (isTargeted(channel) && this.#c.channels.localMembers(channel.id).length === 0)
      return refused('not_member');
    if (!this.#mayWrite(channel, message.userId, home, from)) return refused('not_member');
    const joins = home === from || !isTargeted(channel);
    const arrival: Arrival = { way: 'caught_up', peerId: from };
    const outcome = this.#store(message, from, { channelUnknown: false, joins, arrival });
    if (home !== from && outcome.state === 'stored') this.#c.reported.add('m', message.id, from);
    return outcome;
  }

  /**
   * The home of its author speaks of a message that only others had told of: its word replaces theirs (06 section 4.3).
   * @returns `null` when this is nothing of the kind.
   */
  #confirm(existing: MessageRow | undefined, message: ForeignMessage, from: PeerId): InboxOutcome | null {
    if (existing === undefined || this.#c.reported.via('m', message.id) === null) return null;
    if (existing.userId !== message.userId || (message.originPeer ?? from) !== from) return null;
    if (this.#c.people.admitSigned(message, from) !== null) return null;
    this.#c.table.update(existing.id, { originPeer: from });
    const unchanged = { postPolicy: null, allowMemberReplies: null, allowedPosters: null };
    return this.#edit(existing, { ...message, ...unchanged, updateOnly: true, editedAt: null }, from);
  }

  #barred(message: ForeignMessage, from: PeerId): InboxRefusal | null {
    if (isQuarantine(message.channelId)) return 'quarantine';
    if (this.#c.channelTable.isRetired(message.channelId)) return 'retired';
    const signers = this.#c.tombstones.signers('channel_message', message.id);
    if (signers.length === 0) return null;
    const author = message.originPeer ?? from;
    const origin = this.#c.channelTable.get(message.channelId)?.originPeer ?? null;
    return signers.some((signer) => signer === author || signer === origin) ? 'deleted' : null;
  }

  #describe(message: CaughtUpMessage, from: PeerId): void {
    const known = this.#c.channelTable.get(message.channelId);
    if (known !== undefined && !isPlaceholderName(known.name)) return;
    this.#c.merge.merge(
      {
        id: message.channelId,
        name: message.channelName,
        type: message.channelType,
        privacyMode: message.channelPrivacy,
        originPeer: message.channelOrigin,
      },
      from,
    );
  }

  /** Whether a private channel has a name here, and nobody who is in it. */
  #isAbandoned(channel: Channel): boolean {
    if (!isTargeted(channel) || isPlaceholderName(channel.name)) return false;
    return this.#c.channels.localMembers(channel.id).length === 0;
  }

  /** Whether nothing is known of a channel but what somebody wrote in it: who else may is found out later. */
  #isUnsettled(channel: Channel): boolean {
    return isPlaceholderName(channel.name) && this.#c.channels.localMembers(channel.id).length === 0;
  }

  /**
   * Public channels are everybody's; in others existing members write, and people at home where the channel is. Its node
   * took what it brings of others when they were members.
   */
  #mayWrite(channel: Channel, userId: UserId, home: PeerId, via: PeerId | null): boolean {
    if (!isTargeted(channel) || this.#c.members.get(channel.id, userId) !== undefined) return true;
    return channel.originPeer !== null && (channel.originPeer === home || channel.originPeer === via);
  }

  #applyPolicy(channel: Channel, message: LiveMessage, from: PeerId): void {
    if (channel.id === GENERAL_CHANNEL || channel.originPeer !== from) return;
    this.#c.channelTable.update(channel.id, {
      ...(message.postPolicy === null ? {} : { postPolicy: message.postPolicy }),
      ...(message.allowMemberReplies === null ? {} : { allowMemberReplies: message.allowMemberReplies }),
    });
    if (message.allowedPosters === null) return;
    const wanted = new Set(
      message.allowedPosters.filter((userId) => this.#c.people.get(userId) !== undefined),
    );
    for (const userId of this.#c.members.posters(channel.id))
      if (!wanted.has(userId)) this.#c.members.revoke(channel.id, userId);
    for (const userId of wanted) this.#c.members.grant(channel.id, userId, null, this.#c.clock.now());
  }

  #postingRefusal(message: LiveMessage): 'top_level_post_restricted' | 'reply_restricted' | null {
    const channel = this.#c.channelTable.get(message.channelId);
    if (channel === undefined || channel.id === GENERAL_CHANNEL) return null;
    const rights = this.#c.channels.rights(channel, message.userId);
    if (message.parentMessageId !== null) return rights.reply ? null : 'reply_restricted';
    return rights.topLevel ? null : 'top_level_post_restricted';
  }

  /** @param init.joins whether its author counts as a member by it. */
  #store(
    message: ForeignMessage,
    from: PeerId,
    { channelUnknown, joins, arrival }: { channelUnknown: boolean; joins: boolean; arrival: Arrival },
  ): InboxOutcome {
    const now = this.#c.clock.now();
    const createdAt = Math.min(message.createdAt ?? now, now + MAX_AHEAD_MS);
    const expiresAt = resolveExpiry(message, createdAt);
    if (expiresAt !== null && expiresAt <= now) return refused('expired');
    const { channelId } = message;
    if (joins) this.#c.members.add(channelId, message.userId, 'member', now);
    const attachments = receivedAttachments(message.attachments, from);
    const text = this.#c.texts.arrived(message);
    this.#c.table.insert({
      id: message.id,
      channelId,
      userId: message.userId,
      ...text,
      createdAt,
      ...(message.createdAt === null ? {} : { carriedAt: message.createdAt }),
      originPeer: message.originPeer ?? from,
      expiresAt,
      messageType: attachments.length > 0 ? 'file' : 'text',
      parentMessageId: message.parentMessageId,
      attachments,
      ...contentFields(message),
      security: securityMetadata(message.security),
    });
    this.#c.arrivals.add('m', message.id, arrival);
    this.#linkThread(message, now);
    this.#c.channelTable.touch(channelId, createdAt);
    this.#c.processed.add(message.id, now);
    this.#c.journal.channelMessage('created', { ...message, content: text.content });
    this.#tellOfFiles(message, from);
    return { state: 'stored', channelUnknown };
  }

  /** A reply may come before its parent; they are joined when both are here (03 R1). */
  #linkThread(message: ForeignMessage, now: number): void {
    const { parentMessageId } = message;
    if (parentMessageId !== null && this.#c.table.get(parentMessageId) === undefined)
      this.#c.awaitedParents.add(message.id, parentMessageId, now);
    this.#c.awaitedParents.link(message.id);
  }

  #edit(existing: MessageRow, message: LiveMessage, from: PeerId): InboxOutcome {
    if (existing.userId !== message.userId || existing.channelId !== message.channelId)
      return refused('other_author');
    this.#confirmed(existing, message);
    const now = this.#c.clock.now();
    const editedAt = message.editedAt === null ? null : Math.min(message.editedAt, now + MAX_AHEAD_MS);
    const age = ageOf(message, editedAt, {
      editedAt: existing.editedAt,
      versions: this.#c.items.ofObject('m', existing.id),
    });
    if (age === 'same') return { state: 'duplicate', channelUnknown: false };
    if (age === 'older') return refused('stale_edit');
    const expiresAt = resolveExpiry(message, now, false);
    const attachments =
      message.attachments === null ? undefined : receivedAttachments(message.attachments, from);
    const text = this.#c.texts.arrived(message);
    keepEarlier(this.#c.history, 'channel', existing, text.content);
    this.#c.table.update(existing.id, {
      ...text,
      ...(attachments === undefined
        ? {}
        : { attachments, messageType: attachments.length > 0 ? 'file' : 'text' }),
      ...contentFields(message),
      ...(expiresAt === null ? {} : { expiresAt }),
      ...(editedAt === null ? {} : { editedAt }),
      ...(message.rev == null ? {} : { rev: message.rev }),
    });
    this.#c.channelTable.touch(existing.channelId, now);
    this.#c.processed.add(message.id, now);
    const told = { ...message, content: text.content, editedAt: editedAt ?? now };
    this.#c.journal.channelMessage('edited', told);
    this.#tellOfFiles(message, from);
    return { state: 'edited', channelUnknown: false };
  }

  /** The author's own word, of the time, too: what was written first and comes later does not replace it. */
  #confirmed({ id, channelId }: MessageRow, { createdAt }: ForeignMessage): void {
    const { reported, items } = this.#c;
    if (reported.via('m', id) === null) return;
    reported.confirmed('m', id);
    if (createdAt !== null) items.dated(channelSet(channelId), id, Math.floor(createdAt / 1000));
  }

  #tellOfFiles(message: ForeignMessage, from: PeerId): void {
    if ((message.attachments?.length ?? 0) === 0) return;
    const inline = inlineFiles(message.attachments);
    this.#c.changes.tell({
      type: 'attachments.received',
      kind: 'channel_message',
      id: message.id,
      from,
      inline,
    });
  }
}

/** Fields that creation and edit share; absent ones keep what is stored. */
function contentFields(message: ForeignMessage): Partial<MessageRow> {
  return {
    ...(message.sourceLayout === null ? {} : { sourceLayout: { ...message.sourceLayout } }),
    ...(message.sourceReference === null ? {} : { sourceReference: { ...message.sourceReference } }),
    ...(message.repostPolicy === null ? {} : { repostPolicy: message.repostPolicy.slice(0, MAX_WORD) }),
    ...(message.ttlSeconds === null ? {} : { ttlSeconds: message.ttlSeconds }),
    ...(message.ttlMode === null ? {} : { ttlMode: message.ttlMode.slice(0, MAX_WORD) }),
  };
}

function refused(reason: InboxRefusal): InboxOutcome {
  return { state: 'refused', reason };
}
