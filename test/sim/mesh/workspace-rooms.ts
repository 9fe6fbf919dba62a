/**
 * Channels in a run with whole workspaces, all through the product: made with members, renamed, archived, closed, opened
 * and deleted; members added, removed, made admins, joining and leaving (03 sections 5.1, 5.2, 5.7 and 5.12).
 */
import type { UserId } from '../../../server/wire/ids.ts';
import { chance, pick } from './scene.ts';
import { isPrivate } from './workspace-model.ts';
import type { Room } from './workspace-model.ts';
import { attempt, everybody, ownRooms, roomsOf } from './workspace-scene.ts';
import type { Actor, WorkspaceScene } from './workspace-scene.ts';

/** Channels of a run: more would only be emptier. */
const MAX_ROOMS = 5;
/** Who adds somebody whose node cannot read the channel is asked, and goes on or not. */
const NOT_READABLE = 'channel_not_readable_encrypted';

export function makeRoom(scene: WorkspaceScene, { machine, user }: Actor): void {
  const { model } = scene;
  if (model.rooms.length >= MAX_ROOMS) return;
  const isOpen = chance(scene, 0.25);
  const known = everybody(scene)
    .map((one) => one.user)
    .filter((one) => one !== user && machine.core.workspace.people.get(one) !== undefined);
  const members = isOpen ? [] : known.filter(() => chance(scene, 0.5));
  const name = scene.model.newText(scene, 'room');
  const accept = chance(scene, 0.5);
  scene.trace.note(`${user} makes "${name}", ${isOpen ? 'for all' : `private with ${members.join(', ')}`}`);
  const making = machine.core.workspace.channels.create(user, {
    name,
    members,
    acceptUnencrypted: accept,
    type: isOpen ? 'public' : 'private',
  });
  attempt(scene, `${user}: making "${name}"`, making, {
    accepts: [NOT_READABLE],
    answered: ({ id }) => {
      model.rooms.push({
        id,
        origin: machine,
        creator: user,
        name,
        deleted: false,
        members: new Map([
          [user, 'admin' as const],
          ...members.map((one): [UserId, 'member'] => [one, 'member']),
        ]),
        uncertain: new Set(),
        open: -1,
        lastIn: new Map(),
        lastInAtOrigin: new Map(),
        lastOut: new Map(),
        everIn: new Set(),
        keys: new Map(),
      });
    },
  });
}

/** Somebody is added to a private channel. */
export function addMember(scene: WorkspaceScene, actor: Actor): void {
  const { machine, user } = actor;
  const room = pick(scene, privateOwn(scene, actor));
  if (room === undefined) return;
  const { channelMembers } = machine.repositories;
  const others = everybody(scene)
    .map((one) => one.user)
    .filter((one) => machine.core.workspace.people.get(one) !== undefined)
    .filter((one) => channelMembers.get(room.id, one) === undefined);
  const whom = pick(scene, others);
  if (whom === undefined) return;
  const role = chance(scene, 0.15) ? 'admin' : 'member';
  scene.trace.note(`${user} adds ${whom} to "${room.name}" as ${role}`);
  const adding = machine.core.workspace.channelMembership.add({ userId: user, owner: false }, room.id, whom, {
    role,
    acceptUnencrypted: chance(scene, 0.4),
  });
  decide(scene, room, { actor, whom, what: `${user}: adding ${whom}`, accepts: [NOT_READABLE] }, adding);
}

/** Somebody is taken out of a private channel, or gets another role. */
export function changeMember(scene: WorkspaceScene, actor: Actor): void {
  const { machine, user } = actor;
  const room = pick(scene, privateOwn(scene, actor));
  const rows = room === undefined ? [] : machine.repositories.channelMembers.list(room.id);
  const row = pick(
    scene,
    rows.filter(({ userId }) => userId !== user && userId !== room?.creator),
  );
  if (room === undefined || row === undefined) return;
  const { channelMembership } = machine.core.workspace;
  const [by, whom] = [{ userId: user, owner: false }, row.userId];
  if (chance(scene, 0.75)) {
    scene.trace.note(`${user} takes ${whom} out of "${room.name}"`);
    const removing = channelMembership.remove(by, room.id, whom);
    decide(scene, room, { actor, whom, what: `${user}: taking out ${whom}` }, removing);
    return;
  }
  const role = row.role === 'admin' ? 'member' : 'admin';
  scene.trace.note(`${user} makes ${whom} ${role} of "${room.name}"`);
  const setting = channelMembership.setRole(by, room.id, whom, role);
  decide(scene, room, { actor, whom, what: `${user}: making ${whom} ${role}` }, setting);
}

