/** What holds for every route (04 sections 1.1, 1.2, 1.4, 1.5): paths, methods, bodies, headers, host names. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { silentLog, type Log } from '../../server/telemetry/log.ts';
import { startHarness, type Harness } from './harness.ts';

let node: Harness;
let key: string;
before(async () => {
  node = await startHarness({ options: { allowedHosts: ['canopy.example'], advertise: ['vpn.example'] } });
  await node.setUp();
  key = node.key('owner', ['write_messages', 'read_messages', 'delete_data']);
});
after(() => node.close());

/** A request under another host name, which fetch does not allow. */
function under(host: string, path = '/api/v1/health'): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const url = new URL(node.url);
    const req = request({ host: url.hostname, port: url.port, path, headers: { Host: host } }, (res) => {
      let body = '';
      res.on('data', (chunk: Buffer) => (body += chunk.toString()));
      res.on('end', () => resolve({ status: res.statusCode ?? 0, body }));
    });
    req.on('error', reject);
    req.end();
  });
}

describe('paths and methods', () => {
  test('/api is an alias of /api/v1', async () => {
    assert.equal((await node.call('GET', '/api/health')).json['status'], 'healthy');
  });
  test('unknown paths, trailing slashes and other letter cases are the JSON 404', async () => {
    for (const path of [
      '/api/v1/nope',
      '/nope',
      '/api/v1/health/',
      '/api/v1/HEALTH',
      '/Connect',
      '/connect/',
      '/assets/x.js',
      '/api',
      '/api/v1',
    ]) {
      const answer = await node.call('GET', path);
      assert.equal(answer.status, 404, path);
      assert.deepEqual(
        [answer.json['error'], answer.json['message']],
        ['Not found', 'Resource not found'],
        path,
      );
    }
  });
  test('a wrong method is 405 with Allow, HEAD follows GET, OPTIONS needs no key', async () => {
    const wrong = await node.call('DELETE', '/api/v1/health');
    assert.equal(wrong.status, 405);
    assert.deepEqual(wrong.headers.get('allow')?.split(', ').sort(), ['GET', 'HEAD', 'OPTIONS']);
    assert.equal(typeof wrong.json['error'], 'string');
    const head = await node.call('HEAD', '/api/v1/health');
    assert.deepEqual([head.status, head.text], [200, '']);
    const options = await node.call('OPTIONS', '/api/v1/p2p/reconnect');
    assert.deepEqual([options.status, options.text], [200, '']);
    assert.deepEqual(options.headers.get('allow')?.split(', ').sort(), ['OPTIONS', 'POST']);
    assert.equal(options.headers.get('access-control-allow-origin'), null);
  });
  test('an undecodable path is 400, not 500', async () => {
    assert.equal((await node.call('GET', '/api/v1/trust/%E0%A4%A', { key })).status, 400);
  });
});

