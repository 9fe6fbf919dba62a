/**
 * What several routes say about the mesh, in the reference's words (04 sections 3.0 and 3.3), with a mesh and
 * without one.
 */
import type { HttpComponents, HttpOptions } from './components.ts';
import type { LinkJson } from './types/mesh.ts';
import type { Mesh } from '../mesh/mesh.ts';
import type { PeerId } from '../wire/ids.ts';

/** Protocol version of the handshake (01 section 5). */
const PROTOCOL_VERSION = 1;
/** A peer that accepted us has said so by then: its cards and questions come first in a session. */
const ACCEPTANCE_SHOWS_MS = 3_000;
/** Characters of a peer id that stand for a name where none is known (04 section 3.5). */
const SHORT_ID = 12;

/** No digest sync in this build (02 section 8.4); the fields stay for clients that read them. */
const SYNC_DIGEST = {
  enabled: false,
  require_capability: true,
  max_channels_per_request: 200,
  stats: {
    channels_checked: 0,
    channels_matched: 0,
    channels_mismatched: 0,
    fallbacks: 0,
    requests_with_digest: 0,
    last_used_at: null,
  },
};

/** Reads the state of the mesh for answers. */
export class MeshView {
  readonly #components: HttpComponents;
  readonly #options: HttpOptions;

  constructor(components: HttpComponents, options: HttpOptions) {
    this.#components = components;
    this.#options = options;
  }

  /** The running mesh, or null. */
  get mesh(): Mesh | null {
    const mesh = this.#components.mesh?.mesh ?? null;
    return mesh?.running === true ? mesh : null;
  }

  /** What anybody may know (04 section 3.3): numbers, no lists of peers. */
  publicStatus() {
    const mesh = this.mesh;
    return {
      running: mesh !== null,
      peer_id: mesh?.peerId ?? null,
      canopy_version: this.#options.version,
      protocol_version: PROTOCOL_VERSION,
      connected_peers: mesh?.neighbours().length ?? 0,
      discovered_peers: mesh?.discovered().length ?? 0,
      relay_policy: this.#components.relay.policy,
    };
  }

  /** NetworkStatus. */
  status() {
    const mesh = this.mesh;
    return {
      ...this.publicStatus(),
      connected_peers_list: mesh?.neighbours() ?? [],
      peers: mesh?.discovered() ?? [],
      peer_versions: mesh?.versions() ?? {},
      sync_digest: SYNC_DIGEST,
      security: { allow_unverified_relay_messages: this.#options.allowUnverifiedRelay },
    };
  }

  /** `GET /p2p/peers` with the links of 06 section 5. */
  peers() {
    const mesh = this.mesh;
    const connected = mesh?.neighbours() ?? [];
    const discovered = (mesh?.discovered() ?? []).map((peer) => ({
      ...peer,
      display_name: this.knownName(peer.peer_id),
    }));
    return {
      discovered_peers: discovered,
      connected_peers: connected,
      connected_peer_details: connected.map((peer) => {
        const info = mesh?.peerInfo(peer);
        return {
          peer_id: peer,
          canopy_version: info?.canopyVersion ?? null,
          protocol_version: info?.protocolVersion ?? null,
          compatible_protocol: info?.protocolVersion === PROTOCOL_VERSION,
          display_name: this.knownName(peer),
        };
      }),
      peer_versions: mesh?.versions() ?? {},
      total_discovered: discovered.length,
      total_connected: connected.length,
      links: this.links(),
    };
  }

  /** Every reachable peer with what its link protects. */
  links(): LinkJson[] {
    const mesh = this.mesh;
    if (mesh === null) return [];
    const sessions = mesh.connected().map((peer) => this.#linkOf(mesh, peer));
    const relayed = Object.entries(mesh.routing().active_relays)
      .filter(([peer]) => !sessions.some((link) => link.peer_id === peer))
      .map(([peer, via]): LinkJson => ({
        peer_id: peer,
        protection: 'signed',
        via,
        pinned: mesh.isPinned(peer as PeerId),
        since: null,
        rtt_ms: null,
        accepts_us: null,
      }));
    return [...sessions, ...relayed];
  }

  /** `GET /p2p/relay_status`. */
  relayStatus() {
    const routing = this.mesh?.routing();
    const { policy, fromEnvironment } = this.#components.relay;
    return {
      relay_policy: policy,
      active_relays: routing?.active_relays ?? {},
      routing_table: routing?.routing_table ?? {},
      // Of our own: who set the policy, and what this node carries for others (06 section 2.4).
      set_by_environment: fromEnvironment,
      relayed_pairs: (routing?.relayed_pairs ?? []).map((pair) => ({
        ...pair,
        names: pair.peers.map((peer) => this.name(peer)),
      })),
      relayed_bytes: routing?.relayed_bytes ?? 0,
    };
  }

  /** The device name a peer gave itself, else the name it is known by, else null. */
  knownName(peer: PeerId): string | null {
    const device = this.#components.workspace.peerDevices.get(peer)?.displayName ?? '';
    if (device !== '') return device;
    const known = this.#components.mesh?.knownPeers.get(peer)?.displayName ?? '';
    return known === '' ? null : known;
  }

  /** A name for a peer, never empty. */
  name(peer: PeerId): string {
    return this.knownName(peer) ?? peer.slice(0, SHORT_ID);
  }

  #linkOf(mesh: Mesh, peer: PeerId): LinkJson {
    const info = mesh.peerInfo(peer);
    const accepted = this.#components.mesh?.sync.acceptedBy(peer) ?? null;
    // What shows that it accepted us is on its way while the session is young.
    const young =
      info === undefined || this.#components.ports.clock.now() - info.connectedAt < ACCEPTANCE_SHOWS_MS;
    return {
      peer_id: peer,
      protection: info?.protection ?? 'signed',
      via: info?.via ?? null,
      pinned: mesh.isPinned(peer),
      since: info === undefined ? null : info.connectedAt / 1000,
      rtt_ms: info?.rttMs ?? null,
      accepts_us: accepted === false && young ? null : accepted,
    };
  }
}
