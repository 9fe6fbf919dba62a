/** Frames above 2 MiB: who may send them, where they are read, and what becomes of them (02 section 10, S9). */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { FrameAnswering } from '../../../server/mesh/large/answering.ts';
import type { Answer, Question } from '../../../server/mesh/large/answering.ts';
import { LARGE_FRAME_BYTES } from '../../../server/mesh/limits.ts';
import { createEnvelope, frameText, parseFrame } from '../../../server/wire/envelope.ts';
import type { EnvelopeDraft, Signer } from '../../../server/wire/envelope.ts';
import { MAX_JSON_VALUES, fromPlain } from '../../../server/wire/pyjson.ts';
import { SimWorld } from '../../sim/node.ts';
import type { SimNode, SimNodeInit } from '../../sim/node.ts';
import { ReferencePeer } from '../reference-peer.ts';
import { connectedPair, endpointOf, linkOf } from '../secure/support.ts';
import { ITEM } from '../../../server/wire/secure-frames.ts';
import { envelopeBody } from '../../../server/mesh/secure/envelope-item.ts';

const MIB = 1024 * 1024;
/** Texts of many megabytes, compared so that a difference can be read. */
const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');

interface Scene {
  world: SimWorld;
  ours: SimNode;
  theirs: ReferencePeer;
  /** Lengths of what was read beside the loop. */
  read: number[];
  say(content: unknown, draft?: Partial<EnvelopeDraft>, by?: Signer): string;
}

async function scene(seed: number, init: SimNodeInit = {}): Promise<Scene> {
  const world = new SimWorld(seed);
  const read: number[] = [];
  const answering = new FrameAnswering({ crypto: nativeCrypto });
  const background = {
    ask: async (question: Question): Promise<Answer> => {
      if ('bytes' in question) read.push(question.bytes.length);
      return answering.answer(question);
    },
  };
  const ours = world.node({ background, ...init });
  await ours.mesh.start();
  const theirs = new ReferencePeer(world.ports(world.nextHost()));
  ours.familiar.add(theirs.peerId);
  void theirs.dial(ours.mesh.peerId, endpointOf(ours));
  await world.time.run(2_000);
  let count = 0;
  const say = (content: unknown, draft: Partial<EnvelopeDraft> = {}, by: Signer = theirs.identity): string =>
    frameText(
      createEnvelope(nativeCrypto, by, {
        id: `large-${(count += 1)}`,
        type: 'channel_message',
        toPeer: null,
        timestamp: world.time.now() / 1000,
        ttl: 3,
        payload: fromPlain(content),
        ...draft,
      }),
    );
  return { world, ours, theirs, read, say };
}

const small = (content: string) => ({ content, metadata: {} });
/** A frame that is large for what nobody signed. */
const padded = (frame: string, bytes: number): string => `${' '.repeat(bytes - frame.length)}${frame}`;

test('an accepted peer may send a large frame: it is read beside the loop and delivered like any other', async () => {
  const { world, ours, theirs, read, say } = await scene(201);
  const frames = [say(small('before')), padded(say(small('large')), 19 * MIB), say(small('after'))];
  for (const frame of frames) await theirs.send(ours.mesh.peerId, frame);
  await world.time.run(10_000);
  assert.deepEqual(
    ours.inbox.map((message) => message.content),
    ['before', 'large', 'after'],
  );
  assert.deepEqual(read, [19 * MIB]);
});

test('exactly at the limit a frame is read where it arrives', async () => {
  const { world, ours, theirs, read, say } = await scene(202);
  await theirs.send(ours.mesh.peerId, padded(say(small('at the limit')), LARGE_FRAME_BYTES));
  await world.time.run(10_000);
  assert.deepEqual([ours.inbox.length, read.length], [1, 0]);
});

test('a peer nobody accepted is cut for a large frame, and named', async () => {
  const { world, ours, theirs, read, say } = await scene(203);
  ours.familiar.delete(theirs.peerId);
  await theirs.send(ours.mesh.peerId, padded(say(small('x')), LARGE_FRAME_BYTES + 1));
  await world.time.run(1_000);
  assert.equal(ours.mesh.isConnected(theirs.peerId), false);
  assert.deepEqual([ours.inbox.length, read.length], [0, 0]);
  const [event] = ours.mesh.activity().filter(({ kind }) => kind === 'security');
  assert.equal(event?.peer_id, theirs.peerId);
  assert.equal(ours.mesh.diagnostics().counters['security.too_large'], 1);
});

test('the same over a secure session, from the moment a person decides', async () => {
  const world = new SimWorld(204);
  const [near, far] = await connectedPair(world);
  const frame = (content: string): string =>
    padded(
      frameText(
        createEnvelope(nativeCrypto, near.identity, {
          id: content,
          type: 'channel_message',
          toPeer: null,
          timestamp: world.time.now() / 1000,
          ttl: 1,
          payload: fromPlain(small(content)),
        }),
      ),
      3 * MIB,
    );
  const send = (content: string): void =>
    void linkOf(near, far)
      .send(ITEM.envelope, envelopeBody(frame(content), 0))
      .catch(() => undefined);
  send('accepted');
  await world.time.run(5_000);
  assert.deepEqual(
    far.inbox.map((message) => message.content),
    ['accepted'],
  );
  far.familiar.delete(near.mesh.peerId);
  send('not any more');
  await world.time.run(1_000);
  assert.equal(far.inbox.length, 1);
  const [event] = far.mesh.activity().filter(({ kind }) => kind === 'security');
  assert.equal(event?.peer_id, near.mesh.peerId);
  assert.equal(far.mesh.diagnostics().counters['security.limit'], 1);
});

