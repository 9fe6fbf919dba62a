/**
 * Removes files that came with messages of other nodes when no message refers to them any more (03 section 10.4): it was
 * deleted, or its time was over. What people here uploaded stays until they delete it.
 */
import type { Clock, Timer, Timers } from '../ports/types.ts';
import type { FileReferences } from '../store/file-references.ts';
import type { FileRows } from '../store/files.ts';
import type { Changes } from './changes.ts';
import type { Files } from './files.ts';

const HOUR_MS = 3_600_000;
/** Between runs; the first comes after as long. */
const INTERVAL_MS = HOUR_MS;
/** A file is left alone for so long: the message it came with may be changed, and comes back with it. */
const LEFT_ALONE_MS = 24 * HOUR_MS;
/** Files looked at in one run; the next goes on behind them. */
const AT_ONCE = 200;
/** Who opened a file is remembered for so long. */
const ACCESS_LOG_MS = 365 * 24 * HOUR_MS;

export interface FileUpkeepComponents {
  rows: FileRows;
  references: FileReferences;
  files: Files;
  changes: Changes;
  clock: Clock;
  timers: Timers;
}

export class FileUpkeep {
  readonly #c: FileUpkeepComponents;
  #timer: Timer | null = null;
  #after = '';

  constructor(components: FileUpkeepComponents) {
    this.#c = components;
  }

  /** Begins the regular runs; idempotent. */
  start(): void {
    // What fails now is tried again by a later run.
    this.#timer ??= this.#c.timers.every(INTERVAL_MS, () => void this.run().catch(() => undefined));
  }

  /** Ends the regular runs; idempotent. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** Looks at the next files; how many were removed. */
  async run(): Promise<number> {
    const now = this.#c.clock.now();
    this.#c.changes.now(() => this.#c.rows.pruneAccess(now - ACCESS_LOG_MS));
    const found = this.#c.rows.ofOthers({
      before: now - LEFT_ALONE_MS,
      after: this.#after,
      limit: AT_ONCE,
    });
    this.#after = found.length < AT_ONCE ? '' : (found.at(-1)?.id ?? '');
    let removed = 0;
    for (const file of found) {
      if (this.#c.references.of(file.id, now).length > 0) continue;
      await this.#c.files.remove(file);
      removed += 1;
    }
    return removed;
  }
}
