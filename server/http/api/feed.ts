/** The feed (04 sections 3.10, 4.2 and 4.3): posts, likes, comments, and who sees a custom post. */
import { POST_TYPES, VISIBILITIES } from '../../wire/payloads/vocabulary.ts';
import { isOpaqueId } from '../../wire/ids.ts';
import type { PostId, UserId } from '../../wire/ids.ts';
import type { Feed, PostChange, PostDraft } from '../../workspace/feed.ts';
import type { CommentView, FeedComments } from '../../workspace/feed-comments.ts';
import type { FeedReactions } from '../../workspace/feed-reactions.ts';
import { asInteger } from '../../workspace/expiry-rule.ts';
import { asReactionType } from '../../workspace/reactions.ts';
import type { Reposts } from '../../workspace/reposts.ts';
import { codePoints } from '../../workspace/text.ts';
import type { FeedPostView } from '../../workspace/types.ts';
import { KEY } from '../access.ts';
import { ok, type Answer } from '../answer.ts';
import { isEmptyObject, type JsonObject } from '../body.ts';
import { ApiError } from '../errors.ts';
import { asUserId, isRecord, limitQuery, objectField, stringField } from '../params.ts';
import { isoOrNull, reactionsJson } from '../render.ts';
import { commentJson, postJson, readPostJson } from '../render-feed.ts';
import type { Method, Route } from '../routes.ts';
import { feedSchemas } from '../schemas/feed.ts';
import { attachmentList } from './attachments.ts';

/** Code points the first check lets through (04 section 3.10); what is stored may be less. */
const MAX_CONTENT = 50_000;
/** Both stand for the same, as in the reference. */
const CHANGING: readonly Method[] = ['PATCH', 'PUT'];

export interface FeedRouteComponents {
  feed: Feed;
  feedComments: FeedComments;
  feedReactions: FeedReactions;
  reposts: Reposts;
}

export function feedRoutes(components: FeedRouteComponents): Route[] {
  const { feed, feedReactions } = components;
  return [
    {
      method: 'POST',
      path: '/feed',
      access: KEY.write_feed,
      body: 'caught',
      creates: true,
      schema: feedSchemas.create,
      handle: async ({ caller, body }) => {
        return created(await feed.create(caller.userId, readDraft(body)));
      },
      recall: ({ caller }, id) => created(feed.get(caller.userId, id as PostId)),
    },
    {
      method: 'GET',
      path: '/feed',
      access: KEY.read_feed,
      polled: 'stored',
      schema: feedSchemas.list,
      handle: ({ caller, query }) => {
        const limit = limitQuery(query, 50);
        const order = orderOf(query.get('algorithm'));
        const before = query.get('before') ?? '';
        const posts = feed.list(caller.userId, {
          limit,
          order,
          ...(before === '' ? {} : { before: before.startsWith('~') ? before : postId(before) }),
        });
        const goesOn = order === 'chronological' && posts.length === limit;
        return ok({
          posts: posts.map((post) => readPostJson(components, caller.userId, post)),
          count: posts.length,
          ...(order === 'chronological' ? { next_cursor: goesOn ? cursorOf(feed, posts) : null } : {}),
        });
      },
    },
    {
      method: 'GET',
      path: '/feed/posts/:post',
      access: KEY.read_feed,
      schema: feedSchemas.get,
      handle: ({ caller, param }) =>
        ok({
          post: readPostJson(components, caller.userId, feed.get(caller.userId, postId(param('post')))),
        }),
    },
    ...CHANGING.map((method): Route => ({
      method,
      path: '/feed/posts/:post',
      access: KEY.write_feed,
      body: 'caught',
      schema: feedSchemas.edit,
      handle: async ({ caller, param, body }) => {
        await feed.edit(caller.userId, postId(param('post')), readChange(body));
        return ok({ success: true });
      },
    })),
    {
      method: 'DELETE',
      path: '/feed/posts/:post',
      access: KEY.write_feed,
      schema: feedSchemas.remove,
      handle: async ({ caller, param }) => {
        const id = postId(param('post'), 'post_not_owned');
        await feed.remove(caller.userId, id, { owner: caller.isOwner });
        return ok({ message: 'Post deleted successfully', success: true });
      },
    },
    {
      method: 'POST',
      path: '/feed/posts/:post/like',
      access: KEY.write_feed,
      body: 'silent',
      schema: feedSchemas.like,
      handle: async ({ caller, param, body }) => {
        const type = asReactionType(stringField(body, 'reaction_type') ?? 'like');
        const result = await feedReactions.toggle(caller.userId, postId(param('post')), type);
        return ok({
          liked: result.liked,
          reaction_type: result.reactionType,
          ...reactionsJson(result.reactions),
        });
      },
    },
    ...commentRoutes(components.feedComments),
    ...accessRoutes(feed),
  ];
}

function commentRoutes(comments: FeedComments): Route[] {
  return [
    {
      method: 'GET',
      path: '/feed/posts/:post/comments',
      access: KEY.read_feed,
      schema: feedSchemas.comments,
      handle: ({ caller, param }) => {
        const list = comments.list(caller.userId, postId(param('post'))).map(commentJson);
        return ok({ comments: list, count: list.length });
      },
    },
    {
      method: 'POST',
      path: '/feed/posts/:post/comments',
      access: KEY.write_feed,
      body: 'caught',
      creates: true,
      schema: feedSchemas.comment,
      handle: async ({ caller, param, body }) => {
        const comment = await comments.add(caller.userId, postId(param('post')), {
          content: stringField(body, 'content') ?? '',
          parentId: stringField(body, 'parent_comment_id') ?? null,
        });
        return commented(comment);
      },
      recall: ({ caller, param }, id) => commented(comments.get(caller.userId, postId(param('post')), id)),
    },
    {
      method: 'DELETE',
      path: '/feed/posts/:post/comments/:comment',
      access: KEY.write_feed,
      schema: feedSchemas.uncomment,
      handle: async ({ caller, param }) => {
        await comments.remove(caller.userId, postId(param('post')), param('comment'));
        return ok({ success: true });
      },
    },
  ];
}

