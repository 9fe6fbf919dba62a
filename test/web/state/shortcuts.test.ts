import test from 'node:test';
import assert from 'node:assert/strict';
import {
  keyTable,
  messageKeyOf,
  neighbour,
  pageKey,
  singleKeys,
  textKey,
} from '../../../web/state/shortcuts.ts';

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

test('parts, settings and files have keys; a composer has its own', () => {
  assert.deepEqual(pageKey(press('F6'), true), { region: 1 });
  assert.deepEqual(pageKey(press('F6', 'shiftKey'), true), { region: -1 });
  assert.equal(pageKey(press(',', 'metaKey'), true), 'settings');
  assert.equal(pageKey(press('U', 'ctrlKey', 'shiftKey'), true), 'attach');
  assert.equal(pageKey(press('u', 'ctrlKey', 'altKey'), true), null);
  assert.equal(textKey(press('b', 'ctrlKey')), 'bold');
  assert.equal(textKey(press('C', 'ctrlKey', 'shiftKey')), 'block');
  assert.equal(textKey(press('c', 'ctrlKey')), null);
});

test('single letters on a message can be switched off, and the table follows', () => {
  const shown = (): string[] =>
    keyTable({ enterSends: true, mac: false }).flatMap(({ rows }) => rows.map(([keys]) => keys));
  assert.equal(messageKeyOf(press('m')), 'menu');
  assert.equal(messageKeyOf(press('+', 'shiftKey')), 'react');
  assert.equal(messageKeyOf(press('m', 'ctrlKey')), null);
  assert.ok(shown().includes('R'));
  singleKeys.choose(false);
  assert.equal(messageKeyOf(press('m')), null);
  assert.equal(messageKeyOf(press('Delete')), 'delete');
  assert.equal(pageKey(press('/'), false), null);
  assert.equal(pageKey(press('?', 'shiftKey'), false), null);
  assert.equal(pageKey(press('k', 'ctrlKey'), false), 'switch');
  assert.deepEqual(pageKey(press('F6'), false), { region: 1 });
  assert.ok(!shown().includes('R') && shown().includes('Delete'));
  singleKeys.choose(true);
});

test('the table names the keys of the machine and what Enter does', () => {
  const rows = (enterSends: boolean, mac: boolean) =>
    new Map(keyTable({ enterSends, mac }).flatMap((group) => group.rows));
  assert.equal(rows(true, false).get('Shift+Enter'), 'New line');
  assert.equal(rows(false, false).get('Shift+Enter'), 'Send');
  assert.equal(rows(true, true).get('⌘B'), 'Bold');
});

test('the next conversation goes round the ends; of the unread ones the others are passed over', () => {
  const list = [
    { address: 'a', unread: 0 },
    { address: 'b', unread: 2 },
    { address: 'c', unread: 0 },
  ];
  const to = (open: string | null, step: 1 | -1, unread = false) =>
    neighbour(
      list.map((one) => ({ ...one, open: one.address === open })),
      { step, unread },
    )?.address;
  assert.equal(to('a', 1), 'b');
  assert.equal(to('c', 1), 'a');
  assert.equal(to('a', -1), 'c');
  assert.equal(to(null, 1), 'a');
  assert.equal(to(null, -1), 'c');
  assert.equal(to('c', 1, true), 'b');
  assert.equal(to('b', 1, true), undefined);
  assert.equal(neighbour([], { step: 1, unread: false }), null);
});