test('files within a message do not count towards its size, and come whole; anything else does', async () => {
  const { world, ours, theirs, say } = await scene(209);
  const data = Buffer.alloc(10 * MIB, 'file').toString('base64');
  const withFiles = (...entries: unknown[]) => ({ content: 'two files', metadata: { attachments: entries } });
  const whole = withFiles({ name: 'a', data }, { name: 'b', data: 'Yg==' });
  await theirs.send(ours.mesh.peerId, say(whole));
  // Between both limits it is read where it arrives.
  const smaller = withFiles({ name: 'a', data: data.slice(0, 1.5 * MIB) });
  await theirs.send(ours.mesh.peerId, say(smaller));
  for (const metadata of [{ attachments: [{ name: 'x'.repeat(2 * MIB), data }] }, { data }])
    await theirs.send(ours.mesh.peerId, say({ content: 'too large', metadata }));
  await world.time.run(60_000);
  assert.deepEqual(
    ours.inbox.map(({ payload }) => sha256Hex(JSON.stringify(payload))),
    [whole, smaller].map((payload) => sha256Hex(JSON.stringify(payload))),
  );
});

test('what is too large to be delivered is passed on unchanged if it may be, else dropped; forgeries are named', async () => {
  const { world, ours, theirs, say } = await scene(205, { relayPolicy: 'full_relay' });
  const third = new ReferencePeer(world.ports(world.nextHost()));
  void third.dial(ours.mesh.peerId, endpointOf(ours));
  await world.time.run(2_000);
  const carried = say(small('ü'.repeat(400_000)));
  assert.ok(carried.length > LARGE_FRAME_BYTES);
  const huge = say(small('x'.repeat(5 * MIB)));
  const forged = carried.replace('\\u00fc', '\\u00fd').replace('large-1', 'large-9');
  for (const frame of [carried, huge, forged]) await theirs.send(ours.mesh.peerId, frame);
  await world.time.run(60_000);
  assert.deepEqual([ours.inbox.length, third.received.length], [0, 1]);
  const [before, after] = [carried, third.received[0] ?? ''].map(parseFrame);
  assert.ok(before?.kind === 'p2p_message' && after?.kind === 'p2p_message');
  assert.deepEqual(after.envelope, { ...before.envelope, ttl: before.envelope.ttl - 1 });
  const { counters } = ours.mesh.diagnostics();
  assert.deepEqual([counters['dropped.too_large'], counters['dropped.invalid']], [1, 1]);
  assert.equal(counters['security.forged'], 1);
});

test('20 MiB of nested JSON, of small values or of one deep list is refused before it costs more than its text', async () => {
  const { world, ours, theirs, say } = await scene(206);
  const wide = (item: string): string =>
    `{"type": "p2p_message", "message": [${Array(Math.floor((19 * MIB) / (item.length + 1)))
      .fill(item)
      .join(',')}]}`;
  for (const frame of [wide('{}'), wide('[[1]]'), '['.repeat(19 * MIB)])
    await theirs.send(ours.mesh.peerId, frame);
  await theirs.send(ours.mesh.peerId, say(small('after')));
  await world.time.run(60_000);
  assert.deepEqual(
    ours.inbox.map((message) => message.content),
    ['after'],
  );
  const { counters } = ours.mesh.diagnostics();
  assert.deepEqual([counters['dropped.json_values'], counters['dropped.json_depth']], [2, 1]);
  assert.ok(ours.mesh.isConnected(theirs.peerId));
  assert.ok(MAX_JSON_VALUES < 100_000);
});

test('one large frame is read at a time, and other sessions go on meanwhile', async () => {
  const waiting: (() => void)[] = [];
  const answering = new FrameAnswering({ crypto: nativeCrypto });
  const background = {
    ask: (question: Question): Promise<Answer> =>
      new Promise((resolve) => waiting.push(() => resolve(answering.answer(question)))),
  };
  const { world, ours, theirs, say } = await scene(207, { background });
  const other = new ReferencePeer(world.ports(world.nextHost()));
  ours.familiar.add(other.peerId);
  void other.dial(ours.mesh.peerId, endpointOf(ours));
  await world.time.run(2_000);
  await theirs.send(ours.mesh.peerId, padded(say(small('first')), 3 * MIB));
  await theirs.send(ours.mesh.peerId, say(small('behind it')));
  await world.time.run(1_000);
  await other.send(ours.mesh.peerId, say(small('beside it'), {}, other.identity));
  await other.send(ours.mesh.peerId, padded(say(small('second'), {}, other.identity), 3 * MIB));
  await world.time.run(5_000);
  const contents = (): string[] => ours.inbox.map((message) => message.content);
  assert.deepEqual(contents(), ['beside it']);
  assert.equal(waiting.length, 1);
  while (waiting.length > 0) {
    waiting.shift()?.();
    await world.time.run(1_000);
  }
  assert.deepEqual(contents(), ['beside it', 'first', 'behind it', 'second']);
});

test('a frame that cannot be read for a fault of ours is dropped, and the session goes on', async () => {
  const background = { ask: (): Promise<Answer> => Promise.reject(new Error('no memory')) };
  const { world, ours, theirs, say } = await scene(208, { background });
  await theirs.send(ours.mesh.peerId, padded(say(small('lost')), 3 * MIB));
  await theirs.send(ours.mesh.peerId, say(small('after')));
  await world.time.run(5_000);
  assert.deepEqual(
    ours.inbox.map((message) => message.content),
    ['after'],
  );
  assert.equal(ours.mesh.diagnostics().counters['dropped.unread'], 1);
  assert.equal(ours.mesh.diagnostics().counters['security.unreadable'], undefined);
});
