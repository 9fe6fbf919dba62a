import test from 'node:test';
import assert from 'node:assert/strict';
import { column, dayOf, dueDay, dueWords, mayChange, type Task } from '../../../web/state/tasks.ts';

const task = (id: string, fields: Partial<Task> = {}): Task => ({
  id,
  title: id,
  description: null,
  status: 'open',
  priority: 'normal',
  created_by: 'ann',
  assigned_to: null,
  updated_by: null,
  due_at: null,
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
  metadata: null,
  ...fields,
});

test('a column has what is urgent first, then what is due first; what is done, newest first', () => {
  const list = [
    task('later', { due_at: '2026-03-01T00:00:00Z' }),
    task('no day'),
    task('sooner', { due_at: '2026-02-01T00:00:00Z' }),
    task('urgent', { priority: 'critical' }),
    task('old', { status: 'done', updated_at: '2026-01-02T00:00:00Z' }),
    task('new', { status: 'done', updated_at: '2026-01-03T00:00:00Z' }),
  ];
  const ids = (status: string): string[] => column(list, status).map(({ id }) => id);
  assert.deepEqual(ids('open'), ['urgent', 'sooner', 'later', 'no day']);
  assert.deepEqual(ids('done'), ['new', 'old']);
  assert.deepEqual(ids('blocked'), []);
});

test('a day is late the day after, and never once it is done', () => {
  const due = { due_at: '2026-02-10T00:00:00Z', status: 'open' };
  assert.deepEqual(dueWords(due, '2026-02-10'), { text: 'today', late: false });
  assert.equal(dueWords(due, '2026-02-11')?.late, true);
  assert.equal(dueWords(due, '2026-02-09')?.late, false);
  assert.equal(dueWords({ ...due, status: 'done' }, '2026-02-11')?.late, false);
  assert.equal(dueWords({ due_at: null, status: 'open' }, '2026-02-11'), null);
  assert.equal(dueDay(due), '2026-02-10');
  assert.equal(dayOf(new Date(2026, 1, 3)), '2026-02-03');
});

test('a task may be changed by its author, whom it is for, who changed it last, its editors, and the owner', () => {
  const one = task('t', { assigned_to: 'ben', updated_by: 'cleo', metadata: { editors: ['dan'] } });
  for (const id of ['ann', 'ben', 'cleo', 'dan'])
    assert.equal(mayChange(one, { id, is_owner: false }), true, id);
  assert.equal(mayChange(one, { id: 'eve', is_owner: false }), false);
  assert.equal(mayChange(one, { id: 'eve', is_owner: true }), true);
  assert.equal(mayChange(one, null), false);
});
