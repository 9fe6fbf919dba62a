/**
 * Posts that arrive from other nodes, live and by catch-up (03 sections 7.3, 8.4 and 11.3 A10). The home of an author, as
 * it stood before the message, speaks for that author; anybody else may only bring posts that are new here. Nothing from
 * outside touches what was written on this node.
 */
import type { Clock } from '../ports/types.ts';
import { isReadable } from '../store/feed.ts';
import type { FeedPost, FeedPosts, PostType, Visibility } from '../store/feed.ts';
import type { NativeItems } from '../store/native-items.ts';
import type { NativeReported } from '../store/native-reported.ts';
import { parseTime, toIsoTime } from '../store/time.ts';
import type { Tombstones } from '../store/tombstones.ts';
import type { PeerId, PostId, UserId } from '../wire/ids.ts';
import type { Attachment } from '../wire/payloads/attachments.ts';
import { inlineFiles, receivedAttachments } from './attachments.ts';
import type { Changes } from './changes.ts';
import type { DeletionInit, DeletionOutcome } from './channel-inbox.ts';
import { ageOf } from './edit-age.ts';
import { resolveExpiry } from './expiry-rule.ts';
import { isShared } from './feed-rule.ts';
import type { Journal } from './journal.ts';
import type { ClaimRefusal, People } from './people.ts';

/** A post may claim to be this much ahead of our clock; beyond it its time is cut (03 A18). */
const MAX_AHEAD_MS = 300_000;

/** A post as another node describes it; texts as sent, times in Unix ms. */
export interface ForeignPost {
  id: PostId;
  userId: UserId;
  /** In clear; with `unreadable`, the ciphertext of a node. */
  content: string;
  postType: PostType;
  visibility: Visibility;
  createdAt: number | null;
  expiresAt: string | null;
  ttlSeconds: number | null;
  ttlMode: string | null;
  /** Home of the author as claimed; `null`: the sender. */
  originPeer: PeerId | null;
  displayName: string | null;
  accountType: 'human' | 'agent' | null;
  /** Without what stands beside it here. */
  metadata: Readonly<Record<string, unknown>>;
  attachments: readonly Attachment[] | null;
  /** Of the last change; `null` as created. */
  editedAt: number | null;
  /** `canopy_rev` of a change (06 section 3.2). */
  rev: number | null;
  /** The content is the ciphertext of another node (03 section 8.5). */
  unreadable: boolean;
}

/** Why a post was not taken. */
export type FeedRefusal =
  ClaimRefusal | 'not_shared' | 'deleted' | 'expired' | 'other_author' | 'stale_edit' | 'unreadable';

export type FeedOutcome =
  { state: 'stored' | 'edited' | 'duplicate' } | { state: 'refused'; reason: FeedRefusal };

export interface FeedInboxComponents {
  posts: FeedPosts;
  items: NativeItems;
  reported: NativeReported;
  tombstones: Tombstones;
  people: People;
  journal: Journal;
  changes: Changes;
  clock: Clock;
}

export class FeedInbox {
  readonly #c: FeedInboxComponents;

  constructor(components: FeedInboxComponents) {
    this.#c = components;
  }

  /** Takes in a live post that `from`, a trusted peer, signed. Inside a transaction. */
  takeLive(post: ForeignPost, from: PeerId): FeedOutcome {
    if (post.unreadable) return refused('unreadable');
    if (post.originPeer !== null && post.originPeer !== from) return refused('foreign_author');
    const barred = this.#barred(post, from);
    if (barred !== null) return refused(barred);
    const admitted = this.#admitSigned(post, from);
    if (admitted !== null) return refused(admitted);
    const existing = this.#c.posts.get(post.id);
    if (existing === undefined) return this.#store(post, from, from);
    if (existing.authorId !== post.userId) return refused('other_author');
    return this.#replace(existing, post, from);
  }

  /** Takes in one post of a catch-up answer of `from`, a trusted peer. Inside a transaction. */
  takeCaughtUp(post: ForeignPost, from: PeerId): FeedOutcome {
    const home = post.originPeer ?? from;
    // Posts for those the author trusts come from nobody but the author's node.
    if (home !== from && post.visibility === 'trusted') return refused('not_shared');
    const barred = this.#barred(post, home);
    if (barred !== null) return refused(barred);
    const existing = this.#c.posts.get(post.id);
    if (existing !== undefined) return this.#again(existing, post, from);
    const admitted = home === from ? this.#admitSigned(post, from) : this.#c.people.admitReported(post, home);
    if (admitted !== null) return refused(admitted);
    const outcome = this.#store(post, home, from);
    if (home !== from && outcome.state === 'stored') this.#c.reported.add('p', post.id, from);
    return outcome;
  }

