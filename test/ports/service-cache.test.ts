import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ServiceCache } from '../../server/ports/service-cache.ts';
import type { DnsRecord } from '../../server/ports/service-cache.ts';

const TYPE = '_canopy._tcp.local';
const NAME = `canopy-X.${TYPE}`;
const PTR: DnsRecord = { name: TYPE, type: 'PTR', ttl: 4500, data: NAME };
const SRV: DnsRecord = { name: NAME, type: 'SRV', ttl: 120, data: { target: 'canopy-X.local', port: 7771 } };
const TXT: DnsRecord = {
  name: NAME,
  type: 'TXT',
  ttl: 4500,
  data: [Buffer.from('peer_id=X'), Buffer.from('odd')],
};
const A: DnsRecord = { name: 'canopy-X.local', type: 'A', ttl: 120, data: '192.0.2.7' };

test('a service is reported once, when it is complete, however its records arrive', () => {
  const whole = new ServiceCache(TYPE).take([PTR, SRV, TXT, A], 0);
  const expected = { txt: new Map([['peer_id', 'X']]), addresses: ['192.0.2.7'], port: 7771, instance: NAME };
  assert.deepEqual(whole, { seen: [expected], gone: [], ask: [] });

  const pieces = new ServiceCache(`${TYPE}.`);
  assert.deepEqual(
    pieces.take([PTR], 0).ask.map((question) => question.type),
    ['SRV', 'TXT'],
  );
  assert.deepEqual(
    pieces.take([SRV, TXT], 0).ask.map((question) => question.type),
    ['A', 'AAAA'],
  );
  assert.deepEqual(pieces.take([A], 0).seen, [expected]);
  assert.deepEqual(pieces.take([PTR, SRV, TXT, A], 0).seen, []);
});

test('another address is a change; link-local ones are no use', () => {
  const cache = new ServiceCache(TYPE);
  cache.take([PTR, SRV, TXT, A], 0);
  const v6 = { ...A, type: 'AAAA', data: '2001:db8::7' };
  const changed = cache.take([{ ...A, data: '192.0.2.8' }, { ...v6, data: 'fe80::1' }, v6], 0);
  assert.deepEqual(
    changed.seen.map((service) => service.addresses),
    [['192.0.2.8', '2001:db8::7']],
  );
});

test('a goodbye and silence both make it disappear, once', () => {
  const cache = new ServiceCache(TYPE);
  cache.take([PTR, SRV, TXT, A], 0);
  assert.deepEqual(cache.take([{ ...PTR, ttl: 0 }], 1).gone, [NAME]);
  assert.deepEqual(cache.take([{ ...PTR, ttl: 0 }], 1).gone, []);
  cache.take([PTR, SRV, TXT, A], 0);
  assert.deepEqual(cache.expire(100_000), []);
  cache.take([PTR], 100_000);
  assert.deepEqual(cache.expire(200_000), []);
  assert.deepEqual(cache.expire(300_000), [NAME]);
  assert.deepEqual(cache.expire(300_000), []);
});

test('services of other types and hosts nobody named are passed over', () => {
  const cache = new ServiceCache(TYPE);
  const change = cache.take([{ ...PTR, name: '_http._tcp.local' }, SRV, TXT, A], 0);
  assert.deepEqual(change, { seen: [], gone: [], ask: [] });
});

test('no packet makes it throw or remember without bound', () => {
  const cache = new ServiceCache(TYPE);
  const record = fc.record({
    name: fc.oneof(fc.constantFrom(TYPE, NAME, 'canopy-X.local'), fc.string()),
    type: fc.constantFrom('PTR', 'SRV', 'TXT', 'A', 'AAAA', 'NSEC'),
    ttl: fc.constantFrom(0, 120),
    data: fc.oneof(fc.anything(), fc.constant(NAME), fc.constant({ target: 'canopy-X.local', port: 1 })),
  });
  fc.assert(
    fc.property(fc.array(record), (records) => {
      cache.take(records, 0);
    }),
  );
  const flood = Array.from({ length: 5_000 }, (_, i) => ({ ...PTR, data: `s${i}.${TYPE}` }));
  for (let i = 0; i < 5_000; i += 100) cache.take(flood.slice(i, i + 100), 0);
  for (let i = 0; i < 5_000; i += 100) {
    const details = flood.slice(i, i + 100).flatMap(({ data }) => [
      { ...SRV, name: data },
      { ...TXT, name: data },
    ]);
    cache.take([...details, A], 0);
  }
  assert.ok(cache.expire(1e9).length <= 256);
});
