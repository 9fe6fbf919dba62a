/**
 * The assets of this node (07 section 1): bytes in files, what is known of them in the database, and never one without
 * the other. Bytes go to their place first and the row is written then; both are durable before anybody is told. What
 * a kill left in between is cleared away at the next start.
 */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Clock } from '../../ports/types.ts';
import type { AssetCursor, AssetQuery } from '../../store/asset-conditions.ts';
import type { AssetRows } from '../../store/assets.ts';
import type { GroupCommit } from '../../store/group-commit.ts';
import type { EventBus } from '../../telemetry/bus.ts';
import type { Log } from '../../telemetry/log.ts';
import type { AssetHash, PeerId } from '../../wire/ids.ts';
import { SAMPLE_BYTES, fileMetadata } from '../../workspace/file-names.ts';
import { UNKNOWN_TYPE } from '../../workspace/file-types.ts';
import type {
  AdoptedContent,
  Asset,
  AssetBytes,
  AssetChange,
  AssetFilter,
  AssetMeta,
  Assets,
} from '../types.ts';
import type { AssetFiles, AssetPlaceOnDisk } from './asset-files.ts';
import { AssetUpload } from './asset-upload.ts';
import { AssetError, WrongBytesError } from './errors.ts';
import {
  BUSY_ASSETS,
  MAX_INGESTS,
  MIN_FREE_BYTES,
  MIN_FREE_SHARE,
  ROOM_FRESH_MS,
  SMALL_ASSET_BYTES,
} from './limits.ts';
import { cleanMeta, isSameMeta, merged, requireFit } from './meta.ts';
import type { GivenMeta } from './meta.ts';
import { repairAssets } from './repair.ts';

/** Bytes of the names of what comes in. */
const NAME_BYTES = 12;

export interface AssetStoreComponents {
  rows: AssetRows;
  commit: GroupCommit;
  files: AssetFiles;
  clock: Clock;
  bus: EventBus;
  log: Log;
}

/** How the store is. */
export interface StoreHealth {
  readable: boolean;
  writable: boolean;
  /** Whether more than the reserve of the disk is free. */
  hasRoom: boolean;
  /** Of the disk; null when it cannot be told. */
  freeBytes: number | null;
}

/** What is known of an asset before its bytes are here; absent: found out here. */
export interface KnownAsset {
  /** The bytes must be those. */
  hash?: AssetHash;
  /** Unix ms of its first ingest anywhere. */
  timestamp?: number;
  originPeer?: PeerId;
}

/** The store. Start is idempotent, and nothing else may be called before it. */
export class AssetStore implements Assets {
  readonly #c: AssetStoreComponents;
  readonly #peerId: PeerId;
  readonly #maxBytes: number;
  readonly #listeners = new Set<(change: AssetChange) => void>();
  /** What is under way with an asset, so that two never change the same one at once. */
  readonly #working = new Map<AssetHash, Promise<unknown>>();
  #ingests = 0;
  /** The room on the disk as it was, monotonic ms. */
  #room: { at: number; free: number; total: number } | null = null;
  #isStarted = false;

  /** @param init.maxBytes of one asset. */
  constructor(components: AssetStoreComponents, init: { peerId: PeerId; maxBytes: number }) {
    this.#c = components;
    this.#peerId = init.peerId;
    this.#maxBytes = init.maxBytes;
  }

