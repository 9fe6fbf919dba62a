import assert from 'node:assert/strict';
import test from 'node:test';
import { Saver } from '../../server/identity/saver.ts';
import { ManualTimers } from './identities.ts';

test('a write that failed is told and tried again with the latest content', () => {
  const timers = new ManualTimers();
  const saved: string[] = [];
  const failures: unknown[] = [];
  let full = true;
  const save = (text: string): void => {
    if (full) throw new Error('disk full');
    saved.push(text);
  };
  const saver = new Saver({ timers, save, failed: (error) => failures.push(error) });
  saver.schedule(() => 'one');
  saver.schedule(() => 'two');
  assert.equal(timers.tasks.size, 1, 'one write for both');
  timers.run();
  assert.deepEqual([failures.length, saved], [1, []]);
  full = false;
  saver.flush();
  saver.flush();
  assert.deepEqual([failures.length, saved], [1, ['two']]);
});

test('a flush takes the place of the planned write', () => {
  const timers = new ManualTimers();
  const saved: string[] = [];
  const saver = new Saver({ timers, save: (text) => void saved.push(text), failed: () => undefined });
  saver.schedule(() => 'one');
  saver.flush();
  assert.deepEqual([timers.tasks.size, saved], [0, ['one']]);
});
