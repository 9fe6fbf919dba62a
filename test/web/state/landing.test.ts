import test from 'node:test';
import assert from 'node:assert/strict';
import { conversationAt, landingAddress, landingOf } from '../../../web/state/landing.ts';
import { parseLocation } from '../../../web/state/router.ts';

test('the choice is read from the cookie of the reference; anything else means the last conversation', () => {
  assert.equal(landingOf('a=b; canopy_landing=feed'), 'feed');
  assert.equal(landingOf('canopy_landing=messages; x=y'), 'messages');
  assert.equal(landingOf('canopy_landing=evil'), 'last');
  assert.equal(landingOf('not_canopy_landing=feed'), 'last');
  assert.equal(landingOf(''), 'last');
});

test('a conversation is remembered without what is only for the moment; other pages are not', () => {
  const at = (address: string): string | null => conversationAt(parseLocation(address));
  assert.equal(at('/channels'), '/channels');
  assert.equal(at('/channels?channel=C1&focus_message=M1&details=1'), '/channels?channel=C1');
  assert.equal(at('/messages?with=user_1&search=x'), '/messages?with=user_1');
  assert.equal(at('/messages?group=group%3A1'), '/messages?group=group%3A1');
  assert.equal(at('/messages'), null);
  assert.equal(at('/settings'), null);
});

test('the choice wins over the last conversation; what belongs to another account or leads elsewhere counts for nothing', () => {
  const kept = { account: 'u1', address: '/messages?with=u2' };
  assert.equal(landingAddress('last', 'u1', kept), '/messages?with=u2');
  assert.equal(landingAddress('feed', 'u1', kept), '/feed');
  assert.equal(landingAddress('channels', 'u1', kept), '/channels');
  assert.equal(landingAddress('last', 'u3', kept), '/channels');
  for (const stored of [
    null,
    'x',
    {},
    { account: 'u1', address: '//evil.example' },
    { account: 'u1', address: '/logout' },
    { account: 'u1', address: 7 },
  ])
    assert.equal(landingAddress('last', 'u1', stored), '/channels');
});
