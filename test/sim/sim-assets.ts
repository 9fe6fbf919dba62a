/** Assets of a simulated node: rows as in a node, bytes in memory. They are small: larger ones come by files, which take real time. */
import type {
  Asset,
  AssetChange,
  AssetFilter,
  AdoptedContent,
  AssetBytes,
  AssetMeta,
  Assets,
} from '../../server/libraries/types.ts';
import type { Clock } from '../../server/ports/types.ts';
import type { Store } from '../../server/store/database.ts';
import type { AssetRows } from '../../server/store/assets.ts';
import type { AssetHash, PeerId } from '../../server/wire/ids.ts';
import { toHex } from '../../server/crypto/bytes.ts';
import { nativeCrypto } from '../../server/crypto/native.ts';

export class SimAssets implements Assets {
  readonly #rows: AssetRows;
  readonly #store: Pick<Store, 'commit'>;
  readonly #clock: Clock;
  readonly #peer: PeerId;
  readonly #bytes: Map<AssetHash, Uint8Array>;
  readonly #handlers = new Set<(change: AssetChange) => void>();

  /** @param init.bytes what outlives the process. */
  constructor(
    components: { rows: AssetRows; store: Pick<Store, 'commit'>; clock: Clock },
    init: { peer: PeerId; bytes: Map<AssetHash, Uint8Array> },
  ) {
    this.#rows = components.rows;
    this.#store = components.store;
    this.#clock = components.clock;
    this.#peer = init.peer;
    this.#bytes = init.bytes;
  }

  /** A person puts content here, for the first time or again. */
  ingest(content: string, meta: Partial<AssetMeta> = {}): AssetHash {
    const bytes = Buffer.from(content);
    const chunkHashes = nativeCrypto.sha256(bytes);
    const hash = toHex(chunkHashes) as AssetHash;
    this.#bytes.set(hash, bytes);
    const now = this.#clock.now();
    const known = this.#rows.get(hash);
    const asset: Asset = { ...this.#fresh(hash, content.length), ...known, ...meta };
    this.#store.commit.now(() => {
      this.#rows.unhide(hash);
      if (known === null) this.#rows.insert(asset, { local: true, changedAt: now, chunkHashes });
      else this.#rows.update(hash, asset, { local: true, changedAt: now });
    });
    this.#tell({ kind: 'added', hash, local: true });
    return hash;
  }

  /** A person changes what is said of it. */
  describe(hash: AssetHash, meta: Partial<AssetMeta>): void {
    const known = this.#rows.get(hash);
    const place = this.#rows.place(hash);
    if (known === null || place === null) return;
    this.#store.commit.now(() =>
      this.#rows.update(hash, { ...known, ...meta }, { ...place, changedAt: this.#clock.now() }),
    );
    this.#tell({ kind: 'changed', hash, local: true });
  }

  /** A person deletes it here. */
  hide(hash: AssetHash): void {
    this.#bytes.delete(hash);
    this.#store.commit.now(() => {
      this.#rows.delete(hash);
      this.#rows.hide(hash, this.#clock.now());
    });
    this.#tell({ kind: 'removed', hash, local: true });
  }

  /** What is here of it; null when nothing is. */
  bytesOf(hash: AssetHash): Uint8Array | null {
    return this.#bytes.get(hash) ?? null;
  }

  get(hash: AssetHash): Asset | null {
    return this.#rows.get(hash);
  }

  isHidden(hash: AssetHash): boolean {
    return this.#rows.isHidden(hash);
  }

  changedAt(hash: AssetHash): number | null {
    return this.#rows.place(hash)?.changedAt ?? null;
  }

  isLocal(hash: AssetHash): boolean {
    return this.#rows.place(hash)?.local ?? false;
  }

  matching(filter: AssetFilter, after: AssetHash | null, limit: number): Asset[] {
    return this.#rows.matching(filter, after, limit);
  }

  count(filter: AssetFilter): { assets: number; bytes: number } {
    return this.#rows.count(filter);
  }

  chunkHashes(hash: AssetHash): Uint8Array | null {
    return this.#rows.chunkHashes(hash);
  }

  async open(hash: AssetHash): Promise<AssetBytes | null> {
    const bytes = this.bytesOf(hash);
    if (bytes === null) return null;
    return {
      read: async (offset, length) => bytes.slice(offset, offset + length),
      close: async () => undefined,
    };
  }

  partialFile(hash: AssetHash): string {
    return `/nowhere/canopy-simulated/${hash}`;
  }

  async adopt(asset: Asset, content: AdoptedContent): Promise<void> {
    if (!('bytes' in content)) throw new Error('simulated assets have no files');
    if (this.get(asset.hash) !== null) return;
    const { bytes, chunkHashes, changedAt } = content;
    this.#bytes.set(asset.hash, bytes);
    this.#store.commit.now(() => this.#rows.insert(asset, { local: false, changedAt, chunkHashes }));
    this.#tell({ kind: 'added', hash: asset.hash, local: false });
  }

  async follow(hash: AssetHash, meta: AssetMeta, changedAt: number): Promise<void> {
    const place = this.#rows.place(hash);
    if (place === null) return;
    this.#store.commit.now(() => this.#rows.update(hash, meta, { ...place, changedAt }));
    this.#tell({ kind: 'changed', hash, local: false });
  }

  async drop(hash: AssetHash): Promise<void> {
    this.#bytes.delete(hash);
    this.#store.commit.now(() => this.#rows.delete(hash));
    this.#tell({ kind: 'removed', hash, local: false });
  }

  async hasRoom(): Promise<boolean> {
    return true;
  }

  onChange(handler: (change: AssetChange) => void): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  #tell(change: AssetChange): void {
    for (const handler of [...this.#handlers]) handler(change);
  }

  #fresh(hash: AssetHash, size: number): Asset {
    return {
      hash,
      size,
      mime_type: 'text/plain',
      filename: null,
      application: null,
      tags: [],
      user: null,
      description: null,
      timestamp: this.#clock.now(),
      origin_peer: this.#peer,
    };
  }
}
