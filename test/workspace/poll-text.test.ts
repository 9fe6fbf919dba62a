/** Polls as texts define them (04 section 4.8). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePoll, pollStatus } from '../../server/workspace/poll-text.ts';

const DAY = 86_400_000;
const block = (...lines: string[]): string => ['before', '[Poll]', ...lines, '[/POLL]', 'after'].join('\n');

test('a poll is a question and at least two options', () => {
  const poll = parsePoll(block('Question:  Lunch? ', 'options:', '- Soup', '* Salad', '3. Nothing'), 0);
  assert.deepEqual(poll, { question: 'Lunch?', options: ['Soup', 'Salad', 'Nothing'], endsAt: 7 * DAY });
  assert.equal(parsePoll(block('question: One?', 'options:', '- Only'), 0), null);
  assert.equal(parsePoll(block('options:', '- a', '- b'), 0), null);
  assert.equal(parsePoll('[poll]\nquestion: Open?\n- a\n- b', 0), null);
  assert.equal(parsePoll('no poll at all', 0), null);
});

test('the question may stand alone, as the reference writes it, and a mark needs no space', () => {
  assert.deepEqual(
    parsePoll(block('', ' What now? ', '-Soup', '- - Salad', '---', 'and a remark', 'ttl: 3h'), 0),
    {
      question: 'What now?',
      options: ['Soup', 'Salad'],
      endsAt: 3 * 3_600_000,
    },
  );
  assert.equal(parsePoll(block('question: Named?', 'a remark', '- a', '- b'), 0)?.question, 'Named?');
});

test('it runs as long as it says, and says how long that is', () => {
  const lasting = (...lines: string[]): number | undefined =>
    parsePoll(block('question: Q?', '- a', '- b', ...lines), 0)?.endsAt;
  assert.deepEqual(
    [
      lasting('duration: 3h'),
      lasting('ends: 1970-01-03T00:00:00Z'),
      lasting('duration: soon'),
      lasting('duration: 9999w'),
    ],
    [3 * 3_600_000, 2 * DAY, 7 * DAY, 730 * DAY],
  );
  const poll = parsePoll(block('question: Q?', '- a', '- b'), 0);
  assert.ok(poll !== null);
  assert.deepEqual(
    [1, 6.5 * DAY, 7 * DAY - 90_000, 7 * DAY - 1, 7 * DAY].map((now) => pollStatus(poll, now)),
    ['Ends in 6d', 'Ends in 12h', 'Ends in 1m', 'Ends in <1m', 'Closed'],
  );
});
