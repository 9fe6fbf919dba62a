/** Requests that are sent again: creations with `Idempotency-Key`, and polled lists with `If-None-Match`. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ChannelId, UserId } from '../../server/wire/ids.ts';
import { PERMISSIONS } from '../../server/workspace/api-keys.ts';
import { startHarness, type Harness, type TestAnswer } from './harness.ts';

const SHARED = { content: 'look', visibility: 'network' };
const GENERAL = { channel_id: 'general', content: 'once' };

describe('requests sent again', () => {
  let node: Harness;
  let key: string;
  before(async () => {
    node = await startHarness();
    await node.setUp();
    key = node.key('owner', ['read_feed', 'write_feed', 'write_messages', 'read_messages', 'manage_keys']);
  });
  after(() => node.close());

  const post = (name: string, body: object, path = '/api/v1/channels/messages', by = key) =>
    node.call('POST', path, { key: by, body, headers: { 'Idempotency-Key': name } });
  const idOf = (answer: TestAnswer): unknown => (answer.json['message'] as { id: string }).id;
  const count = (content: string): number =>
    node.repositories.channelMessages
      .page('general' as ChannelId, { limit: 1000, now: 0 })
      .filter((message) => message.content === content).length;

  /** Every id in an answer, by where it stands. */
  const idsIn = (value: unknown, at = ''): string[] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([name, one]) => idsIn(one, `${at}.${name}`))
      : /id$/.test(at) && typeof value === 'string'
        ? [`${at}=${value}`]
        : [];

  it('creates once, and answers the same again', async () => {
    const first = await post('a', GENERAL);
    const second = await post('a', GENERAL);
    assert.equal(first.status, 201);
    assert.equal(first.headers.get('idempotency-replayed'), null);
    assert.deepEqual(second.json, first.json);
    assert.equal(second.status, 201);
    assert.equal(second.headers.get('idempotency-replayed'), 'true');
    assert.equal(count('once'), 1);
    assert.notEqual(idOf(await post('another', GENERAL)), idOf(first));
  });

  it('creates once when two come at a time', async () => {
    const body = { ...GENERAL, content: 'together' };
    const answers = await Promise.all([post('b', body), post('b', body), post('b', body)]);
    assert.deepEqual(new Set(answers.map(idOf)).size, 1);
    assert.equal(count('together'), 1);
  });

  it('refuses one key for two requests, and keys that are none', async () => {
    await post('c', { ...GENERAL, content: 'c' });
    const other = await post('c', { ...GENERAL, content: 'd' });
    assert.equal(other.status, 409);
    assert.equal(other.json['code'], 'idempotency_key_reused');
    const bad = await post('x'.repeat(201), GENERAL);
    assert.equal(bad.json['code'], 'invalid_idempotency_key');
  });

  it('remembers no refusal: what failed may be tried again', async () => {
    const refused = await post('e', { channel_id: 'Cnone', content: 'later' });
    assert.ok(refused.status >= 400);
    assert.equal((await post('e', { ...GENERAL, content: 'later' })).status, 201);
  });

  it('keeps the keys of accounts and of routes apart', async () => {
    const second = node.components.workspace.accounts;
    const { account } = await second.registerByApi({
      username: 'bob',
      password: 'Passw0rd!x',
      displayName: null,
      accountType: 'human',
    });
    const owner = second.owner();
    assert.ok(owner !== null);
    second.setStatus(owner.id, account.id, 'active');
    const bob = node.key(account.id, ['write_feed', 'read_feed']);
    const body = { ...GENERAL, content: 'mine' };
    const own = await post('f', body);
    const his = await post('f', body, undefined, bob);
    assert.equal(own.status, 201);
    assert.equal(his.status, 201);
    assert.notEqual(idOf(own), idOf(his));
    assert.equal(
      (await post('f', { content: 'f', recipient_id: account.id }, '/api/v1/messages')).status,
      201,
    );
  });

  it('shows a new API key once', async () => {
    const wanted = { permissions: ['read_feed'] };
    const first = await post('g', wanted, '/api/v1/keys');
    assert.equal(first.status, 201);
    const again = await post('g', wanted, '/api/v1/keys');
    assert.equal(again.json['code'], 'idempotency_answer_gone');
    assert.ok(!JSON.stringify(again.json).includes(String(first.json['api_key'])));
  });

  it('keeps answers sealed, for a day', async () => {
    await post('h', { ...GENERAL, content: 'nobody reads this' });
    const row = node.sql.get<{ answer: Uint8Array }>("SELECT answer FROM native_created WHERE key = 'h'");
    assert.ok(row !== undefined && row.answer.length > 0);
    assert.ok(!Buffer.from(row.answer).includes('nobody'));
    node.sql.run("UPDATE native_created SET created_at = created_at - 86400001 WHERE key = 'h'");
    const next = await post('h', { ...GENERAL, content: 'nobody reads this' });
    assert.equal(next.headers.get('idempotency-replayed'), null);
    node.sql.run("UPDATE native_created SET created_at = created_at - 86400001 WHERE key = 'h'");
    node.components.workspace.createOnce.prune();
    assert.equal(node.sql.get("SELECT 1 FROM native_created WHERE key = 'h'"), undefined);
  });

  it('answers with what was created when the node ended before the answer was written', async () => {
    const all = node.key('owner', [...PERMISSIONS]);
    const [bob] = node.components.workspace.people.list({
      includeHumans: true,
      activeOnly: false,
      query: 'bob',
    });
    assert.ok(bob !== undefined);
    const source = (await node.call('POST', '/api/v1/feed', { key: all, body: SHARED })).json['post'] as {
      id: string;
    };
    const message = idOf(await post('source', { ...GENERAL, content: 'source' }));
    const note = (await post('note', { content: 'n', recipient_id: bob.id }, '/api/v1/messages', all)).json;
    const creations: [path: string, body: Record<string, unknown>][] = [
      ['/api/v1/channels/messages', { ...GENERAL, content: 'i' }],
      ['/api/v1/channels', { name: 'plans' }],
      ['/api/v1/messages', { content: 'i', recipient_id: bob.id }],
      ['/api/v1/messages/reply', { content: 'r', message_id: (note['message'] as { id: string }).id }],
      ['/api/v1/feed', SHARED],
      [`/api/v1/feed/posts/${source.id}/comments`, { content: 'c' }],
      [`/api/v1/feed/posts/${source.id}/repost`, { comment: 'c' }],
      [`/api/v1/channels/general/messages/${String(message)}/repost`, { comment: 'c' }],
      ['/api/v1/bookmarks', { source_type: 'feed_post', source_id: source.id }],
      ['/api/v1/tasks', { title: 't' }],
      ['/api/v1/delete-signals', { target_peer_id: '*', data_type: 'post', data_id: source.id }],
      ['/api/v1/files/upload', { filename: 'a.txt', content_type: 'text/plain', data: 'aGVsbG8=' }],
    ];
    for (const [path, body] of creations) {
      const first = await post('i', body, path, all);
      assert.equal(first.status, 201, `${path} ${first.text}`);
      node.sql.run("UPDATE native_created SET answer = NULL WHERE key = 'i'");
      const again = await post('i', body, path, all);
      assert.equal(again.headers.get('idempotency-replayed'), 'true', `${path} ${again.text}`);
      assert.deepEqual(idsIn(again.json), idsIn(first.json), path);
      assert.deepEqual(Object.keys(again.json), Object.keys(first.json), path);
    }
    assert.equal(count('i'), 1);
  });

  it('says it was created when what was created is gone, or was a secret', async () => {
    const wanted = { permissions: ['read_feed'] };
    await post('k', wanted, '/api/v1/keys');
    node.sql.run("UPDATE native_created SET answer = NULL WHERE key = 'k'");
    assert.equal((await post('k', wanted, '/api/v1/keys')).json['code'], 'idempotency_answer_gone');
    const made = await post('l', { ...GENERAL, content: 'l' });
    assert.equal(
      (await node.call('DELETE', `/api/v1/channels/general/messages/${String(idOf(made))}`, { key })).status,
      200,
    );
    node.sql.run("UPDATE native_created SET answer = NULL WHERE key = 'l'");
    assert.equal((await post('l', { ...GENERAL, content: 'l' })).json['code'], 'idempotency_answer_gone');
    assert.equal(count('l'), 0);
  });

  it('tells uploads apart by what was uploaded, in whatever form it came', async () => {
    const files = node.key('owner', ['write_files']);
    const upload = (data: string) =>
      post('u', { filename: 'a.txt', content_type: 'text/plain', data }, '/api/v1/files/upload', files);
    const form = new FormData();
    form.append('file', new Blob(['hello'], { type: 'text/plain' }), 'a.txt');
    const first = await upload('aGVsbG8=');
    assert.equal(first.status, 201, first.text);
    assert.equal((await upload('aGVsbG8=')).json['file_id'], first.json['file_id']);
    assert.equal(
      (await upload('SGVsbG8=')).json['code'],
      'idempotency_key_reused',
      'another file of this length',
    );
    const sent = await fetch(`${node.url}/api/v1/files/upload`, {
      method: 'POST',
      headers: { 'X-API-Key': files, 'Idempotency-Key': 'u' },
      body: form,
    });
    assert.equal(((await sent.json()) as { file_id: string }).file_id, first.json['file_id']);
  });

  it('holds a bounded number of answers per account', () => {
    const { createdAnswers: rows } = node.repositories;
    const userId = 'user_many' as UserId;
    for (let i = 0; i < 10; i += 1) {
      rows.add({ userId, route: 'r', key: `${i}` }, { fingerprint: '', created: null }, i);
      rows.answered({ userId, route: 'r', key: `${i}` }, 'x'.repeat(100));
    }
    rows.trim(userId, { rows: 8, bytes: 1e6 });
    const left = (): string[] =>
      node.sql
        .all<{ key: string }>("SELECT key FROM native_created WHERE user_id = 'user_many' ORDER BY key")
        .map(({ key: name }) => name);
    assert.deepEqual(left(), ['2', '3', '4', '5', '6', '7', '8', '9']);
    rows.trim(userId, { rows: 8, bytes: 300 });
    assert.deepEqual(left(), ['8', '9']);
  });

  const PATH = '/api/v1/channels/general/messages';
  const poll = (tag: string | null, path = PATH, by = key) =>
    node.call('GET', path, { key: by, headers: tag === null ? {} : { 'If-None-Match': tag } });

  it('answers 304 until something changes', async () => {
    const first = await poll(null);
    const tag = first.headers.get('etag');
    assert.ok(tag !== null);
    for (const asked of [tag, tag.replace(/^W\//u, ''), `"x", ${tag}`]) {
      const again = await poll(asked);
      assert.equal(again.status, 304);
      assert.equal(again.text, '');
      assert.equal(again.headers.get('etag'), tag);
    }
    await node.call('POST', '/api/v1/channels/messages', { key, body: { ...GENERAL, content: 'news' } });
    const changed = await poll(tag);
    assert.equal(changed.status, 200);
    assert.notEqual(changed.headers.get('etag'), tag);
    assert.ok(changed.text.includes('news'));
  });

  it('gives no 304 for what the caller may not read, or for another list', async () => {
    const tag = (await poll(null)).headers.get('etag');
    assert.equal((await poll(tag, `${PATH}?limit=1`)).status, 200);
    const weak = node.key('owner', ['read_files']);
    assert.equal((await poll(tag, PATH, weak)).status, 403);
    assert.equal((await poll(tag, '/api/v1/channels')).status, 200);
  });

  it('tags the state of the mesh, too', async () => {
    const status = await poll(null, '/api/v1/p2p/status');
    assert.equal((await poll(status.headers.get('etag'), '/api/v1/p2p/status')).status, 304);
  });
});
