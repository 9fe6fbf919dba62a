/** Token buckets of both rule sets (04 section 1.6), and the answer of a full one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RateLimiter, type LimitedRequest, type RateLimitMode } from '../../server/http/limits.ts';
import { startHarness } from './harness.ts';

const request: LimitedRequest = {
  method: 'GET',
  path: '/api/v1/health',
  address: '10.0.0.1',
  rawKey: null,
  keyId: null,
  sessionUser: null,
};

class Limits {
  now = 0;
  readonly limiter: RateLimiter;
  constructor(mode: RateLimitMode) {
    this.limiter = new RateLimiter({ clock: { now: () => 0, monotonic: () => this.now } }, { mode });
  }
  /** How many of `count` requests pass. */
  passed(count: number, fields: Partial<LimitedRequest> = {}): number {
    let passed = 0;
    for (let i = 0; i < count; i += 1) if (this.limiter.take({ ...request, ...fields }) === null) passed += 1;
    return passed;
  }
}

test('the reference rules have its numbers, first match first', () => {
  const cases: [Partial<LimitedRequest>, number][] = [
    [{ path: '/api/v1/keys' }, 3],
    // The page shares the bucket of the API, which is empty by now.
    [{ path: '/keys' }, 0],
    [{ method: 'POST', path: '/login' }, 5],
    [{ path: '/ajax/x' }, 30],
    [{ path: '/api/v1/files/upload' }, 3],
    [{ path: '/api/v1/streams/1/manifest.m3u8' }, 240],
    [{ path: '/api/v1/health' }, 15],
    [{ path: '/connect' }, 500],
    [{ path: '/login' }, 500],
  ];
  const limits = new Limits('reference');
  for (const [fields, expected] of cases)
    assert.equal(limits.passed(500, fields), expected, JSON.stringify(fields));
});

test('a bucket refills at its rate, and a refused request costs nothing', () => {
  const limits = new Limits('reference');
  assert.equal(limits.passed(15), 15);
  for (let i = 0; i < 50; i += 1) {
    limits.now += 10;
    limits.passed(1);
  }
  // Half a second at 5/s: two tokens, used while asking.
  assert.equal(limits.passed(1), 0);
  limits.now += 400;
  assert.equal(limits.passed(5), 2);
});

test('by default each key and each address has its own bucket; sign-in and registration are slow', () => {
  const limits = new Limits('default');
  assert.equal(limits.passed(300, { keyId: 'a' }), 200);
  assert.equal(limits.passed(300, { keyId: 'b' }), 200);
  assert.equal(limits.passed(300, { rawKey: 'invented' }), 200);
  assert.equal(limits.passed(300, { rawKey: 'invented too' }), 0);
  limits.now += 1000;
  assert.equal(limits.passed(300, { keyId: 'a' }), 50);
  assert.equal(limits.passed(9, { method: 'POST', path: '/login' }), 5);
  assert.equal(limits.passed(9, { method: 'POST', path: '/api/v1/register' }), 3);
  assert.equal(limits.passed(9, { method: 'POST', path: '/login', address: '10.0.0.2' }), 5);
  assert.equal(limits.passed(999, { path: '/assets/a.js' }), 999);
});

test('the many addresses of one IPv6 network share what sign-in and registration allow', () => {
  const limits = new Limits('default');
  for (const path of ['/login', '/setup', '/register']) {
    const from = (address: string) => limits.passed(30, { method: 'POST', path, address });
    assert.ok(from('2001:db8:0:1::1') > 0, path);
    assert.equal(from('2001:db8:0:1:ffff::2'), 0, path);
    assert.ok(from('2001:db8:0:2::1') > 0, path);
    assert.ok(from('10.1.2.3') > 0, path);
    assert.ok(from('10.1.2.4') > 0, path);
  }
  assert.equal(limits.passed(250, { address: '2001:db8:0:1::1' }), 200);
  assert.equal(limits.passed(250, { address: '2001:db8:0:1::2' }), 200);
});

test('it says how long to wait', () => {
  const limits = new Limits('default');
  limits.passed(5, { method: 'POST', path: '/login' });
  assert.equal(limits.limiter.take({ ...request, method: 'POST', path: '/login' }), 5);
  limits.now += 5000;
  assert.equal(limits.limiter.take({ ...request, method: 'POST', path: '/login' }), null);
});

test('invented addresses do not fill the memory', () => {
  const limits = new Limits('default');
  for (let i = 0; i < 10_050; i += 1) limits.passed(1, { address: String(i) });
  // The first ones were forgotten, the last ones not.
  limits.passed(198, { address: '10049' });
  assert.equal(limits.passed(5, { address: '10049' }), 1);
});

test('a full bucket is 429 with Retry-After, before credentials are looked at', async () => {
  const node = await startHarness({ options: { rateLimits: 'reference', retryAfterSeconds: 3 } });
  try {
    // The bucket refills while a slow machine asks, so it is asked until it is empty; the exact sizes are tested above.
    const refused: Awaited<ReturnType<typeof node.call>>[] = [];
    for (let round = 0; round < 40 && refused.length === 0; round += 1) {
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => node.call('GET', '/api/v1/channels')),
      );
      refused.push(...answers.filter((answer) => answer.status === 429));
    }
    assert.ok(refused.length > 0);
    assert.deepEqual(refused[0]?.json['error'], 'Rate limit exceeded');
    assert.equal(refused[0]?.json['message'], 'Too many requests');
    assert.equal(refused[0]?.headers.get('retry-after'), '3');
  } finally {
    await node.close();
  }
});
