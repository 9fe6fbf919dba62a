/**
 * What must hold of whole workspaces (06 section 6). At any time: no node has a text, a key or a file, or any piece of
 * one, that none of its people was ever entitled to; nobody sees what they are not in; nothing is there twice.
 */
import { createHash } from 'node:crypto';
import type { MessageId, PostId } from '../../../server/wire/ids.ts';
import type { Machine } from './machine.ts';
import { isPrivate, mayHold } from './workspace-model.ts';
import type { Made, Room, Said } from './workspace-model.ts';
import type { WorkspaceScene } from './workspace-scene.ts';

const ALL = { limit: 1000 };
const checksums = new WeakMap<Buffer, string>();

/** Looks at everything that must hold at any time, also on machines that are off. */
export function checkWorkspaces(scene: WorkspaceScene): void {
  scene.model.look(scene);
  for (const machine of scene.machines) {
    for (const room of scene.model.rooms) {
      checkRoom(scene, room, machine);
      checkKeys(scene, room, machine);
    }
    checkDirect(scene, machine);
    checkPosts(scene, machine);
    checkFiles(scene, machine);
    if (machine.running) checkViews(scene, machine);
  }
}

function checkRoom(scene: WorkspaceScene, room: Room, machine: Machine): void {
  const { model, violations } = scene;
  const { channelMessages, channelMembers } = machine.repositories;
  const seen = new Set<Said>();
  for (const row of channelMessages.page(room.id, { limit: 1000, now: machine.now() })) {
    const where = `${machine.name}, "${room.name}": "${row.content}" (${row.cryptoState})`;
    const said = row.content === '' ? model.byId(row.id) : model.find(row.content);
    if (said === undefined) {
      if (row.content !== '') violations.add(`${where} was never written`);
      continue;
    }
    const at = said.texts.find(({ text }) => text === row.content)?.at ?? said.texts[0]?.at ?? 0;
    if (said.room !== room) violations.add(`${where} belongs elsewhere`);
    if (seen.has(said)) violations.add(`${where} is there twice`);
    seen.add(said);
    if (!mayHold(said, machine, at)) violations.add(`${where} is not for this node`);
  }
  if (!isPrivate(room)) return;
  for (const { userId } of channelMembers.list(room.id))
    if (!room.everIn.has(userId) && room.open < 0)
      violations.add(`${machine.name} counts ${userId} in "${room.name}", who never was`);
}

/** A key is for the nodes that had a member while it was in use, or later. */
function checkKeys(scene: WorkspaceScene, room: Room, machine: Machine): void {
  if (machine === room.origin) return;
  for (const { keyId } of machine.repositories.channelKeys.list(room.id)) {
    const key = room.keys.get(keyId);
    const given = key !== undefined && (room.lastInAtOrigin.get(machine) ?? -1) >= key.at;
    if (!given) scene.violations.add(`${machine.name} has the key ${keyId} of "${room.name}"`);
  }
}

function checkDirect(scene: WorkspaceScene, machine: Machine): void {
  const { directMessages } = machine.repositories;
  for (const said of scene.model.said) {
    if (said.kind !== 'direct' || said.id === null || mayHold(said, machine, 0)) continue;
    if (directMessages.get(said.id as MessageId) !== undefined)
      scene.violations.add(`${machine.name} keeps "${said.current}", which is not for it`);
  }
  for (const user of machine.people) {
    const seen = new Set<Said>();
    for (const { content } of directMessages.visibleTo(user, { ...ALL, since: null, before: null })) {
      const said = scene.model.find(content);
      const where = `${machine.name}, direct messages of ${user}: "${content}"`;
      if (said === undefined) {
        scene.violations.add(`${where} was never written`);
        continue;
      }
      if (said.user !== user && !said.recipients.includes(user))
        scene.violations.add(`${where} is for others`);
      if (seen.has(said)) scene.violations.add(`${where} is there twice`);
      seen.add(said);
    }
  }
}

function checkPosts(scene: WorkspaceScene, machine: Machine): void {
  for (const said of scene.model.said) {
    if (said.kind !== 'post' || said.id === null) continue;
    const row = machine.repositories.feed.get(said.id as PostId);
    if (row === undefined) continue;
    const at = said.texts.find(({ text }) => text === row.content)?.at;
    if (at === undefined || !mayHold(said, machine, at))
      scene.violations.add(`${machine.name} keeps the post "${row.content}", which is not for it`);
  }
}

/** Files and pieces of files, by what they are made of. */
function checkFiles(scene: WorkspaceScene, machine: Machine): void {
  const { kept, coming } = machine.bytes;
  for (const bytes of [...kept.values(), ...coming.values()]) {
    if (bytes.length < 20) continue;
    const mark = /^file \d+\/\d+\./.exec(bytes.subarray(2, 40).toString('latin1'))?.[0];
    const made = scene.model.files.find((one) => one.mark === mark);
    if (made === undefined) scene.violations.add(`${machine.name} has bytes of no file`);
    else if (!mayHaveFile(scene, made, machine))
      scene.violations.add(`${machine.name} has ${made.mark}, which is not for it`);
  }
}

function mayHaveFile(scene: WorkspaceScene, made: Made, machine: Machine): boolean {
  if (made.owner === machine) return true;
  return scene.model.said.some(
    (said) => said.file === made && mayHold(said, machine, said.texts[0]?.at ?? 0),
  );
}

/** What the product shows each person. */
function checkViews(scene: WorkspaceScene, machine: Machine): void {
  const { workspace } = machine.core;
  for (const user of machine.people) {
    const rooms = new Set(workspace.channels.list(user).map(({ id }) => id as string));
    for (const room of scene.model.rooms) {
      if (rooms.has(room.id)) workspace.channelMessages.list(user, room.id, ALL);
      if (rooms.has(room.id) && isTargetedAt(room, machine) && !room.everIn.has(user) && room.open < 0)
        scene.violations.add(`${user} sees "${room.name}", and was never in it`);
    }
    const seen = new Set<string>();
    for (const { content, id } of workspace.feed.list(user, ALL)) {
      const said = scene.model.find(content);
      const where = `feed of ${user}: "${content}"`;
      if (said === undefined) scene.violations.add(`${where} was never written`);
      else if (seen.has(id)) scene.violations.add(`${where} is shown twice`);
      else if (said.shared < 0 && said.user !== user) scene.violations.add(`${where} is private`);
      seen.add(id);
    }
  }
}

function isTargetedAt(room: Room, machine: Machine): boolean {
  return machine.repositories.channels.get(room.id)?.privacyMode === 'private';
}

/** SHA-256 of a stored file; each is looked at once. */
export function checksumOf(bytes: Buffer): string {
  const known = checksums.get(bytes);
  if (known !== undefined) return known;
  const checksum = createHash('sha256').update(bytes).digest('hex');
  checksums.set(bytes, checksum);
  return checksum;
}
