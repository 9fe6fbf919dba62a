/**
 * What a seed of a run with whole workspaces decides beforehand: two to four machines that accept each other, and some
 * of the faults. Fewer machines and a shorter time than in the runs of talk: what people do is what varies.
 */
import type { SeededRandom } from '../seeded-random.ts';
import type { Fault, MachinePlan, Plan } from './plan.ts';

/** Faults that a run may have. Consent, policies of relays and programs without extensions are the other runs' matter. */
const FAULTS: readonly Fault[] = [
  'partition',
  'hold',
  'slow',
  'noise',
  'broken links',
  'restart',
  'power cut',
  'kill at commit',
  'clock',
  'sleep',
];
const SHARE = { fault: 0.4, legacy: 0.12, walls: 0.15 };
const SIZES = [2, 2, 3, 3, 3, 3, 4];
const STEPS = { least: 22, more: 20 };

/** @param nodes number of machines; drawn when absent. */
export function workspacePlan(seed: number, random: SeededRandom, nodes?: number): Plan {
  const chance = (share: number): boolean => random.fraction() < share;
  const below = (n: number): number => Math.floor(random.fraction() * n);
  const drawn = SIZES[below(SIZES.length)] ?? 3;
  const count = nodes ?? drawn;
  const faults = new Set(FAULTS.filter(() => chance(SHARE.fault)));
  const legacy = chance(SHARE.legacy) && count >= 3 ? below(count) : null;
  const hub = chance(SHARE.walls) && count >= 3 && legacy === null ? below(count) : null;
  const machines = Array.from({ length: count }, (_, index): MachinePlan => ({
    ours: index !== legacy,
    people: 1 + below(2),
    skewMs: faults.has('clock') ? (random.fraction() * 2 - 1) * 20_000 : 0,
    relayPolicy: index === hub ? 'full_relay' : 'broker_only',
  }));
  const plan: Plan = {
    seed,
    machines,
    acquaintances: [],
    walls: [],
    hub,
    liar: false,
    faults,
    mover: null,
    steps: STEPS.least + below(STEPS.more),
  };
  for (let a = 0; a < count; a += 1)
    for (let b = a + 1; b < count; b += 1) {
      plan.acquaintances.push({ pair: [a, b], how: 'invites' });
      if (hub !== null && a !== hub && b !== hub && plan.walls.length === 0) plan.walls.push([a, b]);
    }
  return plan;
}