  /**
   * Deletes a post because `signer` says so: the home of its author may, and nobody else (03 section 9.4). Of one that is
   * not here the deletion can be remembered, for when it comes. Resolves after the commit.
   */
  receiveDeletion(id: PostId, signer: PeerId, init: DeletionInit = {}): Promise<DeletionOutcome> {
    return this.#c.changes.run(() => {
      const { posts, tombstones, people, clock } = this.#c;
      const post = posts.get(id);
      const now = clock.now();
      if (post === undefined) {
        if (init.rememberUnknown === true) tombstones.add('feed_post', id, signer, now);
        return 'unknown';
      }
      const author = people.get(post.authorId);
      if (author === undefined || author.originPeer !== signer) return 'refused';
      this.#tell('deleted', id, 'post_deleted');
      tombstones.add('feed_post', id, signer, now);
      posts.delete(id, now);
      init.deleted?.();
      return 'deleted';
    });
  }

  /** A post that is here is told of by catch-up: the home of its author replaces what others said, or could not say. */
  #again(existing: FeedPost, post: ForeignPost, from: PeerId): FeedOutcome {
    const isWord = (post.originPeer ?? from) === from && !post.unreadable;
    const isUnconfirmed = this.#c.reported.via('p', post.id) !== null;
    if (existing.authorId !== post.userId) return refused('other_author');
    if (!isWord || (!isUnconfirmed && isReadable(existing))) return { state: 'duplicate' };
    const admitted = this.#admitSigned(post, from);
    return admitted === null ? this.#replace(existing, post, from) : refused(admitted);
  }

  #barred(post: ForeignPost, home: PeerId): FeedRefusal | null {
    if (!isShared(post.visibility)) return 'not_shared';
    return this.#c.tombstones.signers('feed_post', post.id).includes(home) ? 'deleted' : null;
  }

  /** Whose people they are stands fixed before the message: it may not move anybody to its sender (03 A10). */
  #admitSigned(post: ForeignPost, from: PeerId): ClaimRefusal | null {
    const known = this.#c.people.get(post.userId);
    if (known !== undefined && known.originPeer !== null && known.originPeer !== from)
      return 'foreign_author';
    return this.#c.people.admitSigned(post, from);
  }

  #store(post: ForeignPost, home: PeerId, from: PeerId): FeedOutcome {
    const { posts, clock } = this.#c;
    const now = clock.now();
    const createdAt = Math.min(post.createdAt ?? now, now + MAX_AHEAD_MS);
    const expiresAt = resolveExpiry(post, createdAt);
    if (expiresAt !== null && expiresAt <= now) return refused('expired');
    posts.insert({
      id: post.id,
      authorId: post.userId,
      home,
      content: post.content,
      contentType: post.postType,
      visibility: post.visibility,
      metadata: this.#metadata(post, home, from),
      createdAt,
      ...(post.createdAt === null ? {} : { carriedAt: post.createdAt }),
      expiresAt,
      rev: post.rev ?? post.editedAt,
      unreadable: post.unreadable,
    });
    this.#tell('created', post.id, 'post_received');
    this.#tellOfFiles(post, from);
    return { state: 'stored' };
  }

  /** The word of the author's home about a post that is here. */
  #replace(existing: FeedPost, post: ForeignPost, from: PeerId): FeedOutcome {
    const { posts, items, reported, clock } = this.#c;
    const now = clock.now();
    const editedAt = post.editedAt === null ? null : Math.min(post.editedAt, now + MAX_AHEAD_MS);
    const isFirstWord = reported.via('p', post.id) !== null || !isReadable(existing);
    if (!isFirstWord) {
      if (post.rev === null && editedAt === null) return { state: 'duplicate' };
      const age = ageOf({ rev: post.rev ?? editedAt }, editedAt, {
        editedAt: editedAtOf(existing),
        versions: items.ofObject('p', post.id),
      });
      if (age === 'same') return { state: 'duplicate' };
      if (age === 'older') return refused('stale_edit');
    }
    const expiresAt = resolveExpiry(post, existing.createdAt, false);
    if (expiresAt !== null && expiresAt <= now) return refused('expired');
    if (isFirstWord && post.createdAt !== null)
      for (const { setId } of items.ofObject('p', post.id))
        items.dated(setId, post.id, Math.floor(post.createdAt / 1000));
    reported.confirmed('p', post.id);
    posts.update(
      post.id,
      {
        content: post.content,
        contentType: post.postType,
        visibility: post.visibility,
        metadata: this.#metadata(post, from, from),
        ...(expiresAt === null ? {} : { expiresAt }),
        rev: post.rev ?? editedAt,
      },
      { home: from, now },
    );
    this.#tell('updated', post.id, 'post_edited', post.rev ?? editedAt ?? now);
    this.#tellOfFiles(post, from);
    return { state: 'edited' };
  }

  #metadata(post: ForeignPost, home: PeerId, from: PeerId): Record<string, unknown> {
    const { attachments: _attachments, withdrawn_from: _withdrawn, ...rest } = post.metadata;
    const attachments = receivedAttachments(post.attachments, from);
    return {
      ...rest,
      origin_peer: home,
      ...(post.editedAt === null ? {} : { edited_at: toIsoTime(post.editedAt) }),
      ...(attachments.length > 0 ? { attachments } : {}),
    };
  }

  #tellOfFiles(post: ForeignPost, from: PeerId): void {
    if ((post.attachments?.length ?? 0) === 0) return;
    const inline = inlineFiles(post.attachments);
    this.#c.changes.tell({ type: 'attachments.received', kind: 'feed_post', id: post.id, from, inline });
  }

  #tell(change: 'created' | 'updated' | 'deleted', id: PostId, reason: string, rev?: number): void {
    const post = this.#c.posts.get(id);
    if (post !== undefined)
      this.#c.journal.feedPost(change, { ...post, permissions: [], rev: rev ?? null }, reason);
  }
}

function editedAtOf(post: FeedPost): number | null {
  const text = post.metadata['edited_at'];
  return typeof text === 'string' ? parseTime(text) : null;
}

function refused(reason: FeedRefusal): FeedOutcome {
  return { state: 'refused', reason };
}
