import test from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  announcement,
  mergeNewest,
  prependOlder,
  threadRows,
  type Entry,
} from '../../../web/state/thread.ts';

const ids = (list: readonly { id: string }[]): string => list.map((item) => item.id).join('');
const items = (text: string): { id: string }[] => [...text].map((id) => ({ id }));

export function entry(over: Partial<Entry> = {}): Entry {
  return {
    id: 'm1',
    authorId: 'user_a',
    authorName: 'Alice',
    originPeer: null,
    device: null,
    text: 'hello',
    at: new Date(2026, 0, 2, 12).getTime(),
    edited: false,
    mine: false,
    delivery: null,
    kind: 'message',
    unconfirmedVia: null,
    channelId: null,
    replyTo: null,
    reactions: [],
    ...over,
  };
}

test('a newer page continues the list', () => {
  assert.equal(ids(mergeNewest(items('abcd'), items('cdef'))), 'abcdef');
});

test('what the node no longer has in its page is gone', () => {
  assert.equal(ids(mergeNewest(items('abcd'), items('bd'))), 'abd');
});

test('a page that does not touch the list replaces it, so no gap is hidden', () => {
  assert.equal(ids(mergeNewest(items('abc'), items('xyz'))), 'xyz');
});

test('an empty page empties the list', () => {
  assert.equal(ids(mergeNewest(items('abc'), [])), '');
});

test('a page that starts before the list wins', () => {
  assert.equal(ids(mergeNewest(items('cd'), items('abcd'))), 'abcd');
});

test('merging a page twice is merging it once, and nothing is ever listed twice', () => {
  const list = fc.uniqueArray(fc.constantFrom(...'abcdefghij')).map((chars) => items(chars.join('')));
  fc.assert(
    fc.property(list, list, (known, page) => {
      const once = mergeNewest(known, page);
      assert.equal(ids(mergeNewest(once, page)), ids(once));
      assert.equal(new Set(once.map((item) => item.id)).size, once.length);
      assert.ok(ids(once).endsWith(ids(page)));
    }),
  );
});

test('older messages go in front, those already there only once', () => {
  assert.equal(ids(prependOlder(items('cd'), items('abc'))), 'abcd');
});

test('five minutes of one author are one group; another author, a gap or a day end it', () => {
  const noon = new Date(2026, 0, 2, 12).getTime();
  const rows = threadRows([
    entry({ id: '1', at: noon }),
    entry({ id: '2', at: noon + 299_000 }),
    entry({ id: '3', at: noon + 299_000, authorId: 'user_b' }),
    entry({ id: '4', at: noon + 300_000, authorId: 'user_b' }),
    entry({ id: '5', at: noon + 700_000, authorId: 'user_b' }),
    entry({ id: '6', at: noon + 86_400_000, authorId: 'user_b' }),
  ]);
  const shape = rows.map((row) => (row.kind === 'message' ? row.entry.id + (row.head ? '+' : '') : row.kind));
  assert.deepEqual(shape, ['day', '1+', '2', '3+', '4', '5+', 'day', '6+']);
});

test('rows have keys of their own', () => {
  const noon = new Date(2026, 0, 2, 12).getTime();
  const rows = threadRows([
    entry({ id: 'a', at: noon }),
    entry({ id: 'b', at: noon + 86_400_000 }),
    entry({ id: 'c', at: noon }),
  ]);
  assert.equal(new Set(rows.map((row) => row.key)).size, rows.length);
});

test('the newest own message of a group shows its state, and every one that differs', () => {
  const delivered = {
    state: 'delivered',
    of: 1,
    delivered: 1,
    failed: 0,
    sent_to: [],
    queued_for: [],
    failed_for: [],
  } as const;
  const own = (id: string, over: Partial<Entry> = {}): Entry => entry({ id, mine: true, ...over });
  const shown = threadRows([
    own('1', { delivery: { ...delivered, sent_to: [], queued_for: [], failed_for: [] } }),
    own('2'),
    own('3'),
    own('4', { unsent: { state: 'failed', reason: 'no' } }),
    entry({ id: '5', authorId: 'user_b' }),
  ]).flatMap((row) => (row.kind === 'message' && row.showState ? [row.entry.id] : []));
  assert.deepEqual(shown, ['1', '3', '4']);
});

test('of few new messages it is read out who wrote what, many are summed up, own ones are not read back', () => {
  const other = (n: number, name = 'Alice'): Entry => entry({ id: `n${n}`, authorName: name });
  assert.equal(announcement([other(1)]), 'Alice: hello');
  assert.equal(
    announcement([other(1), entry({ mine: true }), entry({ authorName: 'Bob', text: '**well** done' })]),
    'Alice: hello Bob: well done',
  );
  const files = [1, 2].map((n) => ({
    id: `F${n}`,
    ...{ name: 'a', type: 'text/plain', size: 1, origin: null, source: null, alt: '', dimensions: null },
  }));
  assert.equal(announcement([entry({ text: '', files })]), 'Alice: 2 files');
  assert.equal(announcement([1, 2, 3, 4].map((n) => other(n))), '4 new messages from Alice');
  assert.equal(
    announcement([other(1), other(2), other(3, 'Bob'), other(4, 'Bob'), other(5)]),
    '5 new messages from Alice and Bob',
  );
  assert.equal(
    announcement([1, 2, 3, 4].map((n) => other(n, `P${n}`))),
    '4 new messages from P1, P2 and others',
  );
  assert.equal(announcement([1, 2, 3, 4].map((n) => entry({ id: `o${n}`, mine: true }))), '');
});

test('a line stands above the first message that was not read, which begins a group', () => {
  const list = [entry({ id: 'a' }), entry({ id: 'b', mine: true }), entry({ id: 'c' }), entry({ id: 'd' })];
  const rows = threadRows(list, 'd');
  const at = rows.findIndex(({ kind }) => kind === 'new');
  const shown = rows
    .slice(at, at + 2)
    .map((row) => (row.kind === 'message' ? [row.entry.id, row.head] : row.kind));
  assert.deepEqual(shown, ['new', ['d', true]]);
  assert.equal(rows.filter(({ kind }) => kind === 'new').length, 1);
});
