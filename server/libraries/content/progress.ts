/** How fast content of a library comes in, and telling whoever shows it, not too often. */
import type { Timer, Timers } from '../../ports/types.ts';
import type { EventBus } from '../../telemetry/bus.ts';
import type { LibraryId } from '../../wire/ids.ts';
import { PROGRESS_INTERVAL_MS, RATE_SECONDS } from './limits.ts';

const SECOND = 1000;

export class Progress {
  readonly #c: { timers: Timers; bus: EventBus };
  /** Bytes by second, of the last ones. */
  readonly #seconds = new Map<LibraryId, Map<number, number>>();
  readonly #toTell = new Set<LibraryId>();
  #timer: Timer | null = null;

  constructor(components: { timers: Timers; bus: EventBus }) {
    this.#c = components;
  }

  /** @param now monotonic ms. */
  count(libraryId: LibraryId, bytes: number, now: number): void {
    const seconds = this.#seconds.get(libraryId) ?? new Map<number, number>();
    this.#seconds.set(libraryId, seconds);
    const second = Math.floor(now / SECOND);
    seconds.set(second, (seconds.get(second) ?? 0) + bytes);
    for (const old of seconds.keys()) if (old < second - RATE_SECONDS) seconds.delete(old);
  }

  /** Bytes per second over the last seconds. */
  rate(libraryId: LibraryId, now: number): number {
    const since = Math.floor(now / SECOND) - RATE_SECONDS;
    let bytes = 0;
    for (const [second, of] of this.#seconds.get(libraryId) ?? []) if (second >= since) bytes += of;
    return Math.round(bytes / RATE_SECONDS);
  }

  /** Something about a library changed. */
  tell(libraryId: LibraryId): void {
    this.#toTell.add(libraryId);
    this.#timer ??= this.#c.timers.after(PROGRESS_INTERVAL_MS, () => {
      this.#timer = null;
      const told = [...this.#toTell];
      this.#toTell.clear();
      for (const one of told) this.#c.bus.publish({ type: 'library.progress', libraryId: one });
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }
}
