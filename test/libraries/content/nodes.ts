/** Nodes over real sockets that give each other content: a mesh core each, assets in a folder, and a library by hand. */
import Database from 'better-sqlite3';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Content } from '../../../server/libraries/content/content.ts';
import type { ContentInit } from '../../../server/libraries/content/components.ts';
import type {
  AdoptedContent,
  Asset,
  AssetBytes,
  Assets,
  LibraryAsset,
  LibraryView,
} from '../../../server/libraries/types.ts';
import type { Offence } from '../../../server/mesh/secure/alarm-reasons.ts';
import type { SecureLink } from '../../../server/mesh/secure/types.ts';
import { systemPorts } from '../../../server/ports/system.ts';
import { LibraryTransfers } from '../../../server/store/library-transfers.ts';
import { NATIVE_LIBRARY_TABLES } from '../../../server/store/schema/native-libraries.ts';
import { Sql } from '../../../server/store/sql.ts';
import { EventBus } from '../../../server/telemetry/bus.ts';
import type { NodeEvent } from '../../../server/telemetry/bus.ts';
import { silentLog } from '../../../server/telemetry/log.ts';
import type { AssetHash, LibraryId, PeerId } from '../../../server/wire/ids.ts';
import { CHUNK_BYTES } from '../../../server/wire/library-content.ts';
import { createNode } from '../../sim/node.ts';
import type { SimNode } from '../../sim/node.ts';

export const LIBRARY = '00000000-0000-4000-8000-000000000001' as LibraryId;

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** The list of chunk hashes of some bytes. */
export function chunkList(bytes: Uint8Array): Buffer {
  const hashes: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES)
    hashes.push(sha256(bytes.subarray(at, at + CHUNK_BYTES)));
  return Buffer.concat(hashes);
}

/** A record of an asset. */
export function recordOf(bytes: Uint8Array, author: PeerId): LibraryAsset {
  const hash = sha256(bytes).toString('hex') as AssetHash;
  const meta = {
    mime_type: 'application/octet-stream',
    filename: null,
    application: null,
    tags: [],
    user: null,
    description: null,
    timestamp: 1,
    origin_peer: author,
  };
  const chunks = sha256(chunkList(bytes)).toString('hex');
  return { libraryId: LIBRARY, hash, size: bytes.length, chunks, meta, author, ts: 1 };
}

/** Assets in a folder. */
class FolderAssets implements Assets {
  readonly folder: string;
  readonly rows = new Map<AssetHash, { asset: Asset; list: Uint8Array }>();
  readonly hidden = new Set<AssetHash>();
  /** Bytes that fit. */
  room = Infinity;
  /** What was asked for room, and what beside it. */
  readonly asked: [bytes: number, besides: number][] = [];
  opened = 0;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(path.join(folder, '.partial'), { recursive: true });
  }

  put(bytes: Uint8Array, meta: LibraryAsset): void {
    writeFileSync(path.join(this.folder, meta.hash), bytes);
    const asset = { ...meta.meta, hash: meta.hash, size: bytes.length };
    this.rows.set(meta.hash, { asset, list: chunkList(bytes) });
  }

  bytesOf(hash: AssetHash): Buffer {
    return readFileSync(path.join(this.folder, hash));
  }

  get(hash: AssetHash): Asset | null {
    return this.rows.get(hash)?.asset ?? null;
  }
  isHidden(hash: AssetHash): boolean {
    return this.hidden.has(hash);
  }
  changedAt(): number | null {
    return null;
  }
  isLocal(): boolean {
    return false;
  }
  matching(): Asset[] {
    return [];
  }
  count(): { assets: number; bytes: number } {
    return { assets: this.rows.size, bytes: 0 };
  }
  chunkHashes(hash: AssetHash): Uint8Array | null {
    return this.rows.get(hash)?.list ?? null;
  }
  async open(hash: AssetHash): Promise<AssetBytes | null> {
    if (!this.rows.has(hash)) return null;
    const handle = await open(path.join(this.folder, hash), 'r');
    this.opened += 1;
    return {
      read: async (offset, length) => {
        const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, offset);
        return buffer.subarray(0, bytesRead);
      },
      close: () => handle.close(),
    };
  }
  partialFile(hash: AssetHash): string {
    return path.join(this.folder, '.partial', hash);
  }
  adopt(asset: Asset, content: AdoptedContent): Promise<void> {
    const file = path.join(this.folder, asset.hash);
    if ('file' in content) renameSync(content.file, file);
    else writeFileSync(file, content.bytes);
    this.rows.set(asset.hash, { asset, list: Uint8Array.from(content.chunkHashes) });
    return Promise.resolve();
  }
  follow(): Promise<void> {
    return Promise.resolve();
  }
  drop(): Promise<void> {
    return Promise.resolve();
  }
  hasRoom(bytes: number, besides = 0): Promise<boolean> {
    this.asked.push([bytes, besides]);
    return Promise.resolve(bytes + besides <= this.room);
  }
  onChange(): () => void {
    return () => undefined;
  }
}

/** One library, whose members and records the test decides. */
class HandLibrary implements LibraryView {
  readonly records = new Map<AssetHash, LibraryAsset>();
  readonly members = new Set<PeerId>();
  readonly #links: () => SecureLink[];
  readonly #assets: FolderAssets;
  readonly #handlers = new Set<(libraryId: LibraryId) => void>();
  #sorted: AssetHash[] = [];

  constructor(links: () => SecureLink[], assets: FolderAssets) {
    this.#links = links;
    this.#assets = assets;
  }

  add(...records: LibraryAsset[]): void {
    for (const record of records) this.records.set(record.hash, record);
    this.#sorted = [...this.records.keys()].sort();
    this.changed();
  }

