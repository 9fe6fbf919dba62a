/**
 * A reply that arrives before what it answers (03 sections 5.4 and 11.1 K14): it is kept, shown, passed on with its place
 * in the thread, and joined when the other comes, on whatever way each of them travels.
 */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { toIsoTime } from '../../server/store/time.ts';
import type { MessageId, UserId } from '../../server/wire/ids.ts';
import { DEFAULT_CAPABILITIES } from '../../server/wire/message-types.ts';
import { CoreWorld, GENERAL } from '../sim/core.ts';
import type { Core } from '../sim/core.ts';

const REPLY = 'M00000000000000000000002f' as MessageId;
const PARENT = 'M00000000000000000000001f' as MessageId;
const PYTHON = { capabilities: DEFAULT_CAPABILITIES, canopyVersion: '0.5.38' };

let world: CoreWorld;
let cores: Core[] = [];

afterEach(async () => {
  const stopping = Promise.all(cores.map((core) => core.stop()));
  await world.time.run(2_000);
  await stopping;
});

/** What `author`, a person of `from`, wrote, sent to `to` live. */
async function live(from: Core, to: Core, author: UserId, id: MessageId, parent?: MessageId): Promise<void> {
  const metadata = {
    type: 'channel_message',
    channel_id: GENERAL,
    user_id: author,
    message_id: id,
    // What is answered was written first, whenever it arrives.
    timestamp: toIsoTime(world.time.now() - (parent === undefined ? 3_600_000 : 0)),
    origin_peer: from.mesh.peerId,
    display_name: 'Author',
    ...(parent === undefined ? {} : { parent_message_id: parent }),
  };
  void from.mesh.sendDirect('channel_message', to.mesh.peerId, { content: id, metadata });
  await world.time.run(3_000);
}

const parentOf = (core: Core, id: MessageId): MessageId | null | undefined =>
  core.disk.repositories.channelMessages.get(id)?.parentMessageId;

for (const [way, init] of [
  ['reconciliation', {}],
  ['catch-up', PYTHON],
] as const)
  test(`a reply before its parent, live and on by ${way}`, async () => {
    world = new CoreWorld(3);
    const [a, b, c] = [world.core(PYTHON), world.core(init), world.core(init)];
    cores = [a, b, c];
    const author = a.addPerson('author');
    const reader = c.addPerson('reader');
    for (const core of cores) await core.start();
    for (const [core, other] of [
      [a, b],
      [b, a],
      [b, c],
      [c, b],
    ] as const)
      core.workspace.trust.setScore(other.mesh.peerId, 90);
    void a.importInviteOf(b);
    await world.time.run(8_000);
    await live(a, b, author, REPLY, PARENT);
    assert.equal(parentOf(b, REPLY), null);

    void c.importInviteOf(b);
    await world.time.run(40_000);
    assert.deepEqual(
      c.general(reader).map(({ id }) => id),
      [REPLY],
    );
    assert.equal(parentOf(c, REPLY), null);

    await live(a, b, author, PARENT);
    assert.equal(parentOf(b, REPLY), PARENT);
    await world.time.run(900_000);
    assert.deepEqual(
      c.general(reader).map(({ id }) => id),
      [PARENT, REPLY],
    );
    assert.equal(parentOf(c, REPLY), PARENT);
  });
