/**
 * The search index over channel messages where they stand in clear (04 sections 3.8 and 3.12): a table of what is
 * indexed, in the order of time, and two FTS5 tables that hold words and trigrams of it, but no texts. No trigger
 * fills them: what Python's program wrote is found by the comparison at the next start.
 *
 * `detail=none` (no positions) halves them; what FTS5 finds is looked at again in the message itself. The tokenizers
 * take what `search-expression.ts` gives them as it is, so both know the same words. One and two letters that words
 * begin with have indexes of their own: without them a search for `e*` takes 14 ms in 100,000 messages. An SQLite before
 * 3.43 cannot open these tables; it need not, and what it does to a whole database (checks, copies, VACUUM) it still does.
 */
export const NATIVE_SEARCH_TABLES = `
CREATE TABLE native_search_messages (
  place INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  version TEXT NOT NULL
);
CREATE VIRTUAL TABLE native_search_words USING fts5(
  text, tokenize = 'ascii', content = '', contentless_delete = 1, detail = none, prefix = '1 2'
);
CREATE VIRTUAL TABLE native_search_parts USING fts5(
  text, tokenize = 'trigram case_sensitive 1', content = '', contentless_delete = 1, detail = none
);
`;
