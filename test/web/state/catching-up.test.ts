import test from 'node:test';
import assert from 'node:assert/strict';
import {
  catchingUpWith,
  CatchingUp,
  percent,
  sum,
  type ProgressEvent,
} from '../../../web/state/catching-up.ts';

/** A clock that moves when told. */
function scene() {
  const tasks: { at: number; task: () => void; on: boolean }[] = [];
  let now = 0;
  const began: string[] = [];
  const catchingUp = new CatchingUp({
    after: (ms, task) => {
      const entry = { at: now + ms, task, on: true };
      tasks.push(entry);
      return () => (entry.on = false);
    },
    began: (peerId) => began.push(peerId),
    idle: () => began.push('idle'),
  });
  return {
    catchingUp,
    began,
    heard: (done: number, state: ProgressEvent['state'] = 'running', peer_id = 'P') =>
      catchingUp.heard({ peer_id, done, total: 100, state }),
    shown: () => [...catchingUp.shown.value].map(([peer, { done }]) => [peer, done]),
    pass: (ms: number) => {
      now += ms;
      for (const entry of tasks.filter(({ on, at }) => on && at <= now)) {
        entry.on = false;
        entry.task();
      }
    },
  };
}

test('a catch-up that is over at once is never shown', () => {
  const { heard, pass, shown, began } = scene();
  heard(1);
  pass(500);
  heard(100, 'done');
  pass(120_000);
  assert.deepEqual(shown(), []);
  assert.deepEqual(began, ['idle']);
});

test('a longer one is shown as it goes on, told about once, and gone when done', () => {
  const { heard, pass, shown, began } = scene();
  heard(1);
  pass(1_000);
  assert.deepEqual(shown(), [['P', 1]]);
  heard(41);
  heard(42);
  assert.deepEqual(shown(), [['P', 42]]);
  assert.deepEqual(began, ['P']);
  heard(100, 'done');
  assert.deepEqual(shown(), []);
  assert.deepEqual(began, ['P', 'idle']);
});

test('one that ends badly, or of which nothing is heard any more, goes', () => {
  const { heard, pass, shown } = scene();
  heard(1);
  heard(1, 'running', 'Q');
  pass(1_000);
  heard(2, 'ended');
  assert.deepEqual(shown(), [['Q', 1]]);
  pass(60_000);
  heard(2, 'running', 'Q');
  pass(60_000);
  assert.deepEqual(shown(), [['Q', 2]]);
  pass(60_000);
  assert.deepEqual(shown(), []);
});

test('a peer that is gone and a stream that ended leave nothing', () => {
  const { catchingUp, heard, pass, shown } = scene();
  heard(1);
  heard(1, 'running', 'Q');
  pass(1_000);
  catchingUp.over('P');
  assert.deepEqual(shown(), [['Q', 1]]);
  catchingUp.clear();
  assert.deepEqual(shown(), []);
});

test('the whole of several, and no 100 % while something is missing', () => {
  assert.deepEqual(
    sum(
      new Map([
        ['P', { done: 1, total: 3 }],
        ['Q', { done: 2, total: 5 }],
      ]),
    ),
    { done: 3, total: 8 },
  );
  assert.equal(sum(new Map()), null);
  assert.equal(percent({ done: 999, total: 1_000 }), 99);
  assert.equal(percent({ done: 5, total: 5 }), 100);
  assert.equal(percent({ done: 0, total: 0 }), 0);
});

test('the words say with whom, and how far', () => {
  const name = (peer: string): string => `<${peer}>`;
  const one = new Map([['A', { done: 1_240, total: 3_000 }]]);
  const number = new Intl.NumberFormat();
  assert.equal(
    catchingUpWith(one, name),
    `Catching up with <A>: ${number.format(1_240)} of ${number.format(3_000)}`,
  );
  assert.equal(
    catchingUpWith(one.set('B', { done: 1, total: 2 }), name),
    `Catching up with 2 devices: ${number.format(1_241)} of ${number.format(3_002)}`,
  );
});
