/** Tasks (03 section 2.5.9, 04 section 4.9). Times are Unix milliseconds; in the table they are ISO, as the reference's. */
import type { PeerId, UserId } from '../wire/ids.ts';
import { jsonObject, jsonText } from './json.ts';
import { assignments } from './sql.ts';
import { isOlder, placeOf, placeValues, type RowPlace } from './row-places.ts';
import type { Sql, SqlValue } from './sql.ts';
import { columnTime, toIsoTime } from './time.ts';

export const TASK_STATES = ['open', 'in_progress', 'blocked', 'done'] as const;
export type TaskState = (typeof TASK_STATES)[number];
export const TASK_PRIORITIES = ['low', 'normal', 'high', 'critical'] as const;
export const TASK_VISIBILITIES = ['network', 'local'] as const;

/** A row of `tasks`. */
export interface Task {
  id: string;
  title: string;
  description: string | null;
  status: string;
  priority: string;
  visibility: string;
  createdBy: UserId;
  assignedTo: string | null;
  updatedBy: string | null;
  objectiveId: string | null;
  dueAt: number | null;
  completedAt: number | null;
  createdAt: number | null;
  updatedAt: number | null;
  metadata: Record<string, unknown> | null;
  originPeer: PeerId | null;
  sourceType: string | null;
}

/** What changes; absent fields stay. */
export type TaskPatch = Partial<Omit<Task, 'id' | 'createdBy' | 'createdAt' | 'originPeer' | 'sourceType'>>;

interface Row {
  id: string;
  title: string;
  description: string | null;
  status: string | null;
  priority: string | null;
  visibility: string | null;
  created_by: string;
  assigned_to: string | null;
  updated_by: string | null;
  objective_id: string | null;
  due_at: string | null;
  completed_at: string | null;
  created_at: string | null;
  updated_at: string | null;
  metadata: string | null;
  origin_peer: string | null;
  source_type: string | null;
}

const SELECT = `SELECT id, title, description, status, priority, visibility, created_by, assigned_to, updated_by,
  objective_id, due_at, completed_at, created_at, updated_at, metadata, origin_peer, source_type FROM tasks`;

export class Tasks {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  get(id: string): Task | undefined {
    const row = this.#sql.get<Row>(`${SELECT} WHERE id = @id`, { id });
    return row === undefined ? undefined : fromRow(row);
  }

  /** Last changed first; `since`: only those changed later. */
  list(query: {
    status?: TaskState | null;
    since?: number;
    limit: number;
    before?: RowPlace | null;
  }): Task[] {
    const { status = null, since, limit } = query;
    return this.#sql
      .all<Row>(
        `${SELECT} WHERE (@status IS NULL OR status = @status) AND (@since IS NULL OR updated_at > @since)
          AND ${isOlder('updated_at')}
          ORDER BY updated_at DESC, rowid DESC LIMIT @limit`,
        { status, since: iso(since) ?? null, limit, ...placeValues(query.before) },
      )
      .map(fromRow);
  }

  place(id: string): RowPlace | undefined {
    return placeOf(this.#sql, 'tasks', 'updated_at', id);
  }

  /** What somebody is to do and has not done, last changed first. */
  assignedTo(userId: UserId, limit: number): Task[] {
    return this.#sql
      .all<Row>(
        `${SELECT} WHERE assigned_to = @userId AND status <> 'done' ORDER BY updated_at DESC, rowid DESC LIMIT @limit`,
        { userId, limit },
      )
      .map(fromRow);
  }

  insert(task: Task): void {
    const values = { id: task.id, created_by: task.createdBy, ...columnsOf(task) };
    const names = Object.keys(values);
    this.#sql.run(
      `INSERT INTO tasks (${names.join(', ')}) VALUES (${names.map((name) => `@${name}`).join(', ')})`,
      values,
    );
  }

  /** False when there is no such task. */
  update(id: string, patch: TaskPatch): boolean {
    const values = columnsOf(patch);
    return (
      this.#sql.run(`UPDATE tasks SET ${assignments(Object.keys(values))} WHERE id = @id`, { ...values, id })
        .changes === 1
    );
  }
}

function columnsOf(task: Partial<Task>): Record<string, SqlValue> {
  const all: Record<string, SqlValue | undefined> = {
    title: task.title,
    description: task.description,
    status: task.status,
    priority: task.priority,
    visibility: task.visibility,
    assigned_to: task.assignedTo,
    updated_by: task.updatedBy,
    objective_id: task.objectiveId,
    due_at: iso(task.dueAt),
    completed_at: iso(task.completedAt),
    created_at: iso(task.createdAt),
    updated_at: iso(task.updatedAt),
    metadata: task.metadata === undefined ? undefined : jsonText(task.metadata),
    origin_peer: task.originPeer,
    source_type: task.sourceType,
  };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, SqlValue] => entry[1] !== undefined),
  );
}

function iso(time: number | null | undefined): string | null | undefined {
  return typeof time === 'number' ? toIsoTime(time) : time;
}

function fromRow(row: Row): Task {
  return {
    id: row.id,
    title: row.title,
    description: row.description,
    status: row.status ?? 'open',
    priority: row.priority ?? 'normal',
    visibility: row.visibility ?? 'network',
    createdBy: row.created_by as UserId,
    assignedTo: row.assigned_to,
    updatedBy: row.updated_by,
    objectiveId: row.objective_id,
    dueAt: columnTime(row.due_at),
    completedAt: columnTime(row.completed_at),
    createdAt: columnTime(row.created_at),
    updatedAt: columnTime(row.updated_at),
    metadata: jsonObject(row.metadata),
    originPeer: row.origin_peer as PeerId | null,
    sourceType: row.source_type,
  };
}
