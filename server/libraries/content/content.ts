/**
 * Content transfer of libraries (07 section 3.2): what this node gives to members, what it fetches from them, and how far
 * that is. The frames are bulk items of secure sessions, so chat always goes first.
 */
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Timer } from '../../ports/types.ts';
import { isAssetHash } from '../../wire/ids.ts';
import type { AssetHash, LibraryId, PeerId } from '../../wire/ids.ts';
import type { SecureLink } from '../../mesh/secure/types.ts';
import type { PeerTraffic, TransferProgress } from '../types.ts';
import type { ContentComponents, ContentInit } from './components.ts';
import { Fetching } from './fetching.ts';
import { InVain } from './in-vain.ts';
import { PARTIALS_CHECK_MS, PARTIALS_KEPT_MS } from './limits.ts';
import { OpenFiles } from './open-files.ts';
import { Progress } from './progress.ts';
import { Serving } from './serving.ts';
import { Throttle } from './throttle.ts';

export class Content {
  readonly #c: ContentComponents;
  readonly #files: OpenFiles;
  readonly #serving: Serving;
  readonly #fetching: Fetching;
  readonly #inVain: InVain;
  readonly #progress: Progress;
  readonly #traffic = new Map<PeerId, PeerTraffic>();
  /** Sessions that were given something: their requests are bounded here, not by what a stranger may do. */
  readonly #members = new WeakSet<SecureLink>();
  #stops: (() => void)[] | null = null;
  #timer: Timer | null = null;

  /** Registers the frames; nothing is fetched before {@link start}. */
  constructor(components: ContentComponents, init: ContentInit) {
    this.#c = components;
    const { links, clock } = components;
    this.#files = new OpenFiles(components);
    const up = new Throttle(components, init.maxUp);
    const down = new Throttle(components, init.maxDown);
    this.#progress = new Progress(components);
    this.#inVain = new InVain(components);
    const parts = { ...components, files: this.#files, up, inVain: this.#inVain };
    this.#serving = new Serving(parts, (link, bytes) => {
      this.#members.add(link);
      this.#trafficOf(link.peerId).out += bytes;
    });
    this.#fetching = new Fetching(
      { ...components, down },
      {
        received: (peer, libraryId, bytes) => {
          this.#trafficOf(peer).in += bytes;
          this.#progress.count(libraryId, bytes, clock.monotonic());
        },
        progressed: (libraryId) => this.#progress.tell(libraryId),
      },
    );
    links.handle(0x33, (link, body) => this.#serving.asked(link, body), {
      bounded: (link) => this.#members.has(link),
    });
    links.handle(0x34, (link, body) => this.#fetching.answered(link, body), {
      bounded: (link) => this.#fetching.hasAsked(link),
    });
  }

  start(): void {
    if (this.#stops !== null) return;
    const { links, assets, timers } = this.#c;
    this.#stops = [
      links.onClose((link) => {
        this.#serving.ended(link);
        this.#inVain.ended(link);
      }),
      assets.onChange(({ kind, hash }) => {
        if (kind === 'removed') this.#files.forget(hash);
        if (kind === 'restored') this.#fetching.lookAgain();
        if (kind === 'added') this.#inVain.arrived(hash);
      }),
    ];
    this.#timer = timers.every(PARTIALS_CHECK_MS, () => void this.dropOldPartials());
    void this.dropOldPartials();
    this.#fetching.start();
  }

  async stop(): Promise<void> {
    if (this.#stops === null) return;
    for (const stop of this.#stops) stop();
    this.#stops = null;
    this.#timer?.cancel();
    this.#progress.stop();
    this.#inVain.stop();
    await this.#fetching.stop();
    await this.#files.stop();
  }

  /** A member told records; of what it did not have it may have the content now. */
  told(link: SecureLink, libraryId: LibraryId, hashes: readonly AssetHash[]): void {
    this.#fetching.told(link, libraryId, hashes);
  }

  /** What of a library is under way, and how fast. */
  progress(libraryId: LibraryId): Pick<TransferProgress, 'active' | 'bytesPerSecond'> {
    const active = this.#fetching.active(libraryId).map(({ download, from }) => ({
      hash: download.asset.hash,
      filename: download.asset.meta.filename,
      size: download.asset.size,
      have: download.have,
      from,
    }));
    const bytesPerSecond = this.#progress.rate(libraryId, this.#c.clock.monotonic());
    return { active, bytesPerSecond };
  }

  /** Content exchanged with a peer since the node started, bytes. */
  traffic(peer: PeerId): PeerTraffic {
    return { ...(this.#traffic.get(peer) ?? { in: 0, out: 0 }) };
  }

  /** Removes partial content that nobody has worked on for long, and what no row speaks of. Never fails. */
  async dropOldPartials(): Promise<void> {
    const { assets, transfers, clock, log } = this.#c;
    try {
      for (const hash of transfers.olderThan(clock.now() - PARTIALS_KEPT_MS)) {
        if (this.#fetching.isActive(hash)) continue;
        transfers.delete(hash);
        await rm(assets.partialFile(hash), { force: true });
      }
      const folder = path.dirname(assets.partialFile('0'.repeat(64) as AssetHash));
      for (const name of await readdir(folder)) {
        const stray = isAssetHash(name) && !this.#fetching.isActive(name) && transfers.get(name) === null;
        if (stray) await rm(path.join(folder, name), { force: true });
      }
    } catch (error) {
      log.warn({ err: error }, 'partial content could not be looked through');
    }
  }

  #trafficOf(peer: PeerId): PeerTraffic {
    const known = this.#traffic.get(peer);
    if (known !== undefined) return known;
    const fresh = { in: 0, out: 0 };
    this.#traffic.set(peer, fresh);
    return fresh;
  }
}
