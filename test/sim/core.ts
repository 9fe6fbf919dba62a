/**
 * Whole node cores without HTTP on simulated ports: store in memory, workspace, mesh, sync. What survives a restart is
 * the {@link Disk}; everything else is built anew, as a process would.
 */
import type { CryptoBackend, VerifySignature } from '../../server/crypto/backend.ts';
import { KnownPeers } from '../../server/identity/known-peers.ts';
import { createNodeIdentity } from '../../server/identity/node-identity.ts';
import type { NodeIdentity } from '../../server/identity/node-identity.ts';
import { Saver } from '../../server/identity/saver.ts';
import { Content } from '../../server/libraries/content/content.ts';
import { Libraries } from '../../server/libraries/libraries.ts';
import { Replication } from '../../server/libraries/replication/replication.ts';
import { Mesh } from '../../server/mesh/mesh.ts';
import { storedPins } from '../../server/mesh/secure/pins.ts';
import type { MeshOptions } from '../../server/mesh/types.ts';
import type { Ports } from '../../server/ports/types.ts';
import { openMemoryDatabase } from '../../server/store/database.ts';
import type { Store } from '../../server/store/database.ts';
import { createRepositories } from '../../server/store/repositories.ts';
import type { FileBytes } from '../../server/store/file-bytes.ts';
import type { Repositories } from '../../server/store/repositories.ts';
import { Vault } from '../../server/store/vault.ts';
import { ourVersion } from '../../server/sync/our-nodes.ts';
import { admission } from '../../server/sync/admission.ts';
import type { AcknowledgingLinks } from '../../server/sync/delivery/links.ts';
import { Sync } from '../../server/sync/sync.ts';
import { EventBus } from '../../server/telemetry/bus.ts';
import type { NodeEvent } from '../../server/telemetry/bus.ts';
import { silentLog } from '../../server/telemetry/log.ts';
import type { Log } from '../../server/telemetry/log.ts';
import { AtRestCipher } from '../../server/wire/at-rest.ts';
import type { AssetHash, ChannelId, UserId } from '../../server/wire/ids.ts';
import { Workspace } from '../../server/workspace/workspace.ts';
import type { ChannelMessageView, DirectMessageView } from '../../server/workspace/types.ts';
import { OUR_CAPABILITIES, SimWorld } from './node.ts';
import { MemoryFileBytes } from './memory-bytes.ts';
import { SimAssets } from './sim-assets.ts';
import { simulatedCrypto } from './remembered-signatures.ts';

export const GENERAL = 'general' as ChannelId;

export interface CoreInit {
  host?: string;
  trustDefault?: 'ask' | 'open' | 'manual';
  /** @default the ones of this program */
  capabilities?: readonly string[];
  /** @default one of ours; a plain number makes the node look like a Python one */
  canopyVersion?: string;
  log?: Log;
  /** Sessions that acknowledge, in the place of the mesh's own. */
  links?: (mesh: Mesh) => AcknowledgingLinks;
  /** @default the one of simulated nodes, which knows what this process signed */
  crypto?: CryptoBackend;
  /** Where signatures are checked beside the event loop; nowhere where time is virtual. */
  verifyBeside?: VerifySignature;
  /** Whether it has libraries, of small assets. */
  libraries?: boolean;
  /** Where the mesh listens and the like, in place of a simulated machine's. */
  mesh?: Partial<MeshOptions>;
}

/** What outlives the process. */
export interface Disk {
  identity: NodeIdentity;
  store: Store;
  repositories: Repositories;
  knownPeers: string | null;
  /** Files; the first node with this disk makes it. */
  bytes?: FileBytes;
  /** Bytes of assets; the first node with this disk makes it. */
  assets?: Map<AssetHash, Uint8Array>;
}

/** The libraries of a node. */
export interface CoreLibraries {
  libraries: Libraries;
  replication: Replication;
  content: Content;
  assets: SimAssets;
}

/** One running node. */
export class Core {
  readonly disk: Disk;
  readonly knownPeers: KnownPeers;
  readonly workspace: Workspace;
  readonly mesh: Mesh;
  readonly sync: Sync;
  readonly libraries: CoreLibraries | null;
  readonly events: NodeEvent[] = [];

  constructor(ports: Ports, disk: Disk, init: CoreInit) {
    this.disk = disk;
    const { identity, repositories, store } = disk;
    const localPeer = identity.peerId;
    const { log = silentLog, crypto = simulatedCrypto } = init;
    const bus = new EventBus((error) => {
      throw error;
    });
    bus.subscribe((event) => this.events.push(event));
    const save = (text: string): void => {
      disk.knownPeers = text;
    };
    const failed = (): void => undefined;
    this.knownPeers = new KnownPeers(
      { crypto, saver: new Saver({ timers: ports.timers, save, failed }) },
      { localPeerId: localPeer, text: disk.knownPeers },
    );
    this.workspace = new Workspace(
      {
        store,
        repositories,
        ports,
        crypto,
        bus,
        bytes: (disk.bytes ??= new MemoryFileBytes()),
      },
      {
        secretKey: 'simulated',
        autoApproveAgents: false,
        localPeer,
        trustDefault: init.trustDefault ?? 'ask',
        maintenanceIntervalMs: 900_000,
      },
    );
    this.mesh = new Mesh(
      {
        ports,
        crypto,
        identity,
        knownPeers: this.knownPeers,
        bus,
        log,
        admission: admission(this.workspace),
        pins: storedPins(store, repositories.peerSecurity),
      },
      {
        port: 7771,
        canopyVersion: init.canopyVersion ?? ourVersion('0.0.0'),
        capabilities: init.capabilities ?? OUR_CAPABILITIES,
        allowLoopback: false,
        rejectProtocolMismatch: false,
        allowUnverifiedRelay: false,
        advertise: null,
        discovery: false,
        relayPolicy: 'broker_only',
        ...init.mesh,
      },
    );
    this.libraries = init.libraries === true ? this.#withLibraries(ports, { crypto, bus, log }) : null;
    this.sync = new Sync({
      ...(this.libraries === null ? {} : { foreignSets: this.libraries.replication.sets }),
      mesh: this.mesh,
      workspace: this.workspace,
      repositories,
      knownPeers: this.knownPeers,
      identity,
      crypto,
      ports,
      bus,
      log,
      ...(init.verifyBeside === undefined ? {} : { verifyBeside: init.verifyBeside }),
      ...(init.links === undefined ? {} : { links: init.links(this.mesh) }),
      ownDevice: () => ({
        deviceId: 'aaaa0001',
        displayName: `device-${localPeer.slice(0, 4)}`,
        description: '',
        avatarB64: '',
        avatarMime: '',
      }),
    });
  }

