/** Bookmarks of the caller (04 section 4.7). A key sees those of what it may read. */
import type { z } from 'zod';
import { ANY_KEY } from '../access.ts';
import { holds, type Caller } from '../auth.ts';
import type { JsonObject } from '../body.ts';
import { ApiError } from '../errors.ts';
import { beforeQuery, nextCursor } from '../paging.ts';
import { boolQuery, limitQuery, stringField } from '../params.ts';
import { ok, type Answer, type Method, type Route } from '../routes.ts';
import { bookmarkSchemas, type bookmark } from '../schemas/desk.ts';
import { BOOKMARK_TYPES, type BookmarkType } from '../../store/bookmarks.ts';
import { toDbTime } from '../../store/time.ts';
import type { BookmarkView, BookmarkWish, Bookmarks } from '../../workspace/bookmarks.ts';

const DEFAULT_PAGE = 200;
/** Both stand for the same, as in the reference. */
const CHANGING: readonly Method[] = ['PATCH', 'PUT'];

export function bookmarkRoutes(components: { bookmarks: Bookmarks }): Route[] {
  const { bookmarks } = components;
  const own = (caller: Caller, id: string): BookmarkView => {
    const found = bookmarks.get(caller.userId, id);
    if (found === undefined || !mayRead(caller, found.sourceType)) throw new ApiError('bookmark_not_found');
    return found;
  };
  return [
    {
      method: 'GET',
      path: '/bookmarks',
      access: ANY_KEY,
      schema: bookmarkSchemas.list,
      handle: ({ caller, query }) => {
        const asked = query.get('source_type')?.trim() ?? '';
        const type = typeOf(asked);
        if (type === null && asked !== '') throw new ApiError('bookmark_type_unsupported');
        const limit = limitQuery(query, DEFAULT_PAGE);
        const list = bookmarks.list(caller.userId, {
          types: (type === null ? BOOKMARK_TYPES : [type]).filter((each) => mayRead(caller, each)),
          limit,
          all: boolQuery(query, 'include_archived', false),
          ...beforeQuery(query),
        });
        const next_cursor = nextCursor(list, limit, ({ id }) => bookmarks.cursor(caller.userId, id));
        return ok({ bookmarks: list.map(bookmarkJson), count: list.length, next_cursor });
      },
    },
    {
      method: 'POST',
      path: '/bookmarks',
      access: ANY_KEY,
      body: 'strict',
      creates: true,
      schema: bookmarkSchemas.add,
      handle: async ({ caller, body }) => {
        const type = typeOf(stringField(body, 'source_type')?.trim() ?? '');
        if (type === null) throw new ApiError('bookmark_type_required');
        const id = stringField(body, 'source_id')?.trim() ?? '';
        if (id === '') throw new ApiError('bookmark_id_required');
        const wish = wishOf(body);
        if (!mayRead(caller, type)) throw new ApiError('bookmark_type_forbidden');
        return created(await bookmarks.add(caller.userId, { type, id }, wish));
      },
      recall: ({ caller }, id) => {
        const made = bookmarks.get(caller.userId, id);
        if (made === undefined || !mayRead(caller, made.sourceType)) throw new ApiError('bookmark_not_found');
        return created(made);
      },
    },
    {
      method: 'GET',
      path: '/bookmarks/:bookmark',
      access: ANY_KEY,
      schema: bookmarkSchemas.get,
      handle: ({ caller, param }) => ok({ bookmark: bookmarkJson(own(caller, param('bookmark'))) }),
    },
    ...CHANGING.map((method): Route => ({
      method,
      path: '/bookmarks/:bookmark',
      access: ANY_KEY,
      body: 'strict',
      schema: bookmarkSchemas.change,
      handle: async ({ caller, param, body }) => {
        const { id } = own(caller, param('bookmark'));
        const changed = await bookmarks.change(caller.userId, id, {
          ...wishOf(body),
          ...(typeof body['archived'] === 'boolean' ? { archived: body['archived'] } : {}),
          ...(body['opened'] === true ? { opened: true } : {}),
        });
        return ok({ bookmark: bookmarkJson(changed), success: true });
      },
    })),
    {
      method: 'DELETE',
      path: '/bookmarks/:bookmark',
      access: ANY_KEY,
      schema: bookmarkSchemas.remove,
      handle: async ({ caller, param }) => {
        const { id } = own(caller, param('bookmark'));
        await bookmarks.remove(caller.userId, id);
        return ok({ deleted: true, bookmark_id: id, success: true });
      },
    },
  ];
}

function created(bookmark: BookmarkView): Answer {
  return { status: 201, body: { bookmark: bookmarkJson(bookmark), success: true } };
}

function typeOf(text: string): BookmarkType | null {
  return BOOKMARK_TYPES.find((type) => type === text) ?? null;
}

/** Whether the key says so literally (04 section 4.7). */
function mayRead(caller: Caller, type: BookmarkType): boolean {
  return holds(caller, type === 'dm_message' ? 'read_messages' : 'read_feed');
}

function wishOf(body: JsonObject): BookmarkWish {
  const note = body['note'] === null ? null : stringField(body, 'note');
  const tags = body['tags'];
  if (tags !== undefined && tags !== null && !Array.isArray(tags))
    throw new ApiError('bookmark_tags_not_list');
  return {
    ...(note === undefined ? {} : { note }),
    ...(Array.isArray(tags) ? { tags: tags.filter((tag): tag is string => typeof tag === 'string') } : {}),
  };
}

function bookmarkJson(view: BookmarkView): z.infer<typeof bookmark> {
  return {
    id: view.id,
    user_id: view.userId,
    source_type: view.sourceType,
    source_id: view.sourceId,
    container_type: view.containerType,
    container_id: view.containerId,
    source_author_id: view.authorId,
    title: view.title,
    preview: view.preview,
    source_href: view.href,
    hero_ref: null,
    deck_default_ref: null,
    source_layout: view.sourceLayout,
    snapshot: view.snapshot,
    note: view.note,
    tags: view.tags,
    created_at: toDbTime(view.createdAt),
    updated_at: toDbTime(view.updatedAt),
    last_opened_at: dbTime(view.openedAt),
    archived_at: dbTime(view.archivedAt),
    available: view.available,
  };
}

function dbTime(time: number | null): string | null {
  return time === null ? null : toDbTime(time);
}
