/**
 * Saves a small file some time after it changed, so that a burst of changes is one write (02 section 10, S8).
 */
import type { Timers, Timer } from '../ports/types.ts';

/** How long a change may wait for its write, in milliseconds: what a crash can lose. */
const SAVE_DELAY_MS = 500;

/** Writes the whole content of a file; throws when it cannot. */
export type SaveFile = (text: string) => void;

/** Collects changes and writes them. A write that failed is tried again with the next change or flush. */
export class Saver {
  readonly #timers: Timers;
  readonly #save: SaveFile;
  readonly #failed: (error: unknown) => void;
  #content: (() => string) | null = null;
  #timer: Timer | null = null;

  /** @param components `failed` is told when a write does not succeed. */
  constructor(components: { timers: Timers; save: SaveFile; failed: (error: unknown) => void }) {
    this.#timers = components.timers;
    this.#save = components.save;
    this.#failed = components.failed;
  }

  /** Sees to it that `content()` is written soon. */
  schedule(content: () => string): void {
    this.#content = content;
    this.#timer ??= this.#timers.after(SAVE_DELAY_MS, () => this.flush());
  }

  /** Writes what waits, now. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#content === null) return;
    try {
      this.#save(this.#content());
      this.#content = null;
    } catch (error) {
      this.#failed(error);
    }
  }
}
