/** Texts as one line of words (05 sections 9 P-11, 10.5 M-11, 10.11 A-2). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LINE_CHARS, plainText } from '../../server/markdown/plain-text.ts';

function reads(pairs: readonly (readonly [written: string, read: string])[]): void {
  for (const [written, read] of pairs) assert.equal(plainText(written), read, written);
}

test('what Markdown draws is left out, what somebody wrote stays', () =>
  reads([
    ['You are **welcome**', 'You are welcome'],
    ['I do.\n\n```sh\nladder --length 3\n```', 'I do. ladder --length 3'],
    ['# Plan\n\n- [ ] *paint*\n- [x] ~~sand~~\n> quoted', 'Plan paint sand quoted'],
    ['see [the plan](https://example.org/a?b "title") or `make it`', 'see the plan or make it'],
    ['<https://example.org/a> https://example.org/b', 'https://example.org/a https://example.org/b'],
    ['| a | b |\n|---|---|\n| 1 | **2** |', 'a b 1 2'],
    ['2 * 3 * 4, snake_case_name, a*b', '2 * 3 * 4, snake_case_name, a*b'],
    ['**bold *and* `code **here**`**', 'bold and code **here**'],
    ['1. one\n2. two\n\n    indented', 'one two indented'],
    ['Title\n=====\ntext', 'Title text'],
    ['\\*not bold\\* &amp; caf&eacute;', '*not bold* & café'],
    ['[r]\n\n[r]: https://example.org', 'r'],
    ['a  \nb\n\n\nc', 'a b c'],
    ['', ''],
    ['  \n\t', ''],
  ]));

test('markup of other kinds is text, and nothing is left of a text only if there was nothing', () =>
  reads([
    [
      '<b>not markup</b> & [not](javascript:alert) a link',
      '<b>not markup</b> & [not](javascript:alert) a link',
    ],
    ['<script>alert(1)</script>', '<script>alert(1)</script>'],
    ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
    ['![shown](https://example.org/x.png)', '!shown'],
    ['---', '---'],
    ['[r]: https://example.org', '[r]: https://example.org'],
    ['**', '**'],
    ['> ', '>'],
    ['\u202egnp.exe\u202c **x**', '\u202egnp.exe\u202c x'],
  ]));

test('of what was shortened elsewhere no begun markup is left', () =>
  reads([
    ['see **the whole pl...', 'see the whole pl...'],
    ['**done** and ~~not y...', 'done and not y...'],
    ['run `make all…', 'run make all…'],
    ['read [the plan](https://exam...', 'read the plan…'],
    ['2 ** 3 is eight...', '2 ** 3 is eight...'],
  ]));

test('it is one line, never longer than asked for, whole characters, and says when it goes on', () => {
  const odd = fc.oneof(
    fc.string({ maxLength: 2_000, unit: 'binary' }),
    fc
      .array(
        fc.constantFrom(
          '*',
          '**',
          '_',
          '`',
          '```',
          '~~',
          '[',
          '](',
          ')',
          '<',
          '>',
          '|',
          '-',
          '#',
          '\n',
          '&',
          '\\',
          '😀',
          'a ',
          '1. ',
          'https://a.b',
        ),
        {
          maxLength: 400,
        },
      )
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(odd, (text) => {
      const line = plainText(text);
      assert.ok(line.length <= LINE_CHARS + 1);
      assert.doesNotMatch(line, /[\n\r\t]|^ | $/u);
      assert.equal(line === '', text.slice(0, LINE_CHARS * 4).trim() === '');
    }),
    { numRuns: 1_000 },
  );
  assert.equal(plainText('word '.repeat(9), 12), 'word word wo…');
  assert.equal(plainText('😀'.repeat(9), 5), '😀😀…');
  assert.equal(plainText('**'.repeat(50_000)).length, LINE_CHARS + 1);
});
