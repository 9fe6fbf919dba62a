/** The search routes (04 3.8 to 3.10, 3.12): shapes, filters, who may, and snippets that are safe to show. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { partTerm, wordTerm } from '../../../server/store/search-query.ts';
import { plainSnippetOf, snippetOf } from '../../../server/http/search-snippet.ts';
import { PASSWORD, startHarness, type Harness, type TestAnswer } from '../harness.ts';

let node: Harness;
let key: string;
let feedOnly: string;
let bobKey: string;
let bobId: string;
before(async () => {
  node = await startHarness();
  await node.setUp('ada');
  key = node.key('owner', ['read_messages', 'write_messages']);
  feedOnly = node.key('owner', ['read_feed']);
  const bob = await node.call('POST', '/register', { body: { username: 'bob', password: PASSWORD } });
  bobId = (bob.json['user'] as { id: string }).id;
  bobKey = node.key(bobId, ['read_messages', 'write_messages']);
  const post = (path: string, body: object): Promise<TestAnswer> =>
    node.call('POST', `/api/v1${path}`, { key, body });
  await post('/channels/messages', {
    channel_id: 'general',
    content: 'Hello mesh <script>alert(1)</script>',
  });
  await post('/messages', { recipient_id: bobId, content: 'mesh for bob' });
  await post('/feed', { content: 'mesh for everybody', visibility: 'network' });
  await post('/feed', { content: 'mesh for me', visibility: 'private' });
});
after(() => node.close());

const get = (path: string, by = key): Promise<TestAnswer> => node.call('GET', `/api/v1${path}`, { key: by });
type Result = { item_type: string; snippet: string; score: number } & Record<string, unknown>;
const results = (answer: TestAnswer): Result[] => answer.json['results'] as Result[];
const types = (answer: TestAnswer): string[] => results(answer).map((result) => result.item_type);

test('searching everything finds what the reference does, marks it, and leaves out what others may not see', async () => {
  const answer = await get('/search?q=mesh');
  assert.equal(answer.status, 200);
  assert.deepEqual(types(answer), ['feed_post', 'feed_post', 'channel_message']);
  // Nothing in this harness has begun to compare what was there before.
  const { json } = answer;
  assert.deepEqual(
    [json['query'], json['count'], json['next_cursor'], json['state']],
    ['mesh', 3, null, 'indexing'],
  );
  const message = results(answer)[2];
  assert.equal(message?.snippet, 'Hello <b>mesh</b> &lt;script&gt;alert(1)&lt;/script&gt;');
  assert.ok((message?.score ?? 0) < 0);
  assert.match(String(message?.['created_at']), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  assert.deepEqual(types(await get('/search?q=mesh', bobKey)), ['feed_post', 'channel_message']);
  node.components.workspace.search.start();
  while ((await get('/search?q=mesh')).json['state'] === 'indexing') await setTimeout(10);
  node.components.workspace.search.stop();
});

test('direct messages are searched when asked for, with a key that may read them', async () => {
  assert.deepEqual(types(await get('/search?q=mesh&types=dms')), ['direct_message']);
  assert.deepEqual(types(await get('/search?q=mesh&types=direct_message,posts')), [
    'feed_post',
    'feed_post',
    'direct_message',
  ]);
  assert.deepEqual(types(await get('/search?q=mesh&types=direct_message', feedOnly)), []);
  assert.equal((await get('/messages/search?q=mesh', feedOnly)).status, 403);
  assert.deepEqual(types(await get('/search?q=mesh&types=tasks')), []);
  assert.equal(types(await get('/search?q=mesh&types=whatever')).length, 3);
});

test('each place has a search of its own for parts of texts', async () => {
  const channel = await get('/channels/general/search?q=MES');
  const [message] = channel.json['messages'] as Record<string, unknown>[];
  assert.deepEqual(
    [channel.json['count'], message?.['channel_id'], message?.['origin_peer']],
    [1, 'general', null],
  );
  assert.equal((await get('/channels/general/search?q=MES&mode=words')).json['count'], 0);
  const direct = await get(`/messages/search?q=SH+FOR&with=${bobId}`);
  assert.equal((direct.json['messages'] as { content: string }[])[0]?.content, 'mesh for bob');
  const feed = await get('/feed/search?q=h+for');
  assert.deepEqual(
    (feed.json['posts'] as { content: string; is_repost: boolean }[]).map((post) => [
      post.content,
      post.is_repost,
    ]),
    [
      ['mesh for me', false],
      ['mesh for everybody', false],
    ],
  );
  assert.equal((await get('/channels/nowhere/search?q=x')).status, 404);
});

test('pages go on by the cursor; filters narrow; nonsense is refused', async () => {
  const first = await get('/search?q=mesh&limit=2');
  const second = await get(`/search?q=mesh&limit=2&before=${String(first.json['next_cursor'])}`);
  assert.deepEqual([types(first).length, types(second)], [2, ['channel_message']]);
  assert.deepEqual(types(await get(`/search?q=mesh&from=${bobId}`)), []);
  assert.deepEqual(types(await get('/search?q=mesh&before=2020-01-01')), []);
  assert.equal(types(await get('/search?q=mesh&after=2020-01-01')).length, 3);
  assert.deepEqual(types(await get('/search?q=mesh&has=attachment')), []);
  for (const [query, status] of [
    ['', 400],
    ['q=%20', 400],
    ['q=x&after=never', 400],
    ['q=x&before=x9', 400],
    ['q=x&limit=x', 200],
    ["q=%22a'%20OR%20(%20NEAR(%00*", 200],
  ] as const)
    assert.equal((await get(`/search?${query}`)).status, status, query);
  assert.equal((await get('/search')).json['error'], 'Search query required');
  assert.equal((await get('/channels/general/search')).json['error'], 'Search query (q) is required');
});

test('a snippet shows the first hit, marks whole letters, and escapes everything', () => {
  const snippet = (text: string, ...words: string[]): string =>
    snippetOf(
      text,
      words.map((word) => wordTerm(word, { prefix: false }) ?? partTerm(word)),
    ).html;
  assert.equal(
    snippet('Crème <b>brûlée</b>', 'creme', 'brulee'),
    '<b>Crème</b> &lt;b&gt;<b>brûlée</b>&lt;/b&gt;',
  );
  assert.equal(snippet('Cre\u0301me et ﬁn', 'creme'), '<b>Cre\u0301me</b> et ﬁn');
  assert.equal(snippet('北京大学', '大学'), '北京<b>大学</b>');
  assert.equal(snippet('say "hi" & \'go\'', 'hi'), 'say &quot;<b>hi</b>&quot; &amp; &#39;go&#39;');
  const long = snippet(`${'x '.repeat(500)}needle ${'y '.repeat(500)}`, 'needle');
  assert.match(long, /^…(?:x )+<b>needle<\/b>(?: y)+ ?…$/);
  assert.ok(long.length < 230);
  assert.doesNotMatch(
    snippet(`${'😀'.repeat(500)} a`, 'a'),
    /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/,
  );
  assert.equal(snippetOf('nothing here', []).share, 0);
});

test('a plain snippet is what a person reads, with its words marked; markup only where nothing else was found', () => {
  const plain = (text: string, ...words: string[]): string =>
    plainSnippetOf(
      text,
      words.map((word) => wordTerm(word, { prefix: false }) ?? partTerm(word)),
    ).html;
  assert.equal(
    plain('# The **saw**\n\n[saw & file](https://example.org)', 'saw'),
    'The <b>saw</b> <b>saw</b> &amp; file',
  );
  assert.equal(plain('**half** a `word`', 'half', 'word'), '<b>half</b> a <b>word</b>');
  assert.equal(plain('<b>**saw**</b>', 'saw'), '&lt;b&gt;<b>saw</b>&lt;/b&gt;');
  assert.equal(plain('[here](https://example.org)', 'org'), '[here](https://example.<b>org</b>)');
  assert.match(plain(`${'**a** '.repeat(1_000)}needle`, 'needle'), /^a a .*…$/);
  assert.equal(plain('**no** words asked for'), 'no words asked for');
});

test('snippets are plain when asked for, else as 04 says', async () => {
  await node.call('POST', '/api/v1/channels/messages', {
    key,
    body: { channel_id: 'general', content: 'a **bold** needlefish' },
  });
  const snippetBy = async (query: string): Promise<string | undefined> =>
    results(await get(`/search?q=needlefish${query}`))[0]?.snippet;
  assert.equal(await snippetBy(''), 'a **bold** <b>needlefish</b>');
  assert.equal(await snippetBy('&snippet=plain'), 'a bold <b>needlefish</b>');
});