  /** Puts in order what a kill left. */
  async start(): Promise<void> {
    if (this.#isStarted) return;
    this.#isStarted = true;
    await repairAssets(this.#c);
  }

  get(hash: AssetHash): Asset | null {
    return this.#c.rows.get(hash);
  }

  isHidden(hash: AssetHash): boolean {
    return this.#c.rows.isHidden(hash);
  }

  changedAt(hash: AssetHash): number | null {
    return this.#c.rows.place(hash)?.changedAt ?? null;
  }

  isLocal(hash: AssetHash): boolean {
    return this.#c.rows.place(hash)?.local ?? false;
  }

  matching(filter: AssetFilter, after: AssetHash | null, limit: number): Asset[] {
    return this.#c.rows.matching(filter, after, limit);
  }

  count(filter: AssetFilter): { assets: number; bytes: number } {
    return this.#c.rows.count(filter);
  }

  /** Assets of a list or search, by time. */
  list(
    query: AssetQuery,
    page: { order: 'asc' | 'desc'; from: AssetCursor | null; offset: number; limit: number },
  ): Asset[] {
    return this.#c.rows.list(query, page);
  }

  /** How many a list or search finds. */
  countAll(query: AssetQuery): number {
    return this.#c.rows.count(query).assets;
  }

  /** What there is, counted, in the words of the API. */
  stats() {
    const { rows } = this.#c;
    return {
      ...rows.count({}),
      hidden: rows.hiddenCount(),
      by_application: rows
        .groups('application')
        .map(({ name, assets, bytes }) => ({ application: name, assets, bytes })),
      by_type: rows
        .groups('mime_type')
        .map(({ name, assets, bytes }) => ({ mime_type: name, assets, bytes })),
    };
  }

  chunkHashes(hash: AssetHash): Uint8Array | null {
    return this.#c.rows.chunkHashes(hash);
  }

  partialFile(hash: AssetHash): string {
    return this.#c.files.partialFile(hash);
  }

  async open(hash: AssetHash): Promise<AssetBytes | null> {
    const place = this.#placeOf(hash);
    return place === null ? null : this.#c.files.open(place).catch(() => null);
  }

  /**
   * For sending it somewhere.
   * @throws {AssetError} `asset_not_found`, also when its bytes are gone.
   */
  async readable(
    hash: AssetHash,
  ): Promise<{ asset: Asset; read(range?: { start: number; end: number }): Readable }> {
    const asset = this.get(hash);
    const place = this.#placeOf(hash);
    if (asset === null || place === null) throw notFound();
    return { asset, read: (range) => this.#c.files.read(place, range) };
  }

  /**
   * Begins taking an asset in.
   * @param announced the bytes that are coming, as far as that is known.
   * @throws {AssetError} `asset_too_large`, `disk_full`, `asset_busy`.
   */
  async begin(announced = 0): Promise<AssetUpload> {
    if (announced > this.#maxBytes)
      throw new AssetError('asset_too_large', `An asset has at most ${this.#maxBytes} bytes here`);
    if (this.#ingests >= MAX_INGESTS)
      throw new AssetError('asset_busy', 'Too many assets are coming in at once');
    this.#ingests += 1;
    try {
      await this.#requireRoom(announced);
      const name = randomBytes(NAME_BYTES).toString('hex');
      return new AssetUpload(
        {
          open: () => this.#c.files.incoming(name),
          // All the others may write as much before they look again.
          hasRoom: (bytes) => this.#leavesRoom(bytes * this.#ingests),
          ended: () => (this.#ingests -= 1),
        },
        { name, maxBytes: this.#maxBytes },
      );
    } catch (error) {
      this.#ingests -= 1;
      throw error;
    }
  }

  /**
   * Keeps what came, once for the same bytes: those that are here get the metadata they had none of. A hash that was
   * hidden is not any more.
   * @param upload ended in any case.
   * @param known what another asset service says of it.
   * @throws {AssetError} `asset_field_invalid`, `asset_meta_too_large`; {@link WrongBytesError}; the `Error` of the disk.
   */
  async ingest(
    upload: AssetUpload,
    given: GivenMeta,
    known: KnownAsset = {},
  ): Promise<{ asset: Asset; created: boolean }> {
    try {
      const clean = cleanMeta(given);
      const content = await upload.finish();
      const { hash, size } = content;
      if (hash !== (known.hash ?? hash)) throw new WrongBytesError();
      return await this.#alone(hash, async () => {
        const { rows, clock, files } = this.#c;
        const fresh: Asset = {
          ...clean,
          mime_type: clean.mime_type ?? sniffed(content.sample, clean.filename),
          hash,
          size,
          timestamp: known.timestamp ?? clock.now(),
          origin_peer: known.originPeer ?? this.#peerId,
        };
        requireFit(fresh);
        if (this.#placeOf(hash) === null)
          await (content.bytes === null ? files.keep(upload.name, hash) : files.put(content.bytes, hash));
        const result = await this.#c.commit.run(() => {
          const now = clock.now();
          rows.unhide(hash);
          const kept = rows.get(hash);
          if (kept === null) {
            rows.insert(fresh, { local: true, changedAt: now, chunkHashes: content.chunkHashes });
            return { asset: fresh, created: true, changed: true };
          }
          const place = rows.place(hash);
          const asset = merged(kept, clean);
          const changed = !isSameMeta(kept, asset);
          if (changed) requireFit(asset);
          if (changed || place?.local !== true)
            rows.update(hash, asset, { local: true, changedAt: changed ? now : (place?.changedAt ?? now) });
          return { asset, created: false, changed };
        });
        // Also what was here: a library it was deleted from takes it back (07 section 2.2).
        this.#tell({ kind: 'added', hash, local: true });
        return { asset: result.asset, created: result.created };
      });
    } finally {
      await upload.discard();
    }
  }

  /**
   * Changes what is known of an asset; what is not given stays.
   * @throws {AssetError} `asset_not_found`, `asset_field_invalid`, `asset_meta_too_large`.
   */
  async describe(hash: AssetHash, given: GivenMeta): Promise<Asset> {
    const clean = cleanMeta(given);
    return this.#alone(hash, async () => {
      const { asset, changed } = await this.#c.commit.run(() => {
        const kept = this.#c.rows.get(hash);
        const place = this.#c.rows.place(hash);
        if (kept === null || place === null) throw notFound();
        const said = Object.fromEntries(
          Object.entries(clean).filter(
            ([name, value]) =>
              given[name as keyof GivenMeta] !== undefined && (name !== 'mime_type' || value !== null),
          ),
        );
        const next: Asset = { ...kept, ...said };
        if (isSameMeta(kept, next)) return { asset: kept, changed: false };
        requireFit(next);
        this.#c.rows.update(hash, next, { ...place, changedAt: this.#c.clock.now() });
        return { asset: next, changed: true };
      });
      if (changed) this.#tell({ kind: 'changed', hash, local: true });
      return asset;
    });
  }

