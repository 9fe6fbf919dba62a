/**
 * What happens to assets here becomes records of the libraries they belong to (07 section 3.1): at once when a person or
 * program did it, and by a full scan whatever matches and has no record. A hash that was deleted from a library comes back
 * by a new ingest of a person only.
 */
import type { CryptoBackend } from '../../crypto/backend.ts';
import { toHex } from '../../crypto/bytes.ts';
import type { Timer, Timers } from '../../ports/types.ts';
import type { Log } from '../../telemetry/log.ts';
import { filterMatches } from '../../wire/assets.ts';
import type { AssetHash, LibraryId, PeerId } from '../../wire/ids.ts';
import type { LibraryRecords, RecordBody } from '../records.ts';
import type { Asset, AssetChange, AssetFilter, Assets, LibraryView } from '../types.ts';
import { metaOf, sameMeta } from './meta.ts';

/** Assets looked at between two pauses: signing is most of it, some milliseconds. */
const SLICE = 32;
/** After several changes that came together the next ones are gathered, ms: each commit waits for the disk, each frame is read by all. */
const GATHER_MS = 40;
/** Assets of a full scan read together. */
const SCAN_PAGE = 200;
/** Changes that wait to be looked at; beyond it a full scan finds what is new. */
const MAX_WAITING = 50_000;
/** Rights change in several steps; a scan that follows waits this long, ms. */
const SETTLE_MS = 1_000;

export interface PublisherComponents {
  records: LibraryRecords;
  assets: Assets;
  view: Pick<LibraryView, 'active'>;
  crypto: Pick<CryptoBackend, 'sha256'>;
  timers: Timers;
  log: Log;
  pause(): Promise<void>;
}

export interface PublisherInit {
  localPeer: PeerId;
  /** Between two full scans, ms. */
  fullScanIntervalMs: number;
}

export class Publisher {
  readonly #c: PublisherComponents;
  readonly #init: PublisherInit;
  /** Changed assets, and whether one was put here anew. */
  readonly #waiting = new Map<AssetHash, { ingested: boolean }>();
  readonly #toScan = new Set<LibraryId>();
  #soon: Timer | null = null;
  #working = false;
  #cleanup: (() => void)[] = [];

  constructor(components: PublisherComponents, init: PublisherInit) {
    this.#c = components;
    this.#init = init;
  }

  /** Begins, with a full scan; idempotent. */
  start(): void {
    if (this.#cleanup.length > 0) return;
    const scans = this.#c.timers.every(this.#init.fullScanIntervalMs, () => this.rescan(null));
    this.#cleanup = [this.#c.assets.onChange((change) => this.#changed(change)), () => scans.cancel()];
    this.rescan(null);
  }

  /** Idempotent. */
  stop(): void {
    for (const end of this.#cleanup) end();
    this.#cleanup = [];
    this.#soon?.cancel();
    this.#soon = null;
    this.#waiting.clear();
    this.#toScan.clear();
  }

  /** Looks soon at everything that matches. @param libraryId `null`: of all libraries */
  rescan(libraryId: LibraryId | null): void {
    for (const id of libraryId === null ? this.#c.view.active() : [libraryId]) this.#toScan.add(id);
    this.#soon ??= this.#c.timers.after(SETTLE_MS, () => {
      this.#soon = null;
      this.#work();
    });
  }

  #changed({ kind, hash, local }: AssetChange): void {
    if (!local || (kind !== 'added' && kind !== 'changed')) return;
    const ingested = kind === 'added' || this.#waiting.get(hash)?.ingested === true;
    if (this.#waiting.size >= MAX_WAITING && !this.#waiting.has(hash)) {
      this.rescan(null);
      return;
    }
    this.#waiting.set(hash, { ingested });
    this.#work();
  }

