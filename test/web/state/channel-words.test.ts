import test from 'node:test';
import assert from 'node:assert/strict';
import { closedWords, encryptionWords, isOfThisDevice, listWords } from '../../../web/state/channel-words.ts';

const nameOf = (id: string): string => ({ u1: 'Ben', u2: 'Cleo' })[id] ?? id;
const prevented = (...user_ids: string[]) => [{ peer_id: 'p', user_ids }];

test('only channels of members say how they are encrypted', () => {
  for (const privacy_mode of ['open', 'guarded'] as const)
    assert.equal(
      encryptionWords({ privacy_mode, encrypted: false, encryption_prevented_by: [] }, nameOf, 'own'),
      null,
    );
  const sealed = encryptionWords(
    { privacy_mode: 'confidential', encrypted: true, encryption_prevented_by: [] },
    nameOf,
    'own',
  );
  assert.equal(sealed?.sealed, true);
});

test('who prevents encryption is named; a channel of this device alone is not called encrypted', () => {
  const words = (list: { peer_id: string; user_ids: string[] }[]) =>
    encryptionWords(
      { privacy_mode: 'private', encrypted: false, encryption_prevented_by: list },
      nameOf,
      'own',
    );
  assert.match(words(prevented('u1', 'u2'))?.long ?? '', /devices of Ben and Cleo cannot read encrypted/);
  assert.match(words(prevented('u1'))?.long ?? '', /device of Ben cannot/);
  assert.equal(words(prevented('u1'))?.sealed, false);
  assert.equal(words([])?.short, 'On this device only');
});

test('a channel is of this device when all its members are; of one of another node nobody here knows', () => {
  const alone = { privacy_mode: 'private', encrypted: false, encryption_prevented_by: [] } as const;
  assert.equal(isOfThisDevice({ ...alone, encryption_prevented_by: [], origin_peer: 'own' }, 'own'), true);
  assert.equal(isOfThisDevice({ ...alone, encryption_prevented_by: [], origin_peer: 'other' }, 'own'), false);
  assert.equal(isOfThisDevice({ ...alone, encrypted: true, encryption_prevented_by: [] }, 'own'), false);
  assert.equal(isOfThisDevice({ ...alone, encryption_prevented_by: prevented('u1') }, 'own'), false);
  assert.equal(
    isOfThisDevice({ privacy_mode: 'open', encrypted: false, encryption_prevented_by: [] }, 'own'),
    false,
  );
  const words = encryptionWords(
    { ...alone, encryption_prevented_by: [], origin_peer: 'other' },
    nameOf,
    'own',
  );
  assert.equal(words?.short, 'Not encrypted for its members');
  assert.match(words?.long ?? '', /comes from does not encrypt/u);
});

test('where one cannot begin a message, it says why and what is left', () => {
  assert.equal(closedWords({}), null);
  assert.equal(closedWords({ can_post_top_level: true }), null);
  assert.match(closedWords({ can_post_top_level: false, can_reply: true }) ?? '', /chosen people.*reply/);
  assert.match(
    closedWords({ can_post_top_level: false, can_reply: false, lifecycle_status: 'archived' }) ?? '',
    /^This channel is archived\.$/,
  );
});

test('names are joined as one says them', () => {
  assert.deepEqual([[], ['A'], ['A', 'B'], ['A', 'B', 'C']].map(listWords), [
    '',
    'A',
    'A and B',
    'A, B and C',
  ]);
});