  remove(hash: AssetHash): void {
    this.records.delete(hash);
    this.#sorted = [...this.records.keys()].sort();
  }

  changed(): void {
    for (const handler of this.#handlers) handler(LIBRARY);
  }

  admitted(): SecureLink[] {
    return this.#links().filter((link) => this.members.has(link.peerId));
  }
  isAdmitted(link: SecureLink, libraryId: LibraryId): boolean {
    return libraryId === LIBRARY && this.members.has(link.peerId);
  }
  living(libraryId: LibraryId, hash: AssetHash): LibraryAsset | null {
    return libraryId === LIBRARY ? (this.records.get(hash) ?? null) : null;
  }
  wanted(_libraryId: LibraryId, after: AssetHash | null, limit: number): LibraryAsset[] {
    const found: LibraryAsset[] = [];
    let low = 0;
    let high = this.#sorted.length;
    while (after !== null && low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] ?? '') <= after) low = middle + 1;
      else high = middle;
    }
    for (let i = low; i < this.#sorted.length && found.length < limit; i += 1) {
      const record = this.records.get(this.#sorted[i] ?? ('' as AssetHash));
      const missing =
        record !== undefined && this.#assets.get(record.hash) === null && !this.#assets.isHidden(record.hash);
      if (missing) found.push(record);
    }
    return found;
  }
  active(): LibraryId[] {
    return [LIBRARY];
  }
  onWanted(handler: (libraryId: LibraryId) => void): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }
  onAdmitted(): () => void {
    return () => undefined;
  }
}

/** One node. */
export interface ContentNode {
  sim: SimNode;
  peerId: PeerId;
  assets: FolderAssets;
  library: HandLibrary;
  content: Content;
  transfers: LibraryTransfers;
  offences: [PeerId, Offence][];
  events: NodeEvent[];
  /** Puts bytes into its store. */
  put(bytes: Uint8Array): LibraryAsset;
  /** A new `Content` over the same folder and database, as after a restart. */
  restart(): Promise<void>;
}

export interface NodeInit extends Partial<ContentInit> {
  /** Whether its sessions may carry content; a relay that did not offer to may not. */
  mayCarry?: boolean;
  /** Without content transfer: the test says the frames. */
  bare?: boolean;
}

/** Nodes that are stopped and removed together. */
export class ContentWorld {
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'canopy-content-'));
  readonly #stops: (() => Promise<void> | void)[] = [];
  #count = 0;

  async node(init: NodeInit = {}): Promise<ContentNode> {
    const ports = systemPorts();
    const sim = createNode(ports, { host: '127.0.0.1', port: 0 });
    await sim.mesh.start();
    this.#count += 1;
    const assets = new FolderAssets(path.join(this.#folder, String(this.#count)));
    const library = new HandLibrary(() => sim.mesh.links.all(), assets);
    const db = new Database(':memory:');
    db.exec(NATIVE_LIBRARY_TABLES);
    const transfers = new LibraryTransfers({ sql: new Sql(db) });
    const bus = new EventBus((error) => {
      throw error;
    });
    const events: NodeEvent[] = [];
    bus.subscribe((event) => events.push(event));
    const offences: [PeerId, Offence][] = [];
    const handlers = new Map<number, Parameters<SimNode['mesh']['links']['handle']>[1]>();
    const build = (): Content =>
      new Content(
        {
          clock: ports.clock,
          timers: ports.timers,
          random: ports.random,
          // A node registers its handlers once; after a restart they are the new ones.
          links: {
            get: (peer) => sim.mesh.links.get(peer),
            all: () => sim.mesh.links.all(),
            onOpen: (handler) => sim.mesh.links.onOpen(handler),
            onClose: (handler) => sim.mesh.links.onClose(handler),
            handle: (type, handler, options) => {
              const first = !handlers.has(type);
              handlers.set(type, handler);
              if (first)
                sim.mesh.links.handle(type, (link, body) => handlers.get(type)?.(link, body), options);
            },
          },
          assets,
          view: library,
          transfers,
          bus,
          log: silentLog,
          mayCarry: () => init.mayCarry ?? true,
          tellAgain: () => undefined,
          offence: (peer, offence) => offences.push([peer, offence]),
        },
        { maxUp: init.maxUp ?? null, maxDown: init.maxDown ?? null },
      );
    const node: ContentNode = {
      sim,
      peerId: sim.mesh.peerId,
      assets,
      library,
      content: init.bare === true ? (null as never) : build(),
      transfers,
      offences,
      events,
      put: (bytes) => {
        const record = recordOf(bytes, sim.mesh.peerId);
        assets.put(bytes, record);
        return record;
      },
      restart: async () => {
        await node.content.stop();
        node.content = build();
        node.content.start();
      },
    };
    if (init.bare !== true) node.content.start();
    this.#stops.push(async () => {
      if (init.bare !== true) await node.content.stop();
      await sim.mesh.stop();
      db.close();
    });
    return node;
  }

  /** Connects nodes with each other, members of the library all of them. */
  async connect(...nodes: ContentNode[]): Promise<void> {
    for (const [i, node] of nodes.entries())
      for (const other of nodes.slice(i + 1)) {
        const [endpoint = ''] = other.sim.mesh.localEndpoints();
        await node.sim.mesh.connect(other.peerId, [endpoint.replace(/\/\/[^:]+:/, '//127.0.0.1:')]);
        node.library.members.add(other.peerId);
        other.library.members.add(node.peerId);
        await until(() => other.sim.mesh.links.get(node.peerId) !== null);
      }
    for (const node of nodes) node.library.changed();
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) await stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Waits for what comes a moment later; ten seconds at most. */
export async function until(holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 10_000; !holds();) {
    if (performance.now() > end) throw new Error('it did not come about in ten seconds');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
