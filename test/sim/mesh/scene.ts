/** Everything one run of the simulator is made of, for its operations and properties. */
import type { CoreWorld } from '../core.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { FeedTalk } from './feed.ts';
import type { Ledger } from './ledger.ts';
import type { Machine } from './machine.ts';
import type { Plan } from './plan.ts';
import type { Trace } from './trace.ts';
import type { Weather } from './weather.ts';

export interface Scene {
  plan: Plan;
  world: CoreWorld;
  /** Decides what happens. */
  random: SeededRandom;
  machines: Machine[];
  weather: Weather;
  ledger: Ledger;
  /** What happens in the feed; `null` in runs without it. */
  feed: FeedTalk | null;
  trace: Trace;
  /** What was seen that must never be. */
  violations: Set<string>;
  /** The faults are over; what people do from here on must work. */
  healed: boolean;
}

export function pick<T>(scene: Pick<Scene, 'random'>, items: readonly T[]): T | undefined {
  return items[Math.floor(scene.random.fraction() * items.length)];
}

export function chance(scene: Pick<Scene, 'random'>, share: number): boolean {
  return scene.random.fraction() < share;
}

/** A whole number below `n`. */
export function below(scene: Pick<Scene, 'random'>, n: number): number {
  return Math.floor(scene.random.fraction() * n);
}

/** Every pair of machines, once. */
export function pairs(machines: readonly Machine[]): [Machine, Machine][] {
  return machines.flatMap((a) =>
    machines.filter((b) => b.index > a.index).map((b): [Machine, Machine] => [a, b]),
  );
}

/** Whether both accept each other now. Both must run. */
export function mutual(a: Machine, b: Machine): boolean {
  return (
    a.core.workspace.trust.isTrusted(b.identity.peerId) && b.core.workspace.trust.isTrusted(a.identity.peerId)
  );
}
