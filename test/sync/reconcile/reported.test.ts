/** What only others tell of a message, until its author's home speaks (06 section 4.3). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageId } from '../../../server/wire/ids.ts';
import type { LiveMessage } from '../../../server/workspace/channel-inbox.ts';
import { CoreWorld, GENERAL } from '../../sim/core.ts';
import type { Core } from '../../sim/core.ts';

function accept(one: Core, other: Core): void {
  one.workspace.trust.setScore(other.mesh.peerId, 90);
  other.workspace.trust.setScore(one.mesh.peerId, 90);
}

for (const seed of [1, 2, 3])
  test(`a message passed on by a neighbour arrives, and is confirmed when its author's node comes (seed ${seed})`, async () => {
    const world = new CoreWorld(seed);
    const [a, b, c] = [1, 2, 3].map((host) => world.core({ host: `10.0.0.${host}` })) as [Core, Core, Core];
    const [ann, bob, carol] = [a.addPerson('ann'), b.addPerson('bob'), c.addPerson('carol')];
    accept(a, b);
    accept(a, c);
    for (const core of [a, b, c]) await core.start();
    world.network.partition('10.0.0.2', '10.0.0.3');
    void c.importInviteOf(a);
    await world.time.run(30_000);
    const posted = c.workspace.channelMessages.post(carol, { channelId: GENERAL, content: 'passed on' });
    await world.time.run(5_000);
    await posted;
    assert.equal(a.general(ann).length, 1);
    void b.importInviteOf(a);
    await world.time.run(60_000);
    const atBob = (): unknown[] => b.general(bob).map((message) => [message.content, message.unconfirmedVia]);
    assert.deepEqual(atBob(), [['passed on', a.mesh.peerId]]);

    world.network.heal('10.0.0.2', '10.0.0.3');
    accept(b, c);
    void c.importInviteOf(b);
    await world.time.run(60_000);
    assert.deepEqual(atBob(), [['passed on', null]]);
  });

test('what the author wrote first does not come over what the author made of it, in whatever order they arrive', async () => {
  const world = new CoreWorld(4);
  const [a, b, c] = [1, 2, 3].map((host) => world.core({ host: `10.0.0.${host}` })) as [Core, Core, Core];
  const bob = b.addPerson('bob');
  const carol = c.addPerson('carol');
  const [via, home] = [a.mesh.peerId, c.mesh.peerId];
  accept(a, b);
  accept(b, c);
  const createdAt = 1_767_225_600_000;
  const first: LiveMessage = {
    id: 'M19b76dbfae5df49dfa4e3f99' as MessageId,
    channelId: GENERAL,
    userId: carol,
    content: 'first',
    createdAt,
    expiresAt: null,
    ttlSeconds: null,
    ttlMode: null,
    originPeer: home,
    displayName: 'carol',
    accountType: 'human',
    parentMessageId: null,
    attachments: null,
    security: null,
    sourceLayout: null,
    sourceReference: null,
    repostPolicy: null,
    encryptedContent: null,
    nonce: null,
    keyId: null,
    updateOnly: false,
    editedAt: null,
    postPolicy: null,
    allowMemberReplies: null,
    allowedPosters: null,
  };
  const changed = {
    ...first,
    content: 'changed',
    updateOnly: true,
    editedAt: createdAt + 1,
    rev: createdAt + 1,
  };
  const channel = {
    channelName: 'general',
    channelType: 'public',
    channelPrivacy: 'open',
    channelOrigin: null,
  } as const;
  const { changes, channelInbox } = b.workspace.inbound;
  changes.now(() => channelInbox.takeCaughtUp({ ...first, ...channel }, via));
  assert.deepEqual(
    b.general(bob).map(({ content, unconfirmedVia }) => [content, unconfirmedVia]),
    [['first', via]],
  );
  changes.now(() => channelInbox.takeLive(changed, home));
  changes.now(() => channelInbox.takeLive(first, home));
  assert.deepEqual(
    b.general(bob).map(({ content, unconfirmedVia }) => [content, unconfirmedVia]),
    [['changed', null]],
  );
});
