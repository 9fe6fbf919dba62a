import { countSteps } from '../steps.ts';
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  formatEndpoint,
  inviteCanonical,
  isLoopback,
  managerCanonical,
  MAX_ENDPOINT_LENGTH,
  parseEndpoint,
  sanitizeRemote,
} from '../../server/wire/endpoint.ts';

const scheme = fc.constantFrom('ws' as const, 'wss' as const);
const port = fc.integer({ min: 1, max: 65535 });
const names = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,20}$/);
const hosts = fc.oneof(
  names,
  fc.ipV4(),
  fc.ipV6().map((ip) => ip.toLowerCase()),
);
/** Texts made of what the parser looks at, so that they get far into it. */
const awkward = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        'ws',
        'wss',
        '://',
        ':',
        '[',
        ']',
        '@',
        '/',
        '?',
        '#',
        '%',
        '::',
        'a',
        'é',
        '℀',
        'v1.',
        '1',
        '0',
        ' ',
        '\t',
        '\u001f',
        '\ud800',
      ),
    )
    .map((parts) => parts.join('')),
);

test('parsing what was formatted gives the same parts, IPv6 included', () => {
  fc.assert(
    fc.property(scheme, hosts, port, (aScheme, host, aPort) => {
      const parts = { host, port: aPort, scheme: aScheme };
      assert.deepEqual(parseEndpoint(formatEndpoint(parts)), parts);
    }),
  );
});

test('any text is read or answered with null, and a canonical form is its own canonical form', () => {
  fc.assert(
    fc.property(awkward, (text) => {
      const canonical = managerCanonical(text);
      if (canonical === null) return;
      assert.equal(managerCanonical(canonical), canonical);
      assert.match(canonical, /^wss?:\/\/[^/?#]+:[1-9][0-9]{0,4}$/);
    }),
    { numRuns: 2000 },
  );
});

test('IPv6 literals are taken in brackets and only as real addresses', () => {
  const good = [
    '::',
    '::1',
    '1::',
    '2001:db8::5',
    '1:2:3:4:5:6:7:8',
    '::ffff:192.0.2.1',
    'fe80::1%eth0',
    '1:2:3:4:5:6:7::',
  ];
  for (const host of good) assert.notEqual(parseEndpoint(`ws://[${host}]:1`), null, host);
  const bad = [
    '',
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '::1:2:3:4:5:6:7:8',
    '12345::',
    'g::',
    '::256.0.0.1',
    '::01.2.3.4',
    'fe80::1%',
    'fe80::1%a%b',
    '192.0.2.1',
    ':1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:',
  ];
  for (const host of bad) assert.equal(parseEndpoint(`ws://[${host}]:1`), null, host);
});

test('loopback endpoints are for others only where several nodes share a machine', () => {
  const list = [
    'ws://127.0.0.1:7771',
    'ws://localhost:7772',
    'ws://0.0.0.0:7773',
    'ws://192.0.2.1:7771',
    7,
    null,
  ];
  assert.deepEqual(sanitizeRemote(list), ['ws://192.0.2.1:7771']);
  assert.deepEqual(sanitizeRemote(list, { allowLoopback: true }), [
    'ws://127.0.0.1:7771',
    'ws://localhost:7772',
    'ws://192.0.2.1:7771',
  ]);
  for (const [text, expected] of [
    ['ws://[::1]:1', true],
    ['127.0.0.1:1', true],
    ['localhost:1', true],
    ['[2001:db8::1]:1', false],
    ['10.0.0.1:1', false],
  ] as const) {
    const endpoint = inviteCanonical(text, { allowLoopback: true });
    assert.notEqual(endpoint, null);
    assert.equal(endpoint !== null && isLoopback(endpoint), expected, text);
  }
});

test('the work is bounded per character', () => {
  const units = [' ', ':', '[', '@', 'a:', '1.', '%', '℀', '/', '\t', 'ws://', '[::', 'é'];
  for (const unit of units) {
    for (const around of [
      (text: string) => text,
      (text: string) => `ws://${text}:1`,
      (text: string) => `[${text}]:1`,
    ]) {
      for (const count of [1, 100, 600, 100_000]) {
        const text = around(unit.repeat(count));
        const steps = countSteps(() => void managerCanonical(text));
        assert.ok(steps <= 400 + 20 * text.length, `${steps} steps for ${text.length} characters of ${unit}`);
        if (text.length > MAX_ENDPOINT_LENGTH)
          assert.ok(steps <= 20, 'a text that is too long is not looked at');
      }
    }
  }
});