  async start(): Promise<void> {
    await this.sync.recover();
    this.sync.start();
    this.libraries?.replication.start();
    this.libraries?.content.start();
    this.libraries?.libraries.start();
    await this.mesh.start();
  }

  async stop(): Promise<void> {
    this.libraries?.libraries.stop();
    await this.libraries?.content.stop();
    this.libraries?.replication.stop();
    await this.sync.stop();
    await this.mesh.stop();
    this.knownPeers.flush();
  }

  #withLibraries(ports: Ports, init: { crypto: CryptoBackend; bus: EventBus; log: Log }): CoreLibraries {
    const { mesh, knownPeers } = this;
    const { identity, repositories, store } = this.disk;
    // Times of records are whole milliseconds, as a real clock tells them.
    const clock = {
      now: () => Math.floor(ports.clock.now()),
      monotonic: () => ports.clock.monotonic(),
    };
    const parts = { ...init, ports: { ...ports, clock }, store, repositories, identity, knownPeers, mesh };
    const libraries = new Libraries(parts);
    const assets = new SimAssets(
      { rows: repositories.assets, store, clock },
      { peer: identity.peerId, bytes: (this.disk.assets ??= new Map()) },
    );
    const replication = new Replication(
      {
        ...parts,
        records: libraries.records,
        view: libraries,
        assets,
        links: mesh.links,
        refused: repositories.refused,
      },
      { localPeer: identity.peerId, fullScanIntervalMs: 300_000 },
    );
    const content = new Content(
      {
        ...parts,
        ...ports,
        clock,
        view: libraries,
        assets,
        links: mesh.links,
        transfers: repositories.libraryTransfers,
        mayCarry: (link) => link.via === null,
        tellAgain: (link, libraryId, hashes) => replication.tellAgain(link, libraryId, hashes),
        offence: (peer, offence) => mesh.offence(peer, offence),
      },
      { maxUp: null, maxDown: null },
    );
    replication.onHeard((link, libraryId, hashes) => content.told(link, libraryId, hashes));
    return { libraries, replication, content, assets };
  }

  /** Makes an account without the cost of a password hash. */
  addPerson(name: string): UserId {
    const id = `user_${name.padEnd(16, '0')}` as UserId;
    const { users } = this.disk.repositories;
    const now = 0;
    this.disk.store.commit.now(() => {
      users.insert({ id, username: name, publicKey: 'key', displayName: name, passwordHash: 'x', now });
      this.workspace.channels.joinLocals(GENERAL);
    });
    return id;
  }

  /** Texts in #general as `userId` reads them. */
  general(userId: UserId): ChannelMessageView[] {
    return [...this.workspace.channelMessages.list(userId, GENERAL, { limit: 1000 })];
  }

  /** Direct messages as `userId` reads them, oldest first. */
  direct(userId: UserId): DirectMessageView[] {
    return this.workspace.directMessages.list(userId, { limit: 1000 }).reverse();
  }

  /** What importing `other`'s invite does, HTTP aside. */
  importInviteOf(other: Core): Promise<unknown> {
    const { identity } = other.disk;
    this.knownPeers.importPeer({
      peerId: identity.peerId,
      ed25519PublicKey: identity.ed25519.publicKey,
      x25519PublicKey: identity.x25519.publicKey,
      endpoints: other.mesh.localEndpoints(),
    });
    this.workspace.trust.consentByInvite(identity.peerId);
    return this.mesh.connect(identity.peerId, other.mesh.localEndpoints());
  }
}

/** A world of whole cores. */
export class CoreWorld extends SimWorld {
  /** An empty disk. */
  disk(): Disk {
    const random = this.random.fork();
    const identity = createNodeIdentity(random, simulatedCrypto);
    const ports = this.ports('0.0.0.0');
    const store = openMemoryDatabase({ ports, log: silentLog });
    const cipher = new AtRestCipher(
      { crypto: simulatedCrypto, random },
      { ed25519Seed: identity.ed25519.privateKey },
    );
    const vault = new Vault(cipher);
    return {
      identity,
      store,
      repositories: createRepositories({ sql: store.sql, vault, random }),
      knownPeers: null,
    };
  }

  /** A node on a machine of its own. */
  core(init: CoreInit = {}, disk: Disk = this.disk()): Core {
    return new Core(this.ports(init.host ?? this.nextHost()), disk, init);
  }
}
