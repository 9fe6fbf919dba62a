/** Both search indexes against what a query means (`matches`); the one in the database against a database of before. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { ChannelMessages } from '../../server/store/channel-messages.ts';
import { searchIndexes } from '../../server/store/search-indexes.ts';
import { placeAt } from '../../server/store/search.ts';
import type { SearchDocument, SearchIndex, SearchQuery, SearchTerm } from '../../server/store/search.ts';
import { folded, matches, partTerm, wordTerm, wordsOf } from '../../server/store/search-query.ts';
import { SqliteSearchIndex, clearSearchTables } from '../../server/store/search-sqlite.ts';
import type { StorageMode } from '../../server/store/vault.ts';
import type { ChannelId, MessageId, UserId } from '../../server/wire/ids.ts';
import { memoryStore, NOW } from './support.ts';

const CHANNELS = ['general', 'C1', 'C-1', 'c1'] as ChannelId[];
const AUTHORS = ['user_a', 'user_b'] as UserId[];

function setUp(mode: StorageMode = 'reference') {
  const { store, rows, ports } = memoryStore(undefined, { mode });
  store.commit.now(() => {
    for (const id of AUTHORS)
      store.sql.run("INSERT OR IGNORE INTO users (id, username, public_key) VALUES (@id, @id, '')", { id });
    for (const id of CHANNELS)
      store.sql.run(
        "INSERT OR IGNORE INTO channels (id, name, channel_type, created_by) VALUES (@id, @id, 'public', 'user_a')",
        { id },
      );
  });
  const build = (): SqliteSearchIndex =>
    new SqliteSearchIndex({
      sql: store.sql,
      commit: store.commit,
      timers: ports.timers,
      source: rows.searchSources.channel_message,
      changes: rows.searchChanges,
    });
  return { store, rows, ports, build, messages: rows.channelMessages };
}

type Fixture = ReturnType<typeof setUp>;

function insert(
  { store, messages }: Pick<Fixture, 'store' | 'messages'>,
  id: string,
  content: string,
  more: Partial<Parameters<ChannelMessages['insert']>[0]> = {},
): void {
  store.commit.now(() =>
    messages.insert({
      id: id as MessageId,
      channelId: 'general' as ChannelId,
      userId: 'user_a' as UserId,
      content,
      createdAt: NOW,
      ...more,
    }),
  );
}

function runAll({ ports }: Pick<Fixture, 'ports'>): void {
  for (let rounds = 0; ports.pending.size > 0 && rounds < 1000; rounds += 1) ports.fire();
  assert.equal(ports.pending.size, 0);
}

/** All hits, page by page, as whoever reads on would get them. */
function allHits(index: SearchIndex, query: SearchQuery, limit = 3): string[] {
  const ids: string[] = [];
  let before: number | null = null;
  let place = Infinity;
  do {
    const page = index.find(query, { limit, before });
    assert.ok(page.hits.length <= limit);
    for (const hit of page.hits) {
      assert.ok(hit.place < place, 'newest first');
      place = hit.place;
      ids.push(hit.id);
    }
    before = page.next;
  } while (before !== null);
  return ids;
}

const words = (text: string): SearchQuery => ({
  all: text.split(' ').map((word) => {
    const term = wordTerm(word.replace('*', ''), { prefix: word.endsWith('*') });
    return term === null ? [] : [term];
  }),
});
const part = (text: string): SearchQuery => ({ all: [[partTerm(text)]] });

const PIECES = [
  'a',
  'ab',
  'abc',
  'Über',
  'uber',
  'naïve',
  'x-y',
  'OR',
  '"',
  '*',
  '你好',
  '世界',
  '🎉',
  '👩‍💻',
  'é',
  ' ',
  ' ',
  '-',
  "'",
  '\0',
  'ΟΔΟΣ',
  'ß',
  'ss',
  '한국',
  'ﬁ',
  '٣',
  '§a',
  '¦🎉',
];
const someText = fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }).map((pieces) => pieces.join(''));
const someTerm: fc.Arbitrary<SearchTerm> = fc
  .tuple(someText, fc.boolean(), fc.boolean())
  .map(([text, prefix, isPart]) =>
    isPart ? partTerm(text) : (wordTerm(text, { prefix }) ?? partTerm(text)),
  );
