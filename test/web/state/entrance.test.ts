import test from 'node:test';
import assert from 'node:assert/strict';
import { entrance, type Visitor } from '../../../web/state/entrance.ts';
import { parseLocation } from '../../../web/state/router.ts';

function from(address: string, state: Pick<Visitor, 'signedIn' | 'hasUsers'>): string | null {
  return entrance({ ...parseLocation(address), ...state });
}

test('without any account every address leads to setup', () => {
  const state = { signedIn: false, hasUsers: false };
  for (const address of ['/', '/login', '/register', '/connect', '/keys'])
    assert.equal(from(address, state), '/setup');
  assert.equal(from('/setup', state), null);
});

test('signed out, a page leads to sign-in and keeps the way back', () => {
  const state = { signedIn: false, hasUsers: true };
  const target = from('/messages?with=user_1', state) ?? '';
  const { path, query } = parseLocation(target);
  assert.equal(path, '/login');
  assert.equal(query.get('returnTo'), '/messages?with=user_1');
  assert.equal(from('/', state), '/login');
  assert.equal(from('/setup', state), '/login');
  assert.equal(from('/login', state), null);
  assert.equal(from('/register', state), null);
});

test('signed in, the pages before sign-in lead on, to where the person wanted to go', () => {
  const state = { signedIn: true, hasUsers: true };
  assert.equal(from('/', state), '/channels');
  assert.equal(from('/login', state), '/channels');
  assert.equal(from('/setup', state), '/channels');
  assert.equal(from(`/login?returnTo=${encodeURIComponent('/keys?x=1')}`, state), '/keys?x=1');
  assert.equal(from(`/login?returnTo=${encodeURIComponent('//evil.example')}`, state), '/channels');
  assert.equal(from('/connect', state), null);
  assert.equal(from('/nowhere', state), null);
});

test('where one was asked for wins, then what was chosen as the first page', () => {
  const state = { signedIn: true, hasUsers: true, landing: '/messages?with=user_1' };
  const to = (address: string): string | null => entrance({ ...parseLocation(address), ...state });
  assert.equal(to('/'), '/messages?with=user_1');
  assert.equal(to('/login'), '/messages?with=user_1');
  assert.equal(to(`/login?returnTo=${encodeURIComponent('/keys')}`), '/keys');
  assert.equal(to(`/login?returnTo=${encodeURIComponent('//evil.example')}`), '/messages?with=user_1');
});

test('following the entrance always comes to rest', () => {
  for (const signedIn of [true, false]) {
    for (const hasUsers of [true, false]) {
      if (signedIn && !hasUsers) continue;
      for (const start of [
        '/',
        '/login',
        '/setup',
        '/register',
        '/connect',
        '/x',
        '/login?returnTo=/login',
      ]) {
        let address = start;
        let steps = 0;
        for (
          let next = from(address, { signedIn, hasUsers });
          next !== null;
          next = from(address, { signedIn, hasUsers })
        ) {
          address = next;
          steps += 1;
          assert.ok(steps <= 2, `${start} → ${address}`);
        }
      }
    }
  }
});
