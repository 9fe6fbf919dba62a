/** One task on the board: what is to be done, by whom, until when; moved by a list of states (05 section 10.15, K-7). */
import { useState } from 'preact/hooks';
import { speak } from '../../state/notices.ts';
import { personName } from '../../state/people.ts';
import { me } from '../../state/session.ts';
import { changeTask, dayOf, dueWords, mayChange, PRIORITIES, STATES, type Task } from '../../state/tasks.ts';
import { Link, Name } from '../parts.tsx';
import { problemText } from '../saving.ts';

export function TaskCard({ task }: { task: Task }) {
  const [error, setError] = useState<string | null>(null);
  const due = dueWords(task, dayOf(new Date()));
  const priority = PRIORITIES.find(([key]) => key === task.priority)?.[1] ?? task.priority;
  const urgent = task.priority === 'high' || task.priority === 'critical';
  const move = async (status: string): Promise<void> => {
    try {
      await changeTask(task.id, { status });
      setError(null);
      speak(`${task.title}: ${STATES.find(([key]) => key === status)?.[1] ?? status}`);
      // The card stands in another column now; whoever moved it by keyboard goes with it.
      requestAnimationFrame(() => document.getElementById(`state-${task.id}`)?.focus());
    } catch (cause) {
      setError(problemText(cause));
    }
  };
  return (
    <article class="task">
      <h3>
        <Link href={`/tasks?task=${encodeURIComponent(task.id)}`}>
          <Name>{task.title}</Name>
        </Link>
      </h3>
      {task.description === null || task.description === '' ? null : (
        <p class="task-text">
          <Name>{task.description}</Name>
        </p>
      )}
      <p class="quiet-text facts-line">
        {task.priority === 'normal' ? null : <span class={urgent ? 'urgent' : ''}>{priority} priority</span>}
        {due === null ? null : (
          <span class={due.late ? 'late' : ''}>
            {due.late ? 'Overdue since' : 'Due'} {due.text}
          </span>
        )}
        <span>
          {task.assigned_to === null ? (
            'For nobody yet'
          ) : (
            <Name>{`For ${personName(task.assigned_to)}`}</Name>
          )}
        </span>
      </p>
      {mayChange(task, me.value) ? (
        <select
          id={`state-${task.id}`}
          class="input"
          aria-label={`State of ${task.title}`}
          value={task.status}
          onChange={(event) => void move(event.currentTarget.value)}
        >
          {STATES.map(([key, words]) => (
            <option key={key} value={key}>
              {words}
            </option>
          ))}
        </select>
      ) : null}
      {error === null ? null : (
        <p class="note error" role="alert">
          {error}
        </p>
      )}
    </article>
  );
}
