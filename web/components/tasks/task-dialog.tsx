/** Writing a task down, reading it whole and changing it (05 section 10.15, K-7). */
import { useState } from 'preact/hooks';
import { homeOf, isReserved, people, personName } from '../../state/people.ts';
import { me } from '../../state/session.ts';
import {
  changeTask,
  createTask,
  dueDay,
  mayChange,
  PRIORITIES,
  STATES,
  type Task,
  type TaskWish,
} from '../../state/tasks.ts';
import { parseTime } from '../../state/time.ts';
import { Button } from '../button.tsx';
import { Dialog } from '../dialog.tsx';
import { Field, Select } from '../field.tsx';
import { Name, Time } from '../parts.tsx';
import { SaveRow } from '../save-row.tsx';
import { problemOf, useSaving } from '../saving.ts';

/** The node's limits (04 section 4.9). */
const MAX_TITLE = 500;
const MAX_DESCRIPTION = 20_000;

/** @param task the one that is changed; null writes a new one down. */
export function TaskDialog({ task, onClose }: { task: Task | null; onClose: () => void }) {
  const [wish, setWish] = useState<TaskWish>({
    title: task?.title ?? '',
    description: task?.description ?? '',
    status: task?.status ?? 'open',
    priority: task?.priority ?? 'normal',
    assigned_to: task?.assigned_to ?? '',
    due_at: task === null ? '' : dueDay(task),
  });
  const { outcome, run, refuse, clear } = useSaving();
  const change = (part: Partial<TaskWish>): void => {
    setWish({ ...wish, ...part });
    clear();
  };
  if (task !== null && !mayChange(task, me.value)) return <ReadTask task={task} onClose={onClose} />;
  const save = async (): Promise<void> => {
    if (wish.title.trim() === '') return refuse('Say what is to be done.', 'title');
    if (await run(() => (task === null ? createTask(wish) : changeTask(task.id, changed(task, wish)))))
      onClose();
  };
  return (
    <Dialog title={task === null ? 'New task' : 'Task'} onClose={onClose}>
      <form
        class="form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Field
          label="Title"
          value={wish.title}
          maxLength={MAX_TITLE}
          onInput={(title) => change({ title })}
          error={problemOf(outcome, 'title')}
        />
        <Field
          label="Description"
          value={wish.description}
          maxLength={MAX_DESCRIPTION}
          rows={4}
          onInput={(description) => change({ description })}
        />
        <div class="two-fields">
          <Select
            label="State"
            value={wish.status}
            options={STATES}
            onChange={(status) => change({ status })}
          />
          <Select
            label="Priority"
            value={wish.priority}
            options={PRIORITIES}
            onChange={(priority) => change({ priority })}
          />
          <Select
            label="For"
            value={wish.assigned_to}
            options={[['', 'Nobody yet'], ...assignees(wish.assigned_to)]}
            onChange={(assigned_to) => change({ assigned_to })}
          />
          <Field label="Due" type="date" value={wish.due_at} onInput={(due_at) => change({ due_at })} />
        </div>
        <SaveRow action={task === null ? 'Create task' : 'Save'} outcome={outcome} fields={['title']}>
          <Button onClick={onClose}>Cancel</Button>
        </SaveRow>
        {task === null ? null : <Written task={task} />}
      </form>
    </Dialog>
  );
}

/** Who can be asked: tasks stay on this node, so those at home here, and whoever it is for already. */
function assignees(current: string): (readonly [string, string])[] {
  const own = me.value;
  const here = people.value
    .map((person) => person.user_id)
    .filter((id) => id !== own?.id && !isReserved(id) && (homeOf(id) === null || id === current));
  const ids = [...(own === null ? [] : [own.id]), ...here];
  if (current !== '' && !ids.includes(current)) ids.push(current);
  return ids.map((id) => [id, id === own?.id ? `${personName(id)} (you)` : personName(id)] as const);
}

/** Only what differs, so that what somebody else changed meanwhile stays. */
function changed(task: Task, wish: TaskWish): Partial<TaskWish> {
  const before: TaskWish = {
    title: task.title,
    description: task.description ?? '',
    status: task.status,
    priority: task.priority,
    assigned_to: task.assigned_to ?? '',
    due_at: dueDay(task),
  };
  const parts = (Object.keys(before) as (keyof TaskWish)[]).filter((key) => wish[key] !== before[key]);
  return parts.length === 0
    ? { title: wish.title }
    : Object.fromEntries(parts.map((key) => [key, wish[key]]));
}

function Written({ task }: { task: Task }) {
  const at = parseTime(task.created_at);
  return (
    <p class="quiet-text">
      Written by <Name>{personName(task.created_by)}</Name>
      {at === null ? null : (
        <>
          , <Time at={at} />
        </>
      )}
    </p>
  );
}

function ReadTask({ task, onClose }: { task: Task; onClose: () => void }) {
  return (
    <Dialog title="Task" onClose={onClose} toRead>
      <p class="strong">
        <Name>{task.title}</Name>
      </p>
      <p class="bio">
        <Name>{task.description ?? ''}</Name>
      </p>
      <Written task={task} />
      <Button onClick={onClose}>Close</Button>
    </Dialog>
  );
}
