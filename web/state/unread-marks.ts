/** What a list of conversations shows of what is new, and in which order they stand (05 section 10.9, U-3). Pure functions. */

/** Everything calls, only what calls by name, or nothing. */
export type CallLevel = 'all' | 'mentions' | 'nothing';

/** A number for what calls, a dot for what is only new. */
export type UnreadMark = { kind: 'count'; count: number } | { kind: 'dot' } | null;

export interface NewThere {
  /** Messages that were not read. */
  unread: number;
  /** Of them, those that call whoever reads by name. */
  mentions: number;
  /** Every direct message calls. */
  direct: boolean;
}

/** What is shown beside a conversation; what calls by name counts however little one is told of it. */
export function unreadMark({ unread, mentions, direct }: NewThere, level: CallLevel): UnreadMark {
  const calling = direct && level === 'all' ? unread : mentions;
  if (calling > 0) return { kind: 'count', count: calling };
  return level === 'all' && unread > 0 ? { kind: 'dot' } : null;
}

/** What is needed to put conversations in order. */
export interface Sortable {
  name: string;
  /** Unix ms of the last message. */
  at: number;
  unread: number;
  favourite: boolean;
  /** On the screen: it stays in the list whatever is left out. */
  open: boolean;
}

/** Favourites first; then by name, or the liveliest first. */
export function ordered<T extends Sortable>(
  list: readonly T[],
  { byName, unreadOnly }: { byName: boolean; unreadOnly: boolean },
): T[] {
  return list
    .filter((one) => !unreadOnly || one.unread > 0 || one.open)
    .sort(
      (a, b) =>
        Number(b.favourite) - Number(a.favourite) ||
        (byName ? a.name.localeCompare(b.name) : b.at - a.at || a.name.localeCompare(b.name)),
    );
}
