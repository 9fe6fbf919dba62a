/**
 * What is searched for and what matches, the same for every index (04 sections 3.8 to 3.12). Pure.
 *
 * Texts are compared folded: without regard to case, accents, width and ligatures. A word is a run of letters and
 * digits. Scripts that put no spaces between words, and signs that are no words (emoji), are searched as parts of the
 * text.
 */
import type { SearchDocument, SearchQuery, SearchTerm } from './search.ts';

/** A run of letters and digits, with their marks. */
const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu;
/** Scripts written without spaces. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
/** What is searched one by one: characters of such scripts, and signs beyond ASCII. */
const SIGN = new RegExp(`${UNSPACED.source}|[^\\p{L}\\p{N}\\p{M}\\p{Z}\\p{C}\\x00-\\x7f]`, 'gu');
const ASCII = /^[\x00-\x7f]*$/;
/** Accents of Latin, Greek and Cyrillic (marks of other scripts tell letters apart), and variants of emoji. */
const IGNORED = /[\u0300-\u036f\ufe00-\ufe0f]/g;

/** The form in which texts are compared. */
export function folded(text: string): string {
  const lower = text.toLowerCase();
  if (ASCII.test(lower)) return lower;
  return lower
    .normalize('NFKD')
    .replace(IGNORED, '')
    .replaceAll('ß', 'ss')
    .replaceAll('ς', 'σ')
    .normalize('NFKC')
    .toLowerCase();
}

/** The words of a folded text, in order. */
export function wordsOf(text: string): string[] {
  return text.match(WORD) ?? [];
}

/** The words of a folded text with their places. */
export function wordPlaces(text: string): { word: string; start: number; end: number }[] {
  return [...text.matchAll(WORD)].map(({ 0: word, index }) => ({
    word,
    start: index,
    end: index + word.length,
  }));
}

/** The signs of a folded text. */
export function signsOf(text: string): string[] {
  return ASCII.test(text) ? [] : (text.match(SIGN) ?? []);
}

/** A part of the text as a term, for the substring searches of 04. */
export function partTerm(text: string): SearchTerm {
  return { type: 'part', text: folded(text) };
}

/**
 * One word or phrase as a person writes it.
 * @param options.prefix whether the last word may go on.
 * @returns null for text in which there is nothing to search for.
 */
export function wordTerm(text: string, options: { prefix: boolean }): SearchTerm | null {
  const plain = folded(text).trim();
  if (plain === '') return null;
  const words = wordsOf(plain);
  if (words.length === 0 || UNSPACED.test(plain)) return { type: 'part', text: plain };
  return { type: 'words', words, prefix: options.prefix };
}

/** Whether a document is what a query asks for: the meaning of every index. */
export function matches(document: SearchDocument, query: SearchQuery): boolean {
  return passes(document, query) && textMatches(document.text, query);
}

/** The filters of a query, without its terms. */
export function passes(document: Omit<SearchDocument, 'text' | 'id'>, query: SearchQuery): boolean {
  const second = Math.floor(document.time / 1000) * 1000;
  return (
    among(query.kinds, document.kind) &&
    among(query.containers, document.container) &&
    among(query.authors, document.author) &&
    (query.from == null || second >= query.from) &&
    (query.until == null || second < query.until) &&
    (query.hasAttachment == null || query.hasAttachment === document.hasAttachment)
  );
}

/** The terms of a query, without its filters. */
export function textMatches(text: string, query: SearchQuery): boolean {
  const plain = folded(text);
  const isWords = (term: SearchTerm): boolean => term.type === 'words';
  const words = query.all.flat().some(isWords) || query.none?.some(isWords) === true ? wordsOf(plain) : [];
  const has = (term: SearchTerm): boolean => hasTerm(plain, words, term);
  return query.all.every((terms) => terms.some(has)) && !(query.none ?? []).some(has);
}

function hasTerm(text: string, words: readonly string[], term: SearchTerm): boolean {
  if (term.type === 'part') return text.includes(term.text);
  const last = term.words.length - 1;
  return words.some((_, start) =>
    term.words.every((wanted, index) => {
      const word = words[start + index] ?? '';
      return index === last && term.prefix ? word.startsWith(wanted) : word === wanted;
    }),
  );
}

function among(allowed: readonly string[] | null | undefined, value: string): boolean {
  return allowed == null || allowed.includes(value);
}
