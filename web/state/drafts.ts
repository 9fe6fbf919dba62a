/**
 * One draft per conversation (05 section 10.5, M-3): survives moving between pages, a reload and an expired session,
 * is erased on sign-out.
 */
import { signal } from '@preact/signals';
import { tabStore } from './storage.ts';

const KEY = 'drafts';

function load(): Readonly<Record<string, string>> {
  const stored = tabStore.read(KEY);
  if (typeof stored !== 'object' || stored === null) return {};
  const texts: Record<string, string> = {};
  for (const [key, text] of Object.entries(stored)) if (typeof text === 'string') texts[key] = text;
  return texts;
}

/** Text by conversation, only where there is any. */
export const drafts = signal(load());

/** The unsent text of a conversation. */
export function draftOf(key: string): string {
  return drafts.value[key] ?? '';
}

/** Keeps `text` for a conversation; an empty one is removed. */
export function setDraft(key: string, text: string): void {
  const { [key]: _old, ...others } = drafts.value;
  drafts.value = text === '' ? others : { ...others, [key]: text };
  tabStore.write(KEY, Object.keys(drafts.value).length === 0 ? null : drafts.value);
}
