/** What keys do to a text that is written (05 sections 10.5 M-2 and 10.10). */
import assert from 'node:assert/strict';
import test from 'node:test';
import { enterDoes, formatted } from '../../../web/state/composing.ts';
import type { TextKey } from '../../../web/state/shortcuts.ts';

const enter = (more: Partial<Parameters<typeof enterDoes>[0]> = {}) => ({
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  isComposing: false,
  keyCode: 13,
  ...more,
});

test('Enter sends and Shift+Enter breaks the line, or the other way round', () => {
  assert.equal(enterDoes(enter(), 'a', 1, true), 'send');
  assert.equal(enterDoes(enter({ shiftKey: true }), 'a', 1, true), 'break');
  assert.equal(enterDoes(enter(), 'a', 1, false), 'break');
  assert.equal(enterDoes(enter({ shiftKey: true }), 'a', 1, false), 'send');
  for (const sends of [true, false]) assert.equal(enterDoes(enter({ ctrlKey: true }), 'a', 1, sends), 'send');
});

test('inside a code fence Enter breaks the line; an input method never sends', () => {
  assert.equal(enterDoes(enter(), '```\na', 5, true), 'break');
  assert.equal(enterDoes(enter({ metaKey: true }), '```\na', 5, true), 'send');
  assert.equal(enterDoes(enter({ isComposing: true, ctrlKey: true }), 'a', 1, true), 'break');
  assert.equal(enterDoes(enter({ keyCode: 229 }), 'a', 1, true), 'break');
});

/** Square brackets stand for the selection. */
function press(marked: string, key: TextKey): string {
  const start = marked.indexOf('[');
  const text = marked.replace('[', '').replace(']', '');
  const change = formatted(text, start, marked.indexOf(']') - 1, key);
  const next = text.slice(0, change.start) + change.put + text.slice(change.end);
  const [from, to] = change.select;
  return `${next.slice(0, from)}[${next.slice(from, to)}]${next.slice(to)}`;
}

test('marks go around what is selected and come off again', () => {
  assert.equal(press('say [it] now', 'bold'), 'say **[it]** now');
  assert.equal(press('say **[it]** now', 'bold'), 'say [it] now');
  assert.equal(press('[]', 'code'), '`[]`');
  assert.equal(press('a[b]', 'strike'), 'a~~[b]~~');
});

test('a code block stands on lines of its own', () => {
  assert.equal(press('[x = 1]', 'block'), '```\n[x = 1]\n```');
  assert.equal(press('see [x] here', 'block'), 'see \n```\n[x]\n```\n here');
});
