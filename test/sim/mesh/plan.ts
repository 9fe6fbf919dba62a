/**
 * What a seed decides before anything runs: how many machines there are and what runs on them, who knows and accepts
 * whom, who cannot reach whom, and which faults this run has. Each run has only some of the faults, because some hide
 * what others would show.
 */
import type { RelayPolicy } from '../../../server/mesh/types.ts';
import { SeededRandom } from '../seeded-random.ts';

/** Everything that can go wrong in a run. */
export const FAULTS = [
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
  'move',
  'relay policy',
  'downgrade',
  'consent',
] as const;
export type Fault = (typeof FAULTS)[number];

/** One machine of a plan. */
export interface MachinePlan {
  ours: boolean;
  people: number;
  skewMs: number;
  relayPolicy: RelayPolicy;
}

/** How two machines get to know each other. `late`: one side accepts only some time during the run, or at its end. */
export type Acquaintance = 'invites' | 'one invite' | 'late' | 'strangers';

export interface Plan {
  seed: number;
  machines: MachinePlan[];
  /** Pairs of indices, smaller first. */
  acquaintances: { pair: [number, number]; how: Acquaintance }[];
  /** Pairs that cannot reach each other, and who may carry for them. */
  walls: [number, number][];
  hub: number | null;
  /** The hub treats what it carries badly. */
  liar: boolean;
  faults: ReadonlySet<Fault>;
  /** The one that moves, if any does: it knows where all others are, or nobody would find the other again. */
  mover: number | null;
  steps: number;
}

/** Which part of the runs have what, 0 to 1. */
const SHARE = {
  fault: 0.45,
  walls: 0.4,
  legacy: 0.3,
  liar: 0.6,
  lyingNode: 0.3,
  late: 0.12,
  strangers: 0.05,
  oneInvite: 0.3,
};
/** Machines of a run when their number is not asked for: 3 in half of them. */
const SIZES = [2, 3, 3, 3, 3, 3, 4, 4, 4, 5];
const STEPS = { least: 20, more: 25 };

/** @param nodes number of machines; drawn when absent. */
export function makePlan(seed: number, random: SeededRandom, nodes?: number): Plan {
  const chance = (share: number): boolean => random.fraction() < share;
  const below = (n: number): number => Math.floor(random.fraction() * n);
  const size = SIZES[below(SIZES.length)] ?? 3;
  const count = nodes ?? size;
  const faults = new Set(FAULTS.filter(() => chance(SHARE.fault)));
  const hasWalls = chance(SHARE.walls) && count >= 3;
  const hub = hasWalls ? below(count) : null;
  const hasLegacy = chance(SHARE.legacy) && count >= 3;
  const legacy = hasLegacy ? (hub !== null && chance(0.5) ? hub : below(count)) : null;
  const machines = Array.from({ length: count }, (_, index): MachinePlan => {
    const policies: RelayPolicy[] = ['broker_only', 'broker_only', 'full_relay', 'off'];
    const policy = policies[below(policies.length)] ?? 'broker_only';
    return {
      ours: index !== legacy,
      people: 1 + below(2),
      skewMs: faults.has('clock') ? (random.fraction() * 2 - 1) * 20_000 : 0,
      relayPolicy: index === hub ? 'full_relay' : policy,
    };
  });
  const plan: Plan = {
    seed,
    machines,
    acquaintances: [],
    walls: [],
    hub,
    liar: hub !== null && (hub === legacy ? chance(SHARE.liar) : lies(seed)),
    faults,
    mover: faults.has('move') ? below(count) : null,
    steps: STEPS.least + below(STEPS.more),
  };
  for (let a = 0; a < count; a += 1)
    for (let b = a + 1; b < count; b += 1) {
      const isHub = a === hub || b === hub;
      const moves = a === plan.mover || b === plan.mover;
      const roll = random.fraction();
      const how: Acquaintance =
        isHub || hasWalls || moves
          ? 'invites'
          : roll < SHARE.strangers
            ? 'strangers'
            : roll < SHARE.strangers + SHARE.late
              ? 'late'
              : roll < SHARE.strangers + SHARE.late + SHARE.oneInvite
                ? 'one invite'
                : 'invites';
      plan.acquaintances.push({ pair: [a, b], how });
      if (hasWalls && !isHub && (plan.walls.length === 0 || chance(0.5))) plan.walls.push([a, b]);
    }
  return plan;
}

/** Whether a hub that is a node of ours lies. Drawn apart, so that it changes nothing else of a run. */
function lies(seed: number): boolean {
  return new SeededRandom(seed ^ 0xa54ff53a).fraction() < SHARE.lyingNode;
}

/** One line about a plan. */
export function describePlan(plan: Plan): string {
  const machines = plan.machines.map(
    ({ ours, relayPolicy, skewMs }, index) =>
      `N${index}${ours ? '' : ' (without extensions)'} ${relayPolicy}${skewMs === 0 ? '' : ` ${Math.round(skewMs)} ms`}`,
  );
  const odd = plan.acquaintances
    .filter(({ how }) => how !== 'invites')
    .map(({ pair, how }) => `${pair.join('-')} ${how}`);
  const parts = [
    machines.join(', '),
    `faults: ${[...plan.faults].join(', ')}`,
    ...(plan.hub === null
      ? []
      : [
          `hub N${plan.hub}${plan.liar ? ' (falsifies)' : ''}, walls ${plan.walls.map((pair) => pair.join('-')).join(' ')}`,
        ]),
    ...(odd.length === 0 ? [] : [odd.join(', ')]),
  ];
  return parts.join('; ');
}
