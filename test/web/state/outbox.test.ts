import test from 'node:test';
import assert from 'node:assert/strict';
import { ApiError } from '../../../web/api/client.ts';
import {
  Outbox,
  targetKey,
  type OutboxComponents,
  type Target,
  type Unsent,
} from '../../../web/state/outbox.ts';

const GENERAL: Target = { kind: 'channel', id: 'general' };
const gone = (): ApiError => new ApiError(0, 'unreachable', 'This node is not answering.');

function bench(over: Partial<OutboxComponents> = {}) {
  const delivered: string[] = [];
  let saved: readonly Unsent[] = [];
  let next = 0;
  const behaviour: { fail: (item: Unsent) => Error | null } = { fail: () => null };
  const outbox = new Outbox({
    deliver: (item) => {
      const error = behaviour.fail(item);
      if (error !== null) return Promise.reject(error);
      delivered.push(item.text);
      return Promise.resolve();
    },
    arrived: () => Promise.resolve(false),
    now: () => 1_000,
    newId: () => `u${(next += 1)}`,
    later: () => () => undefined,
    load: () => [],
    save: (items) => (saved = items),
    ...over,
  });
  return { outbox, delivered, behaviour, saved: () => saved };
}

test('what is written is in the queue at once and leaves it when the node has it', async () => {
  const { outbox, delivered, saved } = bench();
  const done = outbox.send(GENERAL, 'one', null);
  assert.equal(outbox.items.value[0]?.state, 'sending');
  assert.equal(saved().length, 1);
  await done;
  assert.deepEqual(delivered, ['one']);
  assert.equal(outbox.items.value.length, 0);
  assert.equal(saved().length, 0);
});

test('order is kept, one at a time', async () => {
  const { outbox, delivered } = bench();
  await Promise.all([
    outbox.send(GENERAL, '1', null),
    outbox.send(GENERAL, '2', null),
    outbox.send(GENERAL, '3', null),
  ]);
  assert.deepEqual(delivered, ['1', '2', '3']);
});

test('while the node is known to be gone nothing is tried: it waits at once, and goes when the node is back', async () => {
  const hanging: (() => void)[] = [];
  const { outbox, delivered } = bench({
    deliver: ({ text }) =>
      new Promise((resolve) =>
        hanging.push(() => {
          delivered.push(text);
          resolve();
        }),
      ),
  });
  const shown = (): string[][] =>
    outbox.items.value.map(({ text, state, reason }) => [text, state, reason ?? '']);
  const attempt = outbox.send(GENERAL, '1', null);
  await outbox.setAway(true);
  await outbox.send(GENERAL, '2', null);
  assert.deepEqual(shown(), [
    ['1', 'waiting', 'This node is not answering'],
    ['2', 'waiting', 'This node is not answering'],
  ]);
  // What was on its way when the node went may still come through; nothing follows it.
  hanging.shift()?.();
  await attempt;
  assert.deepEqual(delivered, ['1']);
  assert.equal(hanging.length, 0);
  const back = outbox.setAway(false);
  assert.deepEqual(shown(), [['2', 'sending', '']]);
  hanging.shift()?.();
  await back;
  assert.deepEqual(delivered, ['1', '2']);
});

test('while the node is gone everything waits in order, and goes out once when it is back', async () => {
  const { outbox, delivered, behaviour } = bench();
  behaviour.fail = gone;
  await outbox.send(GENERAL, '1', null);
  await outbox.send(GENERAL, '2', null);
  assert.deepEqual(
    outbox.items.value.map((item) => [item.text, item.state]),
    [
      ['1', 'waiting'],
      ['2', 'waiting'],
    ],
  );
  behaviour.fail = () => null;
  await outbox.pump();
  assert.deepEqual(delivered, ['1', '2']);
  assert.equal(outbox.items.value.length, 0);
});

test('a refusal stays with its reason and does not hold up what follows', async () => {
  const { outbox, delivered, behaviour } = bench();
  behaviour.fail = (item) =>
    item.text === 'bad' ? new ApiError(403, 'x', 'You cannot post in this channel.') : null;
  await outbox.send(GENERAL, 'bad', null);
  await outbox.send(GENERAL, 'good', null);
  assert.deepEqual(delivered, ['good']);
  const [item] = outbox.items.value;
  assert.equal(item?.state, 'failed');
  assert.equal(item?.reason, 'You cannot post in this channel.');
  behaviour.fail = () => null;
  await outbox.retry('u1');
  assert.deepEqual(delivered, ['good', 'bad']);
});

