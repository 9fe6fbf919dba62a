/**
 * What the HTTP room works with: built by `node.ts`, handed to the areas of the API.
 */
import type { CryptoBackend } from '../crypto/backend.ts';
import type { KnownPeers } from '../identity/known-peers.ts';
import type { NodeIdentity } from '../identity/node-identity.ts';
import type { PublicAddress } from '../identity/public-address.ts';
import type { RelayPolicy } from '../identity/relay-settings.ts';
import type { Mesh } from '../mesh/mesh.ts';
import type { Ports } from '../ports/types.ts';
import type { Sync } from '../sync/sync.ts';
import type { EventBus } from '../telemetry/bus.ts';
import type { Log } from '../telemetry/log.ts';
import type { DatabaseTransfer } from '../store/database-transfer.ts';
import type { Statistics } from '../store/statistics.ts';
import type { DeviceCard } from '../workspace/types.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { LibraryParts } from './api/libraries.ts';
import type { AssetParts } from './api/can.ts';
import type { RateLimitMode } from './limits.ts';

/** The mesh with everything that exists only together with it. */
export interface MeshParts {
  mesh: Mesh;
  sync: Sync;
  knownPeers: KnownPeers;
}

/** The relay policy this node offers to others; works without a mesh, too (04 section 1.4). */
export interface RelaySetting {
  readonly policy: RelayPolicy;
  /** The environment set the policy this process started with, and will again. */
  readonly fromEnvironment: boolean;
  /** Applies at once and survives a restart. */
  set(policy: RelayPolicy): void;
}

/** The public address for invites that a person gave this node (05 section 10.4, C-2). */
export interface PublicAddressSetting {
  get(): PublicAddress;
  /** Survives a restart. */
  set(address: PublicAddress): void;
}

/** This device's own profile (03 section 1.3). */
export interface OwnDevice {
  readonly deviceId: string;
  card(): DeviceCard;
  /** Keeps what is absent. Saves the file and publishes `profile.local`. */
  update(changes: Partial<DeviceCard>): void;
}

/** Collaborators of {@link HttpServer}. */
export interface HttpComponents {
  ports: Ports;
  crypto: CryptoBackend;
  bus: EventBus;
  log: Log;
  workspace: Workspace;
  /** Exists also when the mesh is switched off. */
  identity: NodeIdentity | null;
  /** Null when the mesh is switched off or failed to start. */
  mesh: MeshParts | null;
  relay: RelaySetting;
  publicAddress: PublicAddressSetting;
  device: OwnDevice;
  statistics: Statistics;
  database: DatabaseTransfer;
  /** Null when the mesh is switched off. */
  libraries: LibraryParts | null;
  assets: AssetParts;
}

/** How the HTTP server runs; derived from the configuration. */
export interface HttpOptions {
  /** Address to listen on. */
  host: string;
  /** Port to listen on; 0 takes a free one. */
  port: number;
  version: string;
  /** Directory of the built page, or null to serve none. */
  webRoot: string | null;
  /** Configured mesh port, shown when the mesh does not run. */
  meshPort: number;
  /** Hosts this node advertises in place of the addresses found. */
  advertise: readonly string[];
  /** `CANOPY_ALLOWED_HOSTS`. */
  allowedHosts: readonly string[];
  /** Name of this machine. */
  machineName: string;
  rateLimits: RateLimitMode;
  /** `CANOPY_RETRY_AFTER_SECONDS`: the least a refused client is told to wait. */
  retryAfterSeconds: number;
  /** `CANOPY_SESSION_COOKIE_SECURE`. */
  secureCookie: boolean;
  /** Loopback endpoints are kept, so they may stand in invites made here. */
  allowLoopback: boolean;
  /** Where the data lie; absent when they are only in memory. */
  dataDirectory?: string;
  /** The newest file of the log, or null when none can be written. */
  logFile?: string | null;
  /** What this node offers others of its own kind (06). */
  extensions?: readonly string[];
  /** `CANOPY_ALLOW_UNVERIFIED_RELAY_MESSAGES`, shown in the status. */
  allowUnverifiedRelay: boolean;
}
