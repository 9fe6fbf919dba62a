/**
 * The mesh simulator (06 section 6): whole nodes on a virtual clock and network, with the faults a seed chose. One seed
 * is one run that can be repeated: the same trace, the same messages on every wire.
 */
import { CoreWorld } from '../core.ts';
import { SeededRandom } from '../seeded-random.ts';
import { openMemoryDatabase } from '../../../server/store/database.ts';
import { silentLog } from '../../../server/telemetry/log.ts';
import { HAPPENINGS, acceptLate, heal, healConsent } from './faults.ts';
import { feedTalkOf } from './feed.ts';
import { Ledger } from './ledger.ts';
import { Machine, isKilled } from './machine.ts';
import { describePlan, makePlan } from './plan.ts';
import type { Plan } from './plan.ts';
import { checkAlways, outstanding } from './properties.ts';
import { below, chance, pick } from './scene.ts';
import type { Scene } from './scene.ts';
import { direct, edit, openRoom, post, read, remove, rename } from './talk.ts';
import { Trace } from './trace.ts';
import { Weather } from './weather.ts';

/** How a run ended. */
export interface Outcome {
  seed: number;
  /** What did not hold; empty: the run passed. */
  failures: string[];
  trace: readonly string[];
  /** Over the trace and every message on every wire. */
  digest: string;
  /** What people wrote. */
  said: number;
  /** Virtual time of the run, and how much of it after everything was healed, until all was well, ms. */
  virtualMs: number;
  healingMs: number;
  tasks: number;
  cpuMs: number;
}

/** How long the healed mesh may take; a row that broke many sessions waits for an hour or two (06 section 3.2). */
const HEALING_LIMIT = 6 * 3_600_000;
const HEALING_LOOK = 60_000;
/** What people write when all is well arrives within this time, through others too, who compare every ten minutes. */
const CALM_LIMIT = 1_200_000;
/** After that, time in which nothing else may happen. */
const CALM_MS = 300_000;

/** Tasks of one run; one in which nothing repeats itself endlessly stays far below. */
const MAX_TASKS = 400_000;

/** The database every machine begins with, made once. */
let emptyDatabase: Buffer | null = null;

/** Runs `seed`. @param nodes number of machines; the seed chooses when absent. Never rejects for what the nodes do. */
export function simulate(seed: number, nodes?: number): Promise<Outcome> {
  const scene = makeScene(seed, (random) => makePlan(seed, random, nodes));
  return runScene(scene, async () => {
    await begin(scene);
    for (let step = 0; step < scene.plan.steps; step += 1) {
      await act(scene);
      scene.feed?.step(scene);
      await scene.world.time.run(pause(scene));
      if (step % 8 === 7) checkAlways(scene);
    }
    await heal(scene);
    await scene.world.time.run(30_000);
    healConsent(scene);
    const healingMs = await settled(scene, outstanding, { limitMs: HEALING_LIMIT, lookMs: HEALING_LOOK });
    await calm(scene);
    checkAlways(scene);
    await end(scene);
    return { healingMs, said: scene.ledger.said.length };
  });
}