describe('bodies', () => {
  const cases: [
    path: string,
    body: string | undefined,
    type: string | undefined,
    status: number,
    error: string,
  ][] = [
    // strict
    ['/p2p/disconnect', 'x', undefined, 415, 'Unsupported media type'],
    ['/p2p/disconnect', '{bad', 'application/json', 400, 'Bad request'],
    ['/p2p/disconnect', 'null', 'application/json', 400, 'peer_id required'],
    ['/p2p/disconnect', '[1]', 'application/json', 400, 'Bad request'],
    ['/p2p/disconnect', '{}', 'application/json; charset=utf-8', 400, 'peer_id required'],
    ['/p2p/disconnect', '{}', 'application/vnd.x+json', 400, 'peer_id required'],
    // strict-n
    ['/p2p/reconnect', 'null', 'application/json', 400, 'Bad request'],
    ['/p2p/reconnect', 'a=1', 'application/x-www-form-urlencoded', 415, 'Unsupported media type'],
    // caught
    ['/p2p/send', '{}', 'application/json', 400, 'JSON data required'],
    ['/p2p/send', 'null', 'application/json', 400, 'JSON data required'],
    ['/p2p/send', '"x"', 'application/json', 400, 'Bad request'],
    ['/p2p/invite/import', '{"invite_code":5}', 'application/json', 400, 'Invalid invite code'],
    // silent
    ['/p2p/connect_introduced', '{bad', 'application/json', 400, 'peer_id required'],
    ['/p2p/connect_introduced', 'a=1', 'application/x-www-form-urlencoded', 400, 'peer_id required'],
    ['/p2p/connect_introduced', '[1]', 'application/json', 400, 'Bad request'],
    ['/p2p/connect_introduced', undefined, undefined, 400, 'peer_id required'],
  ];
  for (const [path, body, type, status, error] of cases) {
    test(`${path} with ${body ?? 'no body'} (${type ?? 'no type'})`, async () => {
      const headers: Record<string, string> =
        type === undefined ? { 'Content-Type': 'text/plain' } : { 'Content-Type': type };
      const answer = await node.call('POST', `/api/v1${path}`, {
        key,
        ...(body === undefined ? {} : { body, headers }),
      });
      assert.deepEqual([answer.status, answer.json['error']], [status, error]);
      assert.equal(typeof answer.json['code'], 'string');
    });
  }
  test('more than 1 MiB is 413 as JSON, also when only declared', async () => {
    const big = await node.call('POST', '/api/v1/p2p/send', {
      key,
      body: `{"content":"${'x'.repeat(1024 * 1024)}"}`,
    });
    assert.deepEqual([big.status, big.json['code']], [413, 'body_too_large']);
    const declared = await raw(
      `POST /api/v1/p2p/send HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: ${key}\r\nContent-Type: application/json\r\nContent-Length: 1073741825\r\n\r\n{`,
    );
    assert.match(declared, /^HTTP\/1\.1 413 /);
    assert.match(declared, /body_too_large/);
  });
  test('nesting and compression bombs are refused', async () => {
    const deep = await node.call('POST', '/api/v1/p2p/send', {
      key,
      body: `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`,
    });
    assert.equal(deep.status, 400);
    const packed = await node.call('POST', '/api/v1/p2p/send', {
      key,
      body: 'x',
      headers: { 'Content-Encoding': 'gzip' },
    });
    assert.equal(packed.status, 415);
  });
  test('a stranger is refused before the body is read', async () => {
    const answer = await raw(
      'POST /api/v1/p2p/send HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 900000\r\n\r\n{',
    );
    assert.match(answer, /^HTTP\/1\.1 401 /);
  });
});

