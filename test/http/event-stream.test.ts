/** The event stream (04 section 7.3): numbered rows, resuming, what each account may see, ends. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { AssetHash, ChannelId, LibraryId, MessageId, PeerId } from '../../server/wire/ids.ts';
import { PASSWORD, sessionOf, startHarness, type Harness, type Session } from './harness.ts';

let node: Harness;
let owner: Session;
let key: string;
before(async () => {
  node = await startHarness();
  owner = await node.setUp();
  key = node.key('owner', ['read_messages', 'write_messages']);
});
after(() => node.close());

interface StreamEvent {
  id: string | null;
  event: string;
  data: Record<string, unknown>;
}

/** An open stream; `next` waits for an event of a type. */
class Stream {
  readonly events: StreamEvent[] = [];
  /** What came before the last event waited for, and itself. */
  passed: StreamEvent[] = [];
  ended = false;
  readonly #abort = new AbortController();
  #wake: () => void = () => undefined;

  async open(query: string, headers: Record<string, string>): Promise<this> {
    const response = await fetch(`${node.url}/api/v1/events/stream${query}`, {
      headers,
      signal: this.#abort.signal,
    });
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
    void this.#read(response);
    return this;
  }

  async #read(response: Response): Promise<void> {
    let rest = '';
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body ?? []) {
        rest += decoder.decode(chunk as Uint8Array, { stream: true });
        const blocks = rest.split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) this.#take(block);
      }
    } catch {
      // aborted by the test
    }
    this.ended = true;
    this.#wake();
  }

  #take(block: string): void {
    const fields = new Map(
      block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    );
    const event = fields.get('event');
    if (event === undefined) return;
    this.events.push({
      id: fields.get('id') ?? null,
      event,
      data: JSON.parse(fields.get('data') ?? '{}') as Record<string, unknown>,
    });
    this.#wake();
  }

  async next(event: string): Promise<StreamEvent> {
    for (;;) {
      const at = this.events.findIndex((candidate) => candidate.event === event);
      const found = this.events[at];
      if (found !== undefined) {
        this.passed = this.events.splice(0, at + 1);
        return found;
      }
      assert.equal(this.ended, false, `the stream ended before ${event}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async end(): Promise<void> {
    while (!this.ended) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  close(): void {
    this.#abort.abort();
  }
}

const post = async (content: string): Promise<string> => {
  const answer = await node.call('POST', '/api/v1/channels/messages', {
    key,
    body: { channel_id: 'general', content },
  });
  assert.equal(answer.status, 201);
  return (answer.json['message'] as { id: string }).id;
};

test('a session without any header follows live, rows are numbered', async () => {
  const stream = await new Stream().open('', { Cookie: owner.cookie });
  const ready = await stream.next('ready');
  assert.equal(ready.id, null);
  const id = await post('live');
  const event = await stream.next('channel.message.created');
  assert.equal(Number(event.id), event.data['seq']);
  assert.equal((event.data['payload'] as { message_id: string }).message_id, id);
  stream.close();
});

test('Last-Event-ID resumes without loss or repetition, and wins over after_seq', async () => {
  const first = await new Stream().open('', { 'X-API-Key': key });
  await first.next('ready');
  await post('one');
  const seen = await first.next('channel.message.created');
  first.close();
  const missed = [await post('two'), await post('three')];
  const second = await new Stream().open('?after_seq=0', {
    'X-API-Key': key,
    'Last-Event-ID': seen.id ?? '',
  });
  const got: unknown[] = [];
  for (let i = 0; i < 2; i += 1) {
    got.push(
      ((await second.next('channel.message.created')).data['payload'] as { message_id: string }).message_id,
    );
  }
  assert.deepEqual(got, missed);
  second.close();
});

test('a client that was away for long gets all of it, however much that is', async () => {
  const crowded = await startHarness();
  await crowded.setUp();
  const all = crowded.key('owner', ['read_messages', 'write_messages']);
  const { accounts, channelMessages } = crowded.components.workspace;
  const author = accounts.owner()?.id;
  assert.ok(author !== undefined);
  const channelId = 'general' as ChannelId;
  // Together more than may wait unsent for one client.
  const posts = 1500;
  for (let i = 0; i < posts; i += 1)
    await channelMessages.post(author, { channelId, content: `${i} ${'\u{1f332}'.repeat(160)}` });
  const response = await fetch(`${crowded.url}/api/v1/events/stream?after_seq=0`, {
    headers: { 'X-API-Key': all },
  });
  let received = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    received += decoder.decode(chunk as Uint8Array, { stream: true });
    if (received.includes(`id: ${posts}\n`)) break;
  }
  const ids = [...received.matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]));
  assert.deepEqual(
    ids,
    Array.from({ length: posts }, (_, i) => i + 1),
  );
  assert.ok(received.length > 1024 * 1024);
  await crowded.close();
});

test('signs of life come as often as the query asks, at most once a second', async () => {
  const [usual, asked, most] = await Promise.all(
    ['', '?heartbeat=1', '?heartbeat=0'].map((query) => new Stream().open(query, { Cookie: owner.cookie })),
  );
  assert.ok(usual !== undefined && asked !== undefined && most !== undefined);
  for (const stream of [asked, most, asked, most])
    assert.ok(Number((await stream.next('heartbeat')).data['server_time']) > 0);
  assert.deepEqual(
    usual.events.map(({ event }) => event),
    ['ready'],
  );
  for (const stream of [usual, asked, most]) stream.close();
});

test('what happens between rows is told without a number', async () => {
  const stream = await new Stream().open('', { Cookie: owner.cookie });
  await stream.next('ready');
  const peerId = 'a'.repeat(16) as PeerId;
  node.components.bus.publish({
    type: 'peer.connected',
    peerId,
    outbound: true,
    endpoint: 'ws://10.0.0.1:7771',
  });
  const via = 'b'.repeat(16) as PeerId;
  node.components.bus.publish({ type: 'peer.link', peerId, protection: 'secure', via });
  node.components.bus.publish({ type: 'requests.changed' });
  const posted = await node.call('POST', '/api/v1/channels/messages', {
    key,
    body: { channel_id: 'general', content: 'on its way' },
  });
  const { id } = posted.json['message'] as { id: MessageId };
  node.components.bus.publish({ type: 'message.delivery', kind: 'message', id });
  const connected = await stream.next('peer.connected');
  assert.deepEqual([connected.id, connected.data['peer_id']], [null, peerId]);
  const link = await stream.next('peer.link');
  assert.deepEqual([link.id, link.data], [null, { peer_id: peerId, protection: 'secure', via }]);
  await stream.next('requests.changed');
  assert.equal((await stream.next('message.delivery')).data['id'], id);
  stream.close();
});

test('how far a message came is told only to members of its channel', async () => {
  const dan = await node.call('POST', '/register', { body: { username: 'dan', password: PASSWORD } });
  const created = await node.call('POST', '/api/v1/channels', {
    key,
    body: { name: 'closed', type: 'private', privacy_mode: 'private' },
  });
  const channel = (created.json['channel'] as { id: string }).id;
  const streams = await Promise.all([
    new Stream().open('', { Cookie: owner.cookie }),
    new Stream().open('', { Cookie: sessionOf(dan).cookie }),
  ]);
  const [atOwner, atDan] = streams;
  await Promise.all(streams.map((stream) => stream.next('ready')));
  const posted = await node.call('POST', '/api/v1/channels/messages', {
    key,
    body: { channel_id: channel, content: 'among us' },
  });
  const { id } = posted.json['message'] as { id: MessageId };
  node.components.bus.publish({ type: 'message.delivery', kind: 'message', id });
  node.components.bus.publish({ type: 'requests.changed' });
  assert.equal((await atOwner.next('message.delivery')).data['id'], id);
  await atDan.next('requests.changed');
  assert.deepEqual(
    atDan.passed.filter(({ event }) => event === 'message.delivery'),
    [],
  );
  for (const stream of streams) stream.close();
});

test('nobody hears of the direct messages of others, or of any without read_messages', async () => {
  const eve = sessionOf(
    await node.call('POST', '/register', { body: { username: 'eve', password: PASSWORD } }),
  );
  const bob = await node.call('POST', '/register', { body: { username: 'bob', password: PASSWORD } });
  const bobId = (bob.json['user'] as { id: string }).id;
  const feedOnly = node.key('owner', ['read_feed']);
  const [atBob, atEve, atFeed] = await Promise.all([
    new Stream().open('', { Cookie: sessionOf(bob).cookie }),
    new Stream().open('', { Cookie: eve.cookie }),
    new Stream().open('', { 'X-API-Key': feedOnly }),
  ]);
  await Promise.all([atBob.next('ready'), atEve.next('ready'), atFeed.next('ready')]);
  const sent = await node.call('POST', '/api/v1/messages', {
    key,
    body: { recipient_id: bobId, content: 'secret' },
  });
  const id = (sent.json['message'] as { id: MessageId }).id;
  node.components.bus.publish({ type: 'message.delivery', kind: 'dm', id });
  await atBob.next('dm.message.created');
  node.components.bus.publish({ type: 'requests.changed' });
  for (const stream of [atEve, atFeed]) {
    await stream.next('requests.changed');
    assert.deepEqual(
      stream.events.filter((event) => /dm|delivery/.test(event.event)),
      [],
    );
  }
  for (const stream of [atBob, atEve, atFeed]) stream.close();
});

test('of libraries hears who may see them, of assets who may read them', async () => {
  const frank = sessionOf(
    await node.call('POST', '/register', { body: { username: 'frank', password: PASSWORD } }),
  );
  const streams = await Promise.all([
    new Stream().open('', { Cookie: owner.cookie }),
    new Stream().open('', { Cookie: frank.cookie }),
    new Stream().open('', { 'X-API-Key': node.key('owner', ['read_feed']) }),
  ]);
  await Promise.all(streams.map((stream) => stream.next('ready')));
  const { bus } = node.components;
  bus.publish({ type: 'library.changed', libraryId: '00000000-0000-4000-8000-000000000001' as LibraryId });
  bus.publish({ type: 'asset.changed', hash: 'a'.repeat(64) as AssetHash });
  bus.publish({ type: 'requests.changed' });
  const heard = streams.map(async (stream) => {
    await stream.next('requests.changed');
    return stream.passed.map(({ event }) => event).filter((event) => /^(library|asset)/.test(event));
  });
  assert.deepEqual(await Promise.all(heard), [['library.changed', 'asset.changed'], ['asset.changed'], []]);
  for (const stream of streams) stream.close();
});

test('of keys and the state of an account hears their account and who manages the node, of settings of the node everybody', async () => {
  const gina = sessionOf(
    await node.call('POST', '/register', { body: { username: 'gina', password: PASSWORD } }),
  );
  const hank = sessionOf(
    await node.call('POST', '/register', { body: { username: 'hank', password: PASSWORD } }),
  );
  const streams = await Promise.all(
    [owner, gina, hank].map(({ cookie }) => new Stream().open('', { Cookie: cookie })),
  );
  await Promise.all(streams.map((stream) => stream.next('ready')));
  const made = await node.call('POST', '/api/v1/keys', {
    session: gina,
    body: { permissions: ['read_feed'] },
  });
  assert.equal(made.status, 201);
  node.components.bus.publish({ type: 'requests.changed' });
  const heard = streams.map(async (stream) => {
    await stream.next('requests.changed');
    return stream.passed.some(({ event }) => event === 'settings.changed');
  });
  assert.deepEqual(await Promise.all(heard), [true, true, false]);
  const ivy = await node.call('POST', '/register', { body: { username: 'ivy', password: PASSWORD } });
  const { id } = ivy.json['user'] as { id: string };
  await node.call('POST', `/ajax/admin/users/${id}/suspend`, { session: owner });
  node.components.bus.publish({ type: 'requests.changed' });
  const others = streams.map(async (stream) => {
    await stream.next('requests.changed');
    return stream.passed.some(({ event }) => event === 'settings.changed');
  });
  assert.deepEqual(await Promise.all(others), [true, false, false]);
  await node.call('POST', '/api/v1/p2p/relay_policy', { session: owner, body: { policy: 'off' } });
  for (const stream of streams) {
    assert.deepEqual((await stream.next('settings.changed')).data, {});
    stream.close();
  }
});

test('a cursor of the future is told to start over', async () => {
  const stream = await new Stream().open('?after_seq=999999', { Cookie: owner.cookie });
  const reset = await stream.next('reset');
  await post('after the reset');
  const event = await stream.next('channel.message.created');
  assert.ok(Number(event.id) > Number(reset.data['latest_seq']));
  stream.close();
});

test('garbage cursors are ignored, strangers are refused', async () => {
  const stream = await new Stream().open('?after_seq=-1e9', {
    'X-API-Key': key,
    'Last-Event-ID': 'x'.repeat(50),
  });
  await stream.next('ready');
  stream.close();
  assert.equal((await node.call('GET', '/api/v1/events/stream')).status, 401);
});

test('one account cannot take all streams', async () => {
  const open: Stream[] = [];
  for (let i = 0; i < 32; i += 1) open.push(await new Stream().open('', { 'X-API-Key': key }));
  const refused = await node.call('GET', '/api/v1/events/stream', { key });
  assert.deepEqual([refused.status, refused.json['code']], [503, 'too_many_streams']);
  for (const stream of open) stream.close();
});

test('stopping the node says goodbye and ends every stream', async () => {
  const stream = await new Stream().open('', { Cookie: owner.cookie });
  await stream.next('ready');
  await node.close();
  await stream.next('shutdown');
  await stream.end();
});