/** Runs what happens in a scene and says how it ended. @param run what healing took, ms, and how much people wrote. */
export async function runScene(
  scene: Scene,
  run: () => Promise<{ healingMs: number; said: number }>,
): Promise<Outcome> {
  const began = process.cpuUsage();
  const { world, trace, violations } = scene;
  const late: unknown[] = [];
  const unhandled = (error: unknown): void => {
    if (!isKilled(error)) late.push(error);
  };
  process.on('unhandledRejection', unhandled);
  world.time.failed = unhandled;
  world.time.maxTasks = MAX_TASKS;
  let result = { healingMs: 0, said: 0 };
  try {
    trace.note(describePlan(scene.plan));
    result = await run();
  } catch (error) {
    violations.add(
      `the run broke: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  } finally {
    process.off('unhandledRejection', unhandled);
  }
  for (const error of late)
    violations.add(
      `nobody caught: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  const { user, system } = process.cpuUsage(began);
  return {
    seed: scene.plan.seed,
    failures: [...violations],
    trace: trace.lines,
    digest: trace.digest(),
    ...result,
    virtualMs: world.time.monotonic(),
    tasks: world.time.tasks,
    cpuMs: (user + system) / 1000,
  };
}

/** Machines that were never started, and all that is around them. @param planOf draws the plan. */
export function makeScene(seed: number, planOf: (random: SeededRandom) => Plan): Scene {
  const world = new CoreWorld(seed);
  const random = new SeededRandom(seed ^ 0x2545f491);
  const plan = planOf(random.fork());
  const trace = new Trace(world.time);
  const violations = new Set<string>();
  const machines: Machine[] = [];
  const violated = (what: string): void => {
    if (!violations.has(what)) trace.note(`VIOLATION: ${what}`);
    violations.add(what);
  };
  const weather = new Weather({
    time: world.time,
    random: random.fork(),
    trace,
    at: (host) => machines.find((machine) => machine.host === host),
    violated,
  });
  world.network.wires = weather;
  emptyDatabase ??= openMemoryDatabase({ ports: new CoreWorld(0).ports('0.0.0.0'), log: silentLog }).image();
  for (const [index, { ours, people, skewMs, relayPolicy }] of plan.machines.entries())
    machines.push(
      new Machine(world, {
        index,
        host: world.nextHost(),
        ours,
        people,
        skewMs,
        relayPolicy,
        ...(plan.liar && ours && index === plan.hub ? { tamper: (text) => weather.lie(text) } : {}),
        image: emptyDatabase,
        complain: violated,
        died: (point) => trace.note(`N${index} is killed ${point}`),
      }),
    );
  for (const [a, b] of plan.walls) {
    const [one, other] = [machines[a], machines[b]];
    if (one !== undefined && other !== undefined) weather.wall(one, other);
  }
  const { hub } = plan;
  const liar = plan.liar && hub !== null ? machines[hub] : undefined;
  if (liar !== undefined) weather.liar(liar, { lose: 0.15, repeat: 0.15, reorder: 0.15, change: 0.1 });
  const feed = feedTalkOf(seed);
  const ledger = new Ledger();
  return { plan, world, random, machines, weather, ledger, feed, trace, violations, healed: false };
}

/** Everybody gets to know whom the plan says. */
async function begin(scene: Scene): Promise<void> {
  await introduce(scene);
  await scene.world.time.run(10_000);
  acceptLate(scene, false);
  await scene.world.time.run(30_000);
  confide(scene);
}

/** Everybody starts and has the invites of whom the plan says. */
export async function introduce(scene: Scene): Promise<void> {
  const { machines, plan, world, ledger } = scene;
  for (const machine of machines) await machine.start();
  for (const { pair, how } of plan.acquaintances) {
    const [a, b] = [machines[pair[0]], machines[pair[1]]];
    if (a === undefined || b === undefined) continue;
    const imports = (one: Machine, other: Machine): void => {
      ledger.consented(one, other);
      void one.core.importInviteOf(other.core);
    };
    imports(a, b);
    await world.time.run(500);
    if (how === 'invites') imports(b, a);
    await world.time.run(500);
  }
}

/** A private channel with some of the machines, as its members' nodes know it. */
function confide(scene: Scene): void {
  const { ledger, machines, random, world } = scene;
  if (!chance(scene, 0.5)) return;
  const origin = pick(scene, machines);
  if (origin === undefined) return;
  const members = machines.filter((machine) => machine === origin || chance(scene, 0.6));
  const id = `C${Buffer.from(random.bytes(8)).toString('hex')}`;
  const people = members.flatMap((machine) => machine.people.slice(0, 1));
  const creator = origin.people[0];
  const known = members.every((machine) =>
    people.every((user) => machine.core.workspace.people.get(user) !== undefined),
  );
  if (!known || creator === undefined) return;
  scene.trace.note(`${members.map(({ name }) => name).join(', ')} have a private channel of ${origin.name}`);
  const room = { id: id as (typeof ledger.rooms)[number]['id'], origin, members };
  ledger.rooms.push(room);
  for (const machine of members) {
    const { channels, channelMembers } = machine.core.disk.repositories;
    machine.core.workspace.inbound.changes.now(() => {
      channels.insert({
        id: room.id,
        name: `private ${scene.plan.seed}`,
        channelType: 'private',
        privacyMode: 'private',
        description: '',
        createdBy: creator,
        originPeer: origin.identity.peerId,
        now: world.time.now(),
      });
      for (const user of people) channelMembers.add(room.id, user, 'member', world.time.now());
    });
  }
}

/** One thing happens. */
async function act(scene: Scene): Promise<void> {
  const machine = pick(scene, scene.machines);
  if (machine === undefined) return;
  const others = scene.machines.filter((one) => one !== machine);
  const other = pick(scene, others) ?? machine;
  if (chance(scene, 0.1)) acceptLate(scene, false);
  if (chance(scene, 0.55)) {
    if (machine.awake) talk(scene, machine);
    return;
  }
  const fault = pick(scene, [...scene.plan.faults]);
  if (fault !== undefined) await HAPPENINGS[fault](scene, machine, other);
  else if (machine.awake) talk(scene, machine);
}

function talk(scene: Scene, machine: Machine): void {
  const roll = scene.random.fraction();
  if (roll < 0.5) for (let n = chance(scene, 0.1) ? 12 : 1; n > 0; n -= 1) post(scene, machine);
  else if (roll < 0.75) direct(scene, machine);
  else if (roll < 0.82) edit(scene, machine);
  else if (roll < 0.87) remove(scene, machine);
  else if (roll < 0.92) read(scene, machine);
  else if (roll < 0.97) rename(scene, machine);
  else openRoom(scene, machine);
}

/** Things happen in the middle of each other as often as one after the other. */
export function pause(scene: Scene): number {
  const roll = scene.random.fraction();
  if (roll < 0.3) return below(scene, 300);
  return roll < 0.97 ? 300 + below(scene, 40_000) : below(scene, 900_000);
}

/**
 * Waits until everything that must hold in the end does; how long it took.
 * @param outstandingIn what does not hold yet.
 */
export async function settled<S extends Scene>(
  scene: S,
  outstandingIn: (scene: S) => Iterable<string>,
  { limitMs, lookMs }: { limitMs: number; lookMs: number },
): Promise<number> {
  const { time } = scene.world;
  const began = time.monotonic();
  for (;;) {
    const passed = time.monotonic() - began;
    if (isEmpty(outstandingIn(scene))) return passed;
    if (passed >= limitMs) {
      for (const line of [...outstandingIn(scene)].slice(0, 12))
        scene.violations.add(`after ${passed / 1000} s of fair weather: ${line}`);
      return passed;
    }
    await time.run(lookMs);
  }
}

function isEmpty(lines: Iterable<string>): boolean {
  return lines[Symbol.iterator]().next().done === true;
}

/** All is well: what is written now arrives at once, and then nothing more happens. */
async function calm(scene: Scene): Promise<void> {
  if (scene.violations.size > 0) return;
  scene.trace.note('--- all is well ---');
  for (const machine of scene.machines) {
    post(scene, machine, { lasting: true });
    for (const other of scene.machines) if (other !== machine) direct(scene, machine, other);
  }
  scene.feed?.calm(scene);
  await scene.world.time.run(2_000);
  await settled(scene, outstanding, { limitMs: CALM_LIMIT, lookMs: 10_000 });
  await scene.world.time.run(CALM_MS);
  // What a program without extensions tells one of them late, the others have at the next comparison.
  await settled(scene, outstanding, { limitMs: CALM_LIMIT, lookMs: HEALING_LOOK });
}

/** Everybody stops, and nothing of them is left. */
export async function end(scene: Scene): Promise<void> {
  const { machines, violations, world } = scene;
  for (const machine of machines) {
    const { timers } = await machine.stop();
    if (timers > 0) violations.add(`${machine.name} left ${timers} timers behind`);
  }
  await world.time.run(60_000);
  if (world.network.ends > 0) violations.add(`${world.network.ends} ends of links are left`);
}
