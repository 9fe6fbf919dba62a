/** Tasks of this node (04 section 4.9, 05 section 10.15, K-7): the list, and what a board makes of it. */
import { signal } from '@preact/signals';
import { coalesced } from './coalesce.ts';
import { api } from './session.ts';

export const STATES = [
  ['open', 'Open'],
  ['in_progress', 'In progress'],
  ['blocked', 'Blocked'],
  ['done', 'Done'],
] as const;
export const PRIORITIES = [
  ['low', 'Low'],
  ['normal', 'Normal'],
  ['high', 'High'],
  ['critical', 'Critical'],
] as const;

/** A task as the node gives it. */
export interface Task {
  id: string;
  title: string;
  description: string | null;
  status: string;
  priority: string;
  created_by: string;
  assigned_to: string | null;
  updated_by: string | null;
  due_at: string | null;
  created_at: string | null;
  updated_at: string | null;
  metadata: Readonly<Record<string, unknown>> | null;
}

/** What a form says of a task. */
export interface TaskWish {
  title: string;
  description: string;
  status: string;
  priority: string;
  /** Blank for nobody. */
  assigned_to: string;
  /** `YYYY-MM-DD`, or blank. */
  due_at: string;
}

/** A page of the list; a board of more is no board. */
const LIMIT = 200;
const ADDRESS = '/api/v1/tasks';

/** `null` until they were read. */
export const tasks = signal<readonly Task[] | null>(null);
/** There are older ones that are not shown. */
export const moreTasks = signal(false);

/** Reads them again; calls in between are joined. */
export const loadTasks = coalesced(async () => {
  const answer = await api.get<{ tasks: Task[]; next_cursor: string | null }>(`${ADDRESS}?limit=${LIMIT}`);
  tasks.value = answer.tasks;
  moreTasks.value = answer.next_cursor !== null;
});

export async function createTask(wish: TaskWish): Promise<void> {
  await api.post(ADDRESS, { ...wish });
  await loadTasks();
}

export async function changeTask(id: string, wish: Partial<TaskWish>): Promise<void> {
  await api.call('PATCH', `${ADDRESS}/${encodeURIComponent(id)}`, wish);
  await loadTasks();
}

const rank = (priority: string): number => PRIORITIES.findIndex(([key]) => key === priority);

/** The tasks of one column: what is urgent first, then what is due first; what is done, newest first. */
export function column(list: readonly Task[], status: string): Task[] {
  const own = list.filter((task) => task.status === status);
  if (status === 'done') return own.sort((a, b) => (b.updated_at ?? '').localeCompare(a.updated_at ?? ''));
  return own.sort(
    (a, b) =>
      rank(b.priority) - rank(a.priority) ||
      (a.due_at ?? '9').localeCompare(b.due_at ?? '9') ||
      (a.created_at ?? '').localeCompare(b.created_at ?? ''),
  );
}

/** The day a task is due, `YYYY-MM-DD`; blank without one. */
export function dueDay(task: Pick<Task, 'due_at'>): string {
  return task.due_at?.slice(0, 10) ?? '';
}

/** The day it is where the person is, `YYYY-MM-DD`. */
export function dayOf(now: Date): string {
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/** A day in words of the browser's locale, and whether it has passed. */
export function dueWords(
  task: Pick<Task, 'due_at' | 'status'>,
  today: string,
): { text: string; late: boolean } | null {
  const day = dueDay(task);
  if (!/^\d{4}-\d{2}-\d{2}$/u.test(day)) return null;
  const late = task.status !== 'done' && day < today;
  if (day === today) return { text: 'today', late };
  const text = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' }).format(
    new Date(`${day}T00:00:00Z`),
  );
  return { text, late };
}

/** Whether this account may change a task; the node decides, this is what is offered (04 section 4.9). */
export function mayChange(task: Task, account: { id: string; is_owner: boolean } | null): boolean {
  if (account === null) return false;
  const editors = task.metadata?.['editors'];
  return (
    account.is_owner ||
    [task.created_by, task.assigned_to, task.updated_by].includes(account.id) ||
    (Array.isArray(editors) && editors.includes(account.id))
  );
}
