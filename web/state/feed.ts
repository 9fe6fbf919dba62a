/**
 * The feed (05 sections 3.3 and 10.15, K-5): posts by page, live. What others post while one reads waits above the list and
 * is counted (05 section 10.8, L-4); what changed in a shown post changes in place.
 */
import { signal } from '@preact/signals';
import type { CommentJson, FeedPostJson } from '../../server/http/types/feed.ts';
import { ApiError } from '../api/client.ts';
import { coalesced } from './coalesce.ts';
import { personName } from './people.ts';
import { api, me } from './session.ts';
import type { Reaction } from './thread.ts';
import type { FileRef } from './uploads.ts';

export type Post = FeedPostJson;
export type Comment = CommentJson;

/** Who sees a post, the narrowest first: nobody else unless it is chosen (05 section 3.3). */
export const VISIBILITIES: readonly (readonly [string, string, string])[] = [
  ['private', 'Only me', 'Stays on this device, for you alone.'],
  ['custom', 'Chosen people', 'The people you choose on this device.'],
  ['trusted', 'Trusted peers only', 'Goes to accepted devices, which do not pass it on.'],
  ['network', 'Local network', 'Goes to accepted devices, which pass it on to theirs.'],
  ['public', 'Everyone', 'Goes wherever the mesh reaches.'],
];

export function visibilityName(value: string): string {
  return VISIBILITIES.find(([key]) => key === value)?.[1] ?? value;
}

/** How the list is ordered. */
export const ORDERS: readonly (readonly [string, string])[] = [
  ['chronological', 'Latest first'],
  ['popularity', 'Most popular'],
  ['relevance', 'Most relevant'],
];

const PAGE = 30;
export const posts = signal<readonly Post[] | null>(null);
export const order = signal('chronological');
const cursor = signal<string | null>(null);
export const hasOlderPosts = signal(false);
/** How many posts came since the list was read. */
export const waitingPosts = signal(0);

interface Page {
  posts: Post[];
  next_cursor?: string | null;
}

async function read(): Promise<void> {
  const page = await api.get<Page>(`/api/v1/feed?limit=${PAGE}&algorithm=${order.value}`);
  posts.value = page.posts;
  take(page);
  waitingPosts.value = 0;
}

function take(page: Page): void {
  cursor.value = page.next_cursor ?? null;
  hasOlderPosts.value = cursor.value !== null;
}

/** Reads the first page. */
export const loadFeed = coalesced(read);

/** Reads what comes after what is shown. */
export async function loadOlderPosts(): Promise<void> {
  if (cursor.value === null) return;
  const page = await api.get<Page>(
    `/api/v1/feed?limit=${PAGE}&algorithm=${order.value}&before=${encodeURIComponent(cursor.value)}`,
  );
  const known = new Set((posts.value ?? []).map(({ id }) => id));
  posts.value = [...(posts.value ?? []), ...page.posts.filter(({ id }) => !known.has(id))];
  take(page);
}

export async function loadPost(id: string): Promise<Post> {
  const { post } = await api.get<{ post: Post }>(`/api/v1/feed/posts/${encodeURIComponent(id)}`);
  keep(post);
  return post;
}

/** The post of an address, which may stand outside the list. */
export const single = signal<Post | null>(null);

function keep(post: Post): void {
  if (single.value?.id === post.id) single.value = post;
  posts.value = posts.value?.map((one) => (one.id === post.id ? post : one)) ?? null;
}

function drop(id: string): void {
  if (single.value?.id === id) single.value = null;
  posts.value = posts.value?.filter((one) => one.id !== id) ?? null;
}

/** The node says that something about a post changed. */
export function heardOfFeed(id: string | null): void {
  if (id === null || posts.value === null) return;
  changed.value += 1;
  if (single.value?.id !== id && !posts.value.some((one) => one.id === id)) {
    if (!mine.has(id)) void countNew();
    return;
  }
  void readAgain(id);
}

/**
 * Reads again what is shown, after a time in which nothing was heard of the node: in its place, without moving what is
 * being read. What came meanwhile waits above.
 */