const someQuery: fc.Arbitrary<SearchQuery> = fc.record({
  all: fc.array(fc.array(someTerm, { minLength: 1, maxLength: 2 }), { maxLength: 2 }),
  none: fc
    .array(someTerm, { maxLength: 1 })
    .map((terms) => terms.filter((term) => term.type === 'words' || term.text !== '')),
  containers: fc.option(fc.subarray(CHANNELS, { minLength: 1 })),
  authors: fc.option(fc.subarray(AUTHORS, { minLength: 1 })),
  from: fc.option(fc.integer({ min: NOW - 5000, max: NOW + 5000 })),
  until: fc.option(fc.integer({ min: NOW - 5000, max: NOW + 5000 })),
  hasAttachment: fc.option(fc.boolean()),
});
const someChange = fc.record({
  type: fc.constantFrom(
    'insert' as const,
    'insert' as const,
    'insert' as const,
    'edit' as const,
    'delete' as const,
    'undone' as const,
    'never came' as const,
    'never replaced' as const,
  ),
  id: fc.integer({ min: 0, max: 12 }).map((n) => `M${n}`),
  content: someText,
  channelId: fc.constantFrom(...CHANNELS),
  userId: fc.constantFrom(...AUTHORS),
  createdAt: fc.integer({ min: NOW - 4000, max: NOW + 4000 }),
  attachments: fc.constantFrom<unknown[]>([], [{ name: 'naïve plan.pdf', type: 'application/pdf' }]),
});

for (const mode of ['reference', 'full'] as const)
  test(`in ${mode}, finds after any changes exactly what the query means`, () => {
    const fixture = setUp(mode);
    const { store, messages, rows, ports } = fixture;
    const components = { sql: store.sql, commit: store.commit, timers: ports.timers };
    const build = (): SearchIndex => {
      const all = searchIndexes(
        { ...components, sources: rows.searchSources, changes: rows.searchChanges },
        { mode },
      );
      const index = all.find(({ kinds }) => kinds.includes('channel_message'));
      assert.ok(index);
      return index;
    };
    const undone = (task: () => void): void => {
      assert.throws(
        () =>
          store.commit.now(() => {
            task();
            throw new Error('undone');
          }),
        { message: 'undone' },
      );
    };
    fc.assert(
      fc.property(
        fc.array(someChange, { maxLength: 25 }),
        fc.array(someQuery, { maxLength: 4 }),
        fc.constantFrom('never', 'before', 'after' as const),
        fc.boolean(),
        (changes, queries, started, isAsked) => {
          store.commit.now(() => {
            store.sql.run('DELETE FROM channel_messages');
            clearSearchTables(store.sql);
          });
          let index = build();
          if (started === 'before') index.start();
          for (const { type, id, content, ...rest } of changes) {
            const messageId = id as MessageId;
            const message = { id: messageId, content, ...rest };
            if (type === 'insert') insert(fixture, id, content, rest);
            if (type === 'edit')
              store.commit.now(() => messages.update(messageId, { content, editedAt: NOW }));
            if (type === 'delete') store.commit.now(() => messages.delete(messageId, NOW));
            if (type === 'undone')
              undone(() => {
                messages.update(messageId, { content: 'undone abc' });
              });
            if (type === 'never came')
              undone(() => {
                messages.insert(message);
              });
            if (type === 'never replaced')
              undone(() => {
                messages.delete(messageId, NOW);
                messages.insert(message);
              });
            if (isAsked && queries[0] !== undefined) index.find(queries[0], { limit: 1 });
          }
          // Another process begins with what stands in the database.
          if (started === 'after') {
            index = build();
            index.start();
          }
          if (started !== 'never') runAll(fixture);
          const documents: SearchDocument[] = rows.searchSources.channel_message.walk(null, 100).documents;
          for (const query of queries) {
            const wanted = documents
              .filter((document) => matches(document, query))
              .map((document) => document.id);
            assert.deepEqual(allHits(index, query).sort(), wanted.sort());
            if (started !== 'never') assert.equal(index.state, 'ready');
          }
          index.stop();
        },
      ),
      { numRuns: 60 },
    );
    store.close();
  });

