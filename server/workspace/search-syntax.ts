/**
 * What a person or program writes into a search field (04 section 3.12). The reference takes SQLite's FTS5 syntax and
 * falls back to plain words where that is broken; of it, what people use: words, `begin*`, `"a phrase"`, `OR`, `AND`,
 * `NOT word` and `-word`. Everything else is text. Pure.
 */
import { partTerm, wordTerm } from '../store/search-query.ts';
import type { SearchTerm } from '../store/search.ts';

/** Terms of one query; more are left out. Each is looked for in every candidate. */
const MAX_TERMS = 16;
/** UTF-16 units of a query that are read; nobody types that many. */
const MAX_QUERY = 1000;
/** A phrase, maybe excluded or begun only; or a run without spaces and quotes. */
const TOKEN = /(-?)"([^"]*)"?(\*?)|[^\s"]+/g;

/** All of `all` (of each list one), and none of `none`. */
export interface SearchTerms {
  readonly all: readonly (readonly SearchTerm[])[];
  readonly none: readonly SearchTerm[];
}

/** @param mode `part`: the whole text as it stands; `words`: by the syntax above. */
export function parseSearch(text: string, mode: 'words' | 'part'): SearchTerms {
  const read = text.slice(0, MAX_QUERY);
  if (mode === 'part') return read === '' ? { all: [], none: [] } : { all: [[partTerm(read)]], none: [] };
  const all: SearchTerm[][] = [];
  const none: SearchTerm[] = [];
  let operator: 'AND' | 'OR' | 'NOT' = 'AND';
  for (const [token, minus, phrase, star] of read.matchAll(TOKEN)) {
    if (token === 'AND' || token === 'OR' || token === 'NOT') {
      operator = token;
      continue;
    }
    const isPhrase = phrase !== undefined;
    const excluded = operator === 'NOT' || (isPhrase ? minus === '-' : /^-[^-]/.test(token));
    const word = isPhrase ? phrase : token.replace(/^-(?=[^-])/, '');
    const prefix = isPhrase ? star === '*' : word.endsWith('*');
    const term = wordTerm(isPhrase ? word : word.replace(/\*+$/, ''), { prefix });
    if (term !== null && all.flat().length + none.length < MAX_TERMS) {
      if (excluded) none.push(term);
      else if (operator === 'OR' && all.length > 0) all.at(-1)?.push(term);
      else all.push([term]);
    }
    operator = 'AND';
  }
  return { all, none };
}
