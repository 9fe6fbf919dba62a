/**
 * Fetching what libraries want (07 section 3.2): many small assets side by side, large ones chunk by chunk from several
 * members, never more than so many requests and bytes open. Every answer, and everything that may let more be asked,
 * calls {@link Fetching.pump}, which asks for as much as is allowed.
 */
import { rm } from 'node:fs/promises';
import type { SecureLink } from '../../mesh/secure/types.ts';
import type { Timer } from '../../ports/types.ts';
import type { AssetHash, LibraryId, PeerId } from '../../wire/ids.ts';
import {
  CHUNK_HASH_BYTES,
  LIST_INDEX,
  chunkLength,
  decodeData,
  encodeGet,
} from '../../wire/library-content.ts';
import type { LibraryAsset } from '../types.ts';
import { BadRecords } from './bad-records.ts';
import type { ContentComponents } from './components.ts';
import { Download } from './download.ts';
import {
  CHECK_INTERVAL_MS,
  DISK_FULL_MS,
  MAX_ASSETS_AT_ONCE,
  MAX_CANDIDATES,
  MAX_LARGE_AT_ONCE,
  MAX_OPEN_BYTES_PER_NODE,
  MAX_OPEN_PER_NODE,
  MAX_TOO_LARGE,
} from './limits.ts';
import { Requests } from './requests.ts';
import type { Request } from './requests.ts';
import { Sources } from './sources.ts';
import type { Throttle } from './throttle.ts';
import { Wanted } from './wanted.ts';

/** What fetching tells. */
export interface FetchingInit {
  received: (peer: PeerId, libraryId: LibraryId, bytes: number) => void;
  /** How far an asset is, or what is under way, changed. */
  progressed: (libraryId: LibraryId) => void;
}

export class Fetching {
  readonly #c: ContentComponents & { down: Throttle };
  readonly #init: FetchingInit;
  readonly #requests: Requests;
  readonly #sources: Sources;
  readonly #bad: BadRecords;
  readonly #active = new Map<AssetHash, Download>();
  /** Of the active ones, those that may have something to ask for. */
  readonly #needy = new Set<Download>();
  /** Of the active ones, those whose bytes still have to find room on the disk. */
  readonly #growing = new Set<Download>();
  #deciding: Promise<unknown> = Promise.resolve();
  /** For which there was too little room, and until when they are left alone. */
  readonly #tooLarge = new Map<AssetHash, number>();
  readonly #libraries = new Map<LibraryId, Wanted>();
  readonly #ending = new Set<Promise<void>>();
  readonly #stops: (() => void)[] = [];
  #openRequests = 0;
  #openBytes = 0;
  #large = 0;
  #fullUntil = -Infinity;
  #wake: Timer | null = null;
  #started = false;

