import test from 'node:test';
import assert from 'node:assert/strict';
import { insideCodeFence } from '../../../web/state/code-fence.ts';

test('inside an open code fence and nowhere else', () => {
  const text = 'a\n```js\ncode\n```\nb';
  assert.equal(insideCodeFence(text, 1), false);
  assert.equal(insideCodeFence(text, text.indexOf('code') + 2), true);
  assert.equal(insideCodeFence(text, text.length), false);
  assert.equal(insideCodeFence('```', 3), true);
  assert.equal(insideCodeFence('~~~\n```\n', 8), true);
  assert.equal(insideCodeFence('````\n```\n', 9), true);
  assert.equal(insideCodeFence('`x`', 3), false);
});
