import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MemorySearchIndex } from '../../server/store/search-memory.ts';
import { matches, partTerm, wordTerm } from '../../server/store/search-query.ts';
import { SearchChanges } from '../../server/store/search.ts';
import type {
  SearchDocument,
  SearchKind,
  SearchQuery,
  SearchSource,
  SearchTerm,
} from '../../server/store/search.ts';
import { memoryStore } from './support.ts';

const WORDS = ['plan', 'planet', 'an', 'Café', 'ananas', '設計図', 'x'.repeat(70) + 'end', '🙂', 'a-b'];

/** Documents of one kind, newest last, as a table gives them. */
function sourceOf(kind: SearchKind): SearchSource & { rows: Map<string, SearchDocument> } {
  const rows = new Map<string, SearchDocument>();
  return {
    kind,
    rows,
    get: (id) => rows.get(id),
    some: (ids) => new Map(ids.flatMap((id) => (rows.has(id) ? [[id, rows.get(id) as SearchDocument]] : []))),
    walk: (place, limit) => {
      const from = place ?? 0;
      const documents = [...rows.values()].reverse().slice(from, from + limit);
      return { documents, next: documents.length < limit ? null : from + limit };
    },
    missing: (ids) => ids.filter((id) => !rows.has(id)),
  };
}

function world(documents: readonly SearchDocument[]) {
  const { store, ports } = memoryStore();
  const changes = new SearchChanges();
  const sources = { channel_message: sourceOf('channel_message'), feed_post: sourceOf('feed_post') };
  const sourceFor = (kind: SearchKind) =>
    kind === 'feed_post' ? sources.feed_post : sources.channel_message;
  for (const document of documents) sourceFor(document.kind).rows.set(document.id, document);
  const index = new MemorySearchIndex({
    sql: store.sql,
    timers: ports.timers,
    sources: Object.values(sources),
    changes,
  });
  const put = (document: SearchDocument): void => {
    sourceFor(document.kind).rows.set(document.id, document);
    changes.changed(document.kind, document.id);
  };
  const drop = (document: SearchDocument): void => {
    sourceFor(document.kind).rows.delete(document.id);
    changes.changed(document.kind, document.id);
  };
  const fill = (): void => {
    index.start();
    while (ports.pending.size > 0) {
      const [task] = ports.pending.keys();
      task?.();
      if (task !== undefined) ports.pending.delete(task);
    }
  };
  const all = (query: SearchQuery, limit: number): string[] => {
    const ids: string[] = [];
    let before: number | null = null;
    do {
      const page = index.find(query, { limit, before });
      ids.push(...page.hits.map((hit) => hit.id));
      before = page.next;
    } while (before !== null);
    return ids;
  };
  return { index, put, drop, fill, all, store };
}

function documentArbitrary(): fc.Arbitrary<SearchDocument> {
  return fc
    .record({
      kind: fc.constantFrom<SearchKind>('channel_message', 'feed_post'),
      number: fc.integer({ min: 0, max: 40 }),
      container: fc.constantFrom('C1', 'C2'),
      author: fc.constantFrom('ann', 'bob'),
      second: fc.integer({ min: 1, max: 20 }),
      words: fc.array(fc.constantFrom(...WORDS), { maxLength: 5 }),
      hasAttachment: fc.boolean(),
    })
    .map(({ number, second, words, ...rest }) => ({
      ...rest,
      id: `${rest.kind}${number}`,
      time: second * 1000,
      text: words.join(' '),
    }));
}

const term = fc.oneof(
  fc.constantFrom('plan', 'an', 'cafe', 'plan an', '設計', 'x'.repeat(70), '🙂').map((text) => {
    const made = wordTerm(text, { prefix: text.length % 2 === 0 });
    assert.ok(made);
    return made;
  }),
  fc.constantFrom('lan', 'n a', 'nana', 'end', 'a-', '-').map((text): SearchTerm => partTerm(text)),
);

const query: fc.Arbitrary<SearchQuery> = fc.record({
  all: fc.array(fc.array(term, { minLength: 1, maxLength: 2 }), { maxLength: 2 }),
  none: fc.array(term, { maxLength: 1 }),
  kinds: fc.constantFrom(null, ['feed_post' as const]),
  containers: fc.constantFrom(null, ['C1']),
  from: fc.constantFrom(null, 5000),
  hasAttachment: fc.constantFrom(null, true),
});

test('finds exactly what matches, newest first, page by page, after whatever changed', () => {
  fc.assert(
    fc.property(
      fc.array(documentArbitrary(), { maxLength: 30 }),
      fc.array(fc.record({ document: documentArbitrary(), gone: fc.boolean() }), { maxLength: 12 }),
      fc.array(query, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 7 }),
      (documents, changes, queries, limit) => {
        const { put, drop, fill, all, store, index } = world(documents);
        const rows = new Map(documents.map((document) => [document.id, document]));
        fill();
        for (const { document, gone } of changes) {
          if (gone) drop(document);
          else put(document);
          if (gone) rows.delete(document.id);
          else rows.set(document.id, document);
        }
        for (const asked of queries) {
          const wanted = [...rows.values()].filter((row) => matches(row, asked));
          const found = all(asked, limit);
          assert.deepEqual([...found].sort(), wanted.map(({ id }) => id).sort());
          const times = found.map((id) => rows.get(id)?.time ?? 0);
          assert.deepEqual(
            times,
            [...times].sort((a, b) => b - a),
          );
        }
        assert.equal(index.state, 'ready');
        store.close();
      },
    ),
    { numRuns: 25 },
  );
});

test('says that it is indexing until everything was read; what is new is found at once', () => {
  const documents = Array.from({ length: 450 }, (_, number): SearchDocument => ({
    kind: 'channel_message',
    id: `M${number}`,
    container: 'C1',
    author: 'ann',
    time: number * 1000,
    text: `number ${number}`,
    hasAttachment: false,
  }));
  const { index, all, fill, put, store } = world(documents);
  const asked: SearchQuery = { all: [[{ type: 'words', words: ['number'], prefix: false }]] };
  assert.equal(index.state, 'indexing');
  assert.deepEqual(all(asked, 10), []);
  put({ ...(documents[0] as SearchDocument), text: 'a number of things', time: 999_000 });
  assert.deepEqual(all(asked, 10), ['M0']);
  fill();
  assert.equal(index.state, 'ready');
  const found = all(asked, 10);
  assert.equal(found.length, 450);
  assert.deepEqual(found.slice(0, 2), ['M0', 'M449']);
  store.close();
});

test('what is written in a transaction that is undone does not hide what was there', () => {
  const { index, all, fill, put, store } = world([]);
  const document: SearchDocument = {
    kind: 'feed_post',
    id: 'P1',
    container: '',
    author: 'ann',
    time: 1000,
    text: 'before',
    hasAttachment: false,
  };
  fill();
  put(document);
  const before: SearchQuery = { all: [[{ type: 'words', words: ['before'], prefix: false }]] };
  assert.throws(() =>
    store.commit.now(() => {
      put({ ...document, text: 'after' });
      index.find(before, { limit: 1 });
      put(document);
      throw new Error('undone');
    }),
  );
  assert.deepEqual(all(before, 5), ['P1']);
  store.close();
});
