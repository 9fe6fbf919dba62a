/** What the search routes take and answer (04 sections 3.8 to 3.10 and 3.12). */
import * as z from 'zod';
import { id, limitParam, textParam, type RouteSchema } from '../route-schema.ts';
import { feedPost } from './feed.ts';
import { channelMessage, directMessage } from './messages.ts';

const count = z.int().min(0);
const query = z.string().describe('`q` without the spaces around it');
const state = z
  .enum(['ready', 'indexing'])
  .describe('`indexing`: older ones may still be missing, because the node has just started');
const next_cursor = z
  .string()
  .nullable()
  .describe('Give it as `before` to read on; null when there is nothing further');
const errors = ['search_query_required', 'invalid_field', 'invalid_cursor'] as const;
const common = {
  q: textParam('What to look for; may be left out where `from`, `after`, `before` or `has` narrow'),
  from: textParam('Only of this author: a user id'),
  after: textParam('Only from this time on: ISO, or a date'),
  before: textParam('Only before this time: ISO, or a date. Or the `next_cursor` of the page before'),
  has: textParam('`attachment`: only what has attachments'),
};
const modeParam = textParam(
  '`part`: `q` is a part of the text as it stands; `words`: words, `begin*`, `"a phrase"`, `OR`, `-without`',
);
const found = { query, count, next_cursor, state };

/** @param limit the default of 04. */
const parts = (limit: number) => z.looseObject({ ...common, mode: modeParam, limit: limitParam(limit) });

export const searchResult = z
  .looseObject({
    item_type: z.enum(['channel_message', 'direct_message', 'feed_post']),
    item_id: id,
    title: z.string(),
    channel_id: id.nullable(),
    source_id: z.string().nullable(),
    author_id: id,
    recipient_id: z.string().nullable(),
    visibility: z.string(),
    created_at: z.string(),
    updated_at: z.string(),
    snippet: z.string().describe('HTML: the text around the hits, escaped, with `<b>` around each'),
    score: z.number().describe('The share of the snippet that was looked for, negative'),
    author_name: z.string(),
  })
  .meta({ id: 'SearchResult' });

/** Route by route. */
export const searchSchemas = {
  all: {
    summary: 'Search channels, posts and direct messages, newest first',
    query: z.looseObject({
      ...common,
      mode: modeParam,
      types: textParam(
        'Comma list of `channel_message`, `feed_post` and `direct_message` (this one needs `read_messages`). Absent: the first two',
      ),
      channel_id: textParam('Only this channel'),
      with: textParam('Only direct messages with this person or group: a user or group id, or `everyone`'),
      snippet: textParam('`plain`: snippets of the words a person reads, without the markup'),
      limit: limitParam(50, 200),
    }),
    answer: z.looseObject({ results: z.array(searchResult), ...found }),
    errors: [...errors, 'not_found'],
  },
  channel: {
    summary: 'Search the messages of a channel, newest first',
    query: parts(50),
    answer: z.looseObject({ messages: z.array(channelMessage), ...found }),
    errors: [...errors, 'not_found'],
  },
  direct: {
    summary: 'Search the direct messages of the caller, newest first',
    query: parts(20).extend({
      with: textParam('Only with this person or group: a user or group id, or `everyone`'),
    }),
    answer: z.looseObject({ messages: z.array(directMessage), ...found }),
    errors,
  },
  feed: {
    summary: 'Search the posts the caller sees, newest first',
    query: parts(20),
    answer: z.looseObject({ posts: z.array(feedPost), ...found }),
    errors,
  },
} satisfies Record<string, RouteSchema>;
