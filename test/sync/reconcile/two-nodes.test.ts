import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UserId } from '../../../server/wire/ids.ts';
import { CoreWorld, GENERAL } from '../../sim/core.ts';
import type { Core } from '../../sim/core.ts';

/** Two nodes of ours that accepted each other, each with a person. */
async function pair(seed: number) {
  const world = new CoreWorld(seed);
  const [a, b] = [world.core({ host: '10.0.0.1' }), world.core({ host: '10.0.0.2' })];
  const [ada, ben] = [a.addPerson('ada'), b.addPerson('ben')];
  await a.start();
  await b.start();
  void b.importInviteOf(a);
  await world.time.until(() => a.workspace.requests.list().length === 1);
  a.workspace.requests.decide(b.mesh.peerId, 'accept');
  await world.time.run(30_000);
  return { world, a, b, ada, ben };
}

const texts = (core: Core, reader: UserId): string[] =>
  core
    .general(reader)
    .map((message) => message.content)
    .sort();

function post(core: Core, user: UserId, content: string): void {
  void core.workspace.channelMessages.post(user, { channelId: GENERAL, content });
}

describe('two nodes of ours', () => {
  it('have the same after an outage, by comparing, without a request of the older kind', async () => {
    const { world, a, b, ada, ben } = await pair(11);
    assert.ok(b.mesh.links.get(a.mesh.peerId)?.capabilities.includes('reconcile_v1'));
    const stopping = a.stop();
    await world.time.run(2_000);
    await stopping;
    for (let n = 0; n < 30; n += 1) {
      post(b, ben, `b${n}`);
      await world.time.run(1_000);
    }
    const again = world.core({ host: '10.0.0.1' }, a.disk);
    for (let n = 0; n < 30; n += 1) post(again, ada, `a${n}`);
    await again.start();
    await world.time.run(1_000);
    void again.mesh.connect(b.mesh.peerId, b.mesh.localEndpoints());
    await world.time.until(() => again.mesh.isConnected(b.mesh.peerId));
    await world.time.run(60_000);
    assert.equal(texts(again, ada).length, 60);
    assert.deepEqual(texts(again, ada), texts(b, ben));
    for (const core of [again, b])
      assert.equal(core.sync.counts()['channel_catchup_request.received'] ?? 0, 0);
    const stopped = Promise.all([again.stop(), b.stop()]);
    await world.time.run(2_000);
    await stopped;
  });
});
