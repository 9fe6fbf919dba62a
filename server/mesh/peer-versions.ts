/** What peers said about their versions and abilities, kept after they leave (04 section 3.0, PeerVersion). */
import type { HandshakePeer } from '../wire/handshake.ts';
import { PROTOCOL_VERSION } from '../wire/handshake.ts';
import type { PeerId } from '../wire/ids.ts';
import { MAX_VERSIONS } from './limits.ts';
import type { PeerVersion } from './types.ts';

/** Versions by peer, oldest out. */
export class PeerVersions {
  readonly #versions = new Map<PeerId, PeerVersion>();

  get(peer: PeerId): PeerVersion | undefined {
    return this.#versions.get(peer);
  }

  note(peer: HandshakePeer): void {
    this.#versions.delete(peer.peerId);
    this.#versions.set(peer.peerId, {
      canopy_version: peer.canopyVersion,
      protocol_version: peer.protocolVersion,
      compatible_protocol: peer.protocolVersion === PROTOCOL_VERSION,
      version: peer.version,
      capabilities: [...peer.capabilities],
    });
    if (this.#versions.size <= MAX_VERSIONS) return;
    const oldest = this.#versions.keys().next();
    if (oldest.done !== true) this.#versions.delete(oldest.value);
  }

  forget(peer: PeerId): void {
    this.#versions.delete(peer);
  }

  /** For the API: what connected peers said, and of those that were only introduced what was said of them. */
  toRecord(
    introduced: readonly { peer_id: PeerId; capabilities: string[] }[],
  ): Record<string, PeerVersion | { capabilities: string[] }> {
    return Object.fromEntries<PeerVersion | { capabilities: string[] }>([
      ...introduced.map((peer) => [peer.peer_id, { capabilities: peer.capabilities }] as const),
      ...this.#versions,
    ]);
  }
}
