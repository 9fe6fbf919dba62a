/** What lists show of what is new, and what the browser tells (05 section 10.9). */
import assert from 'node:assert/strict';
import test from 'node:test';
import { newSince, type Waiting } from '../../../web/state/system-notices.ts';
import { ordered, unreadMark, type CallLevel } from '../../../web/state/unread-marks.ts';

test('what calls is a number, what is only new a dot; muted conversations show mentions alone', () => {
  const channel = { unread: 3, mentions: 0, direct: false };
  const called = { unread: 3, mentions: 2, direct: false };
  const direct = { unread: 3, mentions: 0, direct: true };
  assert.deepEqual(unreadMark(channel, 'all'), { kind: 'dot' });
  assert.deepEqual(unreadMark(called, 'all'), { kind: 'count', count: 2 });
  assert.deepEqual(unreadMark(direct, 'all'), { kind: 'count', count: 3 });
  assert.equal(unreadMark(channel, 'mentions'), null);
  assert.deepEqual(unreadMark(called, 'mentions'), { kind: 'count', count: 2 });
  assert.equal(unreadMark(direct, 'mentions'), null);
  assert.deepEqual(unreadMark(called, 'nothing'), { kind: 'count', count: 2 });
  assert.equal(unreadMark(channel, 'nothing'), null);
  assert.equal(unreadMark(direct, 'nothing'), null);
  assert.equal(unreadMark({ ...channel, unread: 0 }, 'all'), null);
});

test('favourites come first, then the liveliest or by name; what is open stays', () => {
  const one = (name: string, at: number, more: object = {}) => ({
    ...{ name, at, unread: 0, favourite: false, open: false },
    ...more,
  });
  const list = [
    one('ops', 1),
    one('design', 3, { unread: 2 }),
    one('art', 2),
    one('zoo', 0, { favourite: true }),
  ];
  const names = (byName: boolean, unreadOnly = false, from = list): string =>
    ordered(from, { byName, unreadOnly })
      .map(({ name }) => name)
      .join(' ');
  assert.equal(names(false), 'zoo design art ops');
  assert.equal(names(true), 'zoo art design ops');
  assert.equal(names(true, true), 'design');
  assert.equal(names(true, true, [...list, one('here', 0, { open: true })]), 'design here');
});

const waiting = (key: string, more: Partial<Waiting> = {}): Waiting => ({
  ...{ key, conversation: key, kind: 'direct', at: 100, unread: 1, title: key, text: '', address: '/' },
  ...more,
});
function told(
  before: Waiting[],
  after: Waiting[],
  { shown = null, levels = {} }: { shown?: string | null; levels?: Record<string, CallLevel> } = {},
): string[] {
  const levelOf = (key: string): CallLevel => levels[key] ?? 'all';
  return newSince(before, after, { since: 50, levelOf, shown }).map(({ key }) => key);
}

test('told is what grew since, once, and nothing that was there when the page was opened', () => {
  assert.deepEqual(told([], [waiting('a')]), ['a']);
  assert.deepEqual(told([waiting('a')], [waiting('a')]), []);
  assert.deepEqual(told([waiting('a')], [waiting('a', { unread: 2 })]), ['a']);
  // Read on one side and written on the other, before this page counted again.
  assert.deepEqual(told([waiting('a')], [waiting('a', { at: 101 })]), ['a']);
  assert.deepEqual(told([], [waiting('a', { at: 10 })]), []);
  assert.deepEqual(told([], [waiting('a', { unread: 0 })]), []);
});

test('nothing is told of what is on the screen or was silenced; a mention stands for its message', () => {
  const call = waiting('call:1', { kind: 'call', conversation: 'c' });
  const channel = waiting('c', { kind: 'channel' });
  assert.deepEqual(told([], [channel], { shown: 'c' }), []);
  assert.deepEqual(told([], [call, channel]), ['call:1']);
  // Of the two lists the one of calls was read first.
  assert.deepEqual(told([call], [call, channel]), []);
  assert.deepEqual(told([call], [call, { ...channel, at: 101 }]), ['c']);
  assert.deepEqual(told([], [call, channel], { levels: { c: 'mentions' } }), ['call:1']);
  assert.deepEqual(told([], [channel], { levels: { c: 'mentions' } }), []);
  assert.deepEqual(told([], [call, channel], { levels: { c: 'nothing' } }), []);
});
