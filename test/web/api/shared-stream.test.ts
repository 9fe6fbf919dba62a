import test from 'node:test';
import assert from 'node:assert/strict';
import { EventStream, type Source, type StreamState } from '../../../web/api/event-stream.ts';
import { SharedStream, type Channel } from '../../../web/api/shared-stream.ts';

type Listener = (event: { data?: unknown; lastEventId?: string }) => void;

/** A browser: its tabs share channels and locks; `sources` are the connections open to the node. */
class Browser {
  readonly sources: FakeSource[] = [];
  readonly #channels = new Map<string, FakeChannel[]>();
  readonly #queues = new Map<string, (() => void)[]>();

  openChannel(name: string): FakeChannel {
    const peers = this.#channels.get(name) ?? [];
    const channel = new FakeChannel(peers);
    peers.push(channel);
    this.#channels.set(name, peers);
    return channel;
  }

  lead(name: string, granted: () => void): () => void {
    const queue = this.#queues.get(name) ?? [];
    this.#queues.set(name, queue);
    queue.push(granted);
    if (queue.length === 1) granted();
    return () => {
      const at = queue.indexOf(granted);
      if (at === -1) return;
      queue.splice(at, 1);
      if (at === 0) queue[0]?.();
    };
  }

  get open(): FakeSource[] {
    return this.sources.filter((source) => !source.closed);
  }
}

class FakeChannel implements Channel {
  onmessage: ((event: MessageEvent) => void) | null = null;
  readonly #peers: FakeChannel[];
  constructor(peers: FakeChannel[]) {
    this.#peers = peers;
  }
  postMessage(message: unknown): void {
    for (const peer of this.#peers) {
      if (peer !== this) peer.onmessage?.({ data: structuredClone(message) } as MessageEvent);
    }
  }
  close(): void {
    this.#peers.splice(this.#peers.indexOf(this), 1);
  }
}

class FakeSource implements Source {
  readonly url: string;
  closed = false;
  readonly #listeners = new Map<string, Listener>();
  constructor(url: string) {
    this.url = url;
  }
  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, listener);
  }
  close(): void {
    this.closed = true;
  }
  emit(type: string, event: { data?: unknown; lastEventId?: string } = {}): void {
    this.#listeners.get(type)?.(event);
  }
}

function tab(
  browser: Browser,
  options: { locks?: boolean; health?: 'ok' | 'signed_out' | 'unreachable' } = {},
) {
  const seen: { events: string[]; states: StreamState[]; refreshes: number; signedOut: number } = {
    events: [],
    states: [],
    refreshes: 0,
    signedOut: 0,
  };
  const stream = new SharedStream(
    {
      makeStream: (handlers) =>
        new EventStream(
          {
            open: (url) => {
              const source = new FakeSource(url);
              browser.sources.push(source);
              return source;
            },
            probe: () => Promise.resolve(options.health ?? 'unreachable'),
            now: () => 0,
            after: () => () => undefined,
          },
          handlers,
        ),
      openChannel: (name) => browser.openChannel(name),
      lead: options.locks === false ? null : (name, granted) => browser.lead(name, granted),
    },
    {
      event: (type, _data, seq) => seen.events.push(`${type}:${seq ?? '-'}`),
      state: (state) => seen.states.push(state),
      refresh: () => (seen.refreshes += 1),
      signedOut: () => (seen.signedOut += 1),
    },
  );
  return { stream, seen };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('three tabs of one account are one connection, and every tab gets every event once', () => {
  const browser = new Browser();
  const tabs = [tab(browser), tab(browser), tab(browser)];
  for (const { stream } of tabs) stream.start('user_a', 5);
  assert.equal(browser.open.length, 1);
  const [source] = browser.open;
  source?.emit('open');
  source?.emit('dm.message.created', { data: '{}', lastEventId: '6' });
  source?.emit('peer.changed', { data: '{}' });
  for (const { seen } of tabs) {
    assert.deepEqual(seen.events, ['dm.message.created:6', 'peer.changed:-']);
    assert.equal(seen.states.at(-1)?.status, 'live');
  }
});

test('a tab that opens later learns at once how things are, and each reads once', () => {
  const browser = new Browser();
  const first = tab(browser);
  const waiting = tab(browser);
  first.stream.start('user_a', 1);
  waiting.stream.start('user_a', 1);
  browser.open[0]?.emit('open');
  const second = tab(browser);
  second.stream.start('user_a', 1);
  assert.equal(second.seen.states.at(-1)?.status, 'live');
  assert.deepEqual(
    [first, waiting, second].map(({ seen }) => seen.refreshes),
    [1, 1, 1],
  );
});

test('when the leading tab closes another takes over after the last number, and reads everything again', () => {
  const browser = new Browser();
  const [first, second] = [tab(browser), tab(browser)];
  first.stream.start('user_a', 1);
  second.stream.start('user_a', 1);
  browser.open[0]?.emit('open');
  browser.open[0]?.emit('dm.message.created', { data: '{}', lastEventId: '9' });
  first.stream.stop();
  assert.equal(browser.open.length, 1);
  assert.match(browser.open[0]?.url ?? '', /after_seq=9$/);
  browser.open[0]?.emit('open');
  assert.equal(second.seen.refreshes, 2);
});

test('accounts do not hear each other', () => {
  const browser = new Browser();
  const [a, b] = [tab(browser), tab(browser)];
  a.stream.start('user_a', 1);
  b.stream.start('user_b', 1);
  assert.equal(browser.open.length, 2);
  browser.open[0]?.emit('open');
  browser.open[0]?.emit('activity', { data: '{}' });
  assert.deepEqual(b.seen.events, []);
});

test('without locks every tab follows the node itself', () => {
  const browser = new Browser();
  const tabs = [tab(browser, { locks: false }), tab(browser, { locks: false })];
  for (const { stream } of tabs) stream.start('user_a', 1);
  assert.equal(browser.open.length, 2);
  browser.open[0]?.emit('open');
  browser.open[0]?.emit('activity', { data: '{}' });
  assert.deepEqual(
    tabs.map(({ seen }) => seen.events.length),
    [1, 0],
  );
});

test('all tabs are told when the session ended, and any of them starts the stream again', async () => {
  const browser = new Browser();
  const [first, second] = [tab(browser, { health: 'signed_out' }), tab(browser)];
  first.stream.start('user_a', 1);
  second.stream.start('user_a', 1);
  browser.open[0]?.emit('error');
  await settle();
  assert.deepEqual([first.seen.signedOut, second.seen.signedOut], [1, 1]);
  assert.equal(browser.open.length, 0);
  second.stream.start('user_a', 1);
  assert.equal(browser.open.length, 1);
});

test('retry now works from any tab', async () => {
  const browser = new Browser();
  const [first, second] = [tab(browser), tab(browser)];
  first.stream.start('user_a', 1);
  second.stream.start('user_a', 1);
  browser.open[0]?.emit('error');
  await settle();
  assert.equal(second.seen.states.at(-1)?.status, 'down');
  second.stream.retryNow();
  assert.equal(browser.open.length, 1);
});

test('stopping gives everything back, twice is once', () => {
  const browser = new Browser();
  const { stream, seen } = tab(browser);
  stream.start('user_a', 1);
  stream.stop();
  stream.stop();
  assert.equal(browser.open.length, 0);
  assert.equal(seen.states.at(-1)?.status, 'idle');
  stream.start('user_a', 1);
  assert.equal(browser.open.length, 1);
});