test('too many requests is a wait, not a refusal', async () => {
  const { outbox, behaviour } = bench();
  behaviour.fail = () => new ApiError(429, 'rate_limited', 'Too many requests');
  await outbox.send(GENERAL, 'x', null);
  assert.equal(outbox.items.value[0]?.state, 'waiting');
  assert.equal(outbox.items.value[0]?.doubtful, false);
});

test('an attempt without an answer is looked up before it is sent again', async () => {
  const asked: string[] = [];
  let answers = false;
  const { outbox, delivered, behaviour } = bench({
    arrived: (item) => {
      if (!answers) return Promise.reject(gone());
      asked.push(item.text);
      return Promise.resolve(item.text === 'arrived');
    },
  });
  behaviour.fail = gone;
  await outbox.send(GENERAL, 'arrived', null);
  await outbox.send(GENERAL, 'fresh', null);
  behaviour.fail = () => null;
  answers = true;
  await outbox.pump();
  assert.deepEqual(asked, ['arrived']);
  assert.deepEqual(delivered, ['fresh']);
  assert.equal(outbox.items.value.length, 0);
});

test('what a reload interrupted is taken up again as doubtful, what was refused stays refused', async () => {
  const stored: Unsent[] = [
    {
      localId: 'a',
      target: GENERAL,
      text: 'half sent',
      at: 1,
      state: 'sending',
      reason: null,
      after: 'm1',
      doubtful: false,
    },
    {
      localId: 'b',
      target: GENERAL,
      text: 'refused',
      at: 2,
      state: 'failed',
      reason: 'no',
      after: 'm1',
      doubtful: false,
    },
  ];
  const asked: string[] = [];
  const { outbox, delivered } = bench({
    load: () => stored,
    arrived: (item) => {
      asked.push(item.localId);
      return Promise.resolve(false);
    },
  });
  await outbox.pump();
  assert.deepEqual(asked, ['a']);
  assert.deepEqual(delivered, ['half sent']);
  assert.deepEqual(
    outbox.items.value.map((item) => item.localId),
    ['b'],
  );
});

test('taking an item out gives it back, once', () => {
  const { outbox, behaviour } = bench();
  behaviour.fail = gone;
  void outbox.send(GENERAL, 'draft', null);
  assert.equal(outbox.remove('u1')?.text, 'draft');
  assert.equal(outbox.remove('u1'), null);
});

test('pumping twice at once delivers once', async () => {
  const { outbox, delivered, behaviour } = bench();
  behaviour.fail = gone;
  await outbox.send(GENERAL, 'x', null);
  behaviour.fail = () => null;
  await Promise.all([outbox.pump(), outbox.pump(), outbox.pump()]);
  assert.deepEqual(delivered, ['x']);
});

test('an unforeseen error is a refusal with words, and the queue lives on', async () => {
  const { outbox, delivered, behaviour } = bench();
  behaviour.fail = (item) => (item.text === 'x' ? new TypeError('odd answer') : null);
  await outbox.send(GENERAL, 'x', null);
  await outbox.send(GENERAL, 'y', null);
  assert.equal(outbox.items.value[0]?.reason, 'odd answer');
  assert.deepEqual(delivered, ['y']);
});

test('conversations have keys of their own', () => {
  const keys = [
    GENERAL,
    { kind: 'dm', id: 'general' },
    { kind: 'dm', id: 'group:1' },
    { kind: 'everyone' },
  ] satisfies Target[];
  assert.equal(new Set(keys.map(targetKey)).size, keys.length);
});

test('nothing is being sent for long without a word why, nor what stands behind it', async () => {
  let slow: (() => void) | null = null;
  let answer: (error: ApiError) => void = () => undefined;
  const { outbox } = bench({
    deliver: () => new Promise((_, reject) => (answer = reject)),
    later: (_, run) => {
      slow = run;
      return () => (slow = null);
    },
  });
  const done = Promise.all([outbox.send(GENERAL, 'one', null), outbox.send(GENERAL, 'two', null)]);
  const shown = (): (string | null)[][] => outbox.items.value.map(({ state, reason }) => [state, reason]);
  assert.deepEqual(shown(), [
    ['sending', null],
    ['sending', null],
  ]);
  (slow as (() => void) | null)?.();
  for (const [state, reason] of shown()) assert.match(`${state}: ${reason}`, /^sending: .*long/);
  answer(gone());
  await done;
  assert.equal(slow, null);
  for (const [state, reason] of shown()) assert.match(`${state}: ${reason}`, /^waiting: .*not answering/);
});
