/**
 * The device profiles of other peers (03 sections 1.3 and 4.6); the own one is kept by `config`.
 */
import type { PeerId } from '../wire/ids.ts';
import type { DeviceCard } from './types.ts';

export class PeerDevices {
  /** What a peer says about itself; `undefined` when nothing is known. */
  get(_peer: PeerId): DeviceCard | undefined {
    throw new Error('not built yet');
  }
  list(): Map<PeerId, DeviceCard> {
    throw new Error('not built yet');
  }
}
