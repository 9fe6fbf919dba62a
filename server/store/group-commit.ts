/**
 * Group commit (08 section 5): many small writes share one durable transaction. A write is answered only after
 * its group is on disk; one that fails is undone alone, by a savepoint, and does not hurt the others.
 */
import type { Commit, Ports, Timer } from '../ports/types.ts';
import { StoreError } from './errors.ts';

/**
 * How long a write may wait for company. Short, because writes that come one after the other each wait for it; under
 * load, and on a slow disk, company comes by itself: whatever arrives while a group is written shares the next one.
 */
export const GROUP_WINDOW_MS = 1;
/** After a group of this many the next one is expected to be large, too. */
export const BUSY_GROUP_WORKS = 8;
/**
 * A group that is expected to be large waits up to this long while more writes come: a commit writes a page of each
 * index, however few rows share it.
 */
export const GROUP_MAX_WAIT_MS = 8;
/**
 * A write that nobody waits for waits this long for others, with which it costs no commit of its own. Not longer: a
 * person may look at the page where it will show.
 */
export const PATIENT_MS = 100;
/** With so many of its kind it goes at once. */
export const PATIENT_WORKS = 64;
/** A group this large is committed at once, which bounds what one transaction holds. */
export const GROUP_MAX_WORKS = 256;

/** What group commit needs of the database connection. */
export interface TransactionDatabase {
  readonly inTransaction: boolean;
  prepare(sql: string): { run(): unknown };
  pragma(text: string): unknown;
}

/** One queued write. `apply` runs it in a savepoint, `settle` tells its caller how the group ended. */
interface QueuedWork {
  apply(): void;
  settle(groupFailure: { error: unknown } | null): void;
}

type Outcome<T> = { ok: true; value: T } | { ok: false; error: unknown };

export class GroupCommit {
  readonly #db: TransactionDatabase;
  readonly #statements: Record<
    'begin' | 'commit' | 'rollback' | 'mark' | 'keep' | 'undo',
    { run(): unknown }
  >;
  readonly #commit: Commit;
  readonly #timers: Ports['timers'];
  #queue: QueuedWork[] = [];
  #timer: Timer | null = null;
  /** Only writes that have time are queued: the timer is theirs. */
  #isPatient = false;
  #isBusy = false;
  #closed = false;
  #companion: (() => ((created: string | null) => void) | null) | null = null;
  #created: string | null = null;

