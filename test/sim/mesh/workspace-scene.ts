/** What operations and properties of a run with whole workspaces share. */
import { WorkspaceError } from '../../../server/workspace/errors.ts';
import type { UserId } from '../../../server/wire/ids.ts';
import { isKilled } from './machine.ts';
import type { Machine } from './machine.ts';
import type { Scene } from './scene.ts';
import type { Model, Room } from './workspace-model.ts';

export interface WorkspaceScene extends Scene {
  model: Model;
}

/** Somebody at their machine. */
export interface Actor {
  machine: Machine;
  user: UserId;
}

/**
 * Awaits what the product answers. Whatever is not in `accepts` is a finding, except that a machine which dies of it
 * says nothing; then `answered` is never called.
 */
export function attempt<T>(
  scene: WorkspaceScene,
  what: string,
  work: Promise<T>,
  after: { answered: (result: T) => void; refused?: () => void; accepts?: readonly string[] },
): void {
  work.then(
    (result) => {
      after.answered(result);
      scene.model.look(scene);
    },
    (error: unknown) => {
      if (isKilled(error)) return;
      after.refused?.();
      scene.model.look(scene);
      const expected = error instanceof WorkspaceError && after.accepts?.includes(error.code) === true;
      if (expected) scene.trace.note(`refused: ${what}: ${error.code}`);
      else scene.violations.add(`${what} failed: ${String(error)}`);
    },
  );
}

/** Everybody of the run, with their machines. */
export function everybody(scene: Scene): Actor[] {
  return scene.machines.flatMap((machine) => machine.people.map((user) => ({ machine, user })));
}

/** Channels of the run that somebody sees. */
export function roomsOf(scene: WorkspaceScene, { machine, user }: Actor): Room[] {
  const seen = new Set(machine.core.workspace.channels.list(user).map(({ id }) => id));
  return scene.model.rooms.filter((room) => seen.has(room.id) && !room.deleted);
}

/** Channels of the run that somebody decides about. */
export function ownRooms(scene: WorkspaceScene, { machine, user }: Actor): Room[] {
  return roomsOf(scene, { machine, user }).filter((room) => {
    const member = machine.repositories.channelMembers.get(room.id, user);
    return room.origin === machine && (member?.role === 'admin' || room.creator === user);
  });
}
