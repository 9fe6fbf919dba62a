/** Which machines owe each other what. */
import type { Machine } from './machine.ts';
import { mutual } from './scene.ts';
import type { Scene } from './scene.ts';

/** Whether two machines owe each other everything: both ours, both accept each other and always did. */
export function bound(scene: Scene, a: Machine, b: Machine): boolean {
  return a !== b && a.ours && b.ours && mutual(a, b) && !scene.ledger.wasDisturbed(a, b);
}
