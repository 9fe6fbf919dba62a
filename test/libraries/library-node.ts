/** Nodes with libraries and nothing else, over real sockets on loopback. */
import { nativeCrypto as crypto } from '../../server/crypto/native.ts';
import { KnownPeers } from '../../server/identity/known-peers.ts';
import { createNodeIdentity } from '../../server/identity/node-identity.ts';
import { Saver } from '../../server/identity/saver.ts';
import { Libraries } from '../../server/libraries/libraries.ts';
import { Mesh } from '../../server/mesh/mesh.ts';
import type { SecureLink } from '../../server/mesh/secure/types.ts';
import { storedPins } from '../../server/mesh/secure/pins.ts';
import { systemPorts } from '../../server/ports/system.ts';
import type { Ports } from '../../server/ports/types.ts';
import { openMemoryDatabase } from '../../server/store/database.ts';
import { createRepositories } from '../../server/store/repositories.ts';
import type { MeshOptions } from '../../server/mesh/types.ts';
import { ourVersion } from '../../server/sync/our-nodes.ts';
import { EventBus } from '../../server/telemetry/bus.ts';
import { silentLog } from '../../server/telemetry/log.ts';
import type { PeerId } from '../../server/wire/ids.ts';
import { OUR_CAPABILITIES } from '../sim/node.ts';
import { testVault } from '../store/support.ts';

/** A mesh on this machine alone, that listens on any free port. */
export const ON_LOOPBACK: MeshOptions = {
  host: '127.0.0.1',
  port: 0,
  canopyVersion: ourVersion('0.0.0'),
  capabilities: OUR_CAPABILITIES,
  allowLoopback: true,
  rejectProtocolMismatch: false,
  allowUnverifiedRelay: false,
  advertise: ['127.0.0.1'],
  discovery: false,
  relayPolicy: 'broker_only',
};

const WAIT_MS = 20;
const PATIENCE_MS = 20_000;

/** One node. */
export class LibraryNode {
  readonly identity;
  readonly mesh: Mesh;
  readonly libraries: Libraries;
  readonly repositories;
  readonly knownPeers: KnownPeers;
  readonly #store;

  constructor({ offset = 0 }: { offset?: number } = {}) {
    const system = systemPorts();
    const ports: Ports = {
      ...system,
      clock: { now: () => system.clock.now() + offset, monotonic: () => system.clock.monotonic() },
    };
    this.identity = createNodeIdentity(ports.random, crypto);
    this.#store = openMemoryDatabase({ ports, log: silentLog });
    this.repositories = createRepositories({
      sql: this.#store.sql,
      vault: testVault(Uint8Array.from(this.identity.ed25519.privateKey)),
      random: ports.random,
    });
    const bus = new EventBus((error) => {
      throw error;
    });
    const nothing = (): void => undefined;
    this.knownPeers = new KnownPeers(
      { crypto, saver: new Saver({ timers: ports.timers, save: nothing, failed: nothing }) },
      { localPeerId: this.identity.peerId, allowLoopback: true, text: null },
    );
    const shared = {
      ports,
      crypto,
      identity: this.identity,
      knownPeers: this.knownPeers,
      bus,
      log: silentLog,
    };
    this.mesh = new Mesh(
      {
        ...shared,
        admission: { accepts: () => true, isFamiliar: () => false },
        pins: storedPins(this.#store, this.repositories.peerSecurity),
      },
      ON_LOOPBACK,
    );
    this.libraries = new Libraries({
      ...shared,
      store: this.#store,
      repositories: this.repositories,
      mesh: this.mesh,
    });
  }

  static async start(init: { offset?: number } = {}): Promise<LibraryNode> {
    const node = new LibraryNode(init);
    node.libraries.start();
    await node.mesh.start();
    return node;
  }

  get peerId(): PeerId {
    return this.identity.peerId;
  }

  get endpoint(): string {
    return `ws://127.0.0.1:${this.mesh.port}`;
  }

  /** A ticket whose invite leads here. */
  ticket(
    libraryId: Parameters<Libraries['invite']>[0],
    wish: Partial<Parameters<Libraries['invite']>[1]> = {},
  ): string {
    const whole = {
      mode: 'write',
      expiresAt: null,
      maxUses: 0,
      endpoints: [this.endpoint],
      ...wish,
    } as const;
    return this.libraries.invite(libraryId, whole).ticket;
  }

  /** Its session with another. */
  async linkTo(other: LibraryNode): Promise<SecureLink> {
    return eventually(() => this.mesh.links.get(other.peerId));
  }

  /** A session with another whose keys it knows, without any ticket. */
  async meet(other: LibraryNode): Promise<SecureLink> {
    const { peerId, ed25519, x25519 } = other.identity;
    this.knownPeers.importPeer({
      peerId,
      ed25519PublicKey: ed25519.publicKey,
      x25519PublicKey: x25519.publicKey,
      endpoints: [other.endpoint],
    });
    await this.mesh.connect(peerId, [other.endpoint]);
    return this.linkTo(other);
  }

  async stop(): Promise<void> {
    this.libraries.stop();
    await this.mesh.stop();
    this.#store.close();
  }
}

/** What `look` finds, once it finds something. */
export async function eventually<T>(
  look: () => T | null | undefined | false,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const found = look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error('it never came');
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
}
