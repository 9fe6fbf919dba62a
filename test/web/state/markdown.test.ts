import test from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { renderMarkdown } from '../../../web/state/markdown.ts';

test('raw HTML is shown as text', () => {
  const html = renderMarkdown('<img src=x onerror=alert(1)> <script>alert(1)</script>');
  assert.doesNotMatch(html, /<img|<script/);
  assert.match(html, /&lt;script&gt;/);
});

test('only the web and mail are linked; everything else stays text', () => {
  for (const url of [
    'javascript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    '/logout',
    'logout',
    '//evil.example',
    'blob:x',
    ' javascript:x',
  ]) {
    assert.doesNotMatch(renderMarkdown(`[click](${url})`), /<a /, url);
    assert.doesNotMatch(renderMarkdown(`<${url}>`), /<a /, url);
  }
  for (const url of ['https://example.org/a?b=c', 'http://example.org', 'mailto:a@example.org'])
    assert.match(renderMarkdown(`[click](${url})`), /<a /, url);
});

test('links open elsewhere, tell nobody, and show their host', () => {
  const html = renderMarkdown('see https://example.org/path');
  assert.match(html, /rel="noopener noreferrer nofollow"/);
  assert.match(html, /target="_blank"/);
  assert.match(html, /title="example.org"/);
});

test('no image is ever loaded', () => {
  assert.doesNotMatch(
    renderMarkdown('![x](https://example.org/x.png) ![y][r]\n\n[r]: https://example.org/y.png'),
    /<img/,
  );
});

test('lines break where the writer broke them, code and tables are there', () => {
  assert.match(renderMarkdown('a\nb'), /a<br>/);
  assert.match(renderMarkdown('```js\nx\n```'), /<pre><code class="language-js">/);
  assert.match(renderMarkdown('|a|\n|-|\n|1|'), /<table>/);
  assert.match(renderMarkdown('~~x~~'), /<s>x<\/s>/);
});

test('no text makes rendering throw or lets an element in that is not allowed', () => {
  const pieces = fc.constantFrom(
    '<',
    '>',
    '"',
    "'",
    '[',
    ']',
    '(',
    ')',
    '!',
    '`',
    '*',
    '_',
    '\n',
    'javascript:',
    'https://a.b',
    'onerror=',
    'script',
    '&lt;',
    ' ',
    '#',
    '|',
    '-',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
      const html = renderMarkdown(parts.join(''));
      for (const [, tag] of html.matchAll(/<([a-z][a-z0-9]*)/giu)) {
        assert.ok(
          /^(?:p|br|hr|em|strong|s|code|pre|blockquote|ul|ol|li|a|h[1-6]|table|thead|tbody|tr|th|td)$/u.test(
            tag ?? '',
          ),
          `${tag}: ${html}`,
        );
      }
      assert.doesNotMatch(html, /<[^>]*\son\w+=/iu);
    }),
    { numRuns: 1_000 },
  );
});
