/**
 * The window onto a long list (05 section 10.5, M-10): which rows are in the document, and where the list stays while
 * rows come, go and change their height.
 */
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useReducer, useRef } from 'preact/hooks';
import {
  keptAt,
  lastWhole,
  pieces,
  rowAt,
  RowHeights,
  rowsBetween,
  type Piece,
} from '../state/row-heights.ts';
import type { Row } from '../state/thread.ts';

/** Nearer than this to the end counts as at the end. */
const END_PX = 48;
/** Rows in the document above and below what is seen. */
const AROUND_PX = 400;
/** More is asked for this far before an edge. */
export const AHEAD_PX = 1_500;
/** As many rows hold a place together, should one go. */
const FOLLOWING = 8;
/** Heights settle in two rounds; more means that something changes by being drawn. */
const MAX_ROUNDS = 6;

/** Held by a row so far below the upper edge; the others follow it when it is gone. */
interface ByRow {
  keys: readonly string[];
  /** px. */
  top: number;
  /** It was in full view, and stays so when something comes above the list. */
  inView?: boolean;
}

/** What stays where it is: the end, a row in its place, or one in the middle. */
export type Stay = 'end' | ByRow | { key: string; center: true };

interface Edge {
  above: number;
  below: number;
}

export interface ListView {
  log: RefObject<HTMLDivElement | null>;
  /** What is in the document, for this drawing. */
  shown: readonly Piece[];
  atEnd: () => boolean;
  /** Moves there. */
  go: (stay: Stay) => void;
  /** Brings a row into view, moving as little as need be, and gives it the focus. */
  focusRow: (key: string, center?: boolean) => void;
  scrolled: () => void;
  /** Whether the row begins above what is seen; undefined for one that is not in the list. */
  isAbove: (key: string) => boolean | undefined;
}

interface ViewInit {
  rows: readonly Row[];
  /** Another list begins at `begin`. */
  listKey: string;
  begin: Stay;
  /** The end of the rows is the end of the list. */
  whole: boolean;
  /** Rows that stay in the document. */
  pinned: readonly (string | null)[];
  /** Called when the place settled; px above and below what is seen. */
  settled: (edge: Edge, lastSeen: number) => void;
}

