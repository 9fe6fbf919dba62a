/**
 * What must hold of whole workspaces once everything is healed (06 section 6): what was answered with success is so where
 * it was done; every node that hosts a member has the same channel, members, messages, versions and files; nobody else
 * counts as one; what is for everybody is with everybody, and what was taken back with nobody else.
 */
import type { FileId, PostId } from '../../../server/wire/ids.ts';
import { asRecord } from '../../../server/wire/records.ts';
import { bound } from './bonds.ts';
import type { Machine } from './machine.ts';
import { pairs } from './scene.ts';
import { holders, isPrivate, keptOf } from './workspace-model.ts';
import type { Room, Said } from './workspace-model.ts';
import { checksumOf } from './workspace-properties.ts';
import type { WorkspaceScene } from './workspace-scene.ts';

/** What does not hold yet; empty when all of it does. */
export function outstandingWorkspaces(scene: WorkspaceScene): string[] {
  const off = scene.machines.filter(({ running }) => !running);
  if (off.length > 0) return off.map(({ name }) => `${name} is off`);
  scene.model.look(scene);
  return [
    ...scene.model.rooms.flatMap((room) => [...lostOf(room), ...unequalRoom(scene, room)]),
    ...scene.model.said.flatMap((said) => [...lost(said), ...unequalTexts(scene, said)]),
    ...scene.machines.flatMap((machine) => owed(scene, machine)),
  ];
}

/** What a channel's own node answered and does not have. */
function lostOf(room: Room): string[] {
  const { channels, channelMembers } = room.origin.repositories;
  const line = `"${room.name}" at its own node`;
  const row = channels.get(room.id);
  if (row === undefined)
    return room.deleted || room.uncertain.has('deleted') ? [] : [`${line} is not there any more`];
  if (room.deleted) return [`${line} is there still`];
  const lines: string[] = [];
  if (row.name !== room.name && !room.uncertain.has('name')) lines.push(`${line} is called "${row.name}"`);
  if (!isPrivate(room) || room.uncertain.has('privacy')) return lines;
  const rows = new Map(channelMembers.list(room.id).map(({ userId, role }) => [userId, role]));
  for (const user of new Set([...rows.keys(), ...room.members.keys()]))
    if (!room.uncertain.has(user) && rows.get(user) !== room.members.get(user))
      lines.push(`${line}: ${user} is ${rows.get(user) ?? 'out'}, not ${room.members.get(user) ?? 'out'}`);
  return lines;
}

/** Where a channel is otherwise than at its own node. */
function unequalRoom(scene: WorkspaceScene, room: Room): string[] {
  const { origin } = room;
  const own = origin.repositories.channels.get(room.id);
  const inside = holders(scene, room);
  return scene.machines.flatMap((machine) => {
    if (!bound(scene, origin, machine)) return [];
    const { channels, channelMembers } = machine.repositories;
    const row = channels.get(room.id);
    const where = `${machine.name}, "${room.name}":`;
    if (own === undefined) return row === undefined ? [] : [`${where} deleted, and here still`];
    const members = (one: Machine): string =>
      one.repositories.channelMembers
        .list(room.id)
        .map(({ userId, role }) => `${userId} ${role}`)
        .sort()
        .join(', ');
    if (!inside.includes(machine)) {
      const left = channelMembers.list(room.id).filter(({ userId }) => machine.people.includes(userId));
      return left.map(({ userId }) => `${where} ${userId} is in still`);
    }
    if (row === undefined) return [`${where} not here`];
    const lines: string[] = [];
    if (row.name !== own.name) lines.push(`${where} called "${row.name}", not "${own.name}"`);
    if (row.privacyMode !== own.privacyMode)
      lines.push(`${where} ${row.privacyMode}, not ${own.privacyMode}`);
    // Whether it is archived depends on what came first (03 section 5.12: it only changes the display).
    if (!isPrivate(room)) return lines;
    if (members(machine) !== members(origin))
      lines.push(`${where} members ${members(machine)}, not ${members(origin)}`);
    if (row.cryptoMode !== own.cryptoMode) lines.push(`${where} is ${row.cryptoMode}, not ${own.cryptoMode}`);
    return lines;
  });
}

/** What was answered to its author, and is not so at the author's own node. */
function lost(said: Said): string[] {
  if (said.id === null || said.uncertain || isGone(said)) return [];
  const row = keptOf(said, said.author);
  const line = `"${said.current}" at its own node`;
  if (said.deleted) return row === undefined ? [] : [`${line} is deleted, and there still`];
  if (row === undefined) return [`${line} is lost`];
  return row.text === said.current ? [] : [`${line} says "${row.text}"`];
}

