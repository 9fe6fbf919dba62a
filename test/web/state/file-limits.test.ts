import test from 'node:test';
import assert from 'node:assert/strict';
import { INLINE_BYTES, peersWithoutFiles, tooLargeWords } from '../../../web/state/file-limits.ts';

test('only peers that said what they can do are said to lack it', () => {
  const versions = {
    old: { capabilities: [] },
    new: { capabilities: ['large_attachment_store_v1'] },
    silent: {},
  };
  assert.deepEqual(peersWithoutFiles(['old', 'new', 'silent', 'unknown'], versions), ['old']);
});

test('the sender hears of files that do not fit, and of no others', () => {
  const fits = { name: 'small.txt', size: INLINE_BYTES };
  const large = { name: 'film.mp4', size: INLINE_BYTES + 1 };
  assert.equal(tooLargeWords([fits], ['Old one']), null);
  assert.equal(tooLargeWords([large], []), null);
  assert.match(tooLargeWords([fits, large], ['Old one']) ?? '', /^Old one takes .*256 KiB.*film\.mp4, not/);
  assert.doesNotMatch(tooLargeWords([fits, large], ['A', 'B']) ?? '', /small/);
});
