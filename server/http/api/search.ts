/**
 * Search (04 sections 3.8 to 3.10 and 3.12): in one channel, in direct messages, in the feed, and over all of them.
 * The searches of one place look for a part of the text, as the reference does, unless `mode=words` is asked for;
 * `/search` looks for words. Without a text the filters alone find. The filters (`from`, `after`, `before`, `has`, `with`, `channel_id`) are ours.
 */
import type { z } from 'zod';
import { KEY } from '../access.ts';
import { holds, type Caller } from '../auth.ts';
import { ApiError } from '../errors.ts';
import { asChannelId, asUserId } from '../params.ts';
import { readPostJson } from '../render-feed.ts';
import { directMessageJson, foundMessageJson } from '../render.ts';
import { readQueryBy } from '../route-schema.ts';
import { ok, type Route } from '../routes.ts';
import { searchSchemas, type searchResult } from '../schemas/search.ts';
import { plainSnippetOf, snippetOf } from '../search-snippet.ts';
import { SEARCH_KINDS, type SearchKind } from '../../store/search.ts';
import { parseTime, toDbTime } from '../../store/time.ts';
import type { Reposts } from '../../workspace/reposts.ts';
import type { Found, Search, SearchAnswer, SearchWish } from '../../workspace/search.ts';

/** Names of kinds in `types`, in singular; a plural is the same. What the reference has besides is not searched. */
const TYPES: Readonly<Record<string, SearchKind>> = {
  channel_message: 'channel_message',
  message: 'channel_message',
  channel: 'channel_message',
  feed_post: 'feed_post',
  post: 'feed_post',
  feed: 'feed_post',
  direct_message: 'direct_message',
  dm: 'direct_message',
};
/** Kinds the reference knows and this node does not search. */
const OTHER_TYPES: ReadonlySet<string> = new Set([
  'task',
  'request',
  'objective',
  'circle',
  'circle_entry',
  'circle_entrie',
  'handoff',
  'skill',
  'signal',
]);

type CommonQuery = Partial<Record<'q' | 'from' | 'after' | 'before' | 'has' | 'mode', string>> & {
  limit: number;
};

export function searchRoutes(components: { search: Search; reposts: Reposts }): Route[] {
  const { search } = components;
  return [
    {
      method: 'GET',
      path: '/search',
      access: KEY.read_feed,
      schema: searchSchemas.all,
      handle: ({ caller, query }) => {
        const asked = readQueryBy(searchSchemas.all.query, query);
        const channelId = asked.channel_id === undefined ? undefined : asChannelId(asked.channel_id);
        if (channelId === null) throw new ApiError('not_found');
        const answer = search.find(caller.userId, {
          ...wishOf(asked, 'words'),
          kinds: channelId === undefined ? kindsOf(asked.types ?? '', caller) : ['channel_message'],
          ...(channelId === undefined ? {} : { channelId }),
          ...(asked.with === undefined ? {} : { with: asked.with }),
        });
        const terms = answer.terms.all.flat();
        const snippet = asked.snippet === 'plain' ? plainSnippetOf : snippetOf;
        const results = answer.found.map((found) => resultJson(found, (text) => snippet(text, terms)));
        return ok({ query: textOf(asked), results, ...tail(answer) });
      },
    },
    {
      method: 'GET',
      path: '/channels/:channel/search',
      access: KEY.read_feed,
      schema: searchSchemas.channel,
      handle: ({ caller, param, query }) => {
        const asked = readQueryBy(searchSchemas.channel.query, query);
        const wish = wishOf(asked, 'part', 'Search query (q) is required');
        const channelId = asChannelId(param('channel'));
        if (channelId === null) throw new ApiError('not_found');
        const answer = search.find(caller.userId, { ...wish, kinds: ['channel_message'], channelId });
        const messages = answer.found.flatMap((found) =>
          found.kind === 'channel_message' ? [foundMessageJson(found.message)] : [],
        );
        return ok({ messages, query: textOf(asked), ...tail(answer) });
      },
    },
    {
      method: 'GET',
      path: '/messages/search',
      access: KEY.read_messages,
      schema: searchSchemas.direct,
      handle: ({ caller, query }) => {
        const asked = readQueryBy(searchSchemas.direct.query, query);
        const answer = search.find(caller.userId, {
          ...wishOf(asked, 'part'),
          kinds: ['direct_message'],
          ...(asked.with === undefined ? {} : { with: asked.with }),
        });
        const messages = answer.found.flatMap((found) =>
          found.kind === 'direct_message' ? [directMessageJson(found.message)] : [],
        );
        return ok({ messages, query: textOf(asked), ...tail(answer) });
      },
    },
    {
      method: 'GET',
      path: '/feed/search',
      access: KEY.read_feed,
      schema: searchSchemas.feed,
      handle: ({ caller, query }) => {
        const asked = readQueryBy(searchSchemas.feed.query, query);
        const answer = search.find(caller.userId, { ...wishOf(asked, 'part'), kinds: ['feed_post'] });
        const posts = answer.found.flatMap((found) =>
          found.kind === 'feed_post' ? [readPostJson(components, caller.userId, found.post)] : [],
        );
        return ok({ posts, query: textOf(asked), ...tail(answer) });
      },
    },
  ];
}

