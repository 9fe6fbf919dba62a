/** The feed over REST (04 sections 3.10, 4.2, 4.3 and 4.8): posts, likes, comments, access, reposts and polls. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PASSWORD, startHarness, type Harness, type TestAnswer } from './harness.ts';

let node: Harness;
let [ada, bob, eve] = ['', '', ''];
let [adaId, bobId] = ['', ''];

const ALL = ['read_messages', 'write_messages', 'read_feed', 'write_feed'];

before(async () => {
  node = await startHarness();
  await node.setUp('ada');
  ada = node.key('owner', ALL);
  adaId = node.components.workspace.accounts.owner()?.id ?? '';
  bobId = await person('bob');
  bob = node.key(bobId, ALL);
  eve = node.key(await person('eve'), ALL);
});
after(() => node.close());

async function person(username: string): Promise<string> {
  const made = await node.call('POST', '/register', { body: { username, password: PASSWORD } });
  return (made.json['user'] as { id: string }).id;
}
const call = (method: string, path: string, body?: unknown, key = ada) =>
  node.call(method, `/api/v1${path}`, { key, ...(body === undefined ? {} : { body }) });
const outcome = (answer: TestAnswer): unknown[] => [answer.status, answer.json['error'] ?? null];
type Json = Record<string, unknown>;
async function posted(body: Json, key = ada): Promise<Json> {
  const answer = await call('POST', '/feed', body, key);
  assert.equal(answer.status, 201, answer.text);
  return answer.json['post'] as Json;
}
const idOf = async (body: Json): Promise<string> => String((await posted(body))['id']);
async function read(id: string, key = ada): Promise<Json> {
  return (await call('GET', `/feed/posts/${id}`, undefined, key)).json['post'] as Json;
}
const listed = async (key: string, query = ''): Promise<string[]> =>
  ((await call('GET', `/feed${query}`, undefined, key)).json['posts'] as Json[]).map((post) =>
    String(post['id']),
  );

test('a post needs a text, is private unless said otherwise, and is ciphertext on disk', async () => {
  assert.deepEqual(outcome(await call('POST', '/feed', {})), [400, 'JSON data required']);
  assert.deepEqual(outcome(await call('POST', '/feed', { content: ' ' })), [400, 'Post content required']);
  assert.deepEqual(outcome(await call('POST', '/feed', { content: 'x'.repeat(50_001) })), [
    400,
    'Content exceeds maximum length (50000 chars)',
  ]);
  assert.equal((await call('POST', '/feed', { content: 'x'.repeat(4097) })).json['code'], 'post_too_long');
  const post = await posted({ content: '  kept as it is ', post_type: 'hologram', visibility: 'galaxy' });
  assert.deepEqual(
    [post['content'], post['visibility'], post['post_type'], post['metadata'], post['permissions']],
    ['  kept as it is ', 'private', 'text', null, null],
  );
  const row = node.sql.get<{ content: string }>('SELECT content FROM feed_posts WHERE id = @id', {
    id: String(post['id']),
  });
  assert.match(row?.content ?? '', /^ENC:1:/);
  assert.equal((await call('GET', '/feed', undefined, node.key('owner', ['read_files']))).status, 403);
});

test('each visibility shows to those it is for, and its author sees every one', async () => {
  const ids: Record<string, string> = {};
  for (const visibility of ['public', 'network', 'trusted', 'private', 'custom'])
    ids[visibility] = await idOf({ content: visibility, visibility, permissions: [bobId] });
  for (const id of Object.values(ids)) assert.equal((await read(id))['id'], id);
  const seen = async (key: string): Promise<string[]> => {
    const list = await listed(key);
    return Object.entries(ids).flatMap(([visibility, id]) => (list.includes(id) ? [visibility] : []));
  };
  assert.deepEqual(await seen(bob), ['public', 'network', 'trusted', 'custom']);
  assert.deepEqual(await seen(eve), ['public', 'network', 'trusted']);
  assert.deepEqual(outcome(await call('GET', `/feed/posts/${ids['custom'] ?? ''}`, undefined, eve)), [
    403,
    'Access denied',
  ]);
  assert.deepEqual(outcome(await call('GET', '/feed/posts/ffff')), [404, 'Post not found']);
  const access = `/posts/${ids['custom'] ?? ''}/access`;
  assert.equal((await call('GET', access, undefined, bob)).status, 403);
  const list = (await call('GET', access)).json;
  assert.deepEqual([list['count'], (list['recipients'] as Json[])[0]?.['user_id']], [1, bobId]);
  assert.deepEqual(outcome(await call('DELETE', access, {})), [400, 'JSON data required']);
  assert.equal(
    (await call('DELETE', access, { user_id: bobId })).json['message'],
    `Access revoked for ${bobId}`,
  );
  assert.deepEqual(await seen(bob), ['public', 'network', 'trusted']);
});

test('a change keeps what it does not name; only the author makes one', async () => {
  const id = await idOf({
    content: 'frist',
    visibility: 'network',
    metadata: { title: 'T', origin_peer: 'x' },
  });
  const path = `/feed/posts/${id}`;
  assert.deepEqual((await call('PATCH', path, { content: ' first ', metadata: { mood: 1 } })).json, {
    success: true,
  });
  const post = await read(id);
  const { edited_at: editedAt, ...metadata } = post['metadata'] as Json;
  assert.deepEqual(
    [post['content'], metadata, typeof editedAt],
    ['first', { title: 'T', mood: 1 }, 'string'],
  );
  assert.deepEqual(outcome(await call('PUT', path, { content: 'x' }, bob)), [
    403,
    'Not authorized to edit this post',
  ]);
  assert.deepEqual(outcome(await call('PATCH', path, { visibility: 'galaxy' })), [
    400,
    'Invalid visibility: galaxy',
  ]);
  assert.deepEqual(outcome(await call('PATCH', path, { post_type: 'hologram' })), [
    400,
    'Invalid post type: hologram',
  ]);
  assert.deepEqual(outcome(await call('PATCH', path, { content: ' ' })), [400, 'Post content required']);
  assert.equal((await call('PATCH', path, { visibility: 'private' })).status, 200);
  assert.equal((await listed(bob)).includes(id), false);
  assert.equal((await call('PATCH', path, { visibility: 'network' })).json['code'], 'post_withdrawn');
  assert.deepEqual(outcome(await call('DELETE', path, undefined, bob)), [
    404,
    'Post not found or not owned by user',
  ]);
  assert.equal((await call('DELETE', path)).json['message'], 'Post deleted successfully');
  assert.equal((await call('GET', path)).status, 404);
});

test('the owner of the node deletes what its people wrote', async () => {
  const post = await posted({ content: 'by bob', visibility: 'network' }, bob);
  assert.equal((await call('DELETE', `/feed/posts/${String(post['id'])}`)).status, 200);
});

test('the list goes on from a cursor, and moves up what is commented on', async () => {
  const ids: string[] = [];
  for (const content of ['one', 'two', 'three']) {
    ids.push(await idOf({ content, visibility: 'network' }));
    node.sql.run(`UPDATE feed_posts SET created_at = '2026-01-0${ids.length} 00:00:00' WHERE id = @id`, {
      id: ids.at(-1) ?? '',
    });
  }
  const [one, two, three] = ids;
  const place = (list: string[]): string[] => list.filter((id) => ids.includes(id));
  assert.deepEqual(place(await listed(bob, '?limit=500')), [three, two, one]);
  assert.deepEqual(place(await listed(bob, `?limit=500&before=${three ?? ''}`)), [two, one]);
  assert.deepEqual(await listed(bob, '?before=unknown'), []);
  const comments = `/feed/posts/${one ?? ''}/comments`;
  assert.equal((await call('POST', comments, { content: ' ' }, bob)).status, 400);
  const made = (await call('POST', comments, { content: ' well said ' }, bob)).json['comment'] as Json;
  assert.deepEqual([made['content'], made['user_id'], made['display_name']], ['well said', bobId, 'bob']);
  assert.equal((await read(one ?? ''))['comments'], 1);
  assert.equal(place(await listed(bob, '?limit=500'))[0], one);
  const answer = { content: 'thanks', parent_comment_id: made['id'] };
  assert.equal((await call('POST', comments, answer)).status, 201);
  assert.equal((await call('POST', `/feed/posts/${two ?? ''}/comments`, answer)).status, 404);
  assert.equal((await call('DELETE', `${comments}/${String(made['id'])}`, undefined, eve)).status, 404);
  assert.equal((await call('DELETE', `${comments}/${String(made['id'])}`)).status, 200);
  const left = (await call('GET', comments)).json['comments'] as Json[];
  assert.deepEqual(
    left.map((one_) => [one_['content'], one_['parent_comment_id']]),
    [['thanks', null]],
  );
});

test('a second like takes the first away; what does not show cannot be liked', async () => {
  const id = await idOf({ content: 'like me', visibility: 'network' });
  const like = (body: unknown, key: string) => call('POST', `/feed/posts/${id}/like`, body, key);
  assert.deepEqual((await like({ reaction_type: 'laugh' }, bob)).json['like_counts'], { laugh: 1 });
  assert.deepEqual((await like({ reaction_type: 'sparkle' }, eve)).json['like_counts'], {
    laugh: 1,
    like: 1,
  });
  assert.equal((await read(id))['likes'], 2);
  const again = (await like({}, bob)).json;
  assert.deepEqual([again['liked'], again['like_counts']], [false, { like: 1 }]);
  assert.equal((await read(id))['likes'], 1);
  const hidden = await idOf({ content: 'mine' });
  assert.equal((await call('POST', `/feed/posts/${hidden}/like`, {}, bob)).status, 404);
});

test('reposts and variants refer to what their readers see, and not to each other', async () => {
  const id = await idOf({ content: 'the source', visibility: 'network' });
  const repost = await call('POST', `/feed/posts/${id}/repost`, { comment: 'again' }, bob);
  const made = repost.json['post'] as Json;
  const reference = made['repost_reference'] as Json;
  assert.deepEqual(
    [repost.status, made['is_repost'], reference['body_text'], reference['author_id'], reference['href']],
    [201, true, 'the source', adaId, `/feed?focus_post=${id}`],
  );
  assert.equal((await read(id))['shares'], 1);
  assert.deepEqual(outcome(await call('POST', `/feed/posts/${String(made['id'])}/repost`, {})), [
    400,
    'Repost chains are not supported',
  ]);
  const hidden = await idOf({ content: 'mine' });
  assert.equal((await call('POST', `/feed/posts/${hidden}/repost`, {})).status, 403);
  const literal = node.key('owner', ['read_messages', 'write_messages']);
  assert.deepEqual(outcome(await call('POST', `/feed/posts/${id}/repost`, {}, literal)), [
    403,
    'READ_FEED permission required',
  ]);
  const draft = { relationship_kind: 'parameterized_variant', module_param_delta: 'a=1' };
  const variant = (await call('POST', `/feed/posts/${id}/variant`, draft)).json['post'] as Json;
  const varied = variant['variant_reference'] as Json;
  assert.deepEqual(
    [variant['content'], variant['is_variant'], varied['relationship_label'], varied['module_param_delta']],
    ['', true, 'Parameterized variant', 'a=1'],
  );
  await call('PATCH', `/feed/posts/${id}`, { visibility: 'private' });
  const later = (await read(String(made['id']), bob))['repost_reference'] as Json;
  assert.deepEqual([later['available'], later['body_text'], later['author_id']], [false, null, null]);
});

test('a message is reposted in its channel unless its author forbids it', async () => {
  const say = async (body: Json): Promise<string> => {
    const answer = await call('POST', '/channels/messages', { channel_id: 'general', ...body });
    return String((answer.json['message'] as Json)['id']);
  };
  const id = await say({ content: 'hear, hear' });
  const path = (of: string, form: string): string => `/channels/general/messages/${of}/${form}`;
  const made = (await call('POST', path(id, 'repost'), { comment: '' }, bob)).json['message'] as Json;
  assert.equal((made['repost_reference'] as Json)['body_text'], 'hear, hear');
  const page = (await call('GET', '/channels/general/messages')).json['messages'] as Json[];
  const shown = page.find((message) => message['id'] === made['id']);
  assert.deepEqual([shown?.['is_repost'], shown?.['content']], [true, '']);
  assert.equal((await call('POST', path(String(made['id']), 'variant'), {})).json['code'], 'repost_chain');
  const kept = await say({ content: 'not further', repost_policy: 'deny' });
  assert.equal((await call('POST', path(kept, 'repost'), {}, bob)).json['code'], 'repost_denied');
  await call('DELETE', `/channels/general/messages/${id}`);
  const again = (await call('GET', `/channels/general/messages/${String(made['id'])}`)).json[
    'message'
  ] as Json;
  assert.equal((again['repost_reference'] as Json)['available'], false);
});

test('polls of posts and messages are counted, and closed to changes once somebody voted', async () => {
  const content = '[poll]\nquestion: Lunch?\noptions:\n- Soup\n- Salad\n[/poll]';
  const post = await posted({ content, visibility: 'network' });
  const id = String(post['id']);
  assert.equal(post['post_type'], 'poll');
  const vote = (body: Json, key = ada) => call('POST', '/polls/vote', body, key);
  assert.deepEqual(outcome(await vote({})), [400, 'poll_id and item_type required']);
  assert.deepEqual(outcome(await vote({ poll_id: id, item_type: 'feed' })), [400, 'option_index required']);
  assert.deepEqual(outcome(await vote({ poll_id: id, item_type: 'feed', option_index: 2 })), [
    400,
    'Invalid poll option',
  ]);
  await vote({ poll_id: id, item_type: 'feed', option_index: 0 });
  await vote({ poll_id: id, item_type: 'feed', option_index: 1 });
  const counted = (await vote({ poll_id: id, item_type: 'feed', option_index: 0 }, bob)).json['poll'] as Json;
  assert.deepEqual(
    [
      counted['total_votes'],
      counted['user_vote'],
      (counted['options'] as Json[]).map((one) => one['percent']),
    ],
    [2, 0, [50, 50]],
  );
  assert.deepEqual(outcome(await call('PATCH', `/feed/posts/${id}`, { content: 'no poll' })), [
    400,
    'Poll can no longer be edited: votes have been cast',
  ]);
  const status = (await call('GET', `/polls/${id}?item_type=feed`)).json;
  assert.deepEqual(
    [status['question'], status['status_label'], status['channel_id']],
    ['Lunch?', 'Ends in 6d', null],
  );
  const said = await call('POST', '/channels/messages', { channel_id: 'general', content });
  const message = String((said.json['message'] as Json)['id']);
  await vote({ poll_id: message, item_type: 'channel', option_index: 1 }, bob);
  const there = (await call('GET', `/polls/${message}?item_type=channel`)).json;
  assert.deepEqual([there['channel_id'], there['total_votes'], there['user_vote']], ['general', 1, null]);
  assert.deepEqual(outcome(await call('GET', `/polls/${id}`)), [400, 'item_type required (feed or channel)']);
  assert.deepEqual(outcome(await call('GET', '/polls/x?item_type=channel')), [404, 'Poll message not found']);
  const plain = await idOf({ content: 'no poll' });
  assert.deepEqual(outcome(await call('GET', `/polls/${plain}?item_type=feed`)), [
    400,
    'Poll definition not found',
  ]);
  assert.equal((await call('GET', `/polls/${plain}?item_type=feed`, undefined, bob)).status, 403);
});

test('what expires goes with its comments and votes', async () => {
  const id = await idOf({ content: 'short', visibility: 'network', ttl_seconds: 3600 });
  await call('POST', `/feed/posts/${id}/comments`, { content: 'yes' });
  node.sql.run(`UPDATE feed_posts SET expires_at = '2020-01-01 00:00:00' WHERE id = @id`, { id });
  assert.equal((await call('GET', `/feed/posts/${id}`)).status, 404);
  assert.equal((await listed(ada, '?limit=500')).includes(id), false);
  node.components.workspace.expiry.purge();
  const rows = node.sql.get<{ n: number }>('SELECT count(*) AS n FROM comments WHERE message_id = @id', {
    id,
  });
  assert.equal(rows?.n, 0);
});

test('events of posts reach those who see them, also when one no longer is for them', async () => {
  const from = (await call('GET', '/events')).json['latest_seq'];
  const id = await idOf({ content: 'told', visibility: 'network' });
  const custom = await idOf({ content: 'for bob', visibility: 'custom', permissions: [bobId] });
  await idOf({ content: 'mine' });
  await call('PATCH', `/feed/posts/${id}`, { visibility: 'private' });
  const events = async (key: string): Promise<unknown[]> =>
    (
      (await call('GET', `/events?limit=200&after_seq=${String(from)}`, undefined, key)).json[
        'items'
      ] as Json[]
    )
      .filter((item) => String(item['event_type']).startsWith('feed.post'))
      .map((item) => [item['event_type'], item['post_id']]);
  assert.deepEqual(await events(bob), [
    ['feed.post.created', id],
    ['feed.post.created', custom],
    ['feed.post.deleted', id],
  ]);
  assert.deepEqual(await events(eve), [
    ['feed.post.created', id],
    ['feed.post.deleted', id],
  ]);
  assert.equal((await events(ada)).length, 5);
});
