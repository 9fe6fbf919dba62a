/**
 * The feed as the accounts of this node read and write it (03 section 7, 04 section 3.10). What arrives from other nodes
 * is in `feed-inbox.ts`.
 *
 * Deviation D-130: a post whose visibility no longer lets others have it is withdrawn: they are asked to delete it, and for
 * them that is final (06 section 4.1: a deletion is greater than every change), so it cannot be shared a second time.
 */
import type { Clock, Random } from '../ports/types.ts';
import type { FeedOrder, FeedPosition, FeedPost, FeedPosts, PostType, Visibility } from '../store/feed.ts';
import { hexId } from '../store/ids.ts';
import type { NativeItems } from '../store/native-items.ts';
import type { PollVotes } from '../store/poll-votes.ts';
import { toIsoTime } from '../store/time.ts';
import type { Tombstones } from '../store/tombstones.ts';
import type { PeerId, PostId, UserId } from '../wire/ids.ts';
import { changedAt } from '../wire/item-id.ts';
import { MAX_ATTACHMENTS, attachmentRecords } from './attachments.ts';
import type { Changes } from './changes.ts';
import { nextRevision } from './edit-age.ts';
import { WorkspaceError } from './errors.ts';
import { cursorTo, placeBefore } from './places.ts';
import { resolveExpiry } from './expiry-rule.ts';
import type { ExpiryWish } from './expiry-rule.ts';
import { isShared } from './feed-rule.ts';
import type { FeedRule } from './feed-rule.ts';
import type { FeedViews } from './feed-views.ts';
import type { Journal } from './journal.ts';
import type { MessageFiles } from './message-files.ts';
import type { Owing } from './owing.ts';
import type { People } from './people.ts';
import { parsePoll } from './poll-text.ts';
import { codePoints } from './text.ts';
import type { FeedPostView } from './types.ts';

/** Longest post in code points (03 section 7.2). */
const MAX_CONTENT = 4096;
/** Largest metadata without file bytes, as JSON: receivers refuse a post with more than 64 KiB (03 section 7.3). */
const MAX_METADATA = 49_152;
/** Most people a `custom` post names: each is a row, and looked at for every reader. */
const MAX_PERMISSIONS = 500;
/** Most tags of a post. */
const MAX_TAGS = 32;
/** Longest tag in code points. */
const MAX_TAG = 64;
const POST_ID_HEX = 32;
const DEFAULT_PAGE = 50;
/** Rows read at once while looking for ones that show. */
const READ_AHEAD = 100;
/** A comment or repost lifts a post at most this often (03 section 7.5). */
const LIFT_INTERVAL_MS = 6 * 3_600_000;
/** Keys of a post's metadata that only this program writes; what a caller says there does not count. */
const OWN_KEYS: ReadonlySet<string> = new Set([
  'source_reference',
  'repost_reference',
  'variant_reference',
  'origin_peer',
  'edited_at',
  'withdrawn_from',
]);

/** A post as a person or script writes it. */
export interface PostDraft extends ExpiryWish {
  /** Kept as it is; at most 4096 code points. */
  content: string;
  postType?: PostType;
  visibility: Visibility;
  /** Who sees a `custom` post. */
  permissions?: readonly UserId[];
  metadata?: Record<string, unknown>;
  tags?: readonly string[];
  /** What it reposts or varies; such a post may be empty. */
  sourceReference?: Record<string, unknown>;
}

/** What changes; absent fields stay. */
export interface PostChange extends ExpiryWish {
  /** Trimmed. */
  content?: string;
  postType?: PostType;
  visibility?: Visibility;
  permissions?: readonly UserId[];
  /** Merged into what is stored; `null` removes a key. */
  metadata?: Record<string, unknown>;
  tags?: readonly string[];
}

export interface FeedComponents {
  posts: FeedPosts;
  items: NativeItems;
  tombstones: Tombstones;
  votes: PollVotes;
  rule: FeedRule;
  views: FeedViews;
  people: People;
  owing: Owing;
  journal: Journal;
  messageFiles: Pick<MessageFiles, 'complete'>;
  changes: Changes;
  clock: Clock;
  random: Random;
}

export class Feed {
  readonly #c: FeedComponents;
  readonly #localPeer: PeerId;

  constructor(components: FeedComponents, init: { localPeer: PeerId }) {
    this.#c = components;
    this.#localPeer = init.localPeer;
  }