/** Whether it went with its channel, or its node has nobody in that any more. */
function isGone({ room, author }: Said): boolean {
  return room !== null && author.repositories.channels.get(room.id) === undefined;
}

/** Where something is not as its author's node has it. */
function unequalTexts(scene: WorkspaceScene, said: Said): string[] {
  if (said.id === null || isGone(said)) return [];
  const truth = keptOf(said, said.author);
  return scene.machines.flatMap((machine) => {
    if (!bound(scene, said.author, machine)) return [];
    const row = keptOf(said, machine);
    const line = `${machine.name}: "${said.current}" of ${said.author.name}`;
    if (!isFor(scene, said, machine)) {
      const withdrawn = said.kind === 'post' && row !== undefined;
      return withdrawn ? [`${line} is there still`] : [];
    }
    if (truth === undefined) return row === undefined ? [] : [`${line} is there still`];
    if (row === undefined) return [`${line} is missing`];
    if (row.waits) return mustRead(said, machine) ? [`${line} waits for ${row.keyId ?? 'no key'}`] : [];
    if (row.text !== truth.text) return [`${line} says "${row.text}", not "${truth.text}"`];
    return [...missingFile(said, machine, row.attachments, line), ...otherLikes(said, machine, line)];
  });
}

/** Whether a machine must have something, now that all is well. */
function isFor(scene: WorkspaceScene, said: Said, machine: Machine): boolean {
  const { room } = said;
  if (said.kind === 'direct') return said.recipients.some((user) => machine.people.includes(user));
  if (said.kind === 'post') {
    const row = said.author.repositories.feed.get(said.id as PostId);
    return row !== undefined && row.visibility !== 'private';
  }
  if (room === null) return false;
  const inside = holders(scene, room);
  if (!inside.includes(machine)) return false;
  if (!isPrivate(room)) return true;
  if (!bound(scene, room.origin, machine) && room.origin !== machine) return false;
  const at = said.texts[0]?.at ?? 0;
  // Somebody who was taken out before their message was known is not heard; it counts once the origin has it.
  const stayed = (room.lastOut.get(said.user) ?? -1) < at && inside.includes(said.author);
  return stayed || (machine !== room.origin && keptOf(said, room.origin) !== undefined);
}

/** Whether a machine was given the key that a message was written with; of a channel that is open now nobody is. */
function mustRead(said: Said, machine: Machine): boolean {
  const keyId = keptOf(said, machine)?.keyId;
  if (keyId == null || said.room === null) return true;
  if (!isPrivate(said.room)) return false;
  return machine === said.room.origin || said.room.keys.get(keyId)?.given.has(machine) === true;
}

function missingFile(said: Said, machine: Machine, entries: readonly unknown[], line: string): string[] {
  if (said.file === null) return [];
  const entry = asRecord(entries[0]);
  const id = entry?.['id'];
  const row = typeof id === 'string' ? machine.repositories.files.get(id as FileId) : undefined;
  if (row === undefined || entry?.['url'] === undefined) return [`${line} has no file yet`];
  const bytes = machine.bytes.kept.get(row.filePath);
  const same = bytes !== undefined && checksumOf(bytes) === said.file.checksum;
  return same && row.checksum === said.file.checksum ? [] : [`${line} has another file`];
}

function otherLikes(said: Said, machine: Machine, line: string): string[] {
  if (said.id === null) return [];
  const here = new Set(machine.repositories.reactions.of([said.id]).map(({ userId }) => userId));
  return [...said.likes].flatMap(([user, answer]) => {
    if (answer === null || !answer.told.has(machine) || here.has(user) === answer.liked) return [];
    return [`${line}: ${user} likes it ${answer.liked ? '' : 'not '}any more`];
  });
}

/** What is owed still between machines that owe each other everything. */
function owed(scene: WorkspaceScene, machine: Machine): string[] {
  return pairs(scene.machines).flatMap(([a, b]) => {
    const other = a === machine ? b : b === machine ? a : null;
    if (other === null || !bound(scene, machine, other)) return [];
    const rows = machine.repositories.outbox.count(other.identity.peerId);
    return rows === 0 ? [] : [`${machine.name} still owes ${other.name} ${rows}`];
  });
}
