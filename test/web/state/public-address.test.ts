import test from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readPublicAddress } from '../../../web/state/public-address.ts';

const query = (host: string, port = '7771'): Record<string, string> | string => {
  const read = readPublicAddress(host, port);
  return read.ok ? Object.fromEntries(new URLSearchParams(read.query)) : read.field;
};

test('an empty field asks for the plain invite', () => {
  assert.deepEqual(query('  ', ''), {});
});

test('addresses, names, ports in either place, and full addresses', () => {
  assert.deepEqual(query('198.51.100.1'), { public_host: '198.51.100.1', public_port: '7771' });
  assert.deepEqual(query('198.51.100.1', ''), { public_host: '198.51.100.1' });
  assert.deepEqual(query('node.example.org'), { public_host: 'node.example.org', public_port: '7771' });
  assert.deepEqual(query('node.example.org:8000'), { public_host: 'node.example.org', public_port: '8000' });
  assert.deepEqual(query('[2001:db8::1]:8000'), { public_host: '2001:db8::1', public_port: '8000' });
  assert.deepEqual(query('2001:db8::1'), { public_host: '2001:db8::1', public_port: '7771' });
  assert.deepEqual(query('wss://mesh.example/path'), { external_endpoint: 'wss://mesh.example/path' });
});

test('what cannot work is said at the field at fault', () => {
  for (const host of [
    '300.1.1.1',
    '1.2.3',
    'a b',
    'http://x',
    'ws://',
    '-x',
    'x'.repeat(254),
    '[::1',
    'host:port',
  ])
    assert.equal(query(host), 'host', host);
  for (const port of ['0', '65536', 'abc', '1.5', '-1'])
    assert.equal(query('198.51.100.1', port), 'port', port);
});

test('no input throws, and every accepted one is a query of the known names', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (host, port) => {
      const read = readPublicAddress(host, port);
      if (!read.ok) return assert.ok(read.message.length > 0);
      for (const name of new URLSearchParams(read.query).keys())
        assert.ok(['public_host', 'public_port', 'external_endpoint'].includes(name));
    }),
    { numRuns: 1_000 },
  );
});