function created(post: FeedPostView): Answer {
  return { status: 201, body: { post: postJson(post), status: 'created', success: true } };
}

function commented(comment: CommentView): Answer {
  return { status: 201, body: { success: true, comment: commentJson(comment) } };
}

function accessRoutes(feed: Feed): Route[] {
  return [
    {
      method: 'GET',
      path: '/posts/:post/access',
      access: KEY.read_feed,
      schema: feedSchemas.access,
      handle: ({ caller, param }) => {
        const id = postId(param('post'));
        const recipients = feed
          .access(caller.userId, id, { owner: caller.isOwner })
          .map(({ userId, grantedAt }) => ({ user_id: userId, granted_at: isoOrNull(grantedAt) }));
        return ok({ post_id: id, recipients, count: recipients.length });
      },
    },
    {
      method: 'DELETE',
      path: '/posts/:post/access',
      access: KEY.write_feed,
      body: 'caught',
      schema: feedSchemas.revoke,
      handle: async ({ caller, param, body }) => {
        if (isEmptyObject(body)) throw new ApiError('json_required');
        const whom = stringField(body, 'user_id')?.trim() ?? '';
        if (whom === '') throw new ApiError('user_id_required');
        const id = postId(param('post'));
        const userId = asUserId(whom);
        if (userId !== null) await feed.revoke(caller.userId, id, userId, { owner: caller.isOwner });
        return ok({ message: `Access revoked for ${whom}`, post_id: id, success: true });
      },
    },
  ];
}

/** @throws {ApiError} for what cannot be an id: such a post is simply unknown. */
export function postId(
  text: string,
  unknown: 'post_not_found' | 'post_not_owned' = 'post_not_found',
): PostId {
  if (!isOpaqueId(text)) throw new ApiError(unknown);
  return text as PostId;
}

function orderOf(algorithm: string | null): 'chronological' | 'popularity' | 'relevance' {
  if (algorithm === 'popularity') return algorithm;
  return algorithm === 'relevance' || algorithm === 'smart' ? 'relevance' : 'chronological';
}

function cursorOf(feed: Feed, posts: readonly FeedPostView[]): string | null {
  const last = posts.at(-1);
  return last === undefined ? null : feed.cursor(last.id);
}

function readDraft(body: JsonObject): PostDraft {
  if (isEmptyObject(body)) throw new ApiError('json_required');
  const content = stringField(body, 'content') ?? '';
  if (content.trim() === '') throw new ApiError('post_content_required');
  if (content.length > MAX_CONTENT && codePoints(content) > MAX_CONTENT)
    throw new ApiError('content_too_long');
  const [type, visibility] = [body['post_type'], body['visibility']];
  return {
    content,
    postType: POST_TYPES.find((one) => one === type) ?? 'text',
    visibility: VISIBILITIES.find((one) => one === visibility) ?? 'private',
    ...listedFields(body),
  };
}

function readChange(body: JsonObject): PostChange {
  const content = stringField(body, 'content');
  const type = stringField(body, 'post_type');
  const visibility = stringField(body, 'visibility');
  const postType = POST_TYPES.find((one) => one === type);
  const wanted = VISIBILITIES.find((one) => one === visibility);
  if (type !== undefined && postType === undefined)
    throw new ApiError('invalid_post_type', { error: `Invalid post type: ${type.slice(0, 40)}` });
  if (visibility !== undefined && wanted === undefined)
    throw new ApiError('invalid_visibility', { error: `Invalid visibility: ${visibility.slice(0, 40)}` });
  return {
    ...(content === undefined ? {} : { content }),
    ...(postType === undefined ? {} : { postType }),
    ...(wanted === undefined ? {} : { visibility: wanted }),
    ...listedFields(body),
  };
}

function listedFields(
  body: JsonObject,
): Pick<PostChange, 'metadata' | 'permissions' | 'tags' | 'expiresAt' | 'ttlSeconds' | 'ttlMode'> {
  const layout = body['source_layout'];
  const given = objectField(body, 'metadata');
  const metadata = {
    ...given,
    ...(given?.['attachments'] === undefined ? {} : { attachments: attachmentList(given['attachments']) }),
    ...(isRecord(layout) ? { source_layout: layout } : {}),
  };
  const seconds = asInteger(body['ttl_seconds']);
  const expires = stringField(body, 'expires_at');
  const mode = stringField(body, 'ttl_mode');
  const permissions = textList(body, 'permissions');
  const tags = textList(body, 'tags');
  return {
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
    ...(permissions === undefined ? {} : { permissions: permissions as UserId[] }),
    ...(tags === undefined ? {} : { tags }),
    ...(expires === undefined ? {} : { expiresAt: expires }),
    ...(seconds === null ? {} : { ttlSeconds: seconds }),
    ...(mode === undefined ? {} : { ttlMode: mode }),
  };
}

/** A list of texts; undefined when absent. @throws {ApiError} `invalid_field` for anything else. */
function textList(body: JsonObject, name: string): string[] | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string' && isOpaqueId(one)))
    throw new ApiError('invalid_field', {
      error: `${name} must be a list of texts`,
      fields: { field: name },
    });
  return [...new Set(value)];
}
