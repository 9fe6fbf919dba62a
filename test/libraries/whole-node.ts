/**
 * Nodes whose libraries are whole, as `server/node.ts` puts them together but for HTTP: over real sockets on loopback,
 * with real files and a database in memory.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { nativeCrypto as crypto } from '../../server/crypto/native.ts';
import { KnownPeers } from '../../server/identity/known-peers.ts';
import { createNodeIdentity } from '../../server/identity/node-identity.ts';
import type { NodeIdentity } from '../../server/identity/node-identity.ts';
import { Saver } from '../../server/identity/saver.ts';
import { assembleLibraries } from '../../server/libraries/assembly.ts';
import type { LibraryRoom } from '../../server/libraries/assembly.ts';
import { AssetFiles } from '../../server/libraries/assets/asset-files.ts';
import { AssetStore } from '../../server/libraries/assets/asset-store.ts';
import type { GivenMeta } from '../../server/libraries/assets/meta.ts';
import { Mesh } from '../../server/mesh/mesh.ts';
import { storedPins } from '../../server/mesh/secure/pins.ts';
import type { SecureLink } from '../../server/mesh/secure/types.ts';
import type { RelayPolicy } from '../../server/mesh/types.ts';
import { systemPorts } from '../../server/ports/system.ts';
import { openMemoryDatabase } from '../../server/store/database.ts';
import type { Store } from '../../server/store/database.ts';
import { createRepositories } from '../../server/store/repositories.ts';
import type { Repositories } from '../../server/store/repositories.ts';
import { Vault } from '../../server/store/vault.ts';
import { admission } from '../../server/sync/admission.ts';
import { Sync } from '../../server/sync/sync.ts';
import { EventBus } from '../../server/telemetry/bus.ts';
import { silentLog } from '../../server/telemetry/log.ts';
import { AtRestCipher } from '../../server/wire/at-rest.ts';
import type { AssetHash, LibraryId, PeerId } from '../../server/wire/ids.ts';
import { Workspace } from '../../server/workspace/workspace.ts';
import { MemoryFileBytes } from '../sim/memory-bytes.ts';
import { eventually, ON_LOOPBACK } from './library-node.ts';

const MAX_BYTES = 1024 ** 3;

/** What outlives a stop. */
interface Disk {
  identity: NodeIdentity;
  store: Store;
  repositories: Repositories;
  folder: string;
}

export interface WholeNodeInit {
  relayPolicy?: RelayPolicy;
  /** Bytes per second it gives; the first second's go at once. */
  maxUp?: number;
  /** Whom it connects to directly: others are behind a wall. */
  admits?: (peer: PeerId) => boolean;
}

/** One running node. */
export class WholeNode {
  readonly disk: Disk;
  readonly knownPeers: KnownPeers;
  readonly mesh: Mesh;
  readonly sync: Sync;
  readonly workspace: Workspace;
  readonly assets: AssetStore;
  readonly room: LibraryRoom;

  private constructor(
    parts: Pick<WholeNode, 'disk' | 'knownPeers' | 'mesh' | 'sync' | 'workspace' | 'assets' | 'room'>,
  ) {
    ({
      disk: this.disk,
      knownPeers: this.knownPeers,
      mesh: this.mesh,
      sync: this.sync,
      workspace: this.workspace,
      assets: this.assets,
      room: this.room,
    } = parts);
  }

  static async start(init: WholeNodeInit = {}, disk = newDisk()): Promise<WholeNode> {
    const ports = systemPorts();
    const { identity, store, repositories } = disk;
    const bus = new EventBus((error) => {
      throw error;
    });
    const log = silentLog;
    const saver = new Saver({ timers: ports.timers, save: () => undefined, failed: () => undefined });
    const knownPeers = new KnownPeers(
      { crypto, saver },
      { localPeerId: identity.peerId, allowLoopback: true, text: null },
    );
    const workspace = new Workspace(
      { store, repositories, ports, crypto, bus, bytes: new MemoryFileBytes() },
      {
        secretKey: 'test',
        autoApproveAgents: false,
        localPeer: identity.peerId,
        trustDefault: 'ask',
        maintenanceIntervalMs: 900_000,
      },
    );
    const door = admission(workspace);
    const mesh = new Mesh(
      {
        ports,
        crypto,
        identity,
        knownPeers,
        bus,
        log,
        admission: {
          ...door,
          accepts: (peer, info) =>
            door.accepts(peer, info) && (info.endpoint === null || (init.admits?.(peer) ?? true)),
        },
        pins: storedPins(store, repositories.peerSecurity),
      },
      { ...ON_LOOPBACK, relayPolicy: init.relayPolicy ?? 'broker_only' },
    );
    const sealing = new AtRestCipher(
      { crypto, random: ports.random },
      { ed25519Seed: identity.ed25519.privateKey },
    );
    const assets = new AssetStore(
      {
        rows: repositories.assets,
        commit: store.commit,
        files: new AssetFiles({ sealing }, { directory: disk.folder, seals: false }),
        clock: ports.clock,
        bus,
        log,
      },
      { peerId: identity.peerId, maxBytes: MAX_BYTES },
    );
    await assets.start();
    const shared = { crypto, ports, store, repositories, identity, knownPeers, mesh, bus, log, workspace };
    const room = await assembleLibraries(
      { ...shared, assets, transfers: repositories.libraryTransfers, refused: repositories.refused },
      { maxUp: init.maxUp ?? null, maxDown: null, fullScanIntervalMs: 300_000, meeting: null },
    );
    const sync = new Sync({
      ...shared,
      foreignSets: room.replication.sets,
      ownDevice: () => ({
        deviceId: 'aaaa0001',
        displayName: 'device',
        description: '',
        avatarB64: '',
        avatarMime: '',
      }),
    });
    await sync.recover();
    sync.start();
    room.start();
    await mesh.start();
    return new WholeNode({ disk, knownPeers, mesh, sync, workspace, assets, room });
  }

