/**
 * Who may read a file (03 section 10.4): its uploader, the owner of the node for files of its own people, and whoever may
 * read a message or post that refers to it. Naming a file is not enough to get it: a reference counts only when its
 * author could read the file too, else a guessed or overheard id would open every file to its finder.
 */
import type { Clock } from '../ports/types.ts';
import type { Channels as ChannelTable } from '../store/channels.ts';
import type { FeedPosts } from '../store/feed.ts';
import type { FileReference, FileReferences } from '../store/file-references.ts';
import type { StoredFile } from '../store/files.ts';
import type { MessageId, PeerId, UserId } from '../wire/ids.ts';
import type { Channels } from './channels.ts';
import type { DmRecipient } from './dm-security.ts';
import type { FeedRule } from './feed-rule.ts';
import type { Owing } from './owing.ts';
import type { People } from './people.ts';
import type { Trust } from './trust.ts';

/** References looked through in the search for one that opens a file; each costs a look at a message. */
const MAX_LOOKED_AT = 500;

export type AccessReason =
  | 'admin'
  | 'owner'
  | 'channel-membership'
  | 'feed-visibility'
  | 'direct-message-visibility'
  | 'no-visible-reference'
  | 'unreferenced';

/** What the viewer sees that refers to the file; never what others see (04 section 8.1, S11). */
export interface AccessEvidence {
  sourceType: FileReference['kind'];
  sourceId: string;
  detail: string;
}

export interface FileAccess {
  allowed: boolean;
  reason: AccessReason;
  evidence: AccessEvidence[];
}

/** What this rule asks of direct messages, which in turn ask it for files. */
export interface SeenMessages {
  /** Whether somebody here sees a message. */
  sees(userId: UserId, id: MessageId): boolean;
  recipients(id: MessageId): readonly DmRecipient[];
}

export interface FileAccessRuleComponents {
  references: FileReferences;
  feed: FeedPosts;
  feedRule: FeedRule;
  people: People;
  channels: Channels;
  channelTable: ChannelTable;
  owing: Owing;
  directMessages: SeenMessages;
  trust: Trust;
  clock: Clock;
  /** Whether a local account owns this node. */
  isOwner: (userId: UserId) => boolean;
}

const REASONS = {
  channel_message: 'channel-membership',
  feed_post: 'feed-visibility',
  direct_message: 'direct-message-visibility',
} as const;

export class FileAccessRule {
  readonly #c: FileAccessRuleComponents;

  constructor(components: FileAccessRuleComponents) {
    this.#c = components;
  }

  /** Whether `viewer` may read `file`, and why. */
  evaluate(file: StoredFile, viewer: UserId): FileAccess {
    if (this.#administers(viewer, file)) return allowed('admin');
    if (file.uploadedBy === viewer) return allowed('owner');
    const references = this.#c.references.of(file.id, this.#c.clock.now());
    if (references.length === 0) return { allowed: false, reason: 'unreferenced', evidence: [] };
    const found = this.#grounded(file, references).find((one) => this.#sees(viewer, one));
    if (found === undefined) return { allowed: false, reason: 'no-visible-reference', evidence: [] };
    return {
      allowed: true,
      reason: REASONS[found.kind],
      evidence: [{ sourceType: found.kind, sourceId: found.id, detail: detailOf(found) }],
    };
  }

  /** Whether a node may have `file`: it hosts somebody who sees a message that refers to it (02 section 6.5). */
  evaluatePeer(file: StoredFile, peer: PeerId): { allowed: boolean; reason: AccessReason } {
    const references = this.#c.references.of(file.id, this.#c.clock.now());
    if (references.length === 0) return { allowed: false, reason: 'unreferenced' };
    const found = this.#grounded(file, references).find((one) => this.#isFor(peer, one));
    return found === undefined
      ? { allowed: false, reason: 'no-visible-reference' }
      : { allowed: true, reason: REASONS[found.kind] };
  }

  #isFor(peer: PeerId, reference: FileReference): boolean {
    switch (reference.kind) {
      case 'channel_message': {
        const channel = this.#c.channelTable.get(reference.channelId);
        return channel !== undefined && this.#c.owing.isEntitled(peer, channel);
      }
      case 'direct_message': {
        const sender = this.#c.people.get(reference.authorId)?.originPeer;
        return (
          sender === peer || this.#c.directMessages.recipients(reference.id).some(({ home }) => home === peer)
        );
      }
      case 'feed_post': {
        const post = this.#c.feed.get(reference.id);
        return post !== undefined && this.#c.feedRule.isFor(peer, post);
      }
    }
  }

  /** References whose authors had the file: it was theirs, or they saw one of the others. */
  #grounded(file: StoredFile, references: readonly FileReference[]): FileReference[] {
    const left = references.slice(0, MAX_LOOKED_AT);
    const grounded = left.filter(
      ({ authorId }) => authorId === file.uploadedBy || this.#administers(authorId, file),
    );
    for (let i = 0; i < grounded.length; i += 1) {
      const known = grounded[i];
      if (known === undefined) break;
      for (const one of left)
        if (!grounded.includes(one) && this.#sees(one.authorId, known)) grounded.push(one);
    }
    return grounded;
  }

  /** The owner of the node, of what its own people uploaded. */
  #administers(userId: UserId, file: StoredFile): boolean {
    return this.#c.isOwner(userId) && (this.#c.people.get(file.uploadedBy)?.originPeer ?? null) === null;
  }

  #sees(userId: UserId, reference: FileReference): boolean {
    switch (reference.kind) {
      case 'channel_message':
        return this.#c.channels.mayRead(userId, reference.channelId);
      case 'direct_message':
        return this.#c.directMessages.sees(userId, reference.id);
      case 'feed_post':
        return this.#c.feedRule.seesId(userId, reference.id);
    }
  }
}

function allowed(reason: AccessReason): FileAccess {
  return { allowed: true, reason, evidence: [] };
}

function detailOf(reference: FileReference): string {
  switch (reference.kind) {
    case 'channel_message':
      return `channel:${reference.channelId}`;
    case 'feed_post':
      return `author:${reference.authorId}`;
    case 'direct_message':
      return `sender:${reference.authorId} recipient:${reference.recipientId ?? ''}`;
  }
}
