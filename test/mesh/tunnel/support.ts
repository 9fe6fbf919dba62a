/** B and C, both connected to A and not to each other, for the tests of sessions through a relay. */
import { encodeBase58 } from '../../../server/wire/base58.ts';
import type { Envelope } from '../../../server/wire/envelope.ts';
import { SimWorld } from '../../sim/node.ts';
import type { SimNode, SimNodeInit } from '../../sim/node.ts';
import { endpointOf, startAll } from '../secure/support.ts';

export interface Triangle {
  world: SimWorld;
  a: SimNode;
  b: SimNode;
  c: SimNode;
}

/** Tells `node` who `other` is, as an announcement of `by` does: with keys and without an endpoint. */
export function introduce(node: SimNode, other: SimNode, by: SimNode): void {
  const { peerId, ed25519, x25519 } = other.identity;
  node.mesh.introduce(
    [
      {
        peerId,
        displayName: '',
        endpoints: [],
        ed25519PublicKey: encodeBase58(ed25519.publicKey),
        x25519PublicKey: encodeBase58(x25519.publicKey),
        capabilities: [],
      },
    ],
    by.mesh.peerId,
  );
}

/** Connects `node` to `relay`. */
export async function join({ world }: { world: SimWorld }, node: SimNode, relay: SimNode): Promise<void> {
  void node.mesh.connect(relay.mesh.peerId, [endpointOf(relay)]);
  await world.time.until(
    () => node.mesh.isConnected(relay.mesh.peerId) && relay.mesh.isConnected(node.mesh.peerId),
  );
}

/** Three nodes that accepted each other; A is a relay. */
export async function triangle(
  seed = 1,
  inits: { a?: SimNodeInit; b?: SimNodeInit; c?: SimNodeInit } = {},
): Promise<Triangle> {
  const world = new SimWorld(seed);
  const [a, b, c] = await startAll(
    world,
    { relayPolicy: 'full_relay', ...inits.a },
    inits.b ?? {},
    inits.c ?? {},
  );
  if (a === undefined || b === undefined || c === undefined) throw new Error('three nodes');
  await join({ world }, b, a);
  await join({ world }, c, a);
  introduce(b, c, a);
  introduce(c, b, a);
  return { world, a, b, c };
}

/** Both use A as an offered relay, as brokering ends. */
export function offer({ a, b, c }: Pick<Triangle, 'a' | 'b' | 'c'>): void {
  b.mesh.relays.accept(c.mesh.peerId, a.mesh.peerId);
  c.mesh.relays.accept(b.mesh.peerId, a.mesh.peerId);
}

/** Until both ends have the session. */
export async function untilRelayed({ world, b, c }: Triangle): Promise<void> {
  await world.time.until(
    () => b.mesh.links.get(c.mesh.peerId)?.via != null && c.mesh.links.get(b.mesh.peerId)?.via != null,
  );
}

/** What a node was handed of one type. */
export function contentOf(node: SimNode, type: Envelope['type']): string[] {
  return node.inbox.filter(({ envelope }) => envelope.type === type).map(({ content }) => content);
}
