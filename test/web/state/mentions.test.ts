import test from 'node:test';
import assert from 'node:assert/strict';
import type { Person } from '../../../web/api/types.ts';
import {
  completed,
  completionAt,
  handleOf,
  mentionSpans,
  peopleByHandle,
  ranked,
} from '../../../web/state/mentions.ts';
import { extractMentions } from '../../../server/workspace/mention-handles.ts';

const person = (user_id: string, username: string, ...mention_handles: string[]): Person => ({
  user_id,
  username,
  display_name: username,
  account_type: 'human',
  status: 'active',
  origin_peer: '',
  is_remote: false,
  bio: '',
  avatar_url: null,
  created_at: null,
  mention_handles,
});

test('names are found where the node finds them', () => {
  for (const text of ['hi @anna, you', 'a@b.c x@y', '(@ben.x9)', '@@no @a', '@anna-b. @_x', 'ünd@so @Zoë'])
    assert.deepEqual(
      mentionSpans(text)
        .map(({ handle }) => handle)
        .filter((handle) => handle.length > 1),
      extractMentions(text),
      text,
    );
  const [span] = mentionSpans('hi @anna!');
  assert.deepEqual(span, { start: 3, end: 8, handle: 'anna' });
});

test('a name of two people means none of them, and is not written for one', () => {
  const here = person('u1', 'ben', 'ben');
  const there = person('u2', 'ben.F2s', 'ben', 'ben.F2s');
  const known = peopleByHandle([here, there]);
  assert.equal(known.get('ben'), undefined);
  assert.equal(known.get('ben.f2s'), there);
  assert.equal(handleOf(there, [here, there]), 'ben.F2s');
  assert.equal(handleOf(here, [here, there]), 'u1');
  assert.equal(handleOf(here, [here]), 'ben');
});

test('what is typed at the caret is offered completions, and nothing else is', () => {
  assert.deepEqual(completionAt('hi @an', 6), { sign: '@', start: 3, query: 'an' });
  assert.deepEqual(completionAt('@', 1), { sign: '@', start: 0, query: '' });
  assert.deepEqual(completionAt('see #pl and', 7), { sign: '#', start: 4, query: 'pl' });
  assert.deepEqual(completionAt('so :fi', 6), { sign: ':', start: 3, query: 'fi' });
  assert.deepEqual(completionAt('so :+1', 6), { sign: ':', start: 3, query: '+1' });
  assert.equal(completionAt('at :30', 6), null);
  for (const text of ['mail a@b', 'at 10:3', 'a:', 'C#s', 'done'])
    assert.equal(completionAt(text, text.length), null);
});

test('a completion takes the place of what was typed, with one space after it', () => {
  const open = completionAt('hi @an there', 6);
  assert.ok(open !== null);
  assert.deepEqual(completed('hi @an there', open, '@anna'), { text: 'hi @anna there', caret: 9 });
  assert.deepEqual(completed('hi @an', open, '@anna'), { text: 'hi @anna ', caret: 9 });
});

test('names that begin with it come before names that contain it, others not at all', () => {
  const names = ['Maria Anders', 'Anna', 'Hannah', 'Andy'];
  assert.deepEqual(
    ranked(names, 'an', (name) => [name]),
    ['Anna', 'Andy', 'Maria Anders'],
  );
});
