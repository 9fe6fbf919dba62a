/** Browser sessions: tokens that are nowhere on disk, timeouts, listing and ending. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { UserId } from '../../server/wire/ids.ts';
import {
  ANONYMOUS_IDLE_MS,
  MAX_ANONYMOUS_SESSIONS,
  SESSION_ABSOLUTE_MS,
  SESSION_IDLE_MS,
  TOUCH_INTERVAL_MS,
} from '../../server/workspace/sessions.ts';
import { accountParts } from './accounts-support.ts';

const ADA = 'user_ada' as UserId;
const BOB = 'user_bob' as UserId;

describe('sessions', () => {
  test('a token leads to its session and is not stored', () => {
    const { sessions, store } = accountParts();
    const { session, token } = sessions.create(ADA, { userAgent: 'x'.repeat(1000), address: '127.0.0.1' });
    assert.match(token, /^[A-Za-z0-9_-]{43}$/);
    assert.match(session.csrfToken, /^[0-9a-f]{64}$/);
    assert.equal(session.userAgent?.length, 256);
    assert.deepEqual(sessions.touch(token), session);
    assert.equal(sessions.touch(session.id), null, 'the id is no token');
    assert.equal(sessions.touch(''), null);
    const stored = JSON.stringify(store.sql.all('SELECT * FROM native_sessions'));
    assert.ok(!stored.includes(token));
  });

  test('unused for a week it is over; used, it lasts 31 days', () => {
    const { sessions, ports } = accountParts();
    const idle = sessions.create(ADA).token;
    const used = sessions.create(ADA).token;
    const start = ports.time;
    while (ports.time + SESSION_IDLE_MS - 1 <= start + SESSION_ABSOLUTE_MS) {
      ports.time += SESSION_IDLE_MS - 1;
      assert.notEqual(sessions.touch(used), null);
    }
    assert.equal(sessions.touch(idle), null);
    ports.time = start + SESSION_ABSOLUTE_MS;
    assert.notEqual(sessions.touch(used), null);
    ports.time += 1;
    assert.equal(sessions.touch(used), null);
    assert.deepEqual(sessions.list(ADA), []);
    assert.equal(sessions.prune(), 2);
    assert.equal(sessions.prune(), 0);
  });

  test('use is written down at most every few minutes', () => {
    const { sessions, ports, store } = accountParts();
    const { token } = sessions.create(ADA);
    const start = ports.time;
    const seen = (): unknown =>
      store.sql.get<{ last_seen_at: number }>('SELECT last_seen_at FROM native_sessions')?.last_seen_at;
    ports.time = start + TOUCH_INTERVAL_MS - 1;
    sessions.touch(token);
    assert.equal(seen(), start);
    ports.time += 1;
    assert.equal(sessions.touch(token)?.lastSeenAt, ports.time);
    assert.equal(seen(), ports.time);
  });

  test('a visitor’s session is short, and there are only so many', () => {
    const { sessions, ports, store } = accountParts();
    const first = sessions.create(null).token;
    ports.time += ANONYMOUS_IDLE_MS;
    assert.equal(sessions.touch(first)?.userId, null);
    ports.time += ANONYMOUS_IDLE_MS + 1;
    assert.equal(sessions.touch(first), null);
    const user = sessions.create(ADA).token;
    store.commit.now(() => {
      for (let n = 0; n < MAX_ANONYMOUS_SESSIONS; n += 1) {
        store.sql.run(
          `INSERT INTO native_sessions (token_hash, id, csrf_token, created_at, last_seen_at) VALUES (@n, @n, 'c', @at, @at)`,
          { n: `n${n}`, at: ports.time - n },
        );
      }
    });
    const last = sessions.create(null).token;
    const count = store.sql.get<{ n: number }>(
      'SELECT count(*) AS n FROM native_sessions WHERE user_id IS NULL',
    )?.n;
    assert.equal(count, MAX_ANONYMOUS_SESSIONS);
    assert.notEqual(sessions.touch(last), null);
    assert.notEqual(sessions.touch(user), null, 'people are not pushed out');
  });

  test('sessions are listed and ended by their owner', () => {
    const { sessions, ports } = accountParts();
    const made = [1, 2, 3].map((n) => {
      ports.time += n;
      return sessions.create(ADA);
    });
    const bob = sessions.create(BOB);
    assert.deepEqual(
      sessions.list(ADA).map((s) => s.id),
      made.map((m) => m.session.id).reverse(),
    );
    assert.equal(sessions.endById(BOB, made[0]?.session.id ?? ''), false, 'not of others');
    assert.equal(sessions.endById(ADA, made[0]?.session.id ?? ''), true);
    assert.equal(sessions.touch(made[0]?.token ?? ''), null);
    assert.equal(sessions.endOthers(ADA, made[2]?.session.id ?? ''), 1);
    assert.deepEqual(
      sessions.list(ADA).map((s) => s.id),
      [made[2]?.session.id],
    );
    assert.equal(sessions.end(made[2]?.token ?? ''), true);
    assert.equal(sessions.end(made[2]?.token ?? ''), false);
    assert.notEqual(sessions.touch(bob.token), null);
    assert.equal(sessions.endOthers(BOB, null), 1, 'all');
    assert.equal(sessions.touch(bob.token), null);
  });
});
