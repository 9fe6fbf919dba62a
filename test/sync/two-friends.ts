/** Two whole nodes that accepted each other, on 10.0.0.1 with alice and on 10.0.0.2 with bob. */
import type { UserId } from '../../server/wire/ids.ts';
import { CoreWorld } from '../sim/core.ts';
import type { Core } from '../sim/core.ts';

export interface TwoFriends {
  world: CoreWorld;
  a: Core;
  b: Core;
  alice: UserId;
  bob: UserId;
}

/** Brings them up and lets everything happen that follows a connection. */
export async function twoFriends(seed: number): Promise<TwoFriends> {
  const world = new CoreWorld(seed);
  const [a, b] = [world.core({ host: '10.0.0.1' }), world.core({ host: '10.0.0.2' })];
  const [alice, bob] = [a.addPerson('alice'), b.addPerson('bob')];
  await a.start();
  await b.start();
  void b.importInviteOf(a);
  await world.time.until(() => a.workspace.requests.list().length === 1);
  a.workspace.requests.decide(b.mesh.peerId, 'accept');
  await world.time.run(30_000);
  return { world, a, b, alice, bob };
}

/** What `work` resolves with, after `ms` of virtual time. */
export async function settledIn<T>({ time }: CoreWorld, work: Promise<T>, ms = 3_000): Promise<T> {
  await time.run(ms);
  return work;
}
