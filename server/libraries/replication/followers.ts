/**
 * What records do to assets that are here (07 section 3.1, "inbound"): metadata follows a record that is later than the
 * last change here, and the bytes of what was removed from the only library that brought them go a day later.
 */
import type { Clock, Timer, Timers } from '../../ports/types.ts';
import type { Log } from '../../telemetry/log.ts';
import type { AssetHash, LibraryId } from '../../wire/ids.ts';
import type { LibraryRecords, RecordsChange } from '../records.ts';
import type { Assets } from '../types.ts';
import { sameMeta } from './meta.ts';

/** How long bytes stay after their asset was removed from the last library, ms. */
const KEPT_MS = 86_400_000;
/** How often it is looked for them, ms. */
const SWEEP_MS = 3_600_000;
/** Assets looked at between two pauses. */
const SLICE = 200;

export interface FollowersComponents {
  records: LibraryRecords;
  assets: Assets;
  clock: Clock;
  timers: Timers;
  log: Log;
  pause(): Promise<void>;
}

export class Followers {
  readonly #c: FollowersComponents;
  /** Assets that are here and whose metadata may have to follow; the library that said so last. */
  readonly #waiting = new Map<AssetHash, LibraryId>();
  #working = false;
  #sweeping = false;
  #timer: Timer | null = null;

  constructor(components: FollowersComponents) {
    this.#c = components;
  }

  /** Begins; idempotent. */
  start(): void {
    this.#timer ??= this.#c.timers.every(SWEEP_MS, () => this.#beginSweep());
  }

  /** Idempotent. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#waiting.clear();
  }

  /** Follows what changed in a library. Call it after every commit. */
  changed({ libraryId, stored, own }: RecordsChange): void {
    // What was written here says what is here.
    if (own) return;
    for (const { record } of stored) {
      if (record.kind !== 'asset' || record.deleted) continue;
      const at = this.#c.assets.changedAt(record.key);
      if (at !== null && record.ts > at) this.#waiting.set(record.key, libraryId);
    }
    if (this.#waiting.size > 0) this.#work();
  }

  #work(): void {
    if (this.#working) return;
    this.#working = true;
    this.#drain()
      .catch((error: unknown) => this.#c.log.error({ err: error }, 'metadata could not follow a library'))
      .finally(() => {
        this.#working = false;
        // Something may have come just when the work was over.
        if (this.#waiting.size > 0) this.#work();
      });
  }

  async #drain(): Promise<void> {
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined) return;
      const [hash, libraryId] = next;
      this.#waiting.delete(hash);
      const record = this.#c.records.rows.get(libraryId, 'asset', hash)?.record;
      const asset = this.#c.assets.get(hash);
      const at = this.#c.assets.changedAt(hash);
      if (record?.kind !== 'asset' || record.deleted || asset === null || at === null) continue;
      if (record.ts > at && !sameMeta(record.meta, asset))
        await this.#c.assets.follow(hash, record.meta, record.ts);
      else await this.#c.pause();
    }
  }

  #beginSweep(): void {
    if (this.#sweeping) return;
    this.#sweeping = true;
    this.#sweep()
      .catch((error: unknown) => this.#c.log.error({ err: error }, 'deleted assets could not be removed'))
      .finally(() => {
        this.#sweeping = false;
      });
  }

  async #sweep(): Promise<void> {
    let after: AssetHash | null = null;
    while (this.#timer !== null) {
      const page: { hash: AssetHash }[] = this.#c.assets.matching({}, after, SLICE);
      for (const { hash } of page) if (this.#isSpent(hash)) await this.#c.assets.drop(hash);
      after = page.at(-1)?.hash ?? null;
      if (page.length < SLICE) return;
      await this.#c.pause();
    }
  }

  /** Whether an asset came by libraries alone, all of which have removed it long enough ago. */
  #isSpent(hash: AssetHash): boolean {
    if (this.#c.assets.isLocal(hash)) return false;
    const places = this.#c.records.rows.librariesWith(hash);
    const before = this.#c.clock.now() - KEPT_MS;
    return places.length > 0 && places.every(({ deleted, receivedAt }) => deleted && receivedAt <= before);
  }
}
