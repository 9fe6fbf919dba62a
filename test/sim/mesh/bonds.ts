/** Which machines owe each other what. */
import type { Machine } from './machine.ts';
import { mutual } from './scene.ts';
import type { Scene } from './scene.ts';

/** Whether two machines owe each other everything: both ours, both accept each other and always did. */
export function bound(scene: Scene, a: Machine, b: Machine): boolean {
  return a !== b && a.ours && b.ours && mutual(a, b) && !scene.ledger.wasDisturbed(a, b);
}

/**
 * Whether two nodes cannot reach each other and never had a session: through a relay they meet when something is owed for
 * the first time (06 section 2.2); until then others carry what they can.
 */
export function isApart(scene: Scene, a: Machine, b: Machine): boolean {
  const sides = [
    [a, b],
    [b, a],
  ] as const;
  return (
    scene.weather.isWalled(a, b) &&
    sides.every(([one, other]) => one.repositories.peerFacts.get(other.identity.peerId) === undefined)
  );
}
