/** Group commit (08 section 5): order, isolation of failures, answers after the commit only, safety at a crash. */
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import {
  BUSY_GROUP_WORKS,
  GROUP_MAX_WAIT_MS,
  GROUP_MAX_WORKS,
  GROUP_WINDOW_MS,
  GroupCommit,
  PATIENT_MS,
  PATIENT_WORKS,
} from '../../server/store/group-commit.ts';
import { temporaryDirectory, TestPorts } from './support.ts';

function setUp(ports = new TestPorts(), file = ':memory:') {
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE IF NOT EXISTS rows (value INTEGER)');
  const commit = new GroupCommit({ db, ports });
  const add = (value: number): number => {
    db.prepare('INSERT INTO rows VALUES (?)').run(value);
    return value;
  };
  const values = (): unknown[] => db.prepare('SELECT value FROM rows ORDER BY rowid').pluck().all();
  return { db, commit, add, values, ports };
}

describe('group commit', () => {
  test('works wait for the window and share one transaction', async () => {
    const ports = new TestPorts();
    let transactions = 0;
    ports.wrap = (base) => ({
      transaction: (work) => {
        transactions += 1;
        return base.transaction(work);
      },
    });
    const { commit, add, values } = setUp(ports);
    const results = Promise.all([1, 2, 3].map((n) => commit.run(() => add(n))));
    assert.deepEqual(values(), [], 'nothing is written before the window ends');
    ports.fire();
    assert.deepEqual(await results, [1, 2, 3]);
    assert.deepEqual([values(), transactions], [[1, 2, 3], 1]);
  });

  test('what need not be on the disk yet is committed all the same, and the next work waits for the disk again', () => {
    const { db, commit, add, values } = setUp();
    const level = (): unknown => db.pragma('synchronous', { simple: true });
    let within: unknown;
    commit.unsynced(() => {
      within = level();
      return add(1);
    });
    assert.deepEqual([within, level(), values()], [1, 2, [1]]);
    const failing = (): never => {
      add(2);
      throw new Error('undone');
    };
    assert.throws(() => commit.unsynced(failing), /undone/);
    assert.deepEqual([level(), values()], [2, [1]]);
    commit.now(() => commit.unsynced(() => add(3)));
    assert.deepEqual(values(), [1, 3]);
  });

  test('a group that grows is waited for, but not for long', async () => {
    const { commit, add, values, ports } = setUp();
    const results: Promise<number>[] = [];
    const write = (): void => void results.push(commit.run(() => add(results.length)));
    for (let i = 0; i < BUSY_GROUP_WORKS; i += 1) write();
    ports.fire();
    const first = values().length;
    assert.equal(first, BUSY_GROUP_WORKS);
    write();
    for (let waited = GROUP_WINDOW_MS; waited < GROUP_MAX_WAIT_MS; waited += GROUP_WINDOW_MS) {
      write();
      ports.fire();
      assert.equal(values().length, first, `after ${waited} ms`);
    }
    write();
    ports.fire();
    assert.equal((await Promise.all(results)).length, values().length);
    const stillOne = commit.run(() => add(0));
    ports.fire();
    ports.fire();
    assert.equal(await stillOne, 0, 'one that stays alone does not wait for long');
  });

  test('what has time goes with the first that has none, in its order, and not much later alone', async () => {
    const { commit, add, values, ports } = setUp();
    const patient = commit.run(() => add(1), { patient: true });
    const hurried = commit.run(() => add(2));
    const after = commit.run(() => add(3), { patient: true });
    assert.deepEqual([...ports.pending.values()], [GROUP_WINDOW_MS]);
    ports.fire();
    assert.deepEqual([await patient, await hurried, await after, values()], [1, 2, 3, [1, 2, 3]]);
    const alone = commit.run(() => add(4), { patient: true });
    assert.deepEqual([...ports.pending.values()], [PATIENT_MS]);
    ports.fire();
    assert.equal(await alone, 4);
    for (let i = 0; i < PATIENT_WORKS; i += 1) void commit.run(() => add(5), { patient: true });
    assert.deepEqual([...ports.pending.values()], [GROUP_WINDOW_MS], 'many do not wait');
    commit.close();
  });

  test('a full group does not wait', async () => {
    const { commit, add, values } = setUp();
    const results = Promise.all(Array.from({ length: GROUP_MAX_WORKS }, (_, n) => commit.run(() => add(n))));
    assert.equal(values().length, GROUP_MAX_WORKS);
    assert.equal((await results).length, GROUP_MAX_WORKS);
  });

  test('a failing work is undone alone', async () => {
    const { commit, add, values, ports } = setUp();
    const good = commit.run(() => add(1));
    const bad = commit.run(() => {
      add(2);
      throw new Error('no');
    });
    const after = commit.run(() => add(3));
    ports.fire();
    await assert.rejects(bad, { message: 'no' });
    assert.deepEqual([await good, await after, values()], [1, 3, [1, 3]]);
  });

  test('when the commit fails nobody is told otherwise', async () => {
    const ports = new TestPorts();
    ports.wrap = (base) => ({
      transaction: (work) =>
        base.transaction(() => {
          work();
          throw new Error('disk full');
        }),
    });
    const { commit, add, values } = setUp(ports);
    const results = [commit.run(() => add(1)), commit.run(() => add(2))];
    ports.fire();
    for (const result of results) await assert.rejects(result, { message: 'disk full' });
    assert.deepEqual(values(), []);
    assert.throws(() => commit.now(() => add(3)), { message: 'disk full' });
    assert.deepEqual(values(), []);
  });

  test('`now` comes after what was queued, and joins a running work', async () => {
    const { commit, add, values } = setUp();
    const queued = commit.run(() => {
      assert.throws(() =>
        commit.now(() => {
          add(99);
          throw new Error('inner');
        }),
      );
      return commit.now(() => add(1));
    });
    assert.equal(
      commit.now(() => add(2)),
      2,
    );
    assert.equal(await queued, 1);
    assert.deepEqual(values(), [1, 2]);
  });

  test('`now` shares the transaction of what was queued, and fails alone', async () => {
    const ports = new TestPorts();
    let transactions = 0;
    ports.wrap = (base) => ({
      transaction: (work) => {
        transactions += 1;
        return base.transaction(work);
      },
    });
    const { commit, add, values } = setUp(ports);
    const queued = [1, 2].map((n) => commit.run(() => add(n)));
    assert.throws(
      () =>
        commit.now(() => {
          add(99);
          throw new RangeError('own');
        }),
      RangeError,
    );
    assert.deepEqual([await Promise.all(queued), values(), transactions], [[1, 2], [1, 2], 1]);
    void commit.run(() => add(3));
    commit.now(() => add(4));
    assert.deepEqual([values(), transactions], [[1, 2, 3, 4], 2]);
  });

  test('closing commits the rest and refuses more', async () => {
    const { commit, add, values } = setUp();
    const last = commit.run(() => add(1));
    commit.close();
    commit.close();
    assert.equal(await last, 1);
    await assert.rejects(
      commit.run(() => add(2)),
      { code: 'store_closed' },
    );
    assert.throws(() => commit.now(() => add(2)), { code: 'store_closed' });
    assert.deepEqual(values(), [1]);
  });

  test('after a crash at any point everything that was answered is there, whole groups only', async (t) => {
    const directory = temporaryDirectory(t);
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('run', 'now', 'fire', 'fail'), { minLength: 1, maxLength: 25 }),
        fc.nat(12),
        fc.constantFrom('before', 'during', 'after'),
        async (steps, crashAt, where) => {
          run += 1;
          const file = path.join(directory, `${run}.db`);
          const ports = new TestPorts();
          let commits = 0;
          let crashed = false;
          const groups: number[][] = [];
          ports.wrap = (base) => ({
            transaction: (work) => {
              const crashesNow = commits === crashAt;
              commits += 1;
              if (crashed || (crashesNow && where === 'before')) throw crash();
              const result = base.transaction(() => {
                const inner = work();
                if (crashesNow && where === 'during') throw crash();
                return inner;
              });
              // On disk, but the process dies before anybody hears of it.
              if (crashesNow && where === 'after') throw crash();
              return result;
            },
          });
          const crash = (): Error => {
            crashed = true;
            return new Error('crash');
          };
          const { db, commit, add } = setUp(ports, file);
          const answered: number[] = [];
          const waiting: Promise<void>[] = [];
          let group: number[] = [];
          for (const [value, step] of steps.entries()) {
            if (crashed) break;
            if (step === 'fire') {
              groups.push(group);
              group = [];
              ports.fire();
            } else if (step === 'now') {
              groups.push(group, [value]);
              group = [];
              try {
                answered.push(commit.now(() => add(value)));
              } catch {
                assert.ok(crashed);
              }
            } else {
              if (step === 'run') group.push(value);
              const work = commit.run(() => {
                add(value);
                if (step === 'fail') throw new Error('no');
                return value;
              });
              waiting.push(work.then((n) => void answered.push(n)).catch(() => undefined));
            }
            await Promise.resolve();
          }
          groups.push(group);
          // A copy of the files is what a power cut would leave.
          cpSync(file, `${file}.copy`);
          cpSync(`${file}-wal`, `${file}.copy-wal`);
          const copy = new Database(`${file}.copy`);
          const kept = new Set(copy.prepare('SELECT value FROM rows').pluck().all());
          copy.close();
          commit.close();
          await Promise.all(waiting);
          db.close();
          const keptAtEnd = crashed ? kept : new Set([...kept, ...answered]);
          for (const value of answered) assert.ok(keptAtEnd.has(value), `answered ${value} is kept`);
          for (const values of groups) {
            const present = values.filter((value) => keptAtEnd.has(value)).length;
            assert.ok(present === 0 || present === values.length, 'a group is kept whole or not at all');
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
