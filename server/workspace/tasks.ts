/**
 * Tasks of this node (04 section 4.9). Every account here sees all of them; its creator, whoever it is for, who changed
 * it last, those its metadata names as editors, and the owner of the node may change one. Tasks do not travel: what
 * Python's nodes send of theirs is ignored, as an unknown action of an interaction (02 section 2.9).
 */
import type { Clock, Random } from '../ports/types.ts';
import { timedId } from '../store/ids.ts';
import type { Task, TaskPatch, Tasks as TaskTable } from '../store/tasks.ts';
import type { PeerId, UserId } from '../wire/ids.ts';
import type { Changes } from './changes.ts';
import { WorkspaceError } from './errors.ts';
import { cursorToRow, rowBefore } from './places.ts';
import { codePoints } from './text.ts';

/** Code points of a title and a description, and UTF-16 units of metadata as JSON. */
const MAX_TITLE = 500;
const MAX_DESCRIPTION = 20_000;
const MAX_METADATA = 65_536;
const ID_HEX = 24;
/** Tasks of one person that are counted and listed among what waits for them. */
const MAX_ASSIGNED = 200;

/** What a person or program says of a task; absent fields stay as they are. */
export type TaskWish = Pick<
  TaskPatch,
  | 'title'
  | 'description'
  | 'status'
  | 'priority'
  | 'visibility'
  | 'assignedTo'
  | 'dueAt'
  | 'objectiveId'
  | 'metadata'
>;

export interface TasksComponents {
  table: TaskTable;
  isOwner: (userId: UserId) => boolean;
  changes: Changes;
  clock: Clock;
  random: Random;
}

export class Tasks {
  readonly #c: TasksComponents;
  readonly #localPeer: PeerId;

  constructor(components: TasksComponents, init: { localPeer: PeerId }) {
    this.#c = components;
    this.#localPeer = init.localPeer;
  }

  /** Last changed first. @param query.before a cursor or the id of one. @throws {WorkspaceError} `invalid_cursor`. */
  list({
    before: from,
    ...query
  }: Omit<Parameters<TaskTable['list']>[0], 'before'> & { before?: string }): Task[] {
    const before = rowBefore(from, (id) => this.#c.table.place(id));
    return before === undefined ? [] : this.#c.table.list({ ...query, before });
  }

  /** Where a list that ended with this task goes on. */
  cursor(id: string): string | null {
    return cursorToRow(this.#c.table.place(id));
  }

  /** What somebody is to do and has not done, last changed first, at most {@link MAX_ASSIGNED}. */
  assignedTo(userId: UserId): Task[] {
    return this.#c.table.assignedTo(userId, MAX_ASSIGNED);
  }

  get(id: string): Task | undefined {
    return this.#c.table.get(id);
  }

  /** Resolves after the commit. @throws {WorkspaceError} `missing_title`, `task_too_long`. */
  async create(userId: UserId, wish: TaskWish): Promise<Task> {
    const { table, changes, clock, random } = this.#c;
    const fields = checked(wish);
    if (fields.title === undefined) throw missingTitle();
    const now = clock.now();
    const task: Task = {
      id: `T${timedId(random, now, ID_HEX)}`,
      description: null,
      status: 'open',
      priority: 'normal',
      visibility: 'network',
      assignedTo: null,
      objectiveId: null,
      dueAt: null,
      metadata: null,
      ...fields,
      title: fields.title,
      completedAt: fields.status === 'done' ? now : null,
      createdBy: userId,
      updatedBy: userId,
      createdAt: now,
      updatedAt: now,
      originPeer: this.#localPeer,
      sourceType: 'agent',
    };
    await changes.run(() => {
      table.insert(task);
      changes.creates(task.id);
      changes.tell({ type: 'tasks.changed' });
    });
    return task;
  }

  /**
   * Resolves after the commit.
   * @throws {WorkspaceError} `not_found`, `no_updates`, `not_authorized`, and those of {@link create}.
   */
  async change(userId: UserId, id: string, wish: TaskWish): Promise<Task> {
    const { table, changes, clock } = this.#c;
    return changes.run(() => {
      const task = table.get(id);
      if (task === undefined) throw new WorkspaceError('not_found', 'Not found');
      if (!this.#mayChange(userId, task))
        throw new WorkspaceError('not_authorized', 'Not authorized to update task');
      const fields = checked(wish);
      if (Object.keys(fields).length === 0) throw new WorkspaceError('no_updates', 'No updates provided');
      const now = clock.now();
      const completedAt =
        fields.status === undefined
          ? task.completedAt
          : fields.status === 'done'
            ? (task.completedAt ?? now)
            : null;
      const patch = { ...fields, completedAt, updatedBy: userId, updatedAt: now };
      table.update(id, patch);
      changes.tell({ type: 'tasks.changed' });
      return { ...task, ...patch };
    });
  }

  #mayChange(userId: UserId, task: Task): boolean {
    const editors = task.metadata?.['editors'];
    return (
      [task.createdBy, task.assignedTo, task.updatedBy].includes(userId) ||
      (Array.isArray(editors) && editors.includes(userId)) ||
      this.#c.isOwner(userId)
    );
  }
}

function missingTitle(): WorkspaceError {
  return new WorkspaceError('missing_title', 'Task title is required');
}

function checked(wish: TaskWish): TaskWish {
  const title = wish.title?.trim();
  if (title === '') throw missingTitle();
  if (
    (title !== undefined && codePoints(title) > MAX_TITLE) ||
    codePoints(wish.description ?? '') > MAX_DESCRIPTION ||
    (wish.metadata != null && JSON.stringify(wish.metadata).length > MAX_METADATA)
  )
    throw new WorkspaceError('task_too_long', 'Title, description or metadata is too long');
  return title === undefined ? wish : { ...wish, title };
}
