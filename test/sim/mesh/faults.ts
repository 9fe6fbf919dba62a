/** What goes wrong in a run, and how it is made good in the end. */
import type { RelayPolicy } from '../../../server/mesh/types.ts';
import { DiskFull, isKilled } from './machine.ts';
import type { Machine } from './machine.ts';
import type { Fault } from './plan.ts';
import { below, chance, pairs, pick } from './scene.ts';
import type { Scene } from './scene.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Clock jumps, ms. */
const JUMPS = [5 * SECOND, 40 * SECOND, 15 * MINUTE, 180 * MINUTE];
/** Clocks of healed machines differ by at most this, ms. */
const HEALED_SKEW = 2 * SECOND;
const POLICIES: readonly RelayPolicy[] = ['off', 'broker_only', 'full_relay'];

type Happening = (scene: Scene, machine: Machine, other: Machine) => void | Promise<void>;

/** What each fault does to a machine, or to it and another one. Most are undone by happening again. */
export const HAPPENINGS: Record<Fault, Happening> = {
  partition: ({ weather, trace }, a, b) => {
    const cut = weather.isCut(a, b);
    trace.note(`${a.name} and ${b.name} ${cut ? 'reach each other again' : 'are cut off from each other'}`);
    if (cut) weather.heal(a, b);
    else weather.partition(a, b);
  },
  hold: (scene, a, b) => {
    const ms = 1_000 + below(scene, 90_000);
    scene.trace.note(`nothing arrives between ${a.name} and ${b.name} for ${ms} ms`);
    scene.weather.hold(a, b, ms);
  },
  slow: (scene, a, b) => {
    const ms = chance(scene, 0.4) ? 0 : below(scene, 6_000);
    scene.trace.note(`${a.name} and ${b.name} are ${ms} ms further apart`);
    scene.weather.slow(a, b, ms);
  },
  noise: (scene, a, b) => {
    if (chance(scene, 0.4)) {
      scene.trace.note(`the line between ${a.name} and ${b.name} is clean`);
      return scene.weather.noise(a, b, null);
    }
    const share = (): number => (chance(scene, 0.5) ? scene.random.fraction() * 0.1 : 0);
    const noise = { lose: share(), repeat: share(), reorder: share(), change: share() };
    scene.trace.note(`the line between ${a.name} and ${b.name} is bad: ${JSON.stringify(noise)}`);
    scene.weather.noise(a, b, noise);
  },
  'broken links': (scene, a, b) => {
    const told = chance(scene, 0.5) ? 'both' : 'first';
    const count = scene.world.network.cut(a.host, b.host, told);
    scene.trace.note(`${count} links between ${a.name} and ${b.name} break, ${told} told`);
  },
  restart: async (scene, machine) => {
    if (machine.running) await stop(scene, machine);
    else await start(scene, machine);
  },
  'power cut': async (scene, machine) => {
    if (!machine.running) return start(scene, machine);
    scene.trace.note(`${machine.name} loses power`);
    machine.kill();
  },
  'kill at commit': async (scene, machine) => {
    if (!machine.running) return start(scene, machine);
    const commits = 1 + below(scene, 40);
    const point = chance(scene, 0.5) ? 'before commit' : 'after commit';
    scene.trace.note(`${machine.name} will be killed ${point} ${commits}`);
    machine.killAt(commits, point);
  },
  clock: (scene, machine) => {
    // What was written hours ahead keeps two times where a program without extensions passed it on.
    const jumps = scene.machines.every(({ ours }) => ours) ? JUMPS : JUMPS.slice(0, -1);
    const jump = (pick(scene, jumps) ?? 0) * (chance(scene, 0.5) ? 1 : -1);
    machine.skewMs += jump;
    scene.trace.note(`the clock of ${machine.name} jumps ${jump / SECOND} s`);
  },
  sleep: (scene, machine) => {
    const ms = 5_000 + below(scene, 10 * MINUTE);
    scene.trace.note(`${machine.name} sleeps for ${ms} ms`);
    machine.asleepUntil = scene.world.time.monotonic() + ms;
  },
  move: async (scene) => {
    const machine = scene.plan.mover === null ? undefined : scene.machines[scene.plan.mover];
    if (machine === undefined) return;
    if (machine.running) await stop(scene, machine);
    machine.host = scene.world.nextHost();
    scene.trace.note(`${machine.name} moves to ${machine.host}`);
    await start(scene, machine);
  },
  'relay policy': (scene, machine) => {
    if (!machine.running) return;
    setPolicy(scene, machine, pick(scene, POLICIES) ?? 'off');
  },
  downgrade: async (scene, machine) => {
    if (!machine.ours || !machine.running) return;
    await stop(scene, machine);
    machine.downgraded = !machine.downgraded;
    machine.wasDowngraded = true;
    scene.trace.note(`${machine.name} runs ${machine.downgraded ? 'without' : 'with'} extensions`);
    await start(scene, machine);
  },
  consent: (scene, a, b) => {
    // Whoever carries for others does so for those it accepts.
    if (!a.running || a.index === scene.plan.hub || b.index === scene.plan.hub) return;
    const peer = b.identity.peerId;
    const trusted = a.core.workspace.trust.isTrusted(peer);
    if (!trusted && !scene.ledger.everAccepted(a, b)) return;
    scene.trace.note(`${a.name} ${trusted ? 'no longer accepts' : 'accepts'} ${b.name}`);
    scene.ledger.disturb(a, b);
    attempt(() => a.core.workspace.trust.setScore(peer, trusted ? 0 : 90));
  },
};

