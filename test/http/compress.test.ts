/** Answers of some size are compressed for whoever reads that, and never where TLS protects them (05 section 10.12). */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startHarness } from './harness.ts';
import type { Harness } from './harness.ts';

const LONG = 'the same words again '.repeat(200);
const HISTORY = '/api/v1/channels/general/history';

describe('compressed answers', () => {
  let node: Harness;
  let key: string;
  before(async () => {
    node = await startHarness();
    await node.setUp();
    key = node.key('owner', ['read_messages', 'write_messages']);
    await node.call('POST', '/api/v1/channels/messages', {
      key,
      body: { channel_id: 'general', content: LONG },
    });
  });
  after(() => node.close());

  const history = async (headers: Record<string, string>): ReturnType<Harness['call']> =>
    node.call('GET', HISTORY, { key, headers });

  it('are smaller, say so, and hold the same', async () => {
    const small = await history({ 'Accept-Encoding': 'gzip' });
    assert.equal(small.headers.get('content-encoding'), 'gzip');
    assert.equal(small.headers.get('vary'), 'Accept-Encoding');
    assert.ok(Number(small.headers.get('content-length')) < LONG.length / 4);
    const plain = await history({ 'Accept-Encoding': 'identity' });
    assert.equal(plain.headers.get('content-encoding'), null);
    assert.deepEqual(small.json, plain.json);
    assert.ok(plain.text.includes(LONG.trim()));
  });

  it('are not made for whoever does not read them, nor of what is small', async () => {
    for (const words of ['br', 'identity', 'gzip;q=0'])
      assert.equal(
        (await history({ 'Accept-Encoding': words })).headers.get('content-encoding'),
        null,
        words,
      );
    const little = await node.call('GET', '/api/v1/health', { headers: { 'Accept-Encoding': 'gzip' } });
    assert.equal(little.headers.get('content-encoding'), null);
  });

  it('are left to a proxy, which may speak TLS', async () => {
    for (const name of ['X-Forwarded-Proto', 'X-Forwarded-For', 'Forwarded', 'Via']) {
      const answer = await history({ 'Accept-Encoding': 'gzip', [name]: 'https' });
      assert.equal(answer.headers.get('content-encoding'), null, name);
    }
  });

  it('carry the tag of the answer as it is, which says that nothing changed', async () => {
    const list = '/api/v1/channels/general/messages';
    const first = await node.call('GET', list, { key, headers: { 'Accept-Encoding': 'gzip' } });
    const tag = first.headers.get('etag') ?? '';
    assert.equal(first.headers.get('content-encoding'), 'gzip');
    const plain = await node.call('GET', list, { key, headers: { 'Accept-Encoding': 'identity' } });
    assert.equal(plain.headers.get('etag'), tag);
    const again = await node.call('GET', list, { key, headers: { 'If-None-Match': tag } });
    assert.equal(again.status, 304);
  });
});

it('a node whose cookies are for TLS alone compresses nothing that is secret', async () => {
  const node = await startHarness({ options: { secureCookie: true } });
  try {
    await node.setUp();
    const key = node.key('owner', ['read_messages', 'write_messages']);
    await node.call('POST', '/api/v1/channels/messages', {
      key,
      body: { channel_id: 'general', content: LONG },
    });
    const answer = await node.call('GET', HISTORY, { key, headers: { 'Accept-Encoding': 'gzip' } });
    assert.equal(answer.headers.get('content-encoding'), null);
    assert.ok(answer.text.includes(LONG.trim()));
  } finally {
    await node.close();
  }
});
