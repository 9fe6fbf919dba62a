/**
 * Keeps two workspaces equal over the mesh (02, 03): the one object `node.ts` and `http` see of this room.
 */
import type { PeerId } from '../wire/ids.ts';
import type { PeerSend } from './peer-send.ts';

export class Sync {
  /** `POST /p2p/send`. */
  get peerSend(): PeerSend {
    throw new Error('not built yet');
  }
  /** Registers handlers and begins; idempotent. */
  start(): void {
    throw new Error('not built yet');
  }
  /** Ends timers and listeners; idempotent. */
  async stop(): Promise<void> {
    throw new Error('not built yet');
  }
  /** Runs the post-connect work towards a neighbour again (trust raised, a person asked). */
  resync(_peer: PeerId): void {
    throw new Error('not built yet');
  }
  /** Post-connect runs under way and waiting, for `system-health`. */
  queueDepth(): number {
    throw new Error('not built yet');
  }
}
