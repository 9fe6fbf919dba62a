import test from 'node:test';
import assert from 'node:assert/strict';
import { EventStream, type Health, type Source, type StreamState } from '../../../web/api/event-stream.ts';

type Listener = (event: { data?: unknown; lastEventId?: string }) => void;

class FakeSource implements Source {
  readonly url: string;
  closed = false;
  readonly #listeners = new Map<string, Listener[]>();
  constructor(url: string) {
    this.url = url;
  }
  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }
  close(): void {
    this.closed = true;
  }
  emit(type: string, event: { data?: unknown; lastEventId?: string } = {}): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event);
  }
}

interface FakeTimer {
  ms: number;
  task: () => void;
  cancelled: boolean;
}

/** The only wait that is not one of the round numbers between attempts. */
const SILENCE_MS = 1_750;

function bench(health: { value: Health } = { value: 'unreachable' }) {
  const sources: FakeSource[] = [];
  /** Attempts that are announced, and waits for a sign of life. */
  const timers: FakeTimer[] = [];
  const silences: FakeTimer[] = [];
  const seen: {
    events: [string, unknown][];
    states: StreamState[];
    refreshes: number;
    signedOut: number;
  } = {
    events: [],
    states: [],
    refreshes: 0,
    signedOut: 0,
  };
  const stream = new EventStream(
    {
      open: (url) => {
        const source = new FakeSource(url);
        sources.push(source);
        return source;
      },
      probe: () => Promise.resolve(health.value),
      now: () => 1_000,
      after: (ms, task) => {
        const timer = { ms, task, cancelled: false };
        (ms === SILENCE_MS ? silences : timers).push(timer);
        return () => {
          timer.cancelled = true;
        };
      },
    },
    {
      event: (type, data) => seen.events.push([type, data]),
      state: (state) => seen.states.push(state),
      refresh: () => (seen.refreshes += 1),
      signedOut: () => (seen.signedOut += 1),
    },
  );
  const source = (): FakeSource => {
    const last = sources.at(-1);
    assert.ok(last !== undefined);
    return last;
  };
  const fireTimer = (): void => {
    const timer = timers.at(-1);
    assert.ok(timer !== undefined && !timer.cancelled);
    timer.task();
  };
  /** Nothing is heard for as long as the stream waits. */
  const silence = async (): Promise<void> => {
    const waiting = silences.filter(({ cancelled }) => !cancelled);
    assert.equal(waiting.length, 1, 'there is always exactly one wait while a stream is open');
    const [timer] = waiting;
    assert.ok(timer !== undefined);
    timer.cancelled = true;
    timer.task();
    await new Promise((resolve) => setImmediate(resolve));
  };
  const failure = async (): Promise<void> => {
    source().emit('error');
    await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    stream,
    sources,
    timers,
    silences,
    seen,
    source,
    fireTimer,
    silence,
    failure,
    health,
  };
}

test('starts after the given number and reports events with their data', () => {
  const { stream, source, seen } = bench();
  stream.start(41);
  assert.match(source().url, /after_seq=41$/);
  source().emit('open');
  source().emit('channel.message.created', {
    data: '{"channel_id":"general"}',
    lastEventId: '42',
  });
  source().emit('peer.connected', { data: 'not json' });
  assert.deepEqual(seen.events, [
    ['channel.message.created', { channel_id: 'general' }],
    ['peer.connected', null],
  ]);
  assert.equal(seen.states.at(-1)?.status, 'live');
  // What is told without a number before it opened is lost: all is read then, not before.
  assert.equal(seen.refreshes, 1);
});

test('starting twice opens one stream', () => {
  const { stream, sources } = bench();
  stream.start(1);
  stream.start(9);
  assert.equal(sources.length, 1);
});

test('resumes after the last number it saw and reads everything again', async () => {
  const { stream, source, seen, failure, fireTimer, sources } = bench();
  stream.start(1);
  source().emit('open');
  source().emit('dm.message.created', { data: '{}', lastEventId: '7' });
  source().emit('peer.changed', { data: '{}', lastEventId: '' });
  await failure();
  assert.equal(sources[0]?.closed, true);
  fireTimer();
  assert.match(source().url, /after_seq=7$/);
  source().emit('open');
  assert.equal(seen.refreshes, 2);
  assert.equal(seen.states.at(-1)?.status, 'live');
});

test('a repeated older number is not reported twice', () => {
  const { stream, source, seen } = bench();
  stream.start(1);
  source().emit('open');
  source().emit('dm.message.created', { data: '{}', lastEventId: '9' });
  source().emit('dm.message.created', { data: '{}', lastEventId: '8' });
  assert.equal(seen.events.length, 1);
});