export function useListView(init: ViewInit): ListView {
  const { rows, listKey, whole } = init;
  const log = useRef<HTMLDivElement>(null);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const held = useRef({
    heights: new RowHeights(),
    stay: init.begin,
    key: '',
    height: 800,
    width: 0,
    /** Where the upper edge of the list stands in the window. */
    edge: 0,
    focus: null as string | null,
    wanted: null as string | null,
    rounds: 0,
  }).current;
  if (held.key !== listKey) {
    held.key = listKey;
    held.stay = init.begin;
    held.edge = log.current?.getBoundingClientRect().top ?? 0;
  }

  const offsets = held.heights.offsets(rows);
  const indexOf = (key: string): number => rows.findIndex((row) => row.key === key);
  const topOf = (places: readonly number[]): number => {
    const end = Math.max(0, (places.at(-1) ?? 0) - held.height);
    const { stay } = held;
    if (stay === 'end') return end;
    if ('center' in stay) {
      const at = indexOf(stay.key);
      const row = (places[at + 1] ?? 0) - (places[at] ?? 0);
      return at === -1 ? end : Math.min(end, Math.max(0, (places[at] ?? 0) - (held.height - row) / 2));
    }
    const at = stay.keys.map(indexOf).find((index) => index !== -1);
    return at === undefined ? end : Math.min(end, Math.max(0, (places[at] ?? 0) - stay.top));
  };
  const top = topOf(offsets);
  const range = rowsBetween(offsets, top - AROUND_PX, top + held.height + AROUND_PX);
  const pinned = [held.focus, held.wanted, ...init.pinned].filter((key) => key !== null);
  const shown = pieces(offsets, range, pinned.map(indexOf));
  const drawn = useRef({ rows, shown, range, whole, settled: init.settled });
  drawn.current = { rows, shown, range, whole, settled: init.settled };

  /** Measures what is drawn, puts the list in its place and asks for what is missing there. */
  const settle = (): void => {
    const element = log.current;
    if (element === null) return;
    const { current } = drawn;
    if (held.width !== element.clientWidth) held.heights.forget();
    held.width = element.clientWidth;
    held.height = element.clientHeight;
    // A card or a banner that comes or goes above the list leaves what is read where it is in the window.
    const edge = element.getBoundingClientRect().top;
    if (isByRow(held.stay) && held.edge !== 0)
      held.stay = { ...held.stay, ...keptAt(held.stay, edge - held.edge) };
    held.edge = edge;
    const boxes = [...element.children].filter((child) => !child.hasAttribute('data-beside'));
    current.shown.forEach((piece, index) => {
      const row = piece.kind === 'row' ? current.rows[piece.index] : undefined;
      const height = boxes[index]?.getBoundingClientRect().height;
      if (row !== undefined && height !== undefined) held.heights.measured(row.key, height);
    });
    const places = held.heights.offsets(current.rows);
    const base = baseOf(element);
    const wanted = held.stay === 'end' ? element.scrollHeight - element.clientHeight : topOf(places) + base;
    if (Math.abs(element.scrollTop - wanted) > 1) element.scrollTop = wanted;
    const seen = element.scrollTop - base;
    const [from, to] = rowsBetween(places, seen, seen + held.height);
    const missing = from < current.range[0] || to > current.range[1];
    if (missing && held.rounds < MAX_ROUNDS) {
      held.rounds += 1;
      return redraw(undefined);
    }
    held.rounds = 0;
    if (held.wanted !== null) {
      const key = held.wanted;
      held.wanted = null;
      rowElement(element, key)?.focus({ preventScroll: true });
    }
    if (held.stay !== 'end' && current.whole && below(element) < 2) held.stay = 'end';
    current.settled(
      { above: element.scrollTop, below: below(element) },
      lastWhole(places, seen + held.height),
    );
  };
  useLayoutEffect(settle);
  const settleNow = useRef(settle);
  settleNow.current = settle;

  /** What the list is held by at that place: what it was put there by, or else the first row that is seen. */
  const holding = (list: readonly Row[], places: readonly number[], seen: number): ByRow => {
    const from = (at: number): string[] => list.slice(at, at + FOLLOWING).map((row) => row.key);
    const { stay } = held;
    if (isByRow(stay)) {
      const at = list.findIndex((row) => row.key === stay.keys[0]);
      if (at !== -1 && Math.abs((places[at] ?? 0) - stay.top - seen) <= 1) return { ...stay, keys: from(at) };
    }
    const at = rowAt(places, seen);
    return { keys: from(at), top: (places[at] ?? 0) - seen };
  };

  const scrolled = (): void => {
    const element = log.current;
    if (element === null) return;
    const { current } = drawn;
    const places = held.heights.offsets(current.rows);
    const seen = element.scrollTop - baseOf(element);
    held.stay = current.whole && below(element) < END_PX ? 'end' : holding(current.rows, places, seen);
    const [from, to] = rowsBetween(places, seen - AROUND_PX / 2, seen + held.height + AROUND_PX / 2);
    if (from < current.range[0] || to > current.range[1]) redraw(undefined);
    else
      current.settled(
        { above: element.scrollTop, below: below(element) },
        lastWhole(places, seen + held.height),
      );
  };

  // Rows grow when pictures come, and the list shrinks when the composer grows: what is read stays in its place.
  const observer = useRef<ResizeObserver | null>(null);
  useEffect(() => {
    observer.current = new ResizeObserver(() => settleNow.current());
    if (log.current !== null) observer.current.observe(log.current);
    for (const child of log.current?.children ?? []) observer.current.observe(child);
    const element = log.current;
    const come = (event: FocusEvent): void => {
      const article = event.target instanceof Element ? event.target.closest('article') : null;
      held.focus = article?.dataset['message'] ?? null;
    };
    const go = (event: FocusEvent): void => {
      if (!(event.relatedTarget instanceof Node && element?.contains(event.relatedTarget) === true))
        held.focus = null;
    };
    element?.addEventListener('focusin', come);
    element?.addEventListener('focusout', go);
    return () => {
      observer.current?.disconnect();
      element?.removeEventListener('focusin', come);
      element?.removeEventListener('focusout', go);
    };
  }, []);
  const watched = useRef(new Set<Element>()).current;
  useLayoutEffect(() => {
    const children = new Set<Element>(log.current?.children ?? []);
    for (const child of watched) if (!children.has(child)) observer.current?.unobserve(child);
    for (const child of children) if (!watched.has(child)) observer.current?.observe(child);
    watched.clear();
    for (const child of children) watched.add(child);
  });

  const go = (stay: Stay): void => {
    held.stay = stay;
    held.edge = log.current?.getBoundingClientRect().top ?? 0;
    redraw(undefined);
  };
  return {
    log,
    shown,
    scrolled,
    go,
    atEnd: () => held.stay === 'end',
    focusRow: (key, center = false) => {
      held.wanted = key;
      const places = held.heights.offsets(rows);
      const at = indexOf(key);
      const [begin, end] = [places[at] ?? 0, places[at + 1] ?? 0];
      const seen = (log.current?.scrollTop ?? 0) - (log.current === null ? 0 : baseOf(log.current));
      if (center) held.stay = { key, center: true };
      else if (begin < seen) held.stay = { keys: [key], top: 0 };
      else if (end > seen + held.height) held.stay = { keys: [key], top: held.height - (end - begin) };
      redraw(undefined);
    },
    isAbove: (key) => {
      const at = indexOf(key);
      return at === -1 ? undefined : (offsets[at] ?? 0) < top - 1;
    },
  };
}

function isByRow(stay: Stay): stay is ByRow {
  return stay !== 'end' && 'keys' in stay;
}

/** Where the rows begin in what scrolls. */
function baseOf(element: HTMLElement): number {
  const first = element.firstElementChild;
  return first instanceof HTMLElement ? first.offsetTop : 0;
}

function below(element: HTMLElement): number {
  return element.scrollHeight - element.scrollTop - element.clientHeight;
}

function rowElement(log: HTMLElement, key: string): HTMLElement | null {
  return log.querySelector<HTMLElement>(`:scope > [data-message="${CSS.escape(key)}"]`);
}
