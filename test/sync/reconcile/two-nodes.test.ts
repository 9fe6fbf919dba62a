import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChannelId, MessageId } from '../../../server/wire/ids.ts';
import { Core } from '../../sim/core.ts';
import { Scene } from './support-cores.ts';

describe('two nodes of ours', () => {
  it('have everything after an outage by comparing alone, without a request of the older kind', async () => {
    const scene = await new Scene(11).begin('ada', 'ben');
    await scene.meet(1, 0);
    await scene.outage(0, async () => {
      for (let n = 0; n < 20; n += 1) await scene.post(1, `b${n}`);
      await scene.direct(1, 0, 'to ada');
    });
    await scene.outage(1, async () => {
      for (let n = 0; n < 20; n += 1) await scene.post(0, `a${n}`);
      await scene.direct(0, 1, 'to ben');
      scene.forgetOwed();
    });
    await scene.meet(1, 0);
    await scene.run(30);
    assert.equal(scene.texts(0).length, 40);
    assert.deepEqual(scene.texts(0), scene.texts(1));
    assert.deepEqual(scene.directTexts(0), ['to ada', 'to ben']);
    assert.deepEqual(scene.directTexts(1), ['to ada', 'to ben']);
    for (const core of scene.cores)
      assert.equal(core.sync.counts()['channel_catchup_request.received'] ?? 0, 0);
    const progress = scene.core(0).events.filter((event) => event.type === 'sync.progress');
    assert.ok(progress.some((event) => event.done > 0 && event.state === 'done'));

    const [up, down] = [scene.countBytes(0, 1), scene.countBytes(1, 0)];
    await scene.run(900);
    assert.ok(up.bytes > 0 && down.bytes > 0);
    assert.ok(up.bytes + down.bytes < 1_024);
    await scene.end();
  });

  it('have soon what somebody wrote just before they were introduced to each other', async () => {
    const scene = await new Scene(31).begin('ada', 'ben', 'cyd');
    scene.world.network.partition('10.0.0.2', '10.0.0.3');
    await scene.meet(1, 0);
    void scene.core(2).importInviteOf(scene.core(0));
    await scene.world.time.until(() => scene.core(0).mesh.isConnected(scene.peer(2)));
    // The lists go out now, and the third does not know yet whose message this is.
    await scene.world.time.run(1_500);
    void scene.post(1, 'from ben');
    await scene.run(30);
    assert.deepEqual(scene.texts(2), ['from ben']);
    await scene.end();
  });

  it('say once to the people of both that their clocks are too far apart', async () => {
    const scene = await new Scene(13).begin('ada', 'ben');
    const { clock, ...ports } = scene.world.ports('10.0.0.9');
    const ahead = { now: () => clock.now() + 900_000, monotonic: () => clock.monotonic() };
    const late = new Core({ ...ports, clock: ahead }, scene.world.disk(), { trustDefault: 'open' });
    late.addPerson('cyd');
    await late.start();
    scene.cores.push(late);
    scene.core(0).workspace.trust.setScore(late.mesh.peerId, 90);
    await scene.meet(2, 0);
    await scene.run(1_800);
    for (const core of [late, scene.core(0)]) {
      const told = core.mesh.activity().filter((event) => event.kind === 'catch_up');
      assert.equal(told.length, 1);
      assert.match(told[0]?.detail ?? '', /clocks/);
    }
    await scene.end();
  });

  it('bring changes and deletions of those who may make them', async () => {
    const scene = await new Scene(12).begin('ada', 'ben');
    await scene.meet(1, 0);
    const ids = [await scene.post(0, 'first'), await scene.post(0, 'second')] as MessageId[];
    await scene.direct(0, 1, 'private');
    await scene.run(60);
    assert.deepEqual(scene.texts(1), ['first', 'second']);
    await scene.outage(1, async () => {
      const now = scene.world.time.now();
      scene.change(0, ({ disk: { repositories: rows } }) => {
        rows.channelMessages.update(ids[0] as MessageId, { content: 'changed', editedAt: now, rev: now });
        rows.channelMessages.delete(ids[1] as MessageId, now);
        const [dm] = rows.directMessages.visibleTo(scene.person(0), { limit: 1 });
        rows.directMessages.delete(dm?.id ?? assert.fail('no message'), now);
      });
    });
    await scene.meet(1, 0);
    await scene.run(30);
    assert.deepEqual(scene.texts(1), ['changed']);
    assert.deepEqual(scene.directTexts(1), []);
    const versions = scene.cores.map(({ disk }) =>
      ids.map((id) => disk.repositories.items.get('c:general', id)?.version),
    );
    assert.deepEqual(versions[0], versions[1]);
    await scene.end();
  });

  it('do not take a change or deletion of a third one’s message on each other’s word', async () => {
    const scene = await new Scene(13).begin('ada', 'ben', 'cleo');
    await scene.meet(1, 0);
    await scene.meet(2, 0);
    await scene.meet(2, 1);
    const id = (await scene.post(2, 'mine')) as MessageId;
    await scene.run(60);
    assert.deepEqual([scene.texts(0), scene.texts(1)], [['mine'], ['mine']]);
    await scene.settle(scene.core(2).stop());
    await scene.outage(1, async () => {
      const now = scene.world.time.now();
      scene.change(0, ({ disk: { repositories: rows } }) =>
        rows.channelMessages.update(id, { content: 'forged', editedAt: now }),
      );
    });
    await scene.meet(1, 0);
    await scene.run(30);
    assert.deepEqual(scene.texts(1), ['mine']);
    scene.change(0, ({ disk: { repositories: rows } }) => rows.channelMessages.delete(id, 1));
    await scene.run(900);
    assert.deepEqual(scene.texts(1), ['mine']);
    assert.ok(scene.core(1).disk.repositories.refused.ofSet(scene.peer(0), 'c:general').length > 0);
    await scene.settle(Promise.all([scene.core(0).stop(), scene.core(1).stop()]));
  });

  it('pass on what a third one signed, and the last one knows who wrote it', async () => {
    const scene = await new Scene(14).begin('ada', 'ben', 'cleo');
    await scene.meet(2, 0);
    await scene.meet(2, 1);
    await scene.settle(scene.core(1).stop());
    const id = (await scene.post(0, 'signed')) as MessageId;
    await scene.run(60);
    assert.deepEqual(scene.texts(2), ['signed']);
    await scene.settle(scene.core(0).stop());
    scene.forgetOwed();
    await scene.outage(1, async () => undefined);
    // Knows the keys of the author, as from an invite.
    const { identity } = scene.core(0).disk;
    scene.core(1).knownPeers.importPeer({
      peerId: identity.peerId,
      ed25519PublicKey: identity.ed25519.publicKey,
      x25519PublicKey: identity.x25519.publicKey,
      endpoints: [],
    });
    await scene.meet(1, 2);
    await scene.run(30);
    assert.deepEqual(scene.texts(1), ['signed']);
    const { userHomes, items, proofs } = scene.core(1).disk.repositories;
    assert.equal(userHomes.get(scene.person(0)), scene.peer(0));
    const item = items.get('c:general', id);
    assert.ok(item !== undefined && proofs.has(item));
    await scene.settle(Promise.all([scene.core(1).stop(), scene.core(2).stop()]));
  });

  it('share nothing with a peer nobody accepted', async () => {
    const scene = await new Scene(15).begin('ada', 'ben');
    scene.core(0).workspace.trust.setScore(scene.peer(1), 0);
    await scene.post(0, 'not for ben');
    scene.forgetOwed();
    await scene.meet(1, 0);
    await scene.run(60);
    assert.deepEqual(scene.texts(1), []);
    scene.core(0).workspace.trust.setScore(scene.peer(1), 90);
    await scene.run(60);
    assert.deepEqual(scene.texts(1), ['not for ben']);
    await scene.end();
  });

  it('compare a private channel only while the other side has a member, and soon after it gets one', async () => {
    const scene = await new Scene(16).begin('ada', 'ben');
    await scene.meet(1, 0);
    const secret = 'Csecret000000001' as ChannelId;
    const now = scene.world.time.now();
    const [ada, ben] = [scene.person(0), scene.person(1)];
    for (const i of [0, 1])
      scene.change(i, ({ disk: { repositories: rows } }) => {
        const kind = { channelType: 'private', privacyMode: 'private', description: '' } as const;
        const origin = { createdBy: ada, originPeer: i === 0 ? null : scene.peer(0) };
        rows.channels.insert({ id: secret, name: 'secret', ...kind, ...origin, now });
        rows.channelMembers.add(secret, ada, 'admin', now);
      });
    scene.change(0, ({ disk: { repositories: rows } }) =>
      rows.channelMessages.insert({
        id: 'Msecret' as MessageId,
        channelId: secret,
        userId: ada,
        content: 'for members',
        createdAt: now,
        originPeer: scene.peer(0),
      }),
    );
    await scene.run(400);
    const held = () => scene.core(1).disk.repositories.channelMessages.get('Msecret' as MessageId)?.content;
    assert.equal(held(), undefined);
    for (const i of [0, 1])
      scene.change(i, ({ disk: { repositories: rows } }) =>
        rows.channelMembers.add(secret, ben, 'member', now),
      );
    await scene.run(60);
    assert.equal(held(), 'for members');
    await scene.end();
  });
});
