/** The feed after a time in which the page heard nothing of its node (05 section 10.8, L-1 and L-4). */
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { loadFeed, posts, refreshFeed, single, waitingPosts, type Post } from '../../../web/state/feed.ts';

let answer: (address: URL) => [number, unknown];
const post = (id: string, likes = 0): Post =>
  ({ id, liked_by: likes === 0 ? {} : { like: ['ann'] } }) as unknown as Post;
const shown = (): string[] =>
  (posts.value ?? []).map(({ id, liked_by: by }) => `${id} ${Object.keys(by).length}`);

beforeEach((context) => {
  const stub = mock.method(globalThis, 'fetch', (path: string) => {
    const [status, body] = answer(new URL(path, 'http://node.invalid'));
    return Promise.resolve(Response.json(body, { status }));
  });
  if ('after' in context) context.after(() => stub.mock.restore());
});

test('what is shown is read again in its place; what came meanwhile waits above, what is gone goes', async () => {
  answer = () => [200, { posts: [post('two'), post('one'), post('gone')] }];
  await loadFeed();
  answer = ({ pathname }) =>
    pathname.endsWith('/feed')
      ? [200, { posts: [post('three'), post('two', 1), post('one')] }]
      : [404, { error: 'Post not found' }];
  await refreshFeed();
  assert.deepEqual(shown(), ['two 1', 'one 0']);
  assert.equal(waitingPosts.value, 1);
});

test('pages read on are read again, too, and so is the post of the address', async () => {
  answer = () => [200, { posts: [post('two'), post('one')] }];
  await loadFeed();
  single.value = post('alone');
  answer = ({ pathname, searchParams }) => {
    if (pathname.endsWith('/alone')) return [200, { post: post('alone', 1) }];
    return searchParams.get('before') === null
      ? [200, { posts: [post('two', 1)], next_cursor: 'on' }]
      : [200, { posts: [post('one', 1)] }];
  };
  await refreshFeed();
  assert.deepEqual(shown(), ['two 1', 'one 1']);
  assert.equal(Object.keys(single.value.liked_by).length, 1);
  single.value = null;
});

test('a node that fails takes nothing off the page', async () => {
  answer = () => [200, { posts: [post('one')] }];
  await loadFeed();
  answer = ({ pathname }) => (pathname.endsWith('/feed') ? [200, { posts: [] }] : [500, { error: 'no' }]);
  await refreshFeed();
  assert.deepEqual(shown(), ['one 0']);
});
