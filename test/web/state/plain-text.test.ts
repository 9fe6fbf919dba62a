/** Messages as one line of words (05 sections 9 P-11, 10.11 A-2). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LINE_CHARS, plainText } from '../../../web/state/plain-text.ts';

test('what Markdown draws is left out, what somebody wrote stays', () => {
  for (const [written, read] of [
    ['You are **welcome**', 'You are welcome'],
    ['I do.\n\n```sh\nladder --length 3\n```', 'I do. ladder --length 3'],
    ['# Plan\n\n- [ ] *paint*\n- ~~sand~~\n> quoted', 'Plan paint sand quoted'],
    ['see [the plan](https://example.org/a?b) or `make it`', 'see the plan or make it'],
    ['| a | b |\n|---|---|\n| 1 | 2 |', '| a | b | | 1 | 2 |'],
    ['2 * 3 * 4, snake_case_name, __init__.py, a*b', '2 * 3 * 4, snake_case_name, init.py, a*b'],
    [
      '<b>not markup</b> & [not](javascript:alert) a link',
      '<b>not markup</b> & [not](javascript:alert) a link',
    ],
    ['', ''],
  ] as const)
    assert.equal(plainText(written), read);
});

test('it is one line, never longer than asked for, and says when it goes on', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 2_000 }), (text) => {
      const line = plainText(text);
      assert.ok(line.length <= LINE_CHARS + 1);
      assert.doesNotMatch(line, /\n/u);
    }),
    { numRuns: 300 },
  );
  assert.equal(plainText('word '.repeat(9), 12), 'word word wo…');
});