/** Somebody who waits for it is accepted. */
export function acceptLate(scene: Scene, all: boolean): void {
  for (const { pair, how } of scene.plan.acquaintances) {
    const [a, b] = [scene.machines[pair[0]], scene.machines[pair[1]]];
    if (how === 'strangers' || a === undefined || b === undefined || !a.running || !b.running) continue;
    if (scene.ledger.everAccepted(b, a) || (how === 'late' && !all && chance(scene, 0.7))) continue;
    if (b.core.workspace.requests.get(a.identity.peerId) === undefined) continue;
    scene.trace.note(`${b.name} accepts the request of ${a.name}`);
    scene.ledger.consented(b, a);
    attempt(() => b.core.workspace.requests.decide(a.identity.peerId, 'accept'));
  }
}

export async function start(scene: Scene, machine: Machine): Promise<void> {
  scene.trace.note(`${machine.name} starts`);
  try {
    if (!(await machine.start())) scene.trace.note(`${machine.name} did not come up`);
  } catch (error) {
    // With a full disk nothing starts.
    if (!(error instanceof DiskFull)) throw error;
    machine.kill();
  }
}

async function stop(scene: Scene, machine: Machine): Promise<void> {
  scene.trace.note(`${machine.name} stops`);
  const { timers } = await machine.stop();
  if (timers > 0) scene.violations.add(`${machine.name} left ${timers} timers behind`);
}

/** Everything is well again: lines, clocks, disks, programs; everybody runs, and the one that carries for others does. */
export async function heal(scene: Scene): Promise<void> {
  scene.trace.note('--- everything is healed ---');
  scene.healed = true;
  scene.weather.clear(false);
  for (const machine of scene.machines) {
    machine.spare();
    machine.diskFull = false;
    machine.asleepUntil = 0;
    machine.skewMs = (scene.random.fraction() * 2 - 1) * HEALED_SKEW;
    if (machine.downgraded) {
      if (machine.running) await stop(scene, machine);
      machine.downgraded = false;
    }
    if (!machine.running) await start(scene, machine);
  }
  const { hub } = scene.plan;
  const carrier = hub === null ? undefined : scene.machines[hub];
  if (carrier !== undefined) setPolicy(scene, carrier, 'full_relay');
}

/** Everybody that only waits to be accepted is. */
export function healConsent(scene: Scene): void {
  acceptLate(scene, true);
  for (const [a, b] of pairs(scene.machines)) {
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      if (!scene.ledger.wasDisturbed(one, other) || !scene.ledger.everAccepted(one, other)) continue;
      if (chance(scene, 0.7)) one.core.workspace.trust.setScore(other.identity.peerId, 90);
    }
  }
}

function setPolicy(scene: Scene, machine: Machine, policy: RelayPolicy): void {
  scene.trace.note(`${machine.name} carries for others: ${policy}`);
  machine.relayPolicy = policy;
  machine.core.mesh.relays.policy = policy;
}

function attempt(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!isKilled(error) && !(error instanceof DiskFull)) throw error;
  }
}
