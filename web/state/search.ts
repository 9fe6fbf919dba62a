/** Searching everywhere (05 section 10.5, M-11): the address of a search, and what its answers lead to. Pure functions. */
import { messageAddress } from './bookmarks.ts';

/** What is looked for; empty texts do not narrow. */
export interface SearchWish {
  q: string;
  type: string;
  from: string;
  channel: string;
  /** The other person or the group of a conversation. */
  with: string;
  after: string;
  before: string;
  files: boolean;
}

/** Whether there is something to look for: words, or what alone narrows enough. */
export function canSearch({ q, from, after, before, files }: SearchWish): boolean {
  return q.trim() !== '' || from !== '' || after !== '' || before !== '' || files;
}

/** One answer of `GET /api/v1/search`. */
export interface SearchResult {
  item_type: 'channel_message' | 'direct_message' | 'feed_post';
  item_id: string;
  channel_id: string | null;
  author_id: string;
  recipient_id: string | null;
  created_at: string;
  snippet: string;
  author_name: string;
}

/** `state` `indexing`: older ones may be missing still. */
export interface SearchAnswer {
  results: SearchResult[];
  next_cursor: string | null;
  state: 'ready' | 'indexing';
}

export const SEARCH_TYPES: readonly (readonly [string, string])[] = [
  ['', 'Everything'],
  ['channel_message', 'Channels'],
  ['direct_message', 'Direct messages'],
  ['feed_post', 'Posts'],
];
const ALL = 'channel_message,direct_message,feed_post';

export function wishOf(query: URLSearchParams): SearchWish {
  const text = (name: string): string => query.get(name) ?? '';
  return {
    q: text('q'),
    type: SEARCH_TYPES.some(([key]) => key === text('type')) ? text('type') : '',
    from: text('from'),
    channel: text('channel'),
    with: text('with'),
    after: text('after'),
    before: text('before'),
    files: text('files') === '1',
  };
}

/** The page's own address of a search. */
export function searchAddress(wish: SearchWish): string {
  const { files, ...texts } = wish;
  const query = new URLSearchParams(Object.entries(texts).filter(([, value]) => value !== ''));
  if (files) query.set('files', '1');
  return query.size === 0 ? '/search' : `/search?${query.toString()}`;
}

/** @param cursor of the page before; null for the first one. */
export function searchPath(wish: SearchWish, cursor: string | null): string {
  const before = cursor ?? wish.before;
  const types = wish.type === '' ? ALL : wish.type;
  const query = new URLSearchParams({ q: wish.q, types, snippet: 'plain', limit: '30' });
  if (wish.from !== '') query.set('from', wish.from);
  if (wish.channel !== '') query.set('channel_id', wish.channel);
  if (wish.with !== '') query.set('with', wish.with);
  if (wish.after !== '') query.set('after', wish.after);
  if (before !== '') query.set('before', before);
  if (wish.files) query.set('has', 'attachment');
  return `/api/v1/search?${query.toString()}`;
}

/** Where a result leads. @param me the reader: a direct message stands in the conversation with the other. */
export function resultAddress(result: SearchResult, me: string): string {
  if (result.item_type === 'feed_post') return `/feed?post=${encodeURIComponent(result.item_id)}`;
  if (result.item_type === 'channel_message')
    return messageAddress(result.channel_id ?? 'general', result.item_id);
  const to = result.recipient_id ?? '';
  const other = result.author_id === me ? to : result.author_id;
  const place: [string, string] = to.startsWith('group:') ? ['group', to] : ['with', other || 'everyone'];
  return `/messages?${new URLSearchParams([place, ['focus_message', result.item_id]]).toString()}`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&amp;': '&',
  '&quot;': '"',
  '&#39;': "'",
  '&#x27;': "'",
};

/** What Markdown draws and nobody reads. A snippet is cut anywhere, so nothing is looked at in pairs. */
const MARKUP = /```[\w+#-]*\s?|\*\*/gu;

/** The text of a snippet in parts, those that were looked for marked. It is never put into the page as HTML. */
export function snippetParts(html: string): { text: string; hit: boolean }[] {
  const parts: { text: string; hit: boolean }[] = [];
  let hit = false;
  for (const piece of html.split(/(<\/?b>)/u)) {
    if (piece === '<b>' || piece === '</b>') hit = piece === '<b>';
    else if (piece !== '')
      parts.push({
        text: piece
          .replace(/&(?:lt|gt|amp|quot|#39|#x27);/gu, (one) => ENTITIES[one] ?? one)
          .replaceAll(MARKUP, ''),
        hit,
      });
  }
  return parts;
}
