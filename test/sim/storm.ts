/**
 * A storm: three acquainted nodes on a network that splits and heals, stopping and starting, while their
 * people write in #general and to each other. One seed is one reproducible run. Afterwards, with everything healed,
 * every node must hold every message exactly once.
 */
import assert from 'node:assert/strict';
import type { UserId } from '../../server/wire/ids.ts';
import { channelSet, directSetWith } from '../../server/wire/item-id.ts';
import { CoreWorld, GENERAL } from './core.ts';
import type { Core, CoreInit } from './core.ts';
import { SeededRandom } from './seeded-random.ts';

/** Virtual time given to the healed mesh: several rounds of the periodic catch-up (180 s). */
const HEALING_MS = 1_200_000;
/** Share of stops that are crashes. */
const CRASHES = 0.5;
const HOSTS = ['10.0.0.1', '10.0.0.2', '10.0.0.3'] as const;

interface Member {
  host: string;
  user: UserId;
  core: Core;
  running: boolean;
}

/** What the run wrote, and what must be found. */
export interface StormResult {
  channelMessages: number;
  directMessages: number;
  restarts: number;
  partitions: number;
}

/**
 * Runs the storm of `seed`.
 * @param steps number of random events.
 * @param init of every node. Whoever is given capabilities compares no sets, and catches up as the reference does.
 * @throws an `AssertionError` naming the seed when a message is missing or shown twice.
 */
export async function storm(seed: number, steps = 40, init: CoreInit = {}): Promise<StormResult> {
  const world = new CoreWorld(seed);
  const random = new SeededRandom(seed ^ 0x5f3759df);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random.fraction() * items.length)] as T;
  const members: Member[] = [];
  for (const [index, host] of HOSTS.entries()) {
    const core = world.core({ ...init, host });
    members.push({ host, core, user: core.addPerson(`person${index}`), running: true });
    await core.start();
  }
  await introduceAll(world, members);

  const general: string[] = [];
  const direct: { from: UserId; to: UserId; text: string }[] = [];
  const split = new Set<string>();
  const result: StormResult = { channelMessages: 0, directMessages: 0, restarts: 0, partitions: 0 };
  for (let step = 0; step < steps; step += 1) {
    const member = pick(members);
    const roll = random.fraction();
    if (roll < 0.45 && member.running) {
      const content = `general ${seed}/${step}`;
      general.push(content);
      void member.core.workspace.channelMessages.post(member.user, {
        channelId: GENERAL,
        content,
        parentMessageId: null,
      });
    } else if (roll < 0.65 && member.running) {
      const to = pick(members.filter((other) => other !== member)).user;
      const text = `direct ${seed}/${step}`;
      direct.push({ from: member.user, to, text });
      void member.core.workspace.directMessages.send(member.user, { recipientIds: [to], content: text });
    } else if (roll < 0.8) {
      await toggle(world, member, init, random.fraction() < CRASHES);
      result.restarts += 1;
    } else {
      const [a, b] = [pick(HOSTS), pick(HOSTS)];
      const key = [a, b].sort().join();
      if (a !== b && split.delete(key)) world.network.heal(a, b);
      else if (a !== b) {
        split.add(key);
        world.network.partition(a, b);
        result.partitions += 1;
      }
    }
    await world.time.run(10 + Math.floor(random.fraction() * 40_000));
  }
  for (const key of split) {
    const [a = '', b = ''] = key.split(',');
    world.network.heal(a, b);
  }
  for (const member of members) if (!member.running) await toggle(world, member, init);
  await world.time.run(HEALING_MS);

  const where = `seed ${seed}`;
  for (const { core, user, host } of members) {
    const texts = core.general(user).map((message) => message.content);
    assert.deepEqual(texts.sort(), [...general].sort(), `${where}: #general on ${host}`);
    const mine = direct
      .filter((message) => message.from === user || message.to === user)
      .map((message) => message.text);
    assert.deepEqual(
      core
        .direct(user)
        .map((message) => message.content)
        .sort(),
      mine.sort(),
      `${where}: direct messages on ${host}`,
    );
  }
  for (const { core, user, host } of members)
    if (init.capabilities === undefined) assertDelivered(core, user, `${where}: ${host}`);
  for (const { core: a } of members)
    for (const { core: b } of members) {
      if (a === b || init.capabilities !== undefined) continue;
      const between: [string, string][] = [
        [channelSet(GENERAL), channelSet(GENERAL)],
        [directSetWith(b.mesh.peerId), directSetWith(a.mesh.peerId)],
      ];
      for (const [ofA, ofB] of between)
        assert.deepEqual(itemsOf(a, ofA), itemsOf(b, ofB), `${where}: items of ${ofA}`);
    }
  for (const { core } of members) {
    const stopping = core.stop();
    await world.time.run(5_000);
    await stopping;
  }
  return { ...result, channelMessages: general.length, directMessages: direct.length };
}

/** Nothing is owed any more, and the author of every message knows that everybody has it (06 sections 3.3 and 6). */
function assertDelivered(core: Core, user: UserId, where: string): void {
  const { outbox } = core.disk.repositories;
  assert.deepEqual(outbox.peers(), [], `${where} owes nothing`);
  const mine = [
    ...core.general(user).filter((message) => message.userId === user),
    ...core.direct(user).filter((message) => message.senderId === user),
  ];
  for (const { content, delivery } of mine)
    assert.deepEqual(
      [delivery?.state, delivery?.delivered],
      ['delivered', delivery?.of],
      `${where} knows that "${content}" arrived`,
    );
}

/** What a node compares of a set (06 section 4.1). */
function itemsOf(core: Core, setId: string): string[] {
  return core.disk.repositories.items
    .after(setId, null, 10_000)
    .map(({ ts, version, objectId }) => `${ts} ${objectId} ${version}`);
}

/** Everybody imports everybody's invite, and names have crossed. */
async function introduceAll(world: CoreWorld, members: Member[]): Promise<void> {
  for (const a of members) {
    for (const b of members) {
      if (a === b) continue;
      void a.core.importInviteOf(b.core);
      await world.time.run(2_000);
    }
  }
  await world.time.run(60_000);
}

/** Stops a running node (commits are kept, memory is not) or starts a stopped one on its disk. */
async function toggle(world: CoreWorld, member: Member, init: CoreInit, crash = false): Promise<void> {
  if (member.running) {
    // Its links and listeners are gone and nobody is told; what it would still say reaches nobody.
    if (crash) world.network.crash(member.host);
    const stopping = member.core.stop();
    await world.time.run(2_000);
    await stopping;
    member.running = false;
    return;
  }
  member.core = world.core({ ...init, host: member.host }, member.core.disk);
  await member.core.start();
  member.running = true;
}
