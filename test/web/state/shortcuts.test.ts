import test from 'node:test';
import assert from 'node:assert/strict';
import { neighbour, pageKey } from '../../../web/state/shortcuts.ts';

const press = (key: string, ...with_: ('ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey')[]) => ({
  key,
  ctrlKey: with_.includes('ctrlKey'),
  metaKey: with_.includes('metaKey'),
  altKey: with_.includes('altKey'),
  shiftKey: with_.includes('shiftKey'),
});

test('keys of the page are told from those of a field', () => {
  assert.equal(pageKey(press('k', 'ctrlKey'), true), 'switch');
  assert.equal(pageKey(press('K', 'metaKey'), true), 'switch');
  assert.equal(pageKey(press('F', 'ctrlKey', 'shiftKey'), true), 'search');
  assert.equal(pageKey(press('?', 'shiftKey'), false), 'help');
  assert.equal(pageKey(press('?', 'shiftKey'), true), null);
  assert.equal(pageKey(press('k'), false), null);
  assert.deepEqual(pageKey(press('ArrowUp', 'altKey', 'shiftKey'), true), { step: -1, unread: true });
});

test('the next conversation goes round the ends; of the unread ones the others are passed over', () => {
  const list = [
    { address: 'a', unread: 0 },
    { address: 'b', unread: 2 },
    { address: 'c', unread: 0 },
  ];
  const to = (open: string | null, step: 1 | -1, unread = false) =>
    neighbour(list, open, { step, unread })?.address;
  assert.equal(to('a', 1), 'b');
  assert.equal(to('c', 1), 'a');
  assert.equal(to('a', -1), 'c');
  assert.equal(to(null, 1), 'a');
  assert.equal(to(null, -1), 'c');
  assert.equal(to('c', 1, true), 'b');
  assert.equal(to('b', 1, true), undefined);
  assert.equal(neighbour([], null, { step: 1, unread: false }), null);
});
