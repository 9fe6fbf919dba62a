/**
 * What a library wants: what records tell of as they come, and otherwise a page at a time, looked through from the
 * beginning whenever something may have changed, but not more often than that is worth.
 */
import type { Clock } from '../../ports/types.ts';
import type { AssetHash, LibraryId } from '../../wire/ids.ts';
import type { LibraryAsset, LibraryView } from '../types.ts';
import { MAX_FRESH, MAX_RESCAN_WAIT_MS, RESCAN_MS, RESCAN_PER_PAGE_MS, WANTED_PAGE } from './limits.ts';

export class Wanted {
  readonly #clock: Clock;
  readonly #view: Pick<LibraryView, 'wanted'>;
  readonly #libraryId: LibraryId;
  #queue: LibraryAsset[] = [];
  /** What came since, the latest last; some of it may be here meanwhile. */
  readonly #fresh: LibraryAsset[] = [];
  #after: AssetHash | null = null;
  #scanning = false;
  #changed = true;
  #pages = 0;
  #found = 0;
  #endedAt = -Infinity;

  constructor(components: { clock: Clock; view: Pick<LibraryView, 'wanted'> }, libraryId: LibraryId) {
    this.#clock = components.clock;
    this.#view = components.view;
    this.#libraryId = libraryId;
  }

  /** Something may be wanted that was not. @param fresh all that may be, where that is known. */
  changed(fresh?: readonly LibraryAsset[]): void {
    if (fresh === undefined || this.#fresh.length + fresh.length > MAX_FRESH) this.#changed = true;
    else this.#fresh.push(...fresh);
  }

  /** Looks again at what was left over, now and then. */
  lookAgain(): void {
    if (this.#found > 0 && this.#clock.monotonic() - this.#endedAt >= RESCAN_MS) this.#changed = true;
  }

  /** Ms until it is worth asking {@link next} again; `null` when nothing is known to be wanted. */
  get wait(): number | null {
    if (this.#queue.length > 0 || this.#fresh.length > 0 || this.#scanning) return 0;
    return this.#changed ? Math.max(0, this.#nextScanAt() - this.#clock.monotonic()) : null;
  }

  /** The next asset, or `null` when there is none now. */
  next(): LibraryAsset | null {
    if (this.#queue.length === 0) {
      const fresh = this.#fresh.shift();
      if (fresh !== undefined) {
        // If it does not come now, it is looked for again.
        this.#found += 1;
        return fresh;
      }
      if (!this.#scanning) {
        if (!this.#changed || this.#clock.monotonic() < this.#nextScanAt()) return null;
        this.#changed = false;
        this.#scanning = true;
        this.#after = null;
        this.#pages = 0;
        this.#found = 0;
      }
      this.#queue = this.#view.wanted(this.#libraryId, this.#after, WANTED_PAGE);
      this.#after = this.#queue.at(-1)?.hash ?? this.#after;
      this.#pages += 1;
      this.#found += this.#queue.length;
      if (this.#queue.length < WANTED_PAGE) {
        this.#scanning = false;
        this.#endedAt = this.#clock.monotonic();
      }
      this.#queue.reverse();
    }
    return this.#queue.pop() ?? null;
  }

  /** It is not its turn yet. */
  putBack(asset: LibraryAsset): void {
    this.#queue.push(asset);
  }

  #nextScanAt(): number {
    return this.#endedAt + Math.min(MAX_RESCAN_WAIT_MS, this.#pages * RESCAN_PER_PAGE_MS);
  }
}