  /** Deletes an asset here and hides its hash, so that no library brings it back. @throws {AssetError} `asset_not_found`. */
  async delete(hash: AssetHash): Promise<void> {
    await this.#alone(hash, async () => {
      await this.#c.commit.run(() => {
        if (!this.#c.rows.delete(hash)) throw notFound();
        this.#c.rows.hide(hash, this.#c.clock.now());
      });
      await this.#c.files.remove(hash);
      this.#tell({ kind: 'removed', hash, local: true });
    });
  }

  /** Lets libraries bring an asset again that was deleted here. @throws {AssetError} `asset_not_found` when it was not. */
  async restore(hash: AssetHash): Promise<void> {
    const wasHidden = await this.#c.commit.run(() => this.#c.rows.unhide(hash));
    if (wasHidden) this.#tell({ kind: 'restored', hash, local: true });
    else if (this.get(hash) === null) throw notFound();
  }

  async adopt(asset: Asset, content: AdoptedContent): Promise<void> {
    await this.#alone(asset.hash, async () => {
      const { rows, files, commit } = this.#c;
      if (this.#placeOf(asset.hash) !== null || rows.isHidden(asset.hash)) {
        if ('file' in content) await rm(content.file, { force: true });
        return;
      }
      await this.#requireRoom(files.seals ? asset.size : 0);
      if ('file' in content) await files.take(content.file, asset.hash);
      else await files.put(content.bytes, asset.hash);
      const place = { local: false, changedAt: content.changedAt, chunkHashes: content.chunkHashes };
      await commit.run(
        () => {
          // The row may be there without its bytes.
          const kept = rows.place(asset.hash);
          if (kept === null) rows.insert(asset, place);
          else rows.update(asset.hash, asset, { ...place, local: kept.local });
        },
        { patient: this.#working.size > BUSY_ASSETS },
      );
      this.#tell({ kind: 'added', hash: asset.hash, local: false });
    });
  }

  async follow(hash: AssetHash, meta: AssetMeta, changedAt: number): Promise<void> {
    await this.#alone(hash, async () => {
      const changed = await this.#c.commit.run(() => {
        const kept = this.#c.rows.get(hash);
        const place = this.#c.rows.place(hash);
        // What a person said in the meantime is later.
        if (kept === null || place === null || place.changedAt >= changedAt) return false;
        this.#c.rows.update(hash, meta, { ...place, changedAt });
        return !isSameMeta(kept, meta);
      });
      if (changed) this.#tell({ kind: 'changed', hash, local: false });
    });
  }

  async drop(hash: AssetHash): Promise<void> {
    await this.#alone(hash, async () => {
      if (this.#c.rows.place(hash)?.local !== false) return;
      // In this order a kill leaves a row without bytes, which the next start removes.
      await this.#c.files.remove(hash);
      await this.#c.commit.run(() => this.#c.rows.delete(hash));
      this.#tell({ kind: 'removed', hash, local: false });
    });
  }

  /** Whether the store can do its work now. */
  async health(): Promise<StoreHealth> {
    const probe = await this.#c.files.probe();
    const room = await this.#c.files.room().catch(() => null);
    return {
      ...probe,
      hasRoom: room !== null && leavesRoom(room, 0),
      freeBytes: room?.free ?? null,
    };
  }

  async hasRoom(bytes: number, besides = 0): Promise<boolean> {
    // What is encrypted is copied once it is whole.
    const copies = this.#c.files.seals ? 2 : 1;
    return bytes <= this.#maxBytes && (await this.#leavesRoom((bytes + besides) * copies));
  }

  onChange(handler: (change: AssetChange) => void): () => void {
    this.#listeners.add(handler);
    return () => this.#listeners.delete(handler);
  }

  /** Where the bytes of an asset lie; null when it has no row, or not its bytes. */
  #placeOf(hash: AssetHash): AssetPlaceOnDisk | null {
    const asset = this.get(hash);
    const place = asset === null ? null : this.#c.files.find(hash);
    return place === null || place.size !== asset?.size ? null : place;
  }

  async #leavesRoom(bytes: number): Promise<boolean> {
    const now = this.#c.clock.monotonic();
    if (this.#room === null || bytes > SMALL_ASSET_BYTES || now - this.#room.at >= ROOM_FRESH_MS)
      this.#room = { at: now, ...(await this.#c.files.room()) };
    return leavesRoom(this.#room, bytes);
  }

  async #requireRoom(bytes: number): Promise<void> {
    if (!(await this.#leavesRoom(bytes)))
      throw new AssetError('disk_full', 'The disk of this node has too little room');
  }

  /** Runs `work` when nothing else is under way with that asset. */
  async #alone<T>(hash: AssetHash, work: () => Promise<T>): Promise<T> {
    const before = this.#working.get(hash) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#working.set(hash, mine);
    try {
      return await mine;
    } finally {
      if (this.#working.get(hash) === mine) this.#working.delete(hash);
    }
  }

  #tell(change: AssetChange): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(change);
      } catch (error) {
        this.#c.log.error({ err: error }, 'a listener of the asset store failed');
      }
    }
    this.#c.bus.publish({ type: 'asset.changed', hash: change.hash });
  }
}

/** Whether enough stays free on a disk when so many bytes more are written. */
function leavesRoom({ free, total }: { free: number; total: number }, bytes: number): boolean {
  return free - bytes >= Math.max(MIN_FREE_BYTES, total * MIN_FREE_SHARE);
}

/** By how it begins and reads, else by its name. */
function sniffed(sample: Uint8Array, filename: string | null): string {
  const type = (name: string): string =>
    fileMetadata(sample.subarray(0, SAMPLE_BYTES), { name, type: UNKNOWN_TYPE }).type;
  const byContent = type('file');
  const byName = type(filename ?? 'file');
  // A name says which kind of text it is; of anything else its content knows more.
  const isText = byContent.startsWith('text/') && byName.startsWith('text/');
  return byContent === UNKNOWN_TYPE || isText ? byName : byContent;
}

function notFound(): AssetError {
  return new AssetError('asset_not_found', 'There is no such asset here');
}
