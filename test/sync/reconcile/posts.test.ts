/** Posts between our nodes that compare what they hold (06 sections 4.1 to 4.3). */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { PostId } from '../../../server/wire/ids.ts';
import type { Visibility } from '../../../server/store/feed.ts';
import { Scene } from './support-cores.ts';

let scene: Scene;
afterEach(() => scene.end());

async function post(i: number, content: string, visibility: Visibility = 'network'): Promise<PostId> {
  const { feed } = scene.core(i).workspace;
  return (await scene.settle(feed.create(scene.person(i), { content, visibility }))).id;
}
const posts = (i: number) => scene.core(i).workspace.feed.list(scene.person(i), { limit: 100 });
const texts = (i: number): string[] =>
  posts(i)
    .map((one) => one.content)
    .sort();
const edit = (i: number, id: PostId, change: { content?: string; visibility?: Visibility }) =>
  scene.settle(scene.core(i).workspace.feed.edit(scene.person(i), id, change));
const remove = (i: number, id: PostId) =>
  scene.settle(scene.core(i).workspace.feed.remove(scene.person(i), id, { owner: false }));

test('what was missed comes by comparing alone: posts, changes, withdrawals and deletions', async () => {
  scene = await new Scene(71).begin('alice', 'bob');
  await scene.meet(0, 1);
  const [kept, narrowed, gone] = [
    await post(0, 'kept'),
    await post(0, 'narrowed'),
    await post(0, 'gone', 'trusted'),
  ];
  assert.deepEqual(texts(1), ['gone', 'kept', 'narrowed']);
  await scene.outage(1, async () => {
    await edit(0, kept, { content: 'kept, changed' });
    await edit(0, narrowed, { visibility: 'private' });
    await remove(0, gone);
    await post(0, 'new');
    await post(0, 'for friends', 'trusted');
    scene.forgetOwed();
  });
  await scene.run(120);
  assert.deepEqual(texts(1), ['for friends', 'kept, changed', 'new']);
  assert.deepEqual(
    posts(1).map((one) => one.unconfirmedVia),
    [null, null, null],
  );
  assert.deepEqual(texts(0), ['for friends', 'kept, changed', 'narrowed', 'new']);
});

test('posts travel on with the signature of their author, those for friends do not', async () => {
  scene = await new Scene(72).begin('alice', 'bob', 'carol');
  scene.world.network.partition('10.0.0.1', '10.0.0.3');
  await scene.meet(0, 1);
  await scene.meet(1, 2);
  const [id, gone] = [await post(0, 'for everybody'), await post(0, 'soon gone')];
  await post(0, 'for friends', 'trusted');
  await edit(0, id, { content: 'for everybody, changed' });
  await scene.run(240);
  assert.deepEqual(texts(2), ['for everybody, changed', 'soon gone']);
  const [there] = posts(2).filter((one) => one.id === id);
  assert.deepEqual([there?.originPeer, there?.unconfirmedVia], [scene.peer(0), null]);
  await remove(0, gone);
  await scene.run(240);
  assert.deepEqual(texts(1), ['for everybody, changed', 'for friends']);
  assert.deepEqual(texts(2), ['for everybody, changed']);
});
