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

/** Refusals of what would have gone a moment before, where several things happen at once. */
const OVERTAKEN: ReadonlySet<string> = new Set([
  'not_found',
  'message_not_found',
  'post_not_found',
  'membership_denied',
  'privacy_update_denied',
  'channel_update_denied',
  'lifecycle_update_denied',
  'channel_not_found',
  'channel_delete_denied',
  'delete_not_allowed',
]);

/** Somebody at their machine. */
export interface Actor {
  machine: Machine;
  user: UserId;
}

/**
 * Awaits what the product answers. Whatever is not in `accepts` is a finding, except where several things happen at once,
 * and that a machine which dies of it says nothing; then `answered` is never called.
 */
export function attempt<T>(
  scene: WorkspaceScene,
  what: string,
  work: Promise<T>,
  after: { answered: (result: T) => void; refused?: () => void; accepts?: readonly string[] },
): void {
  const at = scene.model.begin(scene);
  work.then(
    (result) => {
      after.answered(result);
      scene.model.look(scene);
    },
    (error: unknown) => {
      if (isKilled(error)) return;
      after.refused?.();
      scene.model.look(scene);
      const code = error instanceof WorkspaceError ? error.code : '';
      const overtaken = OVERTAKEN.has(code) && scene.model.begunAt(at) > 1;
      const expected = overtaken || after.accepts?.includes(code) === true;
      if (expected) scene.trace.note(`refused: ${what}: ${code}`);
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