  constructor(components: ContentComponents & { down: Throttle }, init: FetchingInit) {
    this.#c = components;
    this.#init = init;
    this.#requests = new Requests(components);
    this.#sources = new Sources(components);
    this.#bad = new BadRecords(components);
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    const { view, links, timers } = this.#c;
    const check = timers.every(CHECK_INTERVAL_MS, () => this.#check());
    this.#stops.push(
      view.onWanted((libraryId, fresh) => this.#changed(libraryId, fresh)),
      view.onAdmitted((libraryId) => this.#changed(libraryId)),
      links.onClose((link) => this.#lost(link)),
      () => check.cancel(),
    );
    this.lookAgain();
  }

  /** Something may be wanted in any library. */
  lookAgain(): void {
    for (const libraryId of this.#c.view.active()) this.#changed(libraryId);
  }

  /** A member told these: what it did not have is asked for again. */
  told(link: SecureLink, libraryId: LibraryId, hashes: readonly AssetHash[]): void {
    const { view, assets } = this.#c;
    const wanted = hashes
      .filter((hash) => this.#sources.mayHave(link, hash) && assets.get(hash) === null)
      .flatMap((hash) => view.living(libraryId, hash) ?? []);
    if (wanted.length > 0) this.#changed(libraryId, wanted);
  }

  /** Ends everything; what is on the disk is gone on with after the next start. */
  async stop(): Promise<void> {
    if (!this.#started) return;
    this.#started = false;
    for (const stop of this.#stops.splice(0)) stop();
    this.#wake?.cancel();
    this.#wake = null;
    this.#requests.clear();
    this.#openRequests = 0;
    this.#openBytes = 0;
    for (const download of [...this.#active.values()]) this.#end(download, true);
    await Promise.allSettled([...this.#ending]);
  }

  /** Assets under way. */
  active(libraryId: LibraryId): { download: Download; from: PeerId[] }[] {
    return [...this.#active.values()]
      .filter((download) => download.asset.libraryId === libraryId)
      .map((download) => ({
        download,
        from: this.#requests.linksOf(download).map(({ peerId }) => peerId),
      }));
  }

  /** Partial content that is being worked on. */
  isActive(hash: AssetHash): boolean {
    return this.#active.has(hash);
  }

  /** Whether answers of this session are counted here. */
  hasAsked(link: SecureLink): boolean {
    return this.#requests.hasAsked(link);
  }

  /** Takes an answer. @throws {BadFrameError} */
  answered(link: SecureLink, body: Uint8Array): void {
    const { req, status, bytes } = decodeData(body);
    const request = this.#requests.answered(link, req);
    if (request === null) return;
    const { download, index } = request;
    if (status === 'data') {
      this.#init.received(link.peerId, download.asset.libraryId, bytes.length);
      this.#track(this.#take(request, bytes));
      return;
    }
    this.#close(request);
    download.released(index);
    if (status === 'not_here') this.#sources.notHere(link, download.asset.hash);
    else if (status === 'busy') this.#sources.busy(link);
    else this.#sources.refused(link, download.asset.libraryId);
    this.#ask(download);
    this.pump();
  }

  /** Asks for as much as is allowed now. */
  pump(): void {
    if (!this.#started || this.#c.clock.monotonic() < this.#fullUntil) return;
    for (const download of this.#needy) if (!this.#request(download)) return;
    for (const [libraryId, wanted] of this.#libraries) this.#begin(libraryId, wanted);
  }

  /** Asks for what an asset needs; false when nothing may be asked of anybody now. */
  #request(download: Download): boolean {
    for (let index = download.next(); index !== null; index = download.next()) {
      const { asset, chunks } = download;
      const bytes = index === LIST_INDEX ? chunks * CHUNK_HASH_BYTES : chunkLength(asset.size, index);
      const full = this.#openRequests > 0 && this.#openBytes + bytes > MAX_OPEN_BYTES_PER_NODE;
      if (this.#openRequests >= MAX_OPEN_PER_NODE || full) return false;
      const { wait } = this.#c.down;
      if (wait > 0) {
        this.#wakeIn(wait);
        return false;
      }
      const source = this.#sources.pick(asset, bytes);
      if (source === 'later') return true;
      if (source === 'none') {
        // Nobody who is connected has it: found again when that changes.
        if (this.#requests.of(download).length === 0) this.#end(download, true);
        return true;
      }
      this.#send(source, download, index, bytes);
    }
    this.#needy.delete(download);
    return true;
  }

  #send(link: SecureLink, download: Download, index: number, bytes: number): void {
    const { req } = this.#requests.add(link, download, index, bytes);
    download.requested(index);
    this.#sources.opened(link, bytes);
    this.#openRequests += 1;
    this.#openBytes += bytes;
    this.#c.down.count(bytes);
    const { libraryId, hash } = download.asset;
    // A session that ends says so itself.
    link.send(0x33, encodeGet({ req, libraryId, hash, index })).catch(() => undefined);
  }

  /** Begins what a library wants, as long as somebody can be asked for it. */
  #begin(libraryId: LibraryId, wanted: Wanted): void {
    for (let looked = 0; looked < MAX_CANDIDATES; looked += 1) {
      if (this.#active.size >= MAX_ASSETS_AT_ONCE || this.#openRequests >= MAX_OPEN_PER_NODE) return;
      // Without anybody to ask it is not looked up; the next one who is admitted is the occasion.
      if (this.#needy.size >= MAX_LARGE_AT_ONCE || !this.#sources.any(libraryId)) return;
      const asset = wanted.next();
      if (asset === null) return this.#wakeFor(wanted);
      if (this.#active.has(asset.hash) || this.#isHere(asset.hash)) continue;
      if (this.#isTooLarge(asset) || this.#bad.has(asset)) continue;
      const source = asset.size === 0 ? 'now' : this.#sources.pick(asset, 1);
      if (source === 'none') continue;
      const large = chunkLength(asset.size, 0) < asset.size;
      if (source === 'later' || (large && this.#large >= MAX_LARGE_AT_ONCE)) return wanted.putBack(asset);
      this.#track(this.#fetch(asset));
    }
    this.#wakeIn(0);
  }

  async #fetch(asset: LibraryAsset): Promise<void> {
    if (!this.#bad.isPossible(asset)) return this.#bad.add(asset, null);
    const download: Download = new Download(
      { transfers: this.#c.transfers, now: () => this.#c.clock.now() },
      {
        asset,
        file: this.#c.assets.partialFile(asset.hash),
        whole: () => this.#track(this.#finish(download)),
        lost: () => {
          this.#ask(download);
          this.#wakeIn(0);
        },
        failed: (error) => this.#failed(download, error),
      },
    );
    this.#active.set(asset.hash, download);
    if (download.isLarge) this.#large += 1;
    if (!download.isLarge && asset.size > 0) {
      this.#needy.add(download);
      this.#request(download);
      return;
    }
    try {
      if (!(await this.#hasRoom(download))) {
        // One that is too large keeps no other from coming.
        return (await this.#c.assets.hasRoom(0)) ? this.#leftAlone(download) : this.#full(download);
      }
      await download.open();
    } catch (error) {
      return this.#failed(download, error);
    }
    if (this.#active.get(asset.hash) !== download) return;
    if (asset.size === 0) return this.#finish(download);
    this.#ask(download);
    this.pump();
  }

  async #take(request: Request, bytes: Uint8Array): Promise<void> {
    const { download, index, link } = request;
    const { asset } = download;
    let right = true;
    try {
      right = await download.take(index, bytes);
    } catch (error) {
      this.#failed(download, error);
    }
    this.#close(request);
    if (right) {
      this.#sources.gave(link, asset.libraryId);
    } else {
      this.#sources.wrongBytes(link, asset.libraryId);
      this.#c.offence(link.peerId, 'wrong_bytes');
      this.#c.log.warn({ peer: link.peerId, library: asset.libraryId }, 'a member gave wrong content');
      download.released(index);
    }
    this.#ask(download);
    this.#init.progressed(asset.libraryId);
    this.pump();
  }

  /** Everything is here: it is looked at once more, and enters the store. */
  async #finish(download: Download): Promise<void> {
    const { asset } = download;
    if (this.#active.get(asset.hash) !== download) return;
    const { assets, view, transfers } = this.#c;
    if (!download.isWhole()) {
      this.#c.log.warn({ library: asset.libraryId, author: asset.author }, 'a record promises other content');
      this.#end(download, false);
      await Promise.allSettled([...this.#ending]);
      return this.#bad.add(asset, download.chunkHashes);
    }
    await download.close(true);
    const living = view.living(asset.libraryId, asset.hash);
    const unwanted = living?.chunks !== asset.chunks || assets.isHidden(asset.hash);
    if (unwanted || assets.get(asset.hash) !== null) return this.#end(download, false);
    try {
      const { hash, size } = asset;
      const content = {
        ...download.content,
        chunkHashes: download.chunkHashes,
        changedAt: living.ts,
      };
      await assets.adopt({ ...living.meta, hash, size }, content);
    } catch (error) {
      return this.#failed(download, error);
    }
    if (download.isLarge) transfers.delete(asset.hash);
    this.#forget(download);
    this.#init.progressed(asset.libraryId);
    this.pump();
  }

  /** The disk, or what came from it. */
  #failed(download: Download, error: unknown): void {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'disk_full' || code === 'ENOSPC' || code === 'EDQUOT') return this.#full(download);
    this.#c.log.error({ err: error }, 'content of a library could not be taken in');
    this.#end(download, true);
  }

  #full(download: Download): void {
    this.#c.log.warn({ library: download.asset.libraryId }, 'too little room on the disk for a library');
    this.#fullUntil = this.#c.clock.monotonic() + DISK_FULL_MS;
    this.#end(download, true);
  }

  /** Whether it has room beside what the others that are under way still bring; one is decided after the other. */
  #hasRoom(download: Download): Promise<boolean> {
    const decided = this.#deciding.then(async () => {
      let others = 0;
      for (const { asset, have } of this.#growing) others += asset.size - have;
      if (!(await this.#c.assets.hasRoom(download.asset.size, others))) return false;
      if (this.#active.get(download.asset.hash) === download) this.#growing.add(download);
      return true;
    });
    this.#deciding = decided.catch(() => undefined);
    return decided;
  }

  #leftAlone(download: Download): void {
    const { hash, libraryId, size } = download.asset;
    this.#c.log.debug({ library: libraryId, size }, 'an asset is too large for this node now');
    this.#tooLarge.set(hash, this.#c.clock.monotonic() + DISK_FULL_MS);
    const [oldest] = this.#tooLarge.keys();
    if (this.#tooLarge.size > MAX_TOO_LARGE && oldest !== undefined) this.#tooLarge.delete(oldest);
    this.#end(download, true);
    this.pump();
  }

  #isTooLarge({ hash }: LibraryAsset): boolean {
    const until = this.#tooLarge.get(hash);
    if (until === undefined || until > this.#c.clock.monotonic()) return until !== undefined;
    this.#tooLarge.delete(hash);
    return false;
  }

  /** Looks after what takes too long, is no longer wanted, or was left over. */
  #check(): void {
    for (const request of this.#requests.expire()) {
      this.#closed(request);
      this.#sources.slow(request.link);
      request.download.released(request.index);
      this.#ask(request.download);
    }
    const { view } = this.#c;
    for (const download of [...this.#active.values()]) {
      const { libraryId, hash, chunks } = download.asset;
      if (view.living(libraryId, hash)?.chunks !== chunks) this.#end(download, false);
    }
    const active = new Set(view.active());
    for (const [libraryId, wanted] of this.#libraries) {
      if (active.has(libraryId)) wanted.lookAgain();
      else this.#libraries.delete(libraryId);
    }
    this.pump();
  }

  #lost(link: SecureLink): void {
    for (const request of this.#requests.endOf(link)) {
      this.#close(request);
      request.download.released(request.index);
      this.#ask(request.download);
    }
    this.pump();
  }

  /** An asset is no longer under way. @param keep what of it is here, to go on later. */
  #end(download: Download, keep: boolean): void {
    if (!this.#forget(download)) return;
    for (const request of this.#requests.of(download)) {
      this.#closed(request);
      this.#requests.giveUp(request);
    }
    this.#init.progressed(download.asset.libraryId);
    this.#track(this.#leave(download, keep && download.isLarge));
  }

  async #leave(download: Download, keep: boolean): Promise<void> {
    await download.close(keep);
    if (keep || this.#active.has(download.asset.hash)) return;
    if (download.isLarge) this.#c.transfers.delete(download.asset.hash);
    await rm(download.file, { force: true });
  }

  #forget(download: Download): boolean {
    this.#needy.delete(download);
    this.#growing.delete(download);
    if (this.#active.get(download.asset.hash) !== download) return false;
    this.#active.delete(download.asset.hash);
    if (download.isLarge) this.#large -= 1;
    return true;
  }

  /** It came, or was deleted, since it was found to be wanted. */
  #isHere(hash: AssetHash): boolean {
    return this.#c.assets.get(hash) !== null || this.#c.assets.isHidden(hash);
  }

  #ask(download: Download): void {
    if (this.#active.get(download.asset.hash) === download) this.#needy.add(download);
  }

  #close(request: Request): void {
    if (!request.late) this.#closed(request);
  }

  #closed({ link, bytes }: Request): void {
    this.#sources.closed(link, bytes);
    this.#openRequests -= 1;
    this.#openBytes -= bytes;
  }

  #changed(libraryId: LibraryId, fresh?: readonly LibraryAsset[]): void {
    this.#wantedOf(libraryId).changed(fresh);
    this.#wakeIn(0);
  }

  #wantedOf(libraryId: LibraryId): Wanted {
    const known = this.#libraries.get(libraryId);
    if (known !== undefined) return known;
    const fresh = new Wanted(this.#c, libraryId);
    this.#libraries.set(libraryId, fresh);
    return fresh;
  }

  #wakeFor(wanted: Wanted): void {
    const { wait } = wanted;
    if (wait !== null) this.#wakeIn(wait);
  }

  #wakeIn(ms: number): void {
    this.#wake ??= this.#c.timers.after(ms, () => {
      this.#wake = null;
      this.pump();
    });
  }

  #track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => this.#c.log.error({ err: error }, 'fetching for a library failed'))
      .finally(() => this.#ending.delete(tracked));
    this.#ending.add(tracked);
  }
}
