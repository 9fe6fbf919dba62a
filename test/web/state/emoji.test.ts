import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  EMOJI,
  EMOJI_GROUPS,
  emojiName,
  findEmoji,
  noteEmoji,
  recentEmoji,
  toned,
  tone,
} from '../../../web/state/emoji.ts';

const first = (query: string): string | undefined => findEmoji(query, 1)[0]?.sign;

test('every emoji has a name of its own and stands in a group that can be chosen', () => {
  const groups = new Set<number>(EMOJI_GROUPS.map(([number]) => number));
  assert.ok(EMOJI.length > 1_800);
  assert.equal(new Set(EMOJI.map(({ sign }) => sign)).size, EMOJI.length);
  assert.deepEqual(
    EMOJI.filter(({ sign, name, group }) => sign === '' || name === '' || !groups.has(group)),
    [],
  );
  for (const group of groups) assert.ok(EMOJI.some((one) => one.group === group));
});

test('an emoji is found by its name and by what people call it', () => {
  assert.equal(first('thumbs up'), '👍');
  assert.equal(first('thumbs_up'), '👍');
  assert.equal(first('+1'), '👍');
  assert.equal(first('tada'), '🎉');
  assert.equal(first('heart'), '❤️');
  assert.equal(first('Smile'), '😄');
  assert.ok(
    findEmoji('grin', 6).every(
      ({ name, tags }) => name.includes('grin') || tags.some((tag) => tag.startsWith('grin')),
    ),
  );
  assert.deepEqual(findEmoji('  ', 6), []);
  assert.deepEqual(findEmoji('no such thing', 6), []);
  assert.equal(findEmoji('face', 7).length, 7);
});

test('a tone is given to what has tones, to the whole of a couple, and to nothing else', (t) => {
  t.after(() => (tone.value = 0));
  const named = (name: string): (typeof EMOJI)[number] => {
    const found = EMOJI.find((one) => one.name === name);
    assert.ok(found !== undefined, name);
    return found;
  };
  tone.value = 5;
  assert.equal(toned(named('thumbs up')), '👍🏿');
  assert.equal(toned(named('handshake')), '🤝🏿');
  assert.equal(toned(named('party popper')), '🎉');
  tone.value = 0;
  assert.equal(toned(named('thumbs up')), '👍');
  for (const { name, tones } of EMOJI) assert.ok([0, 5].includes(tones.length), name);
});

test('what was picked last comes first, once, and no more than three rows of it', () => {
  for (const { sign } of EMOJI.slice(0, 40)) noteEmoji(sign);
  noteEmoji('👍🏿');
  noteEmoji(EMOJI[38]?.sign ?? '');
  assert.equal(recentEmoji.value.length, 24);
  assert.deepEqual(recentEmoji.value.slice(0, 3), [EMOJI[38]?.sign, '👍🏿', EMOJI[39]?.sign]);
  assert.equal(new Set(recentEmoji.value).size, 24);
  assert.equal(emojiName('👍🏿'), 'thumbs up');
});