  #work(): void {
    if (this.#working) return;
    this.#working = true;
    this.#drain()
      .catch((error: unknown) => this.#c.log.error({ err: error }, 'assets could not be published'))
      .finally(() => {
        this.#working = false;
        // Something may have come just when the work was over.
        if (this.#waiting.size > 0) this.#work();
      });
  }

  async #drain(): Promise<void> {
    // What several events tell of one asset is looked at once.
    await this.#c.pause();
    for (;;) {
      const changed = [...this.#waiting].slice(0, SLICE);
      const [scan] = this.#toScan;
      if (changed.length > 0) {
        for (const [hash] of changed) this.#waiting.delete(hash);
        this.#publishChanged(changed.map(([hash, { ingested }]) => ({ hash, ingested })));
        if (changed.length > 1 && this.#waiting.size < SLICE) await this.#gather();
      } else if (scan !== undefined && this.#soon === null) {
        this.#toScan.delete(scan);
        await this.#scan(scan);
      } else return;
      await this.#c.pause();
    }
  }

  #gather(): Promise<void> {
    return new Promise((resolve) => void this.#c.timers.after(GATHER_MS, resolve));
  }

  #publishChanged(changed: readonly { hash: AssetHash; ingested: boolean }[]): void {
    const here = changed.flatMap(({ hash, ingested }) => {
      const asset = this.#c.assets.get(hash);
      return asset === null ? [] : [{ asset, ingested }];
    });
    for (const libraryId of this.#c.view.active()) {
      const filter = this.#filterToWrite(libraryId);
      if (filter === null) continue;
      const news = here.filter(
        ({ asset, ingested }) =>
          filterMatches(filter, asset.hash, metaOf(asset)) && this.#isNews(libraryId, asset, ingested),
      );
      this.#publish(
        libraryId,
        news.map(({ asset }) => asset),
      );
    }
  }

  #isNews(libraryId: LibraryId, asset: Asset, ingested: boolean): boolean {
    const living = this.#c.records.rows.get(libraryId, 'asset', asset.hash)?.record;
    if (living?.kind !== 'asset') return true;
    if (living.deleted) return ingested;
    // Whoever has the bytes knows better than a record that leads to none.
    return (
      !sameMeta(living.meta, asset) ||
      living.size !== asset.size ||
      living.chunks !== this.#chunksOf(asset.hash)
    );
  }

  #chunksOf(hash: AssetHash): string | null {
    const list = this.#c.assets.chunkHashes(hash);
    return list === null ? null : toHex(this.#c.crypto.sha256(list));
  }

  async #scan(libraryId: LibraryId): Promise<void> {
    let after: AssetHash | null = null;
    while (this.#cleanup.length > 0) {
      const filter = this.#filterToWrite(libraryId);
      if (filter === null || !this.#c.view.active().includes(libraryId)) return;
      const page: Asset[] = this.#c.assets.matching(filter, after, SCAN_PAGE);
      const fresh = page.filter(({ hash }) => !this.#c.records.rows.has(libraryId, 'asset', hash));
      for (let at = 0; at < fresh.length; at += SLICE) {
        this.#publish(libraryId, fresh.slice(at, at + SLICE));
        await this.#c.pause();
      }
      after = page.at(-1)?.hash ?? null;
      if (page.length < SCAN_PAGE) return;
      await this.#c.pause();
    }
  }

  #publish(libraryId: LibraryId, assets: readonly Asset[]): void {
    const bodies = assets.flatMap((asset) => this.#bodyOf(asset) ?? []);
    if (bodies.length === 0) return;
    const outcomes = this.#c.records.write(libraryId, bodies);
    const failed = outcomes.filter((outcome) => outcome !== 'stored').length;
    // Metadata larger than a record, or a library that is full.
    if (failed > 0) this.#c.log.warn({ libraryId, assets: failed }, 'assets do not fit into a library');
  }

  #bodyOf(asset: Asset): RecordBody | null {
    const chunks = this.#chunksOf(asset.hash);
    if (chunks === null) return null;
    return {
      kind: 'asset',
      key: asset.hash,
      deleted: false,
      size: asset.size,
      chunks,
      meta: metaOf(asset),
    };
  }

  /** The filter of a library this node may write to. */
  #filterToWrite(libraryId: LibraryId): AssetFilter | null {
    const rights = this.#c.records.rights(libraryId);
    if (rights?.library == null || rights.library.closed || !rights.mayWrite(this.#init.localPeer))
      return null;
    return rights.library.filter;
  }
}
