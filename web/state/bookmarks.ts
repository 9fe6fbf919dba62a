/** What this person saved (05 section 10.15, K-7): messages and posts, to be found again. */
import { signal } from '@preact/signals';
import { coalesced } from './coalesce.ts';
import { api } from './session.ts';
import { showToast } from './notices.ts';

/** One bookmark of `GET /api/v1/bookmarks`. */
export interface Bookmark {
  id: string;
  source_type: 'channel_message' | 'feed_post' | 'dm_message';
  source_id: string;
  container_id: string | null;
  source_author_id: string | null;
  title: string;
  preview: string;
  source_href: string;
  note: string | null;
  tags: string[];
  created_at: string;
  available: boolean;
}

export const bookmarks = signal<readonly Bookmark[] | null>(null);

/** Reads them again; calls in between are joined. */
export const loadBookmarks = coalesced(async () => {
  bookmarks.value = (await api.get<{ bookmarks: Bookmark[] }>('/api/v1/bookmarks?limit=500')).bookmarks;
});

/** Saves something, or takes it out of what is saved. */
export async function toggleBookmark(type: Bookmark['source_type'], id: string): Promise<void> {
  try {
    if (bookmarks.value === null) await loadBookmarks();
    const known = (bookmarks.value ?? []).find((one) => one.source_id === id);
    if (known === undefined) await api.post('/api/v1/bookmarks', { source_type: type, source_id: id });
    else await removeBookmark(known.id);
    await loadBookmarks();
    const text = known === undefined ? 'Saved. Find it under Bookmarks.' : 'No longer saved.';
    showToast({ key: 'bookmark', text, actions: [] });
  } catch (error) {
    const text = error instanceof Error ? error.message : 'That did not work.';
    showToast({ key: 'bookmark', text, actions: [] });
  }
}

export function isSaved(id: string): boolean {
  return (bookmarks.value ?? []).some((one) => one.source_id === id);
}

/** Saves a message, or takes it out of what is saved. */
export function toggleSaved({ id, channelId }: { id: string; channelId: string | null }): void {
  void toggleBookmark(channelId === null ? 'dm_message' : 'channel_message', id);
}

export function removeBookmark(id: string): Promise<unknown> {
  return api.delete(`/api/v1/bookmarks/${encodeURIComponent(id)}`);
}

/** Where a bookmark leads. */
export function bookmarkAddress(one: Bookmark): string {
  const id = encodeURIComponent(one.source_id);
  if (one.source_type === 'feed_post') return `/feed?post=${id}`;
  if (one.source_type === 'dm_message')
    return one.source_href.startsWith('/messages') ? one.source_href : '/messages';
  return messageAddress(one.container_id ?? 'general', one.source_id);
}

/** Where a message of a channel stands. */
export function messageAddress(channelId: string, messageId: string): string {
  return `/channels?${new URLSearchParams({ channel: channelId, focus_message: messageId }).toString()}`;
}
