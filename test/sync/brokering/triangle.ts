/** Whole nodes A, B and C for tests of brokering and relays: A is connected with both, B and C cannot reach each other. */
import type { RelayPolicy } from '../../../server/mesh/types.ts';
import type { UserId } from '../../../server/wire/ids.ts';
import { CoreWorld } from '../../sim/core.ts';
import type { Core, CoreInit } from '../../sim/core.ts';

export const HOSTS = { a: '10.0.0.1', b: '10.0.0.2', c: '10.0.0.3' };

export interface Triangle {
  world: CoreWorld;
  a: Core;
  b: Core;
  c: Core;
  bob: UserId;
  carol: UserId;
}

export interface TriangleInit {
  /** Relay policies; `broker_only` where none is named. */
  policies?: { a?: RelayPolicy; b?: RelayPolicy; c?: RelayPolicy };
  /** More for all three. */
  all?: CoreInit;
  /** More for A alone. */
  a?: CoreInit;
}

/** Starts the three; everybody accepted everybody. */
export async function triangle(seed: number, init: TriangleInit = {}): Promise<Triangle> {
  const world = new CoreWorld(seed);
  const core = (name: 'a' | 'b' | 'c'): Core =>
    world.core({
      ...init.all,
      ...(name === 'a' ? init.a : {}),
      host: HOSTS[name],
      mesh: { relayPolicy: init.policies?.[name] ?? 'broker_only' },
    });
  const [a, b, c] = [core('a'), core('b'), core('c')];
  const [bob, carol] = [b.addPerson('bob'), c.addPerson('carol')];
  a.addPerson('alice');
  world.network.partition(HOSTS.b, HOSTS.c);
  for (const one of [a, b, c])
    for (const other of [a, b, c]) if (one !== other) one.workspace.trust.setScore(other.mesh.peerId, 90);
  for (const one of [a, b, c]) await one.start();
  void b.importInviteOf(a);
  void c.importInviteOf(a);
  await world.time.run(20_000);
  return { world, a, b, c, bob, carol };
}

export async function stopAll(...cores: Core[]): Promise<void> {
  for (const core of cores) await core.stop();
}
