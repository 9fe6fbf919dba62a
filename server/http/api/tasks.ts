/** Tasks of this node (04 section 4.9). */
import { KEY } from '../access.ts';
import type { JsonObject } from '../body.ts';
import { ApiError, type ErrorCode } from '../errors.ts';
import { beforeQuery, nextCursor } from '../paging.ts';
import { limitQuery, objectField, stringField } from '../params.ts';
import { taskJson } from '../render-tasks.ts';
import { ok, type Answer, type Route } from '../routes.ts';
import { taskSchemas } from '../schemas/desk.ts';
import { TASK_PRIORITIES, TASK_STATES, TASK_VISIBILITIES, type Task } from '../../store/tasks.ts';
import { parseTime } from '../../store/time.ts';
import type { TaskWish, Tasks } from '../../workspace/tasks.ts';

const DEFAULT_PAGE = 200;

export function taskRoutes(components: { tasks: Tasks }): Route[] {
  const { tasks } = components;
  return [
    {
      method: 'GET',
      path: '/tasks',
      access: KEY.read_feed,
      schema: taskSchemas.list,
      handle: ({ query }) => {
        const asked = query.get('status')?.trim().toLowerCase();
        const status = TASK_STATES.find((state) => state === asked) ?? null;
        const limit = limitQuery(query, DEFAULT_PAGE);
        const list = tasks.list({ status, limit, ...beforeQuery(query) });
        const next_cursor = nextCursor(list, limit, ({ id }) => tasks.cursor(id));
        return ok({ tasks: list.map(taskJson), count: list.length, next_cursor });
      },
    },
    {
      method: 'POST',
      path: '/tasks',
      access: KEY.write_feed,
      body: 'caught',
      creates: true,
      schema: taskSchemas.create,
      handle: async ({ caller, body }) => {
        return created(await tasks.create(caller.userId, wishOf(body)));
      },
      recall: (_call, id) => {
        const made = tasks.get(id);
        if (made === undefined) throw new ApiError('not_found');
        return created(made);
      },
    },
    {
      method: 'GET',
      path: '/tasks/:task',
      access: KEY.read_feed,
      schema: taskSchemas.get,
      handle: ({ param }) => {
        const found = tasks.get(param('task'));
        if (found === undefined) throw new ApiError('not_found');
        return ok({ task: taskJson(found) });
      },
    },
    {
      method: 'PATCH',
      path: '/tasks/:task',
      access: KEY.write_feed,
      body: 'caught',
      schema: taskSchemas.change,
      handle: async ({ caller, param, body }) => {
        const changed = await tasks.change(caller.userId, param('task'), wishOf(body));
        return ok({ task: taskJson(changed), success: true });
      },
    },
  ];
}

function created(task: Task): Answer {
  return { status: 201, body: { task: taskJson(task), success: true } };
}

function wishOf(body: JsonObject): TaskWish {
  const wish: TaskWish = {};
  const title = stringField(body, 'title');
  if (title !== undefined) wish.title = title;
  const status = choice(body, { field: 'status', allowed: TASK_STATES, code: 'invalid_status' });
  if (status !== undefined) wish.status = status;
  const priority = choice(body, { field: 'priority', allowed: TASK_PRIORITIES, code: 'invalid_priority' });
  if (priority !== undefined) wish.priority = priority;
  const visibility = choice(body, {
    field: 'visibility',
    allowed: TASK_VISIBILITIES,
    code: 'invalid_visibility',
    error: 'Invalid task visibility',
  });
  if (visibility !== undefined) wish.visibility = visibility;
  if ('description' in body) wish.description = stringField(body, 'description') ?? null;
  if ('assigned_to' in body) wish.assignedTo = blankIsNull(stringField(body, 'assigned_to'));
  if ('objective_id' in body) wish.objectiveId = blankIsNull(stringField(body, 'objective_id'));
  if ('metadata' in body) wish.metadata = objectField(body, 'metadata') ?? null;
  if ('due_at' in body) wish.dueAt = timeOf(blankIsNull(stringField(body, 'due_at')));
  return wish;
}

function choice<T extends string>(
  body: JsonObject,
  rule: { field: string; allowed: readonly T[]; code: ErrorCode; error?: string },
): T | undefined {
  const text = stringField(body, rule.field)?.trim().toLowerCase();
  if (text === undefined) return undefined;
  const found = rule.allowed.find((each) => each === text);
  if (found === undefined)
    throw new ApiError(rule.code, {
      ...(rule.error === undefined ? {} : { error: rule.error }),
      fields: { allowed: rule.allowed },
    });
  return found;
}

function blankIsNull(text: string | undefined): string | null {
  return text === undefined || text.trim() === '' ? null : text.trim();
}

function timeOf(text: string | null): number | null {
  if (text === null) return null;
  const time = parseTime(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00` : text);
  if (time === null) throw new ApiError('invalid_due_at');
  return time;
}