function tail(answer: SearchAnswer): { count: number; next_cursor: string | null; state: string } {
  return { count: answer.found.length, next_cursor: answer.cursor, state: answer.state };
}

function textOf(asked: CommonQuery): string {
  return asked.q?.trim() ?? '';
}

function wishOf(
  asked: CommonQuery,
  fallback: SearchWish['mode'],
  required = 'Search query required',
): Omit<SearchWish, 'kinds'> {
  const text = textOf(asked);
  const narrowed = [asked.from, asked.after, asked.before, asked.has].some((one) => (one ?? '') !== '');
  if (text === '' && !narrowed) throw new ApiError('search_query_required', { error: required });
  const mode = asked.mode === 'part' || asked.mode === 'words' ? asked.mode : fallback;
  const author = asked.from === undefined ? undefined : asUserId(asked.from);
  if (author === null) throw invalid('from');
  const before = asked.before?.trim() ?? '';
  const isTime = /^\d/.test(before);
  return {
    text,
    mode,
    limit: asked.limit,
    ...(author === undefined ? {} : { author }),
    ...(asked.after === undefined ? {} : { from: timeOf('after', asked.after) }),
    ...(isTime ? { until: timeOf('before', before) } : before === '' ? {} : { cursor: before }),
    ...(asked.has === 'attachment' ? { hasAttachment: true } : {}),
  };
}

/** A time in any form of 03 section 2.3, or a date. */
function timeOf(name: string, text: string): number {
  const trimmed = text.trim();
  const time = parseTime(/^\d{4}-\d{2}-\d{2}$/.test(trimmed) ? `${trimmed}T00:00:00` : trimmed);
  if (time === null) throw invalid(name);
  return time;
}

function invalid(field: string): ApiError {
  return new ApiError('invalid_field', { error: `Invalid ${field}`, fields: { field } });
}

/** Unknown names are passed over; none left means all that the reference searches. */
function kindsOf(types: string, caller: Caller): SearchKind[] {
  const names = types
    .toLowerCase()
    .split(',')
    .map((name) => name.trim().replace(/s$/, ''));
  const wanted = new Set(names.map((name) => TYPES[name]).filter((kind) => kind !== undefined));
  if (wanted.size === 0 && !names.some((name) => OTHER_TYPES.has(name)))
    return ['channel_message', 'feed_post'];
  return SEARCH_KINDS.filter(
    (kind) => wanted.has(kind) && (kind !== 'direct_message' || holds(caller, 'read_messages')),
  );
}

type ResultJson = z.infer<typeof searchResult>;

function resultJson(found: Found, snippet: (text: string) => ReturnType<typeof snippetOf>): ResultJson {
  const common = (
    content: string,
    at: { createdAt: number; editedAt: number | null },
  ): Pick<ResultJson, 'snippet' | 'score' | 'created_at' | 'updated_at' | 'source_id'> => {
    const { html, share } = snippet(content);
    return {
      snippet: html,
      score: -share,
      created_at: toDbTime(at.createdAt),
      updated_at: toDbTime(at.editedAt ?? at.createdAt),
      source_id: null,
    };
  };
  switch (found.kind) {
    case 'channel_message': {
      const { message } = found;
      return {
        item_type: found.kind,
        item_id: message.id,
        title: '',
        channel_id: message.channelId,
        author_id: message.userId,
        recipient_id: null,
        visibility: 'channel',
        author_name: message.displayName,
        ...common(message.content, message),
      };
    }
    case 'direct_message': {
      const { message } = found;
      return {
        item_type: found.kind,
        item_id: message.id,
        title: '',
        channel_id: null,
        author_id: message.senderId,
        recipient_id: message.recipientId,
        visibility: 'direct',
        author_name: message.senderName,
        ...common(message.content, message),
      };
    }
    case 'feed_post': {
      const { post } = found;
      const title = post.metadata?.['title'];
      return {
        item_type: found.kind,
        item_id: post.id,
        title: typeof title === 'string' ? title : '',
        channel_id: null,
        author_id: post.authorId,
        recipient_id: null,
        visibility: post.visibility,
        author_name: post.displayName,
        ...common(post.content, post),
      };
    }
  }
}