test('says since when the node is gone and when it tries again, with growing waits up to 5 s', async () => {
  const { stream, source, seen, failure, fireTimer, timers } = bench();
  stream.start(1);
  source().emit('open');
  for (let round = 0; round < 6; round += 1) {
    await failure();
    const state = seen.states.at(-1);
    assert.ok(state?.status === 'down');
    assert.equal(state.since, 1_000);
    assert.equal(state.retryAt, 1_000 + (timers.at(-1)?.ms ?? 0));
    fireTimer();
  }
  assert.deepEqual(
    timers.map((timer) => timer.ms),
    [1_000, 2_000, 4_000, 5_000, 5_000, 5_000],
  );
});

test('retry now does not wait and leaves no second attempt behind', async () => {
  const { stream, failure, timers, sources } = bench();
  stream.start(1);
  await failure();
  stream.retryNow();
  assert.equal(timers[0]?.cancelled, true);
  assert.equal(sources.length, 2);
  stream.retryNow();
  assert.equal(sources.length, 2);
});

test('polls when the node answers but the stream does not', async () => {
  const { stream, failure, seen } = bench({ value: 'ok' });
  stream.start(1);
  await failure();
  assert.equal(seen.states.at(-1)?.status, 'polling');
  assert.equal(seen.refreshes, 1);
});

test('an ended session stops the stream and asks to sign in, once', async () => {
  const { stream, failure, seen, timers } = bench({ value: 'signed_out' });
  stream.start(1);
  await failure();
  assert.equal(seen.signedOut, 1);
  assert.equal(timers.length, 0);
  assert.equal(seen.states.at(-1)?.status, 'idle');
});

test('the node may ask for a full refresh when the cursor is too old', () => {
  const { stream, source, seen } = bench();
  stream.start(1);
  source().emit('reset');
  assert.equal(seen.refreshes, 1);
});

test('stopped means silent: late events and late failures of an old source do nothing', async () => {
  const { stream, source, seen, sources } = bench();
  stream.start(1);
  const old = source();
  old.emit('open');
  stream.stop();
  stream.stop();
  old.emit('dm.message.created', { data: '{}', lastEventId: '3' });
  old.emit('error');
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(seen.events.length, 0);
  assert.equal(sources.length, 1);
  assert.equal(old.closed, true);
});

test('stopping while the node is probed starts nothing afterwards', async () => {
  const { stream, source, timers } = bench();
  stream.start(1);
  source().emit('error');
  stream.stop();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(timers.length, 0);
});

test('a node that is silent and does not answer either is down, without an end of the stream', async () => {
  const { stream, source, seen, silence, silences, sources, fireTimer } = bench();
  stream.start(1);
  source().emit('open');
  await silence();
  assert.equal(seen.states.at(-1)?.status, 'down');
  assert.equal(sources[0]?.closed, true);
  assert.ok(silences.every(({ cancelled }) => cancelled));
  // The next attempt hangs as well, before it opens: announced again, and tried again.
  fireTimer();
  await silence();
  const state = seen.states.at(-1);
  assert.ok(state?.status === 'down');
  assert.equal(state.retryAt, 3_000);
  fireTimer();
  assert.equal(sources.length, 3);
  source().emit('open');
  assert.equal(seen.states.at(-1)?.status, 'live');
});

test('every sign of life begins the wait anew', async () => {
  const { stream, source, seen, silence, silences, sources } = bench();
  stream.start(1);
  for (const sign of ['open', 'heartbeat', 'peer.changed', 'heartbeat']) {
    source().emit(sign);
    assert.equal(silences.filter(({ cancelled }) => !cancelled).length, 1);
  }
  assert.equal(silences.length, 5);
  assert.equal(sources.length, 1);
  assert.deepEqual(
    seen.events.map(([type]) => type),
    ['peer.changed'],
  );
  stream.stop();
  assert.ok(silences.every(({ cancelled }) => cancelled));
  await assert.rejects(silence());
});

test('a stream that brings nothing is given up only when the node answers three times beside it', async () => {
  const { stream, source, seen, silence, sources, timers } = bench({
    value: 'ok',
  });
  stream.start(1);
  source().emit('open');
  await silence();
  await silence();
  source().emit('heartbeat');
  await silence();
  await silence();
  assert.equal(seen.states.at(-1)?.status, 'live');
  await silence();
  assert.equal(seen.states.at(-1)?.status, 'polling');
  assert.equal(sources.length, 1);
  assert.equal(timers.length, 1);
});

test('what is heard while the node is asked counts, whatever it answers', async () => {
  const { stream, source, seen, silences, timers } = bench();
  stream.start(1);
  source().emit('open');
  const timer = silences.at(-1);
  assert.ok(timer !== undefined);
  timer.task();
  source().emit('heartbeat');
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(seen.states.at(-1)?.status, 'live');
  assert.equal(timers.length, 0);
});

test('a session that ended during a silence stops the stream and asks to sign in', async () => {
  const { stream, source, seen, silence, sources } = bench({
    value: 'signed_out',
  });
  stream.start(1);
  source().emit('open');
  await silence();
  assert.equal(seen.signedOut, 1);
  assert.equal(sources[0]?.closed, true);
  assert.equal(seen.states.at(-1)?.status, 'idle');
});