  get peerId(): PeerId {
    return this.disk.identity.peerId;
  }

  get endpoint(): string {
    return `ws://127.0.0.1:${this.mesh.port}`;
  }

  /** Makes a library of everything. */
  create(name = 'Pictures'): LibraryId {
    return this.room.libraries.create(name, {}).library.id;
  }

  /** Joins a library of `owner` and waits until both admitted each other. */
  async join(owner: WholeNode, libraryId: LibraryId, mode: 'read' | 'write' = 'write'): Promise<void> {
    const { ticket } = owner.room.libraries.invite(libraryId, {
      mode,
      expiresAt: null,
      maxUses: 0,
      endpoints: [owner.endpoint],
    });
    this.room.libraries.join(ticket);
    await this.shares(owner, libraryId);
  }

  /** Waits until both admitted each other; the session. */
  async shares(other: WholeNode, libraryId: LibraryId): Promise<SecureLink> {
    const admits = (one: WholeNode, another: WholeNode): SecureLink | undefined =>
      one.room.libraries.admitted(libraryId).find(({ peerId }) => peerId === another.peerId);
    return eventually(() => (admits(other, this) === undefined ? null : admits(this, other)));
  }

  /** A session with another whose keys it knows. */
  async meet(other: WholeNode): Promise<void> {
    const { peerId, ed25519, x25519 } = other.disk.identity;
    this.knownPeers.importPeer({
      peerId,
      ed25519PublicKey: ed25519.publicKey,
      x25519PublicKey: x25519.publicKey,
      endpoints: [other.endpoint],
    });
    await this.mesh.connect(peerId, [other.endpoint]);
  }

  /** Takes content in. */
  async ingest(content: Uint8Array, meta: GivenMeta = {}): Promise<AssetHash> {
    const upload = await this.assets.begin();
    await upload.write(content);
    return (await this.assets.ingest(upload, meta)).asset.hash;
  }

  /** Waits until it has these bytes; all of them. */
  async bytesOf(hash: AssetHash): Promise<Buffer> {
    await eventually(() => this.assets.get(hash));
    const { read } = await this.assets.readable(hash);
    const parts: Buffer[] = [];
    for await (const part of read()) parts.push(part as Buffer);
    return Buffer.concat(parts);
  }

  /** Bytes of content that came from another. */
  from(other: WholeNode): number {
    return this.room.content.traffic(other.peerId).in;
  }

  /** Ends it; what is on its disk stays. */
  async stop(): Promise<void> {
    await this.room.stop();
    await this.sync.stop();
    await this.mesh.stop();
  }
}

function newDisk(): Disk {
  const ports = systemPorts();
  const identity = createNodeIdentity(ports.random, crypto);
  const store = openMemoryDatabase({ ports, log: silentLog });
  const cipher = new AtRestCipher(
    { crypto, random: ports.random },
    { ed25519Seed: identity.ed25519.privateKey },
  );
  const repositories = createRepositories({
    sql: store.sql,
    vault: new Vault(cipher),
    random: ports.random,
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'canopy-whole-'));
  return { identity, store, repositories, folder };
}

/** Nodes that end, and whose disks go, together. */
export class Nodes {
  readonly #running = new Set<WholeNode>();
  readonly #disks = new Set<Disk>();

  async start(init: WholeNodeInit = {}, disk?: Disk): Promise<WholeNode> {
    const node = await WholeNode.start(init, disk);
    this.#running.add(node);
    this.#disks.add(node.disk);
    return node;
  }

  async stop(node: WholeNode): Promise<void> {
    this.#running.delete(node);
    await node.stop();
  }

  async end(): Promise<void> {
    await Promise.all([...this.#running].map((node) => this.stop(node)));
    for (const { store, folder } of this.#disks) {
      store.close();
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** Walls between nodes, which relays go around. */
export class Walls {
  readonly #pairs = new Set<string>();

  between(a: WholeNode, b: WholeNode): void {
    this.#pairs.add(`${a.peerId} ${b.peerId}`).add(`${b.peerId} ${a.peerId}`);
    a.mesh.drop(b.peerId);
    b.mesh.drop(a.peerId);
  }

  /** Starts a node that walls are put up around. */
  async node(nodes: Nodes, init: WholeNodeInit = {}): Promise<WholeNode> {
    const self: { node?: WholeNode } = {};
    const admits = (peer: PeerId): boolean => !this.#pairs.has(`${self.node?.peerId ?? ''} ${peer}`);
    return (self.node = await nodes.start({ ...init, admits }));
  }
}
