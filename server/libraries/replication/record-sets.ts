/**
 * The sets of libraries in memory (07 section 3.1, 06 section 4.3): `m`, what a library is and who belongs to it, and
 * `a`, its assets. Each is read once, in slices, and from then on follows the changes of its records.
 */
import type { LibraryRecordRows, RecordItem } from '../../store/library-records.ts';
import { toHex } from '../../crypto/bytes.ts';
import type { LibraryId } from '../../wire/ids.ts';
import type { RecordKind } from '../../wire/library-records.ts';
import type { SetRecord } from '../../wire/negentropy/record-block.ts';
import { RecordSet } from '../../wire/negentropy/record-set.ts';
import type { Cut } from '../../wire/negentropy/record-set.ts';
import type { Snapshot } from '../../wire/negentropy/snapshot.ts';
import type { RecordsChange } from '../records.ts';

/** Rows read between two pauses: a few milliseconds. */
const SLICE_ROWS = 1_000;
/** Changes that wait for a snapshot; beyond it the set is read anew instead. */
const MAX_WAITING = 20_000;
/** Records of all sets together, 48 bytes each; beyond it the sets not used for longest are read anew next time. */
const MAX_RECORDS = 1_000_000;

/** Which records of a library: those that give rights, or those of assets. */
export type RecordPart = 'm' | 'a';
const KINDS = { m: ['member', 'library'], a: ['asset'] } as const satisfies Record<
  RecordPart,
  readonly RecordKind[]
>;

/** A set that was read, or is being read. */
interface Cached {
  set: RecordSet;
  ready: Promise<void>;
  /** What changed since it was brought up to date, by id in hex. */
  gone: Map<string, RecordItem>;
  added: Map<string, RecordItem>;
}

export class RecordSets {
  readonly #rows: LibraryRecordRows;
  readonly #pause: () => Promise<void>;
  /** In order of use. */
  readonly #sets = new Map<string, Cached>();

  constructor(components: { rows: LibraryRecordRows; pause: () => Promise<void> }) {
    this.#rows = components.rows;
    this.#pause = components.pause;
  }

  /** A set as it is now. @param extra counted as held besides. */
  async snapshot(
    libraryId: LibraryId,
    part: RecordPart,
    cut: Cut,
    extra: readonly SetRecord[],
  ): Promise<Snapshot> {
    const name = nameOf(libraryId, part);
    for (;;) {
      const cached = this.#sets.get(name) ?? this.#load(libraryId, part);
      this.#sets.delete(name);
      this.#sets.set(name, cached);
      try {
        await cached.ready;
      } catch (error) {
        this.#sets.delete(name);
        throw error;
      }
      // It was read while rights changed: once more.
      if (this.#sets.get(name) !== cached) continue;
      apply(cached);
      this.#shrink(name);
      return cached.set.snapshot(cut, extra);
    }
  }

  /** Follows what changed in a library. Call it after every commit. */
  changed({ libraryId, stored, replaced, rights }: RecordsChange): void {
    // Records that lost their right are gone without being named.
    if (rights) this.#sets.delete(nameOf(libraryId, 'a'));
    for (const part of ['m', 'a'] as const) {
      const name = nameOf(libraryId, part);
      const cached = this.#sets.get(name);
      if (cached === undefined) continue;
      for (const { record, id } of stored)
        if ((record.kind === 'asset') === (part === 'a'))
          cached.added.set(toHex(id), { id, ts: Math.floor(record.ts / 1000) });
      // Ids of the other set are not found in this one.
      for (const item of replaced) {
        cached.added.delete(toHex(item.id));
        cached.gone.set(toHex(item.id), item);
      }
      if (cached.added.size + cached.gone.size > MAX_WAITING) this.#sets.delete(name);
    }
  }

  /** A library is gone from here. */
  forget(libraryId: LibraryId): void {
    for (const part of ['m', 'a'] as const) this.#sets.delete(nameOf(libraryId, part));
  }

  #load(libraryId: LibraryId, part: RecordPart): Cached {
    const set = new RecordSet();
    const cached: Cached = { set, ready: Promise.resolve(), gone: new Map(), added: new Map() };
    // Before it is read, so that no change is missed.
    this.#sets.set(nameOf(libraryId, part), cached);
    cached.ready = this.#read(libraryId, part, set);
    return cached;
  }

  async #read(libraryId: LibraryId, part: RecordPart, set: RecordSet): Promise<void> {
    const [first, ...others] = KINDS[part];
    for (let place: RecordItem | null = null; ;) {
      const items = this.#rows.itemsAfter(libraryId, first, place, SLICE_ROWS);
      set.append(items.map(recordOf));
      place = items.at(-1) ?? place;
      if (items.length < SLICE_ROWS) break;
      await this.#pause();
    }
    for (const kind of others)
      set.apply([], this.#rows.itemsAfter(libraryId, kind, null, SLICE_ROWS).map(recordOf));
  }

  #shrink(used: string): void {
    let size = [...this.#sets.values()].reduce((sum, { set }) => sum + set.size, 0);
    for (const [name, { set }] of this.#sets) {
      if (size <= MAX_RECORDS) return;
      if (name === used) continue;
      this.#sets.delete(name);
      size -= set.size;
    }
  }
}

function apply({ set, gone, added }: Cached): void {
  set.apply([...gone.values()], [...added.values()].map(recordOf));
  gone.clear();
  added.clear();
}

function nameOf(libraryId: LibraryId, part: RecordPart): string {
  return `${libraryId} ${part}`;
}

function recordOf({ id, ts }: RecordItem): SetRecord {
  return { id, ts, expiresAt: Infinity };
}
