/**
 * A run of the simulator with whole workspaces (06 section 6): channels, memberships, edits, deletions, files, groups and
 * posts through the product, and what must hold of them. Numbers of seeds are its own; the runs of talk are not changed
 * by it.
 */
import { HAPPENINGS, heal } from './faults.ts';
import { chance, pick } from './scene.ts';
import { introduce, makeScene, pause, runScene, settled, end } from './simulation.ts';
import type { Outcome } from './simulation.ts';
import { outstandingWorkspaces } from './workspace-ends.ts';
import { Model } from './workspace-model.ts';
import { workspacePlan } from './workspace-plan.ts';
import { checkWorkspaces } from './workspace-properties.ts';
import { addMember, changeMember, changeRoom, comeOrGo, makeRoom } from './workspace-rooms.ts';
import { everybody, roomsOf } from './workspace-scene.ts';
import type { Actor, WorkspaceScene } from './workspace-scene.ts';
import { change, like, remove, say, writePost, writeToGroup } from './workspace-talk.ts';

/** How long the healed mesh may take, and how often it is looked at. */
const HEALING = { limitMs: 4 * 3_600_000, lookMs: 30_000 };
/** What is written when all is well arrives within this time, through others too, who compare every ten minutes. */
const CALM = { limitMs: 1_200_000, lookMs: 10_000 };
/** Steps between two looks at what must hold at any time. */
const LOOK_STEPS = 4;
/** Of the steps; the others are faults, where a run has any. */
const TALK = 0.7;
const BURST = 0.3;

/** What people do, and how often. */
const DEEDS: readonly (readonly [number, (scene: WorkspaceScene, actor: Actor) => void])[] = [
  [30, say],
  [9, makeRoom],
  [9, addMember],
  [9, changeMember],
  [6, comeOrGo],
  [7, changeRoom],
  [9, change],
  [5, remove],
  [6, writeToGroup],
  [5, writePost],
  [5, like],
];
const WEIGHT = DEEDS.reduce((sum, [weight]) => sum + weight, 0);

/** Runs `seed`. @param nodes number of machines; the seed chooses when absent. Never rejects for what the nodes do. */
export function simulateWorkspaces(seed: number, nodes?: number): Promise<Outcome> {
  const made = makeScene(seed, (random) => workspacePlan(seed, random, nodes));
  const scene: WorkspaceScene = { ...made, feed: null, model: new Model() };
  return runScene(scene, async () => {
    const { time } = scene.world;
    for (const machine of scene.machines) machine.committed = () => scene.model.lookAt(scene, machine);
    await introduce(scene);
    await time.run(30_000);
    for (const actor of everybody(scene)) if (chance(scene, 0.5)) makeRoom(scene, actor);
    for (let step = 0; step < scene.plan.steps; step += 1) {
      await act(scene);
      await time.run(pause(scene));
      scene.model.look(scene);
      if (step % LOOK_STEPS === LOOK_STEPS - 1) checkWorkspaces(scene);
    }
    await heal(scene);
    await time.run(30_000);
    const healingMs = await settled(scene, outstandingWorkspaces, HEALING);
    checkWorkspaces(scene);
    await calm(scene);
    checkWorkspaces(scene);
    await end(scene);
    return { healingMs, said: scene.model.said.length };
  });
}

async function act(scene: WorkspaceScene): Promise<void> {
  const actor = pick(scene, everybody(scene));
  if (actor === undefined) return;
  const { machine } = actor;
  const fault = pick(scene, [...scene.plan.faults]);
  if (fault === undefined || chance(scene, TALK)) {
    // Several things at once, as often as one.
    for (let n = chance(scene, BURST) ? 3 : 1; n > 0; n -= 1) if (machine.awake) deed(scene)(scene, actor);
    return;
  }
  const other = pick(
    scene,
    scene.machines.filter((one) => one !== machine),
  );
  await HAPPENINGS[fault](scene, machine, other ?? machine);
}

function deed(scene: WorkspaceScene): (scene: WorkspaceScene, actor: Actor) => void {
  let roll = scene.random.fraction() * WEIGHT;
  for (const [weight, does] of DEEDS) if ((roll -= weight) < 0) return does;
  return say;
}

/** All is well: somebody writes in every channel, everybody to all and in the feed, and it arrives. */
async function calm(scene: WorkspaceScene): Promise<void> {
  if (scene.violations.size > 0) return;
  scene.trace.note('--- all is well ---');
  for (const actor of everybody(scene)) {
    for (const room of roomsOf(scene, actor)) if (chance(scene, 0.5)) say(scene, actor, room);
    if (actor.user === actor.machine.people[0]) writeToGroup(scene, actor, true);
    if (actor.machine.index === 0) writePost(scene, actor, true);
  }
  await scene.world.time.run(2_000);
  await settled(scene, outstandingWorkspaces, CALM);
}
