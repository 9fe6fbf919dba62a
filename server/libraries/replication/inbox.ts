/**
 * Records that others bring, by runs or at once (07 sections 2.2 and 3.1): merged a few at a time so that nothing else
 * waits, and set aside while their time has not come.
 */
import type { Clock, Timer, Timers } from '../../ports/types.ts';
import type { LibraryId } from '../../wire/ids.ts';
import type { AnyRecord } from '../../wire/library-records.ts';
import { MAX_AHEAD_MS } from '../records.ts';
import type { LibraryRecords, MergeOutcome } from '../records.ts';

/** Records checked and stored in one transaction: a few milliseconds. */
const SLICE = 32;
/** Records set aside, 8 KiB each; the others are offered again by whoever has them. */
const MAX_ASIDE = 1_000;
/** What lies further ahead than this is not kept, ms: its author offers it again when its time comes. */
const MAX_WAIT_MS = 3_600_000;

interface Aside {
  libraryId: LibraryId;
  record: AnyRecord;
}

export interface InboxComponents {
  records: LibraryRecords;
  clock: Clock;
  timers: Timers;
  pause(): Promise<void>;
}

export class Inbox {
  readonly records: LibraryRecords;
  readonly #c: InboxComponents;
  /** By library, kind and key: of several for one place the last one counts. */
  readonly #aside = new Map<string, Aside>();
  #timer: Timer | null = null;
  #stopped = false;

  constructor(components: InboxComponents) {
    this.#c = components;
    this.records = components.records;
  }

  /**
   * Takes in records of one library.
   * @param around called for every transaction, and has to make it.
   * @returns what became of each, in the order given, after the commit.
   */
  async take(
    libraryId: LibraryId,
    values: readonly AnyRecord[],
    around: (merge: () => MergeOutcome[]) => MergeOutcome[] = (merge) => merge(),
  ): Promise<MergeOutcome[]> {
    const ordered = values
      .map((record, at) => ({ record, at }))
      .sort((a, b) => rank(a.record) - rank(b.record));
    const outcomes: MergeOutcome[] = values.map(() => 'invalid');
    for (let from = 0; from < ordered.length; from += SLICE) {
      if (from > 0) await this.#c.pause();
      const slice = ordered.slice(from, from + SLICE);
      const records = slice.map(({ record }) => record);
      const merged = around(() => this.records.mergeParsed(libraryId, records));
      for (const [i, { record, at }] of slice.entries()) {
        const outcome = merged[i] ?? 'invalid';
        outcomes[at] = outcome;
        if (outcome === 'ahead') this.#setAside(libraryId, record);
      }
    }
    return outcomes;
  }

  /** Records that wait for their time. */
  get waiting(): number {
    return this.#aside.size;
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#timer = null;
    this.#aside.clear();
  }

  #setAside(libraryId: LibraryId, record: AnyRecord): void {
    const name = `${libraryId} ${record.kind} ${record.key}`;
    const known = this.#aside.get(name);
    if (record.ts > this.#c.clock.now() + MAX_AHEAD_MS + MAX_WAIT_MS) return;
    if (known === undefined ? this.#aside.size >= MAX_ASIDE : known.record.ts >= record.ts) return;
    this.#aside.set(name, { libraryId, record });
    this.#wait();
  }

  /** Until the first of them may be looked at. */
  #wait(): void {
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#aside.size === 0 || this.#stopped) return;
    const first = Math.min(...[...this.#aside.values()].map(({ record }) => record.ts));
    const wait = Math.max(1, first - MAX_AHEAD_MS - this.#c.clock.now());
    this.#timer = this.#c.timers.after(wait, () => this.#lookAgain());
  }

  #lookAgain(): void {
    const now = this.#c.clock.now();
    for (const [name, { libraryId, record }] of [...this.#aside]) {
      if (record.ts > now + MAX_AHEAD_MS) continue;
      this.#aside.delete(name);
      this.records.mergeParsed(libraryId, [record]);
    }
    this.#wait();
  }
}

/** What gives rights comes before what needs them. */
function rank(record: AnyRecord): number {
  return { library: 0, member: 1, asset: 2 }[record.kind];
}
