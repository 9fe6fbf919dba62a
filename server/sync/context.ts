/** What the parts of this room work with. */
import type { CryptoBackend, VerifySignature } from '../crypto/backend.ts';
import type { KnownPeers } from '../identity/known-peers.ts';
import type { NodeIdentity } from '../identity/node-identity.ts';
import type { Mesh } from '../mesh/mesh.ts';
import type { Ports } from '../ports/types.ts';
import type { Repositories } from '../store/repositories.ts';
import type { EventBus } from '../telemetry/bus.ts';
import type { Log } from '../telemetry/log.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { AcknowledgingLinks } from './delivery/links.ts';
import type { ForeignSets } from './reconcile/types.ts';

/** What the own device shows about itself (03 section 1.3). */
export interface OwnDevice {
  deviceId: string;
  displayName: string;
  description: string;
  avatarB64: string;
  avatarMime: string;
}

export interface SyncComponents {
  mesh: Mesh;
  workspace: Workspace;
  repositories: Repositories;
  knownPeers: KnownPeers;
  identity: NodeIdentity;
  crypto: CryptoBackend;
  /** Checks signatures beside the event loop, where there is anything beside it. */
  verifyBeside?: VerifySignature;
  ports: Pick<Ports, 'clock' | 'timers' | 'random'>;
  bus: EventBus;
  log: Log;
  /** Sessions that acknowledge, when they are not the mesh's own. */
  links?: AcknowledgingLinks;
  /** Sets of other rooms that are compared with peers (07 section 3.1). */
  foreignSets?: ForeignSets;
  /** The own device profile as it is now. */
  ownDevice: () => OwnDevice;
}