/** Sends text as it is and reads the first answer. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(node.url).port), '127.0.0.1', () => socket.write(text));
    let got = '';
    socket.on('data', (chunk) => {
      got += chunk.toString();
      if (!/\r\n\r\n[^]*\}/.test(got)) return;
      socket.destroy();
      resolve(got);
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(got));
  });
}

describe('headers', () => {
  test('no inline code, no framing elsewhere, nothing that forces TLS', async () => {
    for (const path of ['/connect', '/api/v1/health', '/nope']) {
      const { headers } = await node.call('GET', path);
      const policy = headers.get('content-security-policy') ?? '';
      assert.match(policy, /default-src 'none'/);
      assert.match(policy, /script-src 'self'(;|$)/);
      assert.match(policy, /require-trusted-types-for 'script';trusted-types dompurify default(;|$)/);
      assert.doesNotMatch(policy, /unsafe|upgrade-insecure/);
      // 05 section 10.13, X-2; in answers of the API what 04 section 1.2 says.
      assert.equal(headers.get('x-frame-options'), path.startsWith('/api/') ? 'SAMEORIGIN' : 'DENY');
      assert.match(policy, /frame-ancestors 'none'(;|$)/);
      assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin');
      assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin');
      assert.match(
        headers.get('permissions-policy') ?? '',
        /(?:^|, )camera=\(self\), clipboard-write=\(self\)/,
      );
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('referrer-policy'), 'no-referrer');
      assert.equal(headers.get('strict-transport-security'), null);
      assert.equal(headers.get('x-powered-by'), null);
    }
  });
  test('what it stopped is logged: where, not what somebody wrote, and not again and again', async (t) => {
    const lines: Record<string, unknown>[] = [];
    const log: Log = { ...silentLog, warn: (fields) => lines.push(fields) };
    const told = await startHarness({ log });
    t.after(() => told.close());
    const report = {
      'document-uri': 'http://127.0.0.1/search?q=secret#secret',
      'effective-directive': 'img-src',
      'blocked-uri': 'https://elsewhere.example/secret.png?secret',
      'source-file': 'http://127.0.0.1/assets/a.js?secret',
      'line-number': 3,
      'script-sample': 'secret',
    };
    const headers = { 'Content-Type': 'application/csp-report' };
    const send = (body: unknown, more = {}) =>
      told.call('POST', '/ajax/csp-report', { body, headers: { ...headers, ...more } });
    assert.equal((await send({ 'csp-report': report })).status, 200);
    assert.deepEqual(lines, [
      {
        page: '/search',
        directive: 'img-src',
        blocked: 'https://elsewhere.example',
        script: '/assets/a.js',
        line: 3,
      },
    ]);
    assert.equal((await send({ 'csp-report': report }, { 'Sec-Fetch-Site': 'cross-site' })).status, 403);
    assert.equal((await send('no report')).status, 200);
    assert.equal((await send({ 'csp-report': 5 })).status, 200);
    assert.equal(lines.length, 1);
    for (let n = 0; n < 20; n += 1)
      await send({
        'csp-report': { 'blocked-uri': 'data:text/html,secret', 'violated-directive': 'x'.repeat(999) },
      });
    assert.ok(lines.length <= 10, `${lines.length} lines`);
    assert.doesNotMatch(JSON.stringify(lines), /secret|x{300}/);
  });
  test('a page that was not drawn is logged under the id it gets: where, not what somebody wrote, and not again and again', async (t) => {
    const lines: Record<string, unknown>[] = [];
    const log: Log = { ...silentLog, error: (fields) => lines.push(fields) };
    const told = await startHarness({ log });
    t.after(() => told.close());
    const send = async (body: unknown, headers = {}) =>
      told.call('POST', '/ajax/page-fault', { body, headers });
    const at = ['index-1a2B.js:1:4711', 'a secret', 'https://elsewhere.example/secret.js:1:1', 5];
    const first = await send({ error: 'TypeError', page: '/channels/locate', at, message: 'secret' });
    const error_id = first.json['error_id'];
    assert.match(String(error_id), /^[0-9a-f]{12}$/);
    assert.deepEqual(lines, [
      { page: '/channels/locate', error: 'TypeError', at: ['index-1a2B.js:1:4711'], error_id },
    ]);
    const foreign = await send({ error: 'TypeError' }, { 'Sec-Fetch-Site': 'cross-site' });
    assert.equal(foreign.status, 403);
    await send({ error: 'secret: secret', page: '/search?q=secret', at: ['secret'] });
    await send('secret');
    assert.deepEqual(
      lines.slice(1).map(({ page, error, at: places }) => [page, error, places]),
      [
        [null, 'unknown', []],
        [null, 'unknown', []],
      ],
    );
    let last = first;
    for (let n = 0; n < 20; n += 1)
      last = await send({ error: 'x'.repeat(999), at: Array(999).fill('a.js:1:1') });
    assert.deepEqual([last.status, last.json['error_id']], [200, null]);
    assert.equal(lines.length, 10);
    for (const line of lines) assert.ok(JSON.stringify(line).length < 400);
    assert.doesNotMatch(JSON.stringify(lines), /secret|x{41}/);
  });
  test('answers of the API are not cached', async () => {
    assert.equal((await node.call('GET', '/api/v1/health')).headers.get('cache-control'), 'no-store');
  });
});

test('only own names are answered', async () => {
  for (const host of [
    '127.0.0.1',
    'localhost:7770',
    '[::1]:7770',
    '192.168.1.9:7770',
    'test-host',
    'test-host.local:1',
    'canopy.example',
    'VPN.example.',
  ]) {
    assert.equal((await under(host)).status, 200, host);
  }
  for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'other.local']) {
    const answer = await under(host);
    assert.equal(answer.status, 421, host);
    assert.match(answer.body, /CANOPY_ALLOWED_HOSTS/);
  }
  assert.equal((await under('evil.example', '/')).status, 421);
});

test('stopping ends open connections soon, starting and stopping twice does no harm', async () => {
  const other = await startHarness();
  const waiting = connect(Number(new URL(other.url).port), '127.0.0.1');
  waiting.on('error', () => undefined);
  waiting.write('GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n');
  const closed = new Promise((resolve) => waiting.on('close', resolve));
  await other.close();
  await other.close();
  await closed;
});
