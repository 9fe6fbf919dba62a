/** Introducing neighbours to each other (02 sections 2.9 and 5.3; 02 S1, S13). */
import { encodeBase58 } from '../wire/base58.ts';
import type { PeerId } from '../wire/ids.ts';
import type { IntroducedPeerEntry } from '../wire/payloads/introductions.ts';
import type { SyncComponents } from './context.ts';
import type { Inbound } from './inbound.ts';

/** Length of the name of a peer that has none. */
const SHORT_ID = 8;
/** How long a new peer's own card is waited for, so that it is introduced by its name. */
const CARD_WAIT_MS = 2_000;

export class Introductions {
  readonly #c: SyncComponents;

  constructor(components: SyncComponents) {
    this.#c = components;
  }

  register(inbound: Inbound): void {
    inbound.on('peer_announcement', 'trusted', ({ introduced_peers }, { from }) =>
      this.#received(introduced_peers, from),
    );
  }

  /**
   * Steps f and g of the post-connect order. Deviation D-46: the other accepted neighbours to `peer`, and `peer` to
   * them. A peer behind a relay is no neighbour: this node could not bring anybody together with it.
   */
  async introduce(peer: PeerId): Promise<void> {
    if (!this.#c.mesh.isDirect(peer)) return;
    if (this.#c.workspace.peerDevices.get(peer) === undefined)
      await new Promise<void>((resolve) => this.#c.ports.timers.after(CARD_WAIT_MS, resolve));
    const others = this.#c.mesh
      .neighbours()
      .filter((other) => other !== peer && this.#c.workspace.trust.isTrusted(other));
    const entries = others.map((other) => this.#entry(other)).filter((entry) => entry !== null);
    if (entries.length > 0) await this.#send(peer, entries);
    const own = this.#entry(peer);
    if (own !== null) await Promise.all(others.map((other) => this.#send(other, [own])));
  }

  async #send(to: PeerId, entries: object[]): Promise<void> {
    const metadata = { type: 'peer_announcement', introduced_peers: entries };
    await this.#c.mesh.sendDirect('peer_announcement', to, { content: '', metadata });
  }

  #entry(peer: PeerId): object | null {
    const known = this.#c.knownPeers.get(peer);
    if (known === undefined) return null;
    const device = this.#c.workspace.peerDevices.get(peer);
    const name = device?.displayName || known.displayName || peer.slice(0, SHORT_ID);
    return {
      peer_id: peer,
      display_name: name,
      endpoints: known.endpoints.length > 0 ? [...known.endpoints] : this.#discovered(peer),
      ed25519_public_key: encodeBase58(known.ed25519PublicKey),
      x25519_public_key: encodeBase58(known.x25519PublicKey),
      capabilities: [...(this.#c.mesh.peerInfo(peer)?.capabilities ?? [])],
      device_profile:
        device === undefined
          ? null
          : {
              peer_id: peer,
              display_name: device.displayName,
              description: device.description,
              avatar_b64: device.avatarB64,
              avatar_mime: device.avatarMime,
            },
    };
  }

  #discovered(peer: PeerId): string[] {
    const seen = this.#c.mesh.discovered().find((one) => one.peer_id === peer);
    if (seen === undefined) return [];
    return seen.addresses.map(
      (address) => `ws://${address.includes(':') ? `[${address}]` : address}:${seen.port}`,
    );
  }

  async #received(entries: readonly IntroducedPeerEntry[], from: PeerId): Promise<void> {
    this.#c.mesh.introduce(
      entries.map((entry) => ({
        peerId: entry.peer_id,
        // A node that does not know the name says the beginning of the id; the real one may still come.
        displayName: isShortId(entry) ? (entry.device_profile?.display_name ?? '') : entry.display_name,
        endpoints: entry.endpoints,
        ed25519PublicKey: entry.ed25519_public_key,
        x25519PublicKey: entry.x25519_public_key,
        capabilities: entry.capabilities,
        deviceProfile: entry.device_profile,
      })),
      from,
    );
    // Only of peers whose keys held, which are bounded in number.
    const introduced = new Set<PeerId>(this.#c.mesh.introduced().map((one) => one.peer_id));
    const devices = entries.flatMap(({ peer_id: peer, device_profile: device }) =>
      device === null || !introduced.has(peer) ? [] : [{ peer, device }],
    );
    if (devices.length === 0) return;
    await this.#c.workspace.inbound.changes.run(() => {
      for (const { peer, device } of devices)
        this.#c.workspace.peerDevices.store(
          peer,
          {
            displayName: device.display_name,
            description: device.description,
            ...(device.avatar_b64 === null ? {} : { avatarB64: device.avatar_b64 }),
            ...(device.avatar_mime === null ? {} : { avatarMime: device.avatar_mime }),
          },
          false,
        );
    });
  }
}

function isShortId({ peer_id: peer, display_name: name }: IntroducedPeerEntry): boolean {
  return name === '' || peer.startsWith(name);
}
