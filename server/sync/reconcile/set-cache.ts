/**
 * The sets in memory (06 section 4.3, last point): each is read once, in slices, and from then on follows the changes of
 * its items. What is told of a change may still be undone, so the rows are read again when a snapshot is wanted.
 */
import type { ItemChange, ItemRecord, NativeItems } from '../../store/native-items.ts';
import type { SetRecord } from '../../wire/negentropy/record-block.ts';
import { RecordSet } from '../../wire/negentropy/record-set.ts';
import type { Cut } from '../../wire/negentropy/record-set.ts';
import type { Snapshot } from '../../wire/negentropy/snapshot.ts';

/** Rows read, and changes made good, between two pauses: a few milliseconds. */
const SLICE_ROWS = 1_000;
/** Changes that wait for a snapshot; beyond it the set is read anew instead. */
const MAX_WAITING = 20_000;
/** Records of all sets together, 48 bytes each; beyond it the sets not used for longest are read anew next time. */
const MAX_RECORDS = 1_000_000;

/** A set that was read, or is being read. */
interface Cached {
  set: RecordSet;
  /** Records each changed object had or has, since the set was brought up to date. */
  waiting: Map<string, ItemRecord[]>;
  ready: Promise<void>;
}

export interface SetCacheComponents {
  items: NativeItems;
  pause(): Promise<void>;
  /** Told of every change of any set. */
  changed(): void;
}

export class SetCache {
  readonly #c: SetCacheComponents;
  /** In order of use. */
  readonly #sets = new Map<string, Cached>();

  constructor(components: SetCacheComponents) {
    this.#c = components;
    components.items.watch((change) => this.#changed(change));
  }

  /** A set as it is now. @param extra counted as held besides. @param without counted as not held. */
  async snapshot(
    setId: string,
    cut: Cut,
    extra: readonly SetRecord[],
    without: readonly Pick<SetRecord, 'ts' | 'id'>[] = [],
  ): Promise<Snapshot> {
    const cached = this.#sets.get(setId) ?? this.#load(setId);
    this.#sets.delete(setId);
    this.#sets.set(setId, cached);
    try {
      await cached.ready;
      await this.#catchUp(setId, cached);
    } catch (error) {
      this.#sets.delete(setId);
      throw error;
    }
    this.#shrink(setId);
    return cached.set.snapshot(cut, extra, without);
  }

  /** Records held. */
  get size(): number {
    return [...this.#sets.values()].reduce((sum, { set }) => sum + set.size, 0);
  }

  #load(setId: string): Cached {
    const cached: Cached = { set: new RecordSet(), waiting: new Map(), ready: Promise.resolve() };
    // Before it is read, so that no change is missed.
    this.#sets.set(setId, cached);
    cached.ready = this.#read(setId, cached.set);
    return cached;
  }

  async #read(setId: string, set: RecordSet): Promise<void> {
    for (let place: ItemRecord | null = null; ;) {
      const items = this.#c.items.after(setId, place, SLICE_ROWS);
      set.append(items.map(recordOf));
      place = items.at(-1) ?? place;
      if (items.length < SLICE_ROWS) return;
      await this.#c.pause();
    }
  }

  #changed({ setId, objectId, records }: ItemChange): void {
    this.#c.changed();
    const cached = this.#sets.get(setId);
    if (cached === undefined) return;
    const known = cached.waiting.get(objectId) ?? [];
    cached.waiting.set(objectId, [...known, ...records]);
    if (cached.waiting.size > MAX_WAITING) this.#sets.delete(setId);
  }

  async #catchUp(setId: string, cached: Cached): Promise<void> {
    while (cached.waiting.size > 0) {
      const changed = [...cached.waiting].slice(0, SLICE_ROWS);
      for (const [objectId] of changed) cached.waiting.delete(objectId);
      const items = this.#c.items.some(
        setId,
        changed.map(([objectId]) => objectId),
      );
      cached.set.apply(
        changed.flatMap(([, records]) => records),
        items.map(recordOf),
      );
      if (cached.waiting.size > 0) await this.#c.pause();
    }
  }

  #shrink(used: string): void {
    let size = this.size;
    for (const [setId, { set }] of this.#sets) {
      if (size <= MAX_RECORDS) return;
      if (setId === used) continue;
      this.#sets.delete(setId);
      size -= set.size;
    }
  }
}

function recordOf(item: ItemRecord): SetRecord {
  return { ts: item.ts, id: item.id, expiresAt: item.expiresAt ?? Infinity };
}
