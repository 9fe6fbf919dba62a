/**
 * Threads of any conversation (05 section 10.5, M-7): a part of a list of ids both ways from any of them, and what
 * answers what. Pure functions.
 */

/** Where a part of a list stands. */
export type PartPlace<Id> = { kind: 'newest' } | { kind: 'before' | 'after' | 'around'; id: Id };

/** Where somebody begins to read who asked for what is unread: there, or at the newest when nothing is. */
export function entrance<Id>(
  wish: PartPlace<Id> | { kind: 'unread' },
  firstUnread: Id | null,
): PartPlace<Id> {
  if (wish.kind !== 'unread') return wish;
  return firstUnread === null ? { kind: 'newest' } : { kind: 'around', id: firstUnread };
}

/** A part of a list without gaps, and whether there is more before and after it. */
export interface ListPart<Id> {
  ids: Id[];
  older: boolean;
  newer: boolean;
}

/** A part of `all`, oldest first. @returns undefined: the message it stands beside is not among them. */
export function partOfList<Id>(
  all: readonly Id[],
  place: PartPlace<Id>,
  limit: number,
): ListPart<Id> | undefined {
  const at = place.kind === 'newest' ? all.length : all.indexOf(place.id);
  if (at === -1) return undefined;
  const half = Math.ceil(limit / 2);
  const [from, to] = {
    newest: [at - limit, at],
    before: [at - limit, at],
    after: [at + 1, at + 1 + limit],
    around: [at - half, at + 1 + half],
  }[place.kind] as [number, number];
  const start = Math.max(0, from);
  return { ids: all.slice(start, to), older: start > 0, newer: to < all.length };
}

/** An answer and what it answers. */
export interface Answer<Id> {
  id: Id;
  parent: Id;
}

/** Everything that answers `root`, and the answers to that, in the order of the list. */
export function threadOf<Id>(root: Id, answers: readonly Answer<Id>[]): Id[] {
  const below = descendants(root, childrenOf(answers));
  return answers.filter(({ id }) => below.has(id)).map(({ id }) => id);
}

/** How many messages are in the threads below each of these; those nobody answered are left out. */
export function threadSizes<Id extends string>(
  ids: readonly Id[],
  answers: readonly Answer<Id>[],
): Record<string, number> {
  const children = childrenOf(answers);
  return Object.fromEntries(
    ids.filter((id) => children.has(id)).map((id) => [id, descendants(id, children).size]),
  );
}

function childrenOf<Id>(answers: readonly Answer<Id>[]): Map<Id, Id[]> {
  const children = new Map<Id, Id[]>();
  for (const { id, parent } of answers) {
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [id]);
    else siblings.push(id);
  }
  return children;
}

/** Without `root` itself, also where answers go round in a circle. */
function descendants<Id>(root: Id, children: ReadonlyMap<Id, readonly Id[]>): Set<Id> {
  const found = new Set<Id>();
  const open = [root];
  for (let id = open.pop(); id !== undefined; id = open.pop())
    for (const child of children.get(id) ?? [])
      if (child !== root && !found.has(child)) {
        found.add(child);
        open.push(child);
      }
  return found;
}