  constructor(components: { db: TransactionDatabase; ports: Pick<Ports, 'commit' | 'timers'> }) {
    const { db } = components;
    this.#db = db;
    this.#statements = {
      begin: db.prepare('BEGIN IMMEDIATE'),
      commit: db.prepare('COMMIT'),
      rollback: db.prepare('ROLLBACK'),
      mark: db.prepare('SAVEPOINT work'),
      keep: db.prepare('RELEASE work'),
      undo: db.prepare('ROLLBACK TO work'),
    };
    this.#timers = components.ports.timers;
    this.#commit = components.ports.commit({ transaction: (work) => this.#transaction(work) });
  }

  /**
   * Asks `companion`, once for each work handed in from outside of any other, what is to be written along with it: in
   * the same savepoint, after it; that is told what the work {@link creates}.
   */
  accompany(companion: () => ((created: string | null) => void) | null): void {
    this.#companion = companion;
  }

  /** Says which object the work under way creates. Inside a work. */
  creates(id: string): void {
    this.#created = id;
  }

  /**
   * Queues `work` for the next group. Works run in the order they were handed in.
   * @param work synchronous; what it throws rejects its own promise only.
   * @param options.patient nobody waits for it: it goes with others, or after {@link PATIENT_MS}.
   * @returns resolves with the result of `work` after the group is durable.
   */
  run<T>(work: () => T, options: { patient?: boolean } = {}): Promise<T> {
    if (this.#closed) return Promise.reject(closedError());
    const whole = this.#accompanied(work);
    return new Promise<T>((resolve, reject) => {
      this.#queue.push(
        this.#queued(whole, (outcome) =>
          outcome.ok ? resolve(outcome.value) : reject(asError(outcome.error)),
        ),
      );
      if (this.#queue.length >= GROUP_MAX_WORKS && !this.#db.inTransaction) this.flush();
      else this.#arm(options.patient === true && this.#queue.length < PATIENT_WORKS);
    });
  }

  /**
   * Runs `work` in an immediate transaction, after everything queued before it, which shares the transaction; durable
   * when this returns. Inside another work it joins that one's transaction as a savepoint.
   * @throws what `work` throws, after undoing it.
   */
  now<T>(work: () => T): T {
    if (this.#db.inTransaction) return this.#savepoint(work);
    if (this.#closed) throw closedError();
    const whole = this.#accompanied(work);
    if (this.#queue.length === 0) return this.#commit.transaction(whole);
    const ended: Outcome<T>[] = [];
    this.#queue.push(this.#queued(whole, (outcome) => ended.push(outcome)));
    this.flush();
    const [outcome] = ended;
    if (outcome?.ok === true) return outcome.value;
    throw asError(outcome?.error);
  }

  /**
   * As {@link now}, but what is written survives only the end of the process; the next other commit puts it on the disk,
   * too. For the parts of something that is told to nobody before such a commit.
   */
  unsynced<T>(work: () => T): T {
    if (this.#db.inTransaction) return this.#savepoint(work);
    if (this.#closed) throw closedError();
    this.flush();
    // With a write-ahead log NORMAL leaves out the wait for the disk and nothing else.
    this.#db.pragma('synchronous = NORMAL');
    try {
      return this.#commit.transaction(work);
    } finally {
      this.#db.pragma('synchronous = FULL');
    }
  }

  /** Commits what is queued, now. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = null;
    const group = this.#queue;
    if (group.length === 0) return;
    this.#queue = [];
    this.#isBusy = group.length >= BUSY_GROUP_WORKS;
    let failure: { error: unknown } | null = null;
    try {
      this.#commit.transaction(() => {
        for (const work of group) work.apply();
      });
    } catch (error) {
      failure = { error };
    }
    for (const work of group) work.settle(failure);
  }

  /** Commits what is queued and refuses more. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.flush();
    this.#closed = true;
  }

  #queued<T>(work: () => T, ended: (outcome: Outcome<T>) => void): QueuedWork {
    let outcome: Outcome<T> = { ok: false, error: undefined };
    return {
      apply: () => {
        try {
          outcome = { ok: true, value: this.#savepoint(work) };
        } catch (error) {
          outcome = { ok: false, error };
        }
      },
      settle: (groupFailure) => ended(groupFailure === null ? outcome : { ok: false, ...groupFailure }),
    };
  }

  #accompanied<T>(work: () => T): () => T {
    const along = this.#companion?.() ?? null;
    if (along === null) return work;
    return () => {
      this.#created = null;
      const result = work();
      along(this.#created);
      return result;
    };
  }

  #arm(patient: boolean): void {
    if (this.#timer !== null && (patient || !this.#isPatient)) return;
    this.#timer?.cancel();
    this.#isPatient = patient;
    if (patient) this.#timer = this.#timers.after(PATIENT_MS, () => this.flush());
    else this.#wait(0, 0);
  }

  /** @param before works when it was last looked, @param waited ms since the first of them came. */
  #wait(before: number, waited: number): void {
    const works = this.#queue.length;
    if (works > before && (waited === 0 || (this.#isBusy && waited < GROUP_MAX_WAIT_MS)))
      this.#timer = this.#timers.after(GROUP_WINDOW_MS, () => this.#wait(works, waited + GROUP_WINDOW_MS));
    else this.flush();
  }

  #transaction<T>(work: () => T): T {
    const { begin, commit, rollback } = this.#statements;
    begin.run();
    try {
      const result = work();
      commit.run();
      return result;
    } catch (error) {
      // Some failures (a full disk) end the transaction by themselves.
      if (this.#db.inTransaction) rollback.run();
      throw error;
    }
  }

  #savepoint<T>(work: () => T): T {
    const { mark, keep, undo } = this.#statements;
    mark.run();
    try {
      const result = work();
      keep.run();
      return result;
    } catch (error) {
      if (this.#db.inTransaction) {
        undo.run();
        keep.run();
      }
      throw error;
    }
  }
}

function closedError(): StoreError {
  return new StoreError('store_closed', 'The store is closed.');
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