/** Somebody leaves a channel, or joins an open one. */
export function comeOrGo(scene: WorkspaceScene, actor: Actor): void {
  const { machine, user } = actor;
  const { channelMembership } = machine.core.workspace;
  const joinable = channelMembership.joinable(user).map(({ id }) => id);
  const open = scene.model.rooms.filter(({ id }) => joinable.includes(id));
  const joins = pick(scene, open);
  const leaves = pick(
    scene,
    roomsOf(scene, actor).filter(({ creator }) => creator !== user),
  );
  if (joins !== undefined && chance(scene, 0.5)) {
    scene.trace.note(`${user} joins "${joins.name}"`);
    attempt(scene, `${user}: joining`, channelMembership.join(user, joins.id), {
      answered: () => undefined,
      // An open channel may have been closed a moment before.
      accepts: ['not_found'],
    });
  } else if (leaves !== undefined) {
    scene.trace.note(`${user} leaves "${leaves.name}"`);
    const leaving = channelMembership.remove({ userId: user, owner: false }, leaves.id, user);
    decide(scene, leaves, { actor, whom: user, what: `${user}: leaving` }, leaving);
  }
}

/** A channel gets another name, is archived or taken back, closed, opened or deleted. */
export function changeRoom(scene: WorkspaceScene, actor: Actor): void {
  const { machine, user } = actor;
  const room = pick(scene, ownRooms(scene, actor));
  if (room === undefined) return;
  const { channelAdmin, channelRemoval } = machine.core.workspace;
  const by = { userId: user, owner: false };
  const roll = scene.random.fraction();
  if (roll < 0.45) {
    const name = scene.model.newText(scene, 'room');
    scene.trace.note(`${user} renames "${room.name}" to "${name}"`);
    change(scene, room, 'name', channelAdmin.describe(by, room.id, { name }), () => (room.name = name));
  } else if (roll < 0.7) {
    // Whatever is written in it, or comes, takes it back (03 section 5.12).
    const archived = machine.repositories.channels.get(room.id)?.lifecycleArchivedAt === null;
    scene.trace.note(`${user} ${archived ? 'archives' : 'takes back'} "${room.name}"`);
    const setting = channelAdmin.setLifecycle(by, room.id, { archived });
    change(scene, room, 'archived', setting, () => undefined);
  } else if (roll < 0.9) {
    const closes = !isPrivate(room);
    scene.trace.note(`${user} ${closes ? 'closes' : 'opens'} "${room.name}"`);
    const setting = channelAdmin.setPrivacy(by, room.id, closes ? 'private' : 'open');
    for (const one of everybody(scene)) room.uncertain.add(one.user);
    change(scene, room, 'privacy', setting, () => {
      const rows = machine.repositories.channelMembers.list(room.id);
      room.members = new Map(rows.map(({ userId, role }) => [userId, role]));
      for (const one of everybody(scene)) room.uncertain.delete(one.user);
    });
  } else {
    scene.trace.note(`${user} deletes "${room.name}"`);
    room.uncertain.add('deleted');
    change(scene, room, 'deleted', channelRemoval.remove(by, room.id), () => (room.deleted = true));
  }
}

function privateOwn(scene: WorkspaceScene, actor: Actor): Room[] {
  return ownRooms(scene, actor).filter((room) => isPrivate(room));
}

function change<T>(
  scene: WorkspaceScene,
  room: Room,
  field: string,
  work: Promise<T>,
  done: () => void,
): void {
  room.uncertain.add(field);
  attempt(scene, `${room.origin.name}: changing ${field} of "${room.name}"`, work, {
    answered: () => {
      room.uncertain.delete(field);
      done();
    },
  });
}

/**
 * Something about a member. Where the channel's origin does not know yet what its member's own node answered, what it
 * decides about the same person may come to either.
 */
function decide(
  scene: WorkspaceScene,
  room: Room,
  about: { actor: Actor; whom: UserId; what: string; accepts?: readonly string[] },
  work: Promise<unknown>,
): void {
  const { whom } = about;
  const atOrigin = (): 'admin' | 'member' | undefined =>
    room.origin.repositories.channelMembers.get(room.id, whom)?.role;
  const contested = isPrivate(room) && (atOrigin() !== undefined) !== room.members.has(whom);
  const before = room.uncertain.has(whom);
  room.uncertain.add(whom);
  attempt(scene, about.what, work, {
    answered: () => {
      if (!contested) room.uncertain.delete(whom);
      // Whoever leaves elsewhere is in at the origin until that is told.
      const role = about.actor.machine === room.origin ? atOrigin() : undefined;
      if (role === undefined) room.members.delete(whom);
      else room.members.set(whom, role);
    },
    refused: () => {
      if (!before) room.uncertain.delete(whom);
    },
    ...(about.accepts === undefined ? {} : { accepts: about.accepts }),
  });
}
