import test from 'node:test';
import assert from 'node:assert/strict';
import {
  canSearch,
  resultAddress,
  searchAddress,
  searchPath,
  snippetParts,
  wishOf,
  type SearchResult,
} from '../../../web/state/search.ts';
import { parseLocation } from '../../../web/state/router.ts';

test('a search has an address that says all of it', () => {
  const wish = wishOf(new URLSearchParams('q=saw&type=feed_post&from=u1&files=1&after=2026-01-02'));
  assert.deepEqual(wishOf(parseLocation(searchAddress(wish)).query), wish);
  assert.equal(searchAddress(wishOf(new URLSearchParams('type=nonsense'))), '/search');
  const asked = parseLocation(searchPath(wish, 'cursor')).query;
  assert.equal(asked.get('before'), 'cursor');
  assert.equal(asked.get('has'), 'attachment');
  assert.equal(asked.get('types'), 'feed_post');
});

test('a snippet becomes parts of text, whatever stands in it', () => {
  assert.deepEqual(snippetParts('a &lt;b&gt; <b>s&amp;w</b>!'), [
    { text: 'a <b> ', hit: false },
    { text: 's&w', hit: true },
    { text: '!', hit: false },
  ]);
  assert.deepEqual(snippetParts('<img src=x>&amp;lt;'), [{ text: '<img src=x>&lt;', hit: false }]);
  const markup = snippetParts('**Who** ```sh <b>ladder</b> --length ```').map(({ text }) => text);
  assert.equal(markup.join('').trim(), 'Who ladder --length');
});

test('a result leads to its place', () => {
  const result = (over: Partial<SearchResult>): SearchResult => ({
    item_type: 'direct_message',
    item_id: 'M1',
    channel_id: null,
    author_id: 'u1',
    recipient_id: 'me',
    created_at: '',
    snippet: '',
    author_name: '',
    ...over,
  });
  assert.equal(resultAddress(result({}), 'me'), '/messages?with=u1&focus_message=M1');
  assert.equal(
    resultAddress(result({ author_id: 'me', recipient_id: 'u2' }), 'me'),
    '/messages?with=u2&focus_message=M1',
  );
  assert.equal(
    resultAddress(result({ recipient_id: 'group:1' }), 'me'),
    '/messages?group=group%3A1&focus_message=M1',
  );
  assert.equal(resultAddress(result({ item_type: 'feed_post' }), 'me'), '/feed?post=M1');
  assert.equal(
    resultAddress(result({ item_type: 'channel_message', channel_id: 'C1' }), 'me'),
    '/channels?channel=C1&focus_message=M1',
  );
});

test('words, a person, a time or files are something to look for; a place alone is not', () => {
  const nothing = wishOf(new URLSearchParams('type=feed_post&channel=general&with=user_b&q=%20'));
  assert.equal(canSearch(nothing), false);
  for (const query of ['q=a', 'from=user_b', 'after=2026-01-02', 'before=2026-01-02', 'files=1'])
    assert.equal(canSearch(wishOf(new URLSearchParams(query))), true, query);
});
