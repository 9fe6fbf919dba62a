/** Puts mesh cores on simulated (or real) ports, with collaborators that live in memory only. */
import { nativeCrypto } from '../../server/crypto/native.ts';
import { KnownPeers } from '../../server/identity/known-peers.ts';
import { createNodeIdentity } from '../../server/identity/node-identity.ts';
import type { NodeIdentity } from '../../server/identity/node-identity.ts';
import { Saver } from '../../server/identity/saver.ts';
import { Mesh } from '../../server/mesh/mesh.ts';
import type { Pin, PinStore } from '../../server/mesh/secure/pins.ts';
import type { Admission, InboundMessage, MeshOptions, MessageHandler } from '../../server/mesh/types.ts';
import type { FrameBackground } from '../../server/mesh/large/answering.ts';
import type { Ports } from '../../server/ports/types.ts';
import { EventBus } from '../../server/telemetry/bus.ts';
import type { NodeEvent } from '../../server/telemetry/bus.ts';
import { silentLog } from '../../server/telemetry/log.ts';
import type { Log } from '../../server/telemetry/log.ts';
import { MESSAGE_TYPES, OWN_CAPABILITIES } from '../../server/wire/message-types.ts';
import type { MessageType } from '../../server/wire/message-types.ts';
import { NATIVE_EXTENSIONS } from '../../server/wire/native-extensions.ts';
import { MemoryLan } from './memory-lan.ts';
import { MemoryNetwork } from './memory-network.ts';
import { SeededRandom } from './seeded-random.ts';
import { VirtualTime } from './virtual-time.ts';

/** What a node of this program offers. */
export const OUR_CAPABILITIES: readonly string[] = [...OWN_CAPABILITIES, ...NATIVE_EXTENSIONS];

/** Pins in memory. */
export function memoryPins(): PinStore {
  const pins = new Map<string, Pin>();
  return {
    get: (peer) => pins.get(peer),
    put: (pin) => void pins.set(pin.peerId, pin),
    delete: (peer) => pins.delete(peer),
  };
}

/** One mesh core with what it told the world. */
export interface SimNode {
  mesh: Mesh;
  identity: NodeIdentity;
  knownPeers: KnownPeers;
  /** Everything that was delivered, in order. */
  inbox: InboundMessage[];
  events: NodeEvent[];
  /** Peers that are refused. */
  blocked: Set<string>;
  /** Peers that a person accepted. */
  familiar: Set<string>;
}

/** How a node is set up, beside what the mesh itself offers. */
export interface SimNodeInit extends Partial<MeshOptions> {
  identity?: NodeIdentity;
  /** Content of a known-peers file. */
  knownPeers?: string;
  log?: Log;
  /** What outlives a restart of who connects securely. */
  pins?: PinStore;
  /** Reads large frames. */
  background?: FrameBackground;
  /** In the place of those that keep what arrives. */
  handlers?: Partial<Record<MessageType, MessageHandler>>;
}

/** A mesh core on `ports`, with one handler for every type that keeps what arrives. */
export function createNode(ports: Ports, init: SimNodeInit = {}): SimNode {
  const {
    identity = createNodeIdentity(ports.random, nativeCrypto),
    knownPeers: text,
    handlers = {},
    pins = memoryPins(),
    background,
    log = silentLog,
    ...options
  } = init;
  const { timers } = ports;
  const allowLoopback = options.allowLoopback ?? true;
  const knownPeers = new KnownPeers(
    { crypto: nativeCrypto, saver: new Saver({ timers, save: () => undefined, failed: () => undefined }) },
    { localPeerId: identity.peerId, allowLoopback, ...(text === undefined ? {} : { text }) },
  );
  const events: NodeEvent[] = [];
  const bus = new EventBus((error) => {
    throw error;
  });
  bus.subscribe((event) => events.push(event));
  const blocked = new Set<string>();
  const familiar = new Set<string>();
  const admission: Admission = {
    accepts: (peer) => !blocked.has(peer),
    isFamiliar: (peer) => familiar.has(peer),
  };
  const mesh = new Mesh(
    {
      ports,
      crypto: nativeCrypto,
      identity,
      knownPeers,
      bus,
      log,
      admission,
      pins,
      ...(background === undefined ? {} : { background }),
    },
    {
      port: 0,
      canopyVersion: '0.0.0',
      capabilities: OUR_CAPABILITIES,
      rejectProtocolMismatch: false,
      allowUnverifiedRelay: false,
      advertise: null,
      discovery: false,
      relayPolicy: 'broker_only',
      ...options,
      allowLoopback,
    },
  );
  const inbox: InboundMessage[] = [];
  for (const type of MESSAGE_TYPES)
    mesh.handle(type, handlers[type] ?? ((message) => void inbox.push(message)));
  return { mesh, identity, knownPeers, inbox, events, blocked, familiar };
}

/** A simulated world: machines on one network and one LAN, one clock. */
export class SimWorld {
  readonly time = new VirtualTime();
  readonly random: SeededRandom;
  readonly network: MemoryNetwork;
  readonly lan: MemoryLan;
  #hosts = 0;

  constructor(seed = 1) {
    this.random = new SeededRandom(seed);
    this.network = new MemoryNetwork(this.time, this.random.fork());
    this.lan = new MemoryLan(this.time);
  }

  /** Address of the next machine. */
  nextHost(): string {
    this.#hosts += 1;
    return `10.0.${this.#hosts >> 8}.${this.#hosts & 255}`;
  }

  /** Ports of the machine at `host`. */
  ports(host: string): Ports {
    return {
      clock: this.time,
      timers: this.time,
      random: this.random.fork(),
      transport: this.network.transport(host),
      discovery: this.lan.discovery(),
      commit: (base) => base,
      localAddresses: () => [host],
    };
  }

  /** A node on a machine of its own, port 7771. */
  node(init: SimNodeInit & { host?: string } = {}): SimNode {
    const { host: address = this.nextHost(), ...rest } = init;
    return createNode(this.ports(address), { port: 7771, ...rest });
  }
}
