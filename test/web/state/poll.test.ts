import test from 'node:test';
import assert from 'node:assert/strict';
import { hasPoll, pollText, withoutPoll } from '../../../web/state/poll.ts';
import { parsePoll } from '../../../server/workspace/poll-text.ts';

test('a poll made on the page is one the node reads', () => {
  const text = pollText('What\nnow? ', ['Beans', ' ', 'Peas | or so'], 3);
  assert.ok(hasPoll(text));
  const poll = parsePoll(text, 0);
  assert.deepEqual(poll, {
    question: 'What now?',
    options: ['Beans', 'Peas | or so'],
    endsAt: 3 * 86_400_000,
  });
});

test('the block of a poll is not shown as text', () => {
  assert.equal(withoutPoll(`before\n\n${pollText('q', ['a', 'b'], 1)}\n\nafter`), 'before\n\n\n\nafter');
  assert.equal(withoutPoll('no [poll] here'), 'no [poll] here');
});
