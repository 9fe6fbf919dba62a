/** The order of deliveries: kept per author, whatever ends when; one that fails or hangs stalls nobody for ever. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AuthorLanes } from '../../server/mesh/author-lanes.ts';
import { HANDLER_TIMEOUT } from '../../server/mesh/limits.ts';
import type { PeerId } from '../../server/wire/ids.ts';
import { VirtualTime } from '../sim/virtual-time.ts';

interface Task {
  author: number;
  overlaps: boolean;
  /** Ms it takes; 0 ends before it returns. */
  takes: number;
}

const task: fc.Arbitrary<Task> = fc.record({
  author: fc.nat(2),
  overlaps: fc.boolean(),
  takes: fc.constantFrom(0, 0, 1, 5, 20),
});

/** Lanes on virtual time that note what happens to each task. */
function setUp() {
  const time = new VirtualTime();
  const lanes = new AuthorLanes({ clock: time, timers: time });
  const notes = { begun: [] as number[], ended: [] as number[], late: [] as number[] };
  const add = (index: number, { author, overlaps, takes }: Task, whenBegun?: () => void): void =>
    lanes.add(`author${author}` as PeerId, {
      overlaps,
      run: () => {
        notes.begun.push(index);
        whenBegun?.();
        if (takes === 0) return;
        return new Promise((resolve) => void time.after(takes, () => resolve()));
      },
      done: () => notes.ended.push(index),
      late: () => notes.late.push(index),
    });
  return { time, lanes, notes, add };
}

test('deliveries of one author begin in their order, an exclusive one alone, and each ends once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(task, { maxLength: 40 }), async (tasks) => {
      const { time, notes, add } = setUp();
      for (const [index, one] of tasks.entries()) {
        add(index, one, () => {
          const open = notes.begun
            .filter((other) => other !== index && !notes.ended.includes(other))
            .filter((other) => tasks[other]?.author === one.author);
          for (const other of open)
            assert.ok(one.overlaps && tasks[other]?.overlaps, 'an exclusive one is alone');
        });
      }
      await time.run(20 * tasks.length + 1);
      const every = tasks.map((_, index) => index);
      assert.deepEqual(
        [...notes.ended].sort((a, b) => a - b),
        every,
      );
      for (const author of [0, 1, 2]) {
        const ofAuthor = (index: number): boolean => tasks[index]?.author === author;
        assert.deepEqual(notes.begun.filter(ofAuthor), every.filter(ofAuthor));
      }
    }),
  );
});

test('overlapping ones all begin at once; an exclusive one waits for them and holds back what follows', async () => {
  const { time, notes, add } = setUp();
  const slow = { author: 0, overlaps: true, takes: 5 };
  for (const index of [0, 1, 2]) add(index, slow);
  add(3, { ...slow, overlaps: false });
  add(4, slow);
  add(5, { ...slow, author: 1 });
  assert.deepEqual(notes.begun, [0, 1, 2, 5]);
  await time.run(6);
  assert.deepEqual(
    [notes.begun, notes.ended],
    [
      [0, 1, 2, 5, 3],
      [0, 1, 2, 5],
    ],
  );
  await time.run(10);
  assert.deepEqual(notes.ended, [0, 1, 2, 5, 3, 4]);
});

test('what comes in while a handler runs, or while one ends, waits its turn', async () => {
  const { time, lanes, notes, add } = setUp();
  const quick = { author: 0, overlaps: true, takes: 0 };
  add(0, quick, () => {
    add(1, { ...quick, overlaps: false, takes: 1 });
    add(2, quick);
    assert.deepEqual(notes.begun, [0]);
  });
  assert.deepEqual(notes.begun, [0, 1]);
  await time.run(2);
  assert.deepEqual(notes.begun, [0, 1, 2]);
  let entered = 0;
  const letIn = (): void => {
    entered += 1;
    if (entered < 5)
      lanes.add('author0' as PeerId, { overlaps: false, run: () => undefined, done: letIn, late: letIn });
  };
  letIn();
  assert.equal(entered, 5);
});

test('one that hangs is given up after a while, and ends only once', async () => {
  const { time, notes, add } = setUp();
  const hangs = { author: 0, overlaps: false, takes: HANDLER_TIMEOUT + 5_000 };
  add(0, hangs);
  await time.run(1_000);
  add(1, { ...hangs, author: 1, overlaps: true });
  add(2, { ...hangs, takes: 1 });
  await time.run(HANDLER_TIMEOUT - 1_001);
  assert.deepEqual([notes.late, notes.begun], [[], [0, 1]]);
  await time.run(1);
  assert.deepEqual([notes.late, notes.begun], [[0], [0, 1, 2]]);
  await time.run(1_000);
  assert.deepEqual(notes.late, [0, 1]);
  await time.run(HANDLER_TIMEOUT);
  assert.deepEqual(notes.ended, [0, 2, 1]);
});
