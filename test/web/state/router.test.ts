import test from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseLocation, safeReturnTo } from '../../../web/state/router.ts';

test('an address is split into path and query; a trailing slash does not matter', () => {
  assert.equal(parseLocation('/connect/').path, '/connect');
  assert.equal(parseLocation('/').path, '/');
  assert.equal(parseLocation('//').path, '/');
  assert.equal(parseLocation('/messages?with=user_1&x=%20').query.get('with'), 'user_1');
});

test('a path of this node is kept for after sign-in', () => {
  assert.equal(safeReturnTo('/messages?with=user_1'), '/messages?with=user_1');
  assert.equal(safeReturnTo('/connect#requests'), '/connect#requests');
});

test('everything that leads elsewhere, or in a circle, leads to the landing page', () => {
  const bad = [
    null,
    '',
    'connect',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil',
    'https://evil.example/',
    'javascript:alert(1)',
    '/\t/evil.example',
    '/\n/evil',
    '/login',
    '/setup',
    '/register?x=1',
    '/logout',
    '/',
    '/login/',
  ];
  for (const value of bad) assert.equal(safeReturnTo(value), '/channels', String(value));
});

test('whatever is given, the result stays on this origin', () => {
  const hostile = fc.oneof(
    fc.string(),
    fc.string().map((tail) => `/${tail}`),
    fc.string({ unit: fc.constantFrom('/', '\\', '.', ':', '@', '\t', '\n', ' ', '%2f', 'a', '?', '#') }),
  );
  fc.assert(
    fc.property(hostile, (value) => {
      const url = new URL(safeReturnTo(value), 'http://node.example:7770');
      assert.equal(url.origin, 'http://node.example:7770');
    }),
    { numRuns: 2_000 },
  );
});