describe('the index in the database', () => {
  test('takes words, beginnings, phrases and parts whatever script they are in, and FTS5 syntax as text', () => {
    const fixture = setUp();
    const index = fixture.build();
    const texts = {
      M1: 'Hello mesh (edited)',
      M2: 'Crème brûlée für Zoë',
      M3: '我们今天去北京大学',
      M4: 'deploy done 🎉🎉',
      M5: 'say "AND" OR NOT near(x) * ^text:y',
      M6: 'ΟΔΥΣΣΕΥΣ in Straße 5',
      M7: 'ไทยแลนด์ สวัสดี',
      M8: 'mesh hello',
    };
    for (const [id, content] of Object.entries(texts)) insert(fixture, id, content);
    const cases: [SearchQuery, string[]][] = [
      [words('MESH'), ['M1', 'M8']],
      [words('mes*'), ['M1', 'M8']],
      [words('mes'), []],
      [words('h*'), ['M1', 'M8']],
      [words('hello mesh'), ['M1', 'M8']],
      [{ all: [[wordTerm('hello mesh', { prefix: false }) ?? partTerm('')]] }, ['M1']],
      [words('creme'), ['M2']],
      [words('BRÛLÉE zoe'), ['M2']],
      [words('北京'), ['M3']],
      [part('京'), ['M3']],
      [part('今天去北'), ['M3']],
      [words('🎉'), ['M4']],
      [part('🎉🎉'), ['M4']],
      [words('and or not'), ['M5']],
      [part('* ^TEXT:y'), ['M5']],
      [part('"and"'), ['M5']],
      [words('οδυσσευς strasse'), ['M6']],
      [words('แลนด์'), ['M7']],
      [part('sh'), ['M1', 'M8']],
      [part('h'), ['M1', 'M8']],
      [part('%'), []],
      [part('_'), []],
      [{ all: [], containers: ['C1'] }, []],
      [{ all: [] }, Object.keys(texts)],
    ];
    for (const [query, ids] of cases) {
      assert.deepEqual(allHits(index, query).sort(), ids, JSON.stringify(query));
    }
    fixture.store.close();
  });

  test('is brought in line, in steps, with what another program changed, and says so until then', () => {
    const fixture = setUp();
    const { store } = fixture;
    for (let n = 0; n < 700; n += 1) insert(fixture, `M${n}`, `number n${n}`, { createdAt: NOW - n * 1000 });
    const before = fixture.build();
    assert.equal(before.state, 'indexing');
    before.start();
    runAll(fixture);
    assert.equal(before.state, 'ready');
    assert.equal(allHits(before, words('number'), 50).length, 700);
    // As Python's program writes: no word to the index.
    store.commit.now(() => {
      store.sql.run(
        "UPDATE channel_messages SET content = 'changed', edited_at = '2026-11-22 03:00:00' WHERE id = 'M7'",
      );
      store.sql.run("DELETE FROM channel_messages WHERE id = 'M8'");
      store.sql.run(
        "INSERT INTO channel_messages (id, channel_id, user_id, content, created_at) VALUES ('P1', 'general', 'user_a', 'from python', '2026-11-22 03:00:00')",
      );
    });
    const after = fixture.build();
    after.start();
    runAll(fixture);
    assert.deepEqual(allHits(after, words('n7')), []);
    assert.deepEqual(allHits(after, words('changed')), ['M7']);
    assert.deepEqual(allHits(after, words('python')), ['P1']);
    assert.equal(store.sql.get<{ n: number }>('SELECT count(*) AS n FROM native_search_messages')?.n, 700);
    assert.equal(store.sql.get<{ n: number }>('SELECT count(*) AS n FROM native_search_words')?.n, 700);
    store.close();
  });

  test('lets go of the messages of a channel that was deleted', () => {
    const fixture = setUp();
    const { store, rows } = fixture;
    const index = fixture.build();
    index.start();
    insert(fixture, 'M1', 'in the channel', { channelId: 'C1' as ChannelId });
    insert(fixture, 'M2', 'in another');
    runAll(fixture);
    assert.deepEqual(allHits(index, words('in')).sort(), ['M1', 'M2']);
    store.commit.now(() => rows.channels.delete('C1' as ChannelId));
    runAll(fixture);
    const left = store.sql.all<{ id: string }>('SELECT id FROM native_search_messages');
    assert.deepEqual(left, [{ id: 'M2' }]);
    store.close();
  });

  test('pages do bounded work and go on where they stopped', () => {
    const fixture = setUp();
    const index = fixture.build();
    for (let n = 0; n < 1500; n += 1)
      insert(fixture, `M${n}`, n === 0 ? 'common wanted' : 'wanted common', { createdAt: NOW + n * 1000 });
    index.start();
    runAll(fixture);
    const phrase = { all: [[wordTerm('common wanted', { prefix: false }) ?? partTerm('')]] };
    const first = index.find(phrase, { limit: 10 });
    assert.deepEqual(first.hits, []);
    assert.notEqual(first.next, null);
    assert.deepEqual(allHits(index, phrase), ['M0']);
    fixture.store.close();
  });

  test('reads as much of long messages as fits into one page, and takes the longest query', () => {
    const fixture = setUp();
    const index = fixture.build();
    const long = 'lorem ipsum '.repeat(4000);
    for (let n = 0; n < 40; n += 1) insert(fixture, `M${n}`, `${n === 0 ? 'ipsum lorem' : ''} ${long}`);
    index.find(part('lorem'), { limit: 1 });
    assert.equal(index.state, 'indexing', 'no search takes up all of them first');
    index.start();
    runAll(fixture);
    assert.equal(index.state, 'ready');
    const first = index.find(part('ipsum lorem lorem'), { limit: 10 });
    assert.deepEqual(first.hits, []);
    assert.notEqual(first.next, null);
    assert.deepEqual(allHits(index, part('ipsum lorem lorem')), ['M0']);
    const terms = Array.from({ length: 16 }, (_, n) => [
      partTerm(String.fromCodePoint(0x4e00 + n * 80).repeat(80)),
    ]);
    const many = Array.from({ length: 16 }, (_, n) =>
      partTerm(
        Array.from({ length: 80 }, (_point, at) => String.fromCodePoint(0x4e00 + n * 80 + at)).join(''),
      ),
    );
    insert(fixture, 'M99', many.map((term) => (term.type === 'part' ? term.text : '')).join(' '));
    assert.deepEqual(allHits(index, { all: many.map((term) => [term]) }), ['M99']);
    assert.deepEqual(allHits(index, { all: [many] }), ['M99']);
    assert.deepEqual(allHits(index, { all: terms }), []);
    fixture.store.close();
  });

  test('places grow with time, whatever time a message claims', () => {
    assert.ok(placeAt(NOW + 1000) > placeAt(NOW + 999));
    assert.ok(Number.isSafeInteger(placeAt(Number.MAX_SAFE_INTEGER)));
    assert.equal(placeAt(-5), 0);
  });
});

test('folding leaves no case, accent, width or variant', () => {
  assert.equal(folded('ÀÉ ﬁ Ｗ İ Σας ❤️'), 'ae fi w i σασ ❤');
  assert.deepEqual(wordsOf(folded("don't stop_now 3½")), ['don', 't', 'stop', 'now', '31', '2']);
});
