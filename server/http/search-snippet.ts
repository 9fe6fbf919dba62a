/**
 * A piece of a text around what was found, with `<b>` around each hit (04 section 3.12). The rest is escaped, so that
 * it may be put into a page as it is (04 S11).
 */
import { folded, wordPlaces } from '../store/search-query.ts';
import type { SearchTerm } from '../store/search.ts';
import { plainText } from '../markdown/plain-text.ts';

/** Of the text that is shown, in UTF-16 units, and before its first hit. */
const LENGTH = 200;
const LEAD = 60;
/** Hits are looked for in the beginning of a text, as far as anybody reads a snippet. */
const MAX_TEXT = 5_000;
/** Markup is read so far: a text made to be slow to read costs some milliseconds then, and there are many in one answer. */
const MAX_MARKUP = 2_000;

const ASCII = /^[\x00-\x7f]*$/;

interface Range {
  start: number;
  end: number;
}

/** @returns the piece as HTML, and how much of it are hits, from 0 to 1. */
export function snippetOf(text: string, terms: readonly SearchTerm[]): { html: string; share: number } {
  const hits = hitsIn(text.slice(0, MAX_TEXT), terms);
  const from = cutBefore(text, (hits[0]?.start ?? 0) - LEAD);
  const to = cutAfter(text, from + LENGTH);
  let html = from > 0 ? '…' : '';
  let at = from;
  let marked = 0;
  for (const { start, end } of hits) {
    if (start < at || end > to) continue;
    html += `${escaped(text.slice(at, start))}<b>${escaped(text.slice(start, end))}</b>`;
    marked += end - start;
    at = end;
  }
  html += escaped(text.slice(at, to)) + (to < text.length ? '…' : '');
  return { html, share: to > from ? marked / (to - from) : 0 };
}

/** The same of the words a person reads; of the text as it was written where only its markup holds what was looked for. */
export function plainSnippetOf(text: string, terms: readonly SearchTerm[]): { html: string; share: number } {
  const plain = snippetOf(plainText(text.slice(0, MAX_MARKUP), MAX_MARKUP), terms);
  if (plain.share > 0) return plain;
  const written = snippetOf(text, terms);
  return written.share > 0 ? written : plain;
}

/** Where the terms stand in a text, in order. */
function hitsIn(text: string, terms: readonly SearchTerm[]): Range[] {
  const { plain, places } = foldedWithPlaces(text);
  const words = wordPlaces(plain);
  const hits: Range[] = [];
  for (const term of terms) {
    if (term.type === 'words') hits.push(...phrases(words, term));
    else
      for (let at = plain.indexOf(term.text); at >= 0; at = plain.indexOf(term.text, at + term.text.length))
        hits.push({ start: at, end: at + term.text.length });
  }
  return hits
    .map(({ start, end }) => ({ start: places(start), end: places(end) }))
    .sort((a, b) => a.start - b.start || b.end - a.end);
}

function phrases(
  words: readonly (Range & { word: string })[],
  term: SearchTerm & { type: 'words' },
): Range[] {
  const last = term.words.length - 1;
  const hits: Range[] = [];
  for (const [first, { start }] of words.entries()) {
    const isHit = term.words.every((wanted, index) => {
      const word = words[first + index]?.word ?? '';
      return index === last && term.prefix ? word.startsWith(wanted) : word === wanted;
    });
    const end = words[first + last]?.end;
    if (isHit && end !== undefined) hits.push({ start, end });
  }
  return hits;
}

/** The folded text, and for each of its units where it stands in the text. */
function foldedWithPlaces(text: string): { plain: string; places: (at: number) => number } {
  if (ASCII.test(text)) return { plain: folded(text), places: (at) => at };
  const starts: number[] = [];
  let plain = '';
  // A letter with its accents is folded as one.
  for (const { 0: cluster, index } of text.matchAll(/[^][\u0300-\u036f\ufe00-\ufe0f]*/gu)) {
    const part = folded(cluster);
    for (let unit = 0; unit < part.length; unit += 1) starts.push(index);
    plain += part;
  }
  return { plain, places: (at) => starts[at] ?? text.length };
}

/** The beginning of a word at or after `at`, never within a character. */
function cutBefore(text: string, at: number): number {
  if (at <= 0) return 0;
  const space = text.indexOf(' ', at);
  return space >= 0 && space - at < LEAD / 2 ? space + 1 : whole(text, at);
}

function cutAfter(text: string, at: number): number {
  return at >= text.length ? text.length : whole(text, at);
}

function whole(text: string, at: number): number {
  return /[\udc00-\udfff]/.test(text[at] ?? '') ? at + 1 : at;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '');
}
