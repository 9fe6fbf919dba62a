/** What browsers call themselves, in words. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { deviceWords } from '../../../web/state/devices.ts';

test('a browser is named with its system, whomever it imitates', () => {
  const mac = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)';
  for (const [agent, words] of [
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
    [`${mac} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15`, 'Safari on macOS'],
    [`${mac} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36`, 'Chrome on macOS'],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/138.0 Safari/537.36 Edg/138.0',
      'Edge on Windows',
    ],
    [
      'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/138.0 Mobile Safari/537.36',
      'Chrome on Android',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 CriOS/138.0 Mobile Safari/604.1',
      'Chrome on iPhone',
    ],
  ] as const)
    assert.equal(deviceWords(agent), words);
});

test('a program is named by its first words, and never by more than a line of it', () => {
  assert.equal(deviceWords('curl/8.9.1'), 'curl');
  assert.equal(deviceWords('node'), 'node');
  for (const nothing of [null, '', '<script>', '\u202e'])
    assert.equal(deviceWords(nothing), 'Unknown program');
  assert.equal(deviceWords('x'.repeat(5000)).length, 40);
});