  /**
   * Stores a post of a local account; resolves after the commit.
   * @throws {WorkspaceError} `post_content_required`, `post_too_long`, `metadata_too_large`, `too_many_attachments`,
   *   `too_many_tags`, `too_many_permissions`, `user_not_found` (somebody named in `permissions`).
   */
  async create(userId: UserId, draft: PostDraft): Promise<FeedPostView> {
    const id = hexId(this.#c.random, POST_ID_HEX) as PostId;
    await this.#c.changes.run(() => this.insert(userId, id, draft));
    return this.#view(userId, id);
  }

  /** {@link create} inside a transaction. */
  insert(userId: UserId, id: PostId, draft: PostDraft): void {
    const { posts, owing, changes, clock } = this.#c;
    if (draft.content.trim() === '' && draft.sourceReference === undefined)
      throw new WorkspaceError('post_content_required', 'Post content required');
    checkLength(draft.content);
    const now = clock.now();
    const agent = this.#c.people.get(userId)?.accountType === 'agent';
    const expiresAt = resolveExpiry(draft, now);
    const metadata = this.#metadata(userId, {}, draft.metadata ?? {});
    if (draft.sourceReference !== undefined) metadata['source_reference'] = draft.sourceReference;
    const { visibility } = draft;
    posts.insert({
      id,
      authorId: userId,
      home: null,
      content: draft.content,
      contentType: typeOf(draft.postType ?? 'text', draft.content, now),
      visibility,
      metadata,
      createdAt: now,
      expiresAt,
      tags: checkedTags(draft.tags ?? []),
      ...(agent ? { sourceType: 'agent', sourceAgentId: userId } : {}),
    });
    changes.creates(id);
    if (visibility === 'custom') this.#allow(id, draft.permissions ?? []);
    if (isShared(visibility)) owing.post({ id, expiresAt });
    this.#tell('created', id, 'post_created');
    changes.tell({ type: 'feed.local', postId: id, change: 'created', visibility });
  }

  /**
   * Changes a post of the caller; resolves after the commit. A change without fields does nothing.
   * @throws {WorkspaceError} `post_not_found`, `not_post_author`, `post_withdrawn` (shared again), `poll_locked`, and
   *   those of {@link create}.
   */
  async edit(userId: UserId, id: PostId, change: PostChange): Promise<void> {
    await this.#c.changes.run(() => {
      const post = this.#live(id);
      if (post === undefined) throw new WorkspaceError('post_not_found', 'Post not found');
      if (post.authorId !== userId)
        throw new WorkspaceError('not_post_author', 'Not authorized to edit this post');
      if (Object.keys(change).length > 0) this.#store(post, change);
    });
  }

  /**
   * Deletes a post of the caller, or as the owner of this node one that was written here; resolves after the commit.
   * @throws {WorkspaceError} `post_not_owned` (also for unknown ones).
   */
  async remove(userId: UserId, id: PostId, by: { owner: boolean }): Promise<void> {
    await this.#c.changes.run(() => {
      const { posts, tombstones, owing, rule, changes, clock } = this.#c;
      const post = posts.get(id);
      const mayDelete =
        post !== undefined && (post.authorId === userId || (by.owner && rule.home(post.authorId) === null));
      if (!mayDelete) throw new WorkspaceError('post_not_owned', 'Post not found or not owned by user');
      const now = clock.now();
      const { visibility } = post;
      this.#tell('deleted', id, 'post_deleted');
      tombstones.add('feed_post', id, this.#localPeer, now);
      posts.delete(id, now);
      if (isShared(visibility)) owing.deletion('feed_post', id, owing.feedAudience());
      changes.tell({ type: 'feed.local', postId: id, change: 'deleted', visibility });
    });
  }

  /**
   * One post. @throws {WorkspaceError} `post_not_found`, `post_access_denied`.
   */
  get(userId: UserId, id: PostId): FeedPostView {
    const post = this.#live(id);
    if (post === undefined) throw new WorkspaceError('post_not_found', 'Post not found');
    if (!this.#c.rule.sees(userId, post)) throw new WorkspaceError('post_access_denied', 'Access denied');
    return this.#view(userId, id);
  }

  /** The posts among `ids` that the account sees, in that order; for search. */
  some(userId: UserId, ids: readonly PostId[]): FeedPostView[] {
    const posts = ids.map((id) => this.#live(id)).filter((post) => post !== undefined);
    return this.#c.views.of(
      userId,
      posts.filter((post) => this.#c.rule.sees(userId, post)),
    );
  }

  /**
   * What the account sees, at most `limit` posts.
   * @param query.before a cursor, or the id of a post: only what comes after it in chronological order; unknown ids give
   *   nothing.
   * @throws {WorkspaceError} `invalid_cursor`.
   */
  list(userId: UserId, query: { limit?: number; order?: FeedOrder; before?: string } = {}): FeedPostView[] {
    const { posts, rule, views, clock } = this.#c;
    const { limit = DEFAULT_PAGE, order = 'chronological' } = query;
    const before = query.before === undefined ? null : this.#placeBefore(query.before);
    if (before === undefined) return [];
    const found: FeedPost[] = [];
    for (let offset = 0; found.length < limit; offset += READ_AHEAD) {
      const rows = posts.list({
        viewer: userId,
        limit: READ_AHEAD,
        offset,
        now: clock.now(),
        order,
        before: order === 'chronological' ? before : null,
      });
      found.push(...rows.filter((post) => rule.sees(userId, post)));
      if (rows.length < READ_AHEAD) break;
    }
    return views.of(userId, found.slice(0, limit));
  }

  /** Where a list in chronological order that ended with this post goes on; null when it is unknown. */
  cursor(id: PostId): string | null {
    const at = this.#c.posts.position(id);
    return at === undefined ? null : cursorTo([at.activity, at.createdAt, at.row]);
  }

  #placeBefore(before: string): FeedPosition | undefined {
    const place = placeBefore<[string, string, number]>(before, ['', '', 0], (id) => {
      const at = this.#c.posts.position(id as PostId);
      return at === undefined ? undefined : [at.activity, at.createdAt, at.row];
    });
    if (place === undefined) return undefined;
    const [activity, createdAt, row] = place;
    return { activity, createdAt, row };
  }

  /**
   * Who may see a `custom` post, for its author and the owner of this node.
   * @throws {WorkspaceError} `post_not_found`, `post_access_view`.
   */
  access(userId: UserId, id: PostId, by: { owner: boolean }): { userId: UserId; grantedAt: number | null }[] {
    this.#managed(userId, id, by, 'post_access_view');
    return this.#c.posts.permissions(id);
  }

  /**
   * Takes somebody off a `custom` post; resolves after the commit.
   * @throws {WorkspaceError} `post_not_found`, `post_access_revoke`.
   */
  async revoke(userId: UserId, id: PostId, whom: UserId, by: { owner: boolean }): Promise<void> {
    await this.#c.changes.run(() => {
      this.#managed(userId, id, by, 'post_access_revoke');
      this.#c.posts.disallow(id, whom);
      this.#c.changes.tell({ type: 'feed.changed', postId: id });
    });
  }

  /** A comment or repost came: the post moves up, at most once in six hours. Inside a transaction. */
  lift(id: PostId): void {
    const { posts, rule, clock } = this.#c;
    const post = posts.get(id);
    const now = clock.now();
    if (post === undefined || (post.lastActivityAt ?? 0) > now - LIFT_INTERVAL_MS) return;
    posts.update(id, { lastActivityAt: now }, { home: rule.home(post.authorId), now });
  }

  #store(post: FeedPost, change: PostChange): void {
    const { posts, items, owing, changes, clock, votes } = this.#c;
    const { id } = post;
    const now = clock.now();
    const content = change.content?.trim();
    if (content === '' && post.metadata['source_reference'] === undefined)
      throw new WorkspaceError('post_content_required', 'Post content required');
    if (content !== undefined) checkLength(content);
    if (content !== undefined && parsePoll(post.content, post.createdAt) !== null && votes.any('feed', id))
      throw new WorkspaceError('poll_locked', 'Poll can no longer be edited: votes have been cast');
    const visibility = change.visibility ?? (post.visibility as Visibility);
    const [wasShared, willBe] = [isShared(post.visibility), isShared(visibility)];
    const withdrawn = wasShared && !willBe;
    if (willBe && !wasShared && this.#isWithdrawn(id))
      throw new WorkspaceError('post_withdrawn', 'This post was withdrawn from other nodes');
    const rev = nextRevision(items.ofObject('p', id), now);
    const metadata = {
      ...this.#metadata(post.authorId, post.metadata, change.metadata ?? {}),
      edited_at: toIsoTime(now),
      ...(withdrawn ? { withdrawn_from: post.visibility } : {}),
    };
    const expiresAt = resolveExpiry(change, post.createdAt, false) ?? undefined;
    const type = change.postType ?? (post.contentType as PostType);
    // Told while those who saw it still do.
    if (withdrawn) this.#tell('deleted', id, 'visibility_narrowed');
    posts.update(
      id,
      {
        ...(content === undefined ? {} : { content }),
        contentType: typeOf(type === 'poll' ? 'text' : type, content ?? post.content, post.createdAt),
        visibility,
        metadata,
        ...(expiresAt === undefined ? {} : { expiresAt }),
        ...(change.tags === undefined ? {} : { tags: checkedTags(change.tags) }),
        rev,
      },
      { home: null, now },
    );
    if (change.permissions !== undefined) this.#allow(id, change.permissions);
    if (withdrawn) this.#withdraw(id, now);
    else if (willBe) owing.post({ id, expiresAt: expiresAt ?? post.expiresAt }, changedAt(rev));
    this.#tell('updated', id, 'post_edited', rev);
    changes.tell({
      type: 'feed.local',
      postId: id,
      change: withdrawn ? 'withdrawn' : 'edited',
      visibility: withdrawn ? post.visibility : visibility,
    });
  }

  #withdraw(id: PostId, now: number): void {
    const { tombstones, owing } = this.#c;
    tombstones.add('feed_post', id, this.#localPeer, now);
    owing.deletion('feed_post', id, owing.feedAudience());
  }

  #isWithdrawn(id: PostId): boolean {
    return this.#c.tombstones.signers('feed_post', id).includes(this.#localPeer);
  }

  #metadata(
    author: UserId,
    before: Readonly<Record<string, unknown>>,
    change: Readonly<Record<string, unknown>>,
  ): Record<string, unknown> {
    const own = Object.entries(change).filter(([key]) => !OWN_KEYS.has(key));
    const merged = Object.fromEntries(
      Object.entries({ ...before, ...Object.fromEntries(own) }).filter(([, value]) => value !== null),
    );
    const { attachments } = merged;
    if (attachments !== undefined) {
      const list = attachmentRecords(Array.isArray(attachments) ? attachments : []);
      if (list.length > MAX_ATTACHMENTS)
        throw new WorkspaceError('too_many_attachments', `Too many attachments (max ${MAX_ATTACHMENTS})`);
      merged['attachments'] = this.#c.messageFiles.complete(author, list);
    }
    if (JSON.stringify(merged).length > MAX_METADATA)
      throw new WorkspaceError('metadata_too_large', 'Post metadata too large');
    return merged;
  }

  #allow(id: PostId, users: readonly UserId[]): void {
    if (users.length > MAX_PERMISSIONS)
      throw new WorkspaceError('too_many_permissions', `At most ${MAX_PERMISSIONS} people`);
    if (users.some((userId) => this.#c.people.get(userId) === undefined))
      throw new WorkspaceError('user_not_found', 'User not found');
    this.#c.posts.allow(id, users, this.#c.clock.now());
  }

  #managed(userId: UserId, id: PostId, by: { owner: boolean }, code: string): void {
    const post = this.#live(id);
    if (post === undefined) throw new WorkspaceError('post_not_found', 'Post not found');
    const mayManage = post.authorId === userId || (by.owner && this.#c.rule.home(post.authorId) === null);
    if (!mayManage) throw new WorkspaceError(code, 'Only the post author or admin');
  }

  #live(id: PostId): FeedPost | undefined {
    const post = this.#c.posts.get(id);
    return post === undefined || (post.expiresAt ?? Infinity) <= this.#c.clock.now() ? undefined : post;
  }

  #tell(change: 'created' | 'updated' | 'deleted', id: PostId, reason: string, rev?: number): void {
    const post = this.#c.posts.get(id);
    if (post === undefined) return;
    const permissions = this.#c.posts.allowedUsers(id);
    this.#c.journal.feedPost(change, { ...post, permissions, rev: rev ?? null }, reason);
  }

  #view(userId: UserId, id: PostId): FeedPostView {
    const post = this.#c.posts.get(id);
    const [view] = post === undefined ? [] : this.#c.views.of(userId, [post]);
    if (view === undefined) throw new WorkspaceError('post_not_found', 'Post not found');
    return view;
  }
}

function checkLength(content: string): void {
  if (content.length > MAX_CONTENT && codePoints(content) > MAX_CONTENT)
    throw new WorkspaceError('post_too_long', `Post exceeds maximum length (${MAX_CONTENT} chars)`);
}

/** A text with a poll in it is a poll. */
function typeOf(type: PostType, content: string, createdAt: number): PostType {
  return type === 'text' && parsePoll(content, createdAt) !== null ? 'poll' : type;
}

function checkedTags(tags: readonly string[]): string[] {
  const trimmed = [...new Set(tags.map((tag) => tag.trim()).filter((tag) => tag !== ''))];
  if (trimmed.length > MAX_TAGS || trimmed.some((tag) => codePoints(tag) > MAX_TAG))
    throw new WorkspaceError('too_many_tags', `At most ${MAX_TAGS} tags of ${MAX_TAG} characters`);
  return trimmed;
}
