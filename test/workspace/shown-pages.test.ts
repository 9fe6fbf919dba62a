/** Pages of messages as they were shown before: the same as made anew, whatever was written since (03 section 5.6). */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { MessageId, PeerId, UserId } from '../../server/wire/ids.ts';
import type { ChannelMessageView } from '../../server/workspace/types.ts';
import { CoreWorld, GENERAL } from '../sim/core.ts';
import type { Core } from '../sim/core.ts';

const PEER = 'Vyzvscbv6rvhYYvK' as PeerId;

let world: CoreWorld;
let node: Core;
let alice: UserId;

beforeEach(() => {
  world = new CoreWorld(7);
  node = world.core();
  alice = node.addPerson('alice');
});

const list = (limit = 10): readonly Readonly<ChannelMessageView>[] =>
  node.workspace.channelMessages.list(alice, GENERAL, { limit });
const contents = (limit = 10): string[] => list(limit).map((message) => message.content);

async function post(content: string, more: { parentMessageId?: MessageId; ttlSeconds?: number } = {}) {
  const posted = node.workspace.channelMessages.post(alice, { channelId: GENERAL, content, ...more });
  await world.time.run(50);
  return (await posted).id;
}

describe('pages shown before', () => {
  test('are the same list as long as nothing is written', async () => {
    await post('one');
    const shown = list();
    assert.equal(list(), shown);
    await post('two');
    assert.notEqual(list(), shown);
    assert.deepEqual(contents(), ['one', 'two']);
    assert.deepEqual(
      shown.map((message) => message.content),
      ['one'],
    );
  });

  test('follow edits, new names of the author, and how far a message has come', async () => {
    const id = await post('one');
    const peersOf = (): string[] => list()[0]?.delivery?.sentTo ?? [];
    assert.deepEqual([contents(), list()[0]?.displayName, peersOf()], [['one'], 'alice', []]);
    node.disk.store.commit.now(() =>
      node.disk.repositories.channelMessages.update(id, { content: 'changed' }),
    );
    assert.deepEqual(contents(), ['changed']);
    const renamed = node.workspace.people.updateProfile(alice, { displayName: 'Alice A.' });
    await world.time.run(50);
    await renamed;
    assert.equal(list()[0]?.displayName, 'Alice A.');
    node.workspace.delivery.sent('message', id, PEER);
    assert.deepEqual(peersOf(), [PEER]);
    node.workspace.delivery.failed('message', id, PEER, 'gone');
    assert.equal(list()[0]?.delivery?.state, 'failed');
  });

  test('let go of what expires, also of a message that is there only for its answer', async () => {
    const parent = await post('parent', { ttlSeconds: 3_600 });
    await post('between');
    await post('answer', { parentMessageId: parent });
    assert.deepEqual(
      [contents(1), contents(1)],
      [
        ['answer', 'parent'],
        ['answer', 'parent'],
      ],
    );
    await world.time.run(3_601_000);
    assert.deepEqual(contents(1), ['answer']);
  });

  test('do not hold what a transaction wrote and undid', async () => {
    const id = await post('one');
    const { store, repositories } = node.disk;
    assert.deepEqual(contents(), ['one']);
    assert.throws(() =>
      store.commit.now(() => {
        repositories.channelMessages.update(id, { content: 'undone' });
        assert.deepEqual(contents(), ['undone']);
        throw new Error('undone');
      }),
    );
    assert.deepEqual(contents(), ['one']);
  });

  test('cannot be changed by who got them', async () => {
    await post('one');
    const shown = list();
    assert.throws(() => Object.assign(shown[0] ?? {}, { content: 'x' }), TypeError);
    assert.throws(() => Array.prototype.push.call(shown, shown[0]), TypeError);
  });
});