export const refreshFeed = coalesced(async () => {
  const shown = posts.value;
  if (single.value !== null) await readAgain(single.value.id);
  if (shown === null) return;
  const now = new Map<string, Post>();
  let before: string | null = null;
  do {
    const page: Page = await api.get<Page>(
      `/api/v1/feed?limit=${PAGE}&algorithm=${order.value}${before === null ? '' : `&before=${encodeURIComponent(before)}`}`,
    );
    for (const post of page.posts) now.set(post.id, post);
    before = page.next_cursor ?? null;
  } while (before !== null && now.size < shown.length);
  posts.value = posts.value?.map((post) => now.get(post.id) ?? post) ?? null;
  // Pushed out of these pages by newer ones, or gone.
  for (const { id } of shown) if (!now.has(id)) await readAgain(id);
  changed.value += 1;
  await countNew();
});

async function readAgain(id: string): Promise<void> {
  await loadPost(id).catch((cause: unknown) => {
    // A node that does not answer has not lost it.
    if (cause instanceof ApiError && (cause.status === 403 || cause.status === 404)) drop(id);
  });
}

/** Moves whenever something in the feed changed, for what reads more of it. */
export const changed = signal(0);
/** Posts written on this page, which are in the list already. */
const mine = new Set<string>();

const countNew = coalesced(async () => {
  const page = await api.get<Page>(`/api/v1/feed?limit=${PAGE}`);
  const known = new Set((posts.value ?? []).map(({ id }) => id));
  waitingPosts.value = page.posts.filter(({ id }) => !known.has(id) && !mine.has(id)).length;
});

/** What is written in the composer of the feed. */
export interface PostDraft {
  content: string;
  visibility: string;
  people: readonly string[];
  files: readonly FileRef[];
}

export async function writePost({ content, visibility, people, files }: PostDraft): Promise<void> {
  const { post } = await api.post<{ post: Post }>('/api/v1/feed', {
    content,
    visibility,
    post_type: /\[poll\]/iu.test(content) ? 'poll' : 'text',
    ...(visibility === 'custom' ? { permissions: people } : {}),
    ...(files.length === 0 ? {} : { metadata: { attachments: files } }),
  });
  mine.add(post.id);
  posts.value = [post, ...(posts.value ?? []).filter(({ id }) => id !== post.id)];
}

const pathOf = (id: string): string => `/api/v1/feed/posts/${encodeURIComponent(id)}`;

export async function changePost(
  id: string,
  change: { content?: string; visibility?: string },
): Promise<void> {
  await api.call('PATCH', pathOf(id), change);
  await loadPost(id);
}

export async function removePost(id: string): Promise<void> {
  await api.delete(pathOf(id));
  drop(id);
}

/** Adds a reaction of this person, or takes it away. */
export async function reactToPost(post: Post, kind: string): Promise<void> {
  const own = reactionsOf(post).find((one) => one.mine);
  await api.post(`${pathOf(post.id)}/like`, { reaction_type: kind });
  // The node takes the old one away; another kind is a second call.
  if (own !== undefined && own.kind !== kind)
    await api.post(`${pathOf(post.id)}/like`, { reaction_type: kind });
  await loadPost(post.id);
}

export function reactionsOf(post: Post): Reaction[] {
  const id = me.value?.id ?? '';
  return Object.entries(post.liked_by).map(([kind, users]) => ({
    kind,
    count: users.length,
    names: users.map((user) => personName(user)),
    mine: users.includes(id),
  }));
}

export async function loadComments(id: string): Promise<Comment[]> {
  return (await api.get<{ comments: Comment[] }>(`${pathOf(id)}/comments`)).comments;
}

export async function writeComment(id: string, content: string, parent: string | null): Promise<void> {
  await api.post(`${pathOf(id)}/comments`, {
    content,
    ...(parent === null ? {} : { parent_comment_id: parent }),
  });
  await loadPost(id);
}

export async function removeComment(id: string, comment: string): Promise<void> {
  await api.delete(`${pathOf(id)}/comments/${encodeURIComponent(comment)}`);
  await loadPost(id);
}
