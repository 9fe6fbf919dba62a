/** `/tasks`: what is to be done on this node, as a board (05 sections 3.2 and 10.15, K-7). The dialogs have addresses. */
import { useEffect, useState } from 'preact/hooks';
import { Button } from '../components/button.tsx';
import { Select } from '../components/field.tsx';
import { TasksIcon } from '../components/icons.tsx';
import { Empty, Notice } from '../components/parts.tsx';
import { Region } from '../components/region.tsx';
import { problemText } from '../components/saving.ts';
import { Shell } from '../components/shell.tsx';
import { TaskCard } from '../components/tasks/task-card.tsx';
import { TaskDialog } from '../components/tasks/task-dialog.tsx';
import { location, navigate } from '../state/router.ts';
import { me } from '../state/session.ts';
import { column, loadTasks, moreTasks, STATES, tasks, type Task } from '../state/tasks.ts';

const WHOSE = [
  ['all', "Everybody's"],
  ['mine', 'For me'],
  ['made', 'Written by me'],
] as const;
/** What is done and shown before somebody asks for the rest. */
const DONE_SHOWN = 10;

export function TasksPage() {
  const [error, setError] = useState<string | null>(null);
  const [whose, setWhose] = useState('all');
  const load = (): Promise<void> =>
    loadTasks().then(
      () => setError(null),
      (cause: unknown) => setError(problemText(cause)),
    );
  useEffect(() => void load(), []);
  const list = tasks.value;
  const own = me.value?.id;
  const shown = (list ?? []).filter(
    (task) => whose === 'all' || (whose === 'mine' ? task.assigned_to : task.created_by) === own,
  );
  const newTask = (
    <Button kind="primary" onClick={() => navigate('/tasks?new=1')}>
      New task
    </Button>
  );
  return (
    <Shell title="Tasks">
      <div class="page">
        <div class="page-head">
          <h1>Tasks</h1>
          {list === null || list.length === 0 ? null : newTask}
        </div>
        {error === null ? null : (
          <Notice tone="danger" action={<Button onClick={load}>Retry</Button>}>
            {error}
          </Notice>
        )}
        {list?.length === 0 ? (
          <Empty icon={TasksIcon} action={newTask}>
            What is to be done appears here, for everybody with an account on this node. Tasks stay on this
            device.
          </Empty>
        ) : null}
        {list === null || list.length === 0 ? null : (
          <>
            <div class="board-choice">
              <Select label="Show" value={whose} options={WHOSE} onChange={setWhose} />
            </div>
            <div class="board">
              {STATES.map(([status, words]) => (
                <Column key={status} title={words} list={column(shown, status)} isDone={status === 'done'} />
              ))}
            </div>
            {moreTasks.value ? (
              <p class="quiet-text">Only the {list.length} tasks that changed last are shown.</p>
            ) : null}
          </>
        )}
      </div>
      <OpenDialog />
    </Shell>
  );
}

function Column({ title, list, isDone }: { title: string; list: readonly Task[]; isDone: boolean }) {
  const [all, setAll] = useState(false);
  const shown = isDone && !all ? list.slice(0, DONE_SHOWN) : list;
  return (
    <Region title={title} action={<span class="quiet-text">{list.length}</span>}>
      {list.length === 0 ? <p class="note">None.</p> : null}
      <ul class="tasks">
        {shown.map((task) => (
          <li key={task.id}>
            <TaskCard task={task} />
          </li>
        ))}
      </ul>
      {shown.length < list.length ? <Button onClick={() => setAll(true)}>Show all</Button> : null}
    </Region>
  );
}

function OpenDialog() {
  const { query } = location.value;
  const close = (): void => navigate('/tasks', { replace: true });
  if (query.has('new')) return <TaskDialog task={null} onClose={close} />;
  const task = tasks.value?.find(({ id }) => id === query.get('task'));
  return task === undefined ? null : <TaskDialog key={task.id} task={task} onClose={close} />;
}
