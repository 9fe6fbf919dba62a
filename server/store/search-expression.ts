/**
 * Documents and queries in the language of the FTS5 tables of `schema/native-search.ts`. Pure.
 *
 * A document is its words, its signs (characters that are searched one by one) and its tags (channel, author, whether
 * it has attachments), all as tokens; and its text in trigrams, with two trigrams for channel and author. An
 * expression finds at least what a query asks for; whether it really is that, `matches` says.
 */
import type { SearchDocument, SearchQuery, SearchTerm } from './search.ts';
import { folded, signsOf, wordsOf } from './search-query.ts';

/** UTF-16 units of a word that are indexed: longer ones are no words, and FTS5 has a limit of its own. */
const MAX_WORD = 64;
/** Trigrams of one term in an expression: more tell nothing new. */
const MAX_TRIGRAMS = 24;
/** Channels or authors in an expression; beyond that they are looked at in the documents only. */
const MAX_TAGS = 20;
const TRIGRAM = 3;
/** Begin tokens that are no words; no word begins with them. */
const TAG = '§';
const SIGN = '¦';
/** Private characters the trigrams of tags are made of, so that hardly any text has them. */
const PRIVATE_FIRST = 0xe000;
const PRIVATE_COUNT = 3200;
const BREAK = '\u0001';

/** How to find candidates: in which table, by which expression; or one by one. */
export type SearchDriver =
  { table: 'native_search_words' | 'native_search_parts'; expression: string } | { table: null };

/** What goes into `native_search_words` for a document. */
export function wordsText(document: SearchDocument): string {
  const text = folded(document.text);
  const tokens = wordsOf(text).map(cut);
  for (const sign of signsOf(text)) tokens.push(SIGN + sign);
  tokens.push(tag('c', document.container), tag('u', document.author));
  if (document.hasAttachment) tokens.push(`${TAG}a`);
  return tokens.join(' ');
}

/** What goes into `native_search_parts` for a document. */
export function partsText(document: SearchDocument): string {
  const { container, author } = document;
  return [folded(document.text), privateTag(container, 0), privateTag(author, 1)].join(BREAK);
}

/** The table that narrows a query most. */
export function driverOf(query: SearchQuery): SearchDriver {
  const words: string[] = [];
  const parts: string[] = [];
  for (const terms of query.all) {
    const byWords = any(terms.map(wordExpression));
    const byParts = byWords === null ? any(terms.map(partExpression)) : null;
    if (byWords !== null) words.push(byWords);
    if (byParts !== null) parts.push(byParts);
  }
  const { containers, authors } = query;
  if (words.length === 0 && parts.length > 0) {
    const tags = [tagged(containers, (id) => privateTag(id, 0)), tagged(authors, (id) => privateTag(id, 1))];
    return { table: 'native_search_parts', expression: all([...parts, ...tags]) };
  }
  const tags = [tagged(containers, (id) => tag('c', id)), tagged(authors, (id) => tag('u', id))];
  if (query.hasAttachment === true) tags.push(quoted(`${TAG}a`));
  const expression = all([...words, ...tags]);
  return expression === '' ? { table: null } : { table: 'native_search_words', expression };
}

function wordExpression(term: SearchTerm): string | null {
  if (term.type === 'part') {
    const signs = [...new Set(signsOf(term.text))].slice(0, MAX_TRIGRAMS);
    return codePoints(term.text).length >= TRIGRAM || signs.length === 0
      ? null
      : all(signs.map((sign) => quoted(SIGN + sign)));
  }
  const last = term.words.length - 1;
  return all(
    term.words.map((word, index) => quoted(cut(word)) + (index === last && term.prefix ? ' *' : '')),
  );
}

function partExpression(term: SearchTerm): string | null {
  if (term.type === 'words') return null;
  const points = codePoints(term.text);
  const last = points.length - TRIGRAM;
  if (last < 0) return null;
  const trigrams = new Set<string>();
  // Side by side they say nearly as much as overlapping.
  for (let at = 0; at < last && trigrams.size < MAX_TRIGRAMS; at += TRIGRAM)
    trigrams.add(points.slice(at, at + TRIGRAM).join(''));
  trigrams.add(points.slice(last).join(''));
  // An expression ends at a zero character.
  const usable = [...trigrams].filter((trigram) => !trigram.includes('\0'));
  return usable.length === 0 ? null : all(usable.map(quoted));
}

function tagged(ids: readonly string[] | null | undefined, token: (id: string) => string): string | null {
  if (ids == null || ids.length === 0 || ids.length > MAX_TAGS) return null;
  return any(ids.map((id) => quoted(token(id))));
}

/** Ids that differ in case or signs only share a tag; the documents tell them apart. */
function tag(kind: string, id: string): string {
  return `${TAG}${kind}${id.replaceAll(/[^A-Za-z0-9]/g, '')}`;
}

function privateTag(id: string, kind: 0 | 1): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < id.length; at += 1) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
  const first = PRIVATE_FIRST + kind * PRIVATE_COUNT;
  const digits = [hash >>> 21, (hash >>> 10) & 0x7ff, hash & 0x3ff];
  return String.fromCharCode(...digits.map((digit) => first + digit));
}

/** All of them; an empty text asks for nothing. */
function all(expressions: readonly (string | null)[]): string {
  return expressions.filter((each) => each !== null && each !== '').join(' AND ');
}

/** One of them; null when one cannot be expressed. */
function any(expressions: readonly (string | null)[]): string | null {
  return expressions.some((each) => each === null)
    ? null
    : `(${expressions.map((each) => `(${each ?? ''})`).join(' OR ')})`;
}

function quoted(token: string): string {
  return `"${token.replaceAll('"', '""')}"`;
}

function cut(word: string): string {
  return word.slice(0, MAX_WORD);
}

function codePoints(text: string): string[] {
  return [...text];
}
