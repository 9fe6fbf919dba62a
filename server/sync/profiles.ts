/**
 * Profile cards (02 section 2.8; 03 sections 4.4 and 4.5). Own cards go to trusted neighbours after connect and to
 * everybody when they change; a neighbour's card is passed on once to the others.
 */
import type { CryptoBackend } from '../crypto/backend.ts';
import { toBase64, toHex, utf8 } from '../crypto/bytes.ts';
import type { PeerId, UserId } from '../wire/ids.ts';
import type { ProfileCard } from '../wire/payloads/profile.ts';
import { canonicalJson, fromPlain } from '../wire/pyjson.ts';
import type { LocalProfile } from '../workspace/types.ts';
import { CardCache } from './card-cache.ts';
import type { SyncComponents } from './context.ts';
import type { Inbound } from './inbound.ts';
import type { PeerKnowledge } from './peer-knowledge.ts';

const HASH_HEX = 16;
/** A card of one person is passed on at most this often (02 section 9). */
const RELAY_INTERVAL_MS = 30_000;
/** Own cards are sent again to a peer that asks by syncing again, at most this often (02 R12). */
const RESEND_INTERVAL_MS = 60_000;
/** Remembered people, for hashes and relay times. */
const MAX_REMEMBERED = 5000;
/** Cards of unaccepted peers kept in memory until somebody decides. */
const MAX_HELD_PEERS = 50;
const MAX_HELD_CARDS = 20;

/** A card and its raw form, which is what gets passed on. */
interface Received {
  card: ProfileCard;
  raw: unknown;
}

/** What tells two states of a card apart (02 section 2.8). @param card without its hash. */
export function profileHash(crypto: CryptoBackend, card: Readonly<Record<string, unknown>>): string {
  return toHex(crypto.sha256(utf8(canonicalJson(fromPlain(card))))).slice(0, HASH_HEX);
}

export class Profiles {
  readonly #c: SyncComponents;
  readonly #knowledge: PeerKnowledge;
  readonly #onAcceptance: (peer: PeerId) => void;
  /** Last applied hash by `peer|user`; cleared for a peer when it connects. */
  readonly #hashes = new Map<string, string>();
  readonly #relayed = new Map<string, number>();
  readonly #cards = new CardCache();
  /** When cards were last sent again, by peer; -Infinity once the first ones went out in this session. */
  readonly #resent = new Map<PeerId, number>();
  readonly #held = new Map<PeerId, Received[]>();

  constructor(
    components: SyncComponents,
    init: { knowledge: PeerKnowledge; onAcceptance: (peer: PeerId) => void },
  ) {
    this.#c = components;
    this.#knowledge = init.knowledge;
    this.#onAcceptance = init.onAcceptance;
  }

  register(inbound: Inbound): void {
    inbound.on(
      'profile_sync',
      'trusted',
      async ({ profile }, message) => {
        await this.#apply({ card: profile, raw: message.metadata['profile'] }, message.from, true);
        // Only now: what waits for acceptance may be for the person on this very card.
        this.#noteAcceptance(message.from, profile);
      },
      ({ profile }, message) => {
        this.#noteAcceptance(message.from, profile);
        this.#hold({ card: profile, raw: message.metadata['profile'] }, message.from);
      },
    );
    inbound.on(
      'profile_update',
      'trusted',
      ({ profile }, message) =>
        this.#apply({ card: profile, raw: message.metadata['profile'] }, message.from, false),
      ({ profile }, message) => this.#hold({ card: profile, raw: message.metadata['profile'] }, message.from),
    );
  }

  /** The peer connected: its cards are looked at afresh. */
  connected(peer: PeerId): void {
    for (const key of this.#hashes.keys()) if (key.startsWith(`${peer}|`)) this.#hashes.delete(key);
    this.#resent.delete(peer);
  }

  /** What a peer sent before it was accepted counts now. */
  async accepted(peer: PeerId): Promise<void> {
    const held = this.#held.get(peer) ?? [];
    this.#held.delete(peer);
    for (const received of held) await this.#apply(received, peer, true);
  }

  /** The session ended; the next one brings its cards again. */
  disconnected(peer: PeerId): void {
    this.#held.delete(peer);
    this.#cards.forget(peer);
  }

  /** The cards of other accepted neighbours, for a peer that came after them (02 R13). */
  async sendOthers(peer: PeerId): Promise<void> {
    for (const other of this.#c.mesh.neighbours()) {
      if (other === peer || !this.#c.workspace.trust.isTrusted(other)) continue;
      for (const profile of this.#cards.of(other)) {
        const payload = { content: '', metadata: { type: 'profile_sync', profile } };
        if (!(await this.#c.mesh.sendDirect('profile_sync', peer, payload))) return;
      }
    }
  }

  /** Own cards to an accepted peer that is reached through a relay. */
  async sendCardsThroughRelay(peer: PeerId): Promise<void> {
    for (const profile of this.#localProfiles()) {
      const payload = {
        content: '',
        metadata: { type: 'profile_sync', profile: await this.#card(profile, true) },
      };
      if ((await this.#c.mesh.send('profile_sync', peer, payload, { queue: false })) === 'failed') return;
    }
  }

  /** Step c of the post-connect order: every local account's card, the oldest account first. */
  async sendCards(peer: PeerId): Promise<boolean> {
    if (!this.#resent.has(peer)) this.#resent.set(peer, -Infinity);
    for (const profile of this.#localProfiles()) {
      const payload = {
        content: '',
        metadata: { type: 'profile_sync', profile: await this.#card(profile, true) },
      };
      if (!(await this.#c.mesh.sendDirect('profile_sync', peer, payload))) return false;
    }
    return true;
  }

  /** Deviation D-27: the peer synced again: it may have begun to trust us and lack our cards (02 R12). */
  async sendCardsAgain(peer: PeerId): Promise<void> {
    const last = this.#resent.get(peer);
    const now = this.#c.ports.clock.monotonic();
    // Before the first cards went out the post-connect run sends them anyway.
    if (last === undefined || now - last < RESEND_INTERVAL_MS) return;
    this.#resent.set(peer, now);
    if (this.#c.workspace.trust.isTrusted(peer)) await this.sendCards(peer);
  }

  /** Tells everybody of a changed profile; `null`: of the device's. */
  async announce(userId: UserId | null): Promise<void> {
    const profiles = this.#localProfiles();
    const profile = userId === null ? profiles[0] : profiles.find((one) => one.id === userId);
    if (profile === undefined) return;
    const card = await this.#card(profile, userId === null);
    await this.#c.mesh.flood('profile_update', {
      content: '',
      metadata: { type: 'profile_update', profile: card },
    });
  }

  #localProfiles(): LocalProfile[] {
    const { people } = this.#c.workspace;
    return people
      .localAccounts()
      .filter((person) => person.status === 'active')
      .map((person) => people.profile(person.id))
      .filter((profile) => profile !== undefined);
  }

  async #card(profile: LocalProfile, withDevice: boolean): Promise<Record<string, unknown>> {
    const avatar = await this.#c.workspace.avatars.of(profile.id);
    const device = this.#c.ownDevice();
    const card = {
      user_id: profile.id,
      username: profile.username,
      display_name: profile.displayName,
      bio: profile.bio ?? '',
      account_type: profile.accountType,
      ...(avatar === null
        ? {}
        : { avatar_thumbnail: toBase64(avatar.bytes), avatar_content_type: 'image/jpeg' }),
      peer_id: this.#c.mesh.peerId,
      ...(withDevice
        ? {
            device: {
              device_id: device.deviceId,
              display_name: device.displayName,
              description: device.description,
              avatar_b64: device.avatarB64,
              avatar_mime: device.avatarMime,
            },
          }
        : {}),
    };
    return { ...card, profile_hash: profileHash(this.#c.crypto, card) };
  }

  /** Only peers that trust us send their own cards to us directly. */
  #noteAcceptance(from: PeerId, card: ProfileCard): void {
    if ((card.peer_id ?? from) === from && this.#knowledge.noteAcceptance(from)) this.#onAcceptance(from);
  }

  async #apply({ card, raw }: Received, from: PeerId, passOn: boolean): Promise<void> {
    const home = card.peer_id ?? from;
    // Nobody tells us about ourselves.
    if (home === this.#c.mesh.peerId) return;
    const key = `${home}|${card.user_id ?? ''}`;
    const own = home === from;
    if (!this.#isKnown(card, key)) {
      const refusal = await this.#c.workspace.inbound.changes.run(() => {
        this.#storeDevice(card, home, own);
        return this.#storePerson(card, home, from);
      });
      if (refusal !== null) {
        this.#c.log.debug({ peer: from, reason: refusal }, 'a profile card was refused');
        return;
      }
      await this.#storeAvatar(card, home);
      if (card.profile_hash !== null) remember(this.#hashes, key, card.profile_hash);
    }
    // Deviation D-26: also when nothing in it is new here.
    if (own) this.#cards.put(home, card.user_id ?? '', raw);
    // Not waited for: the pace of others must not hold back what this peer sends.
    if (own && passOn) void this.#passOn(key, raw, from);
  }

  #storeDevice(card: ProfileCard, home: PeerId, own: boolean): void {
    const { device } = card;
    // Of a third node only when it is known: the names of those that do not exist are endless.
    if (device === null || (!own && this.#c.knownPeers.get(home) === undefined)) return;
    this.#c.workspace.peerDevices.store(
      home,
      {
        displayName: device.display_name,
        description: device.description,
        ...(device.avatar_b64 === null ? {} : { avatarB64: device.avatar_b64 }),
        ...(device.avatar_mime === null ? {} : { avatarMime: device.avatar_mime }),
      },
      own,
    );
    this.#c.workspace.inbound.changes.tell({ type: 'peer.changed', peerId: home });
  }

  #storePerson(card: ProfileCard, home: PeerId, from: PeerId): string | null {
    if (card.user_id === null) return null;
    return this.#c.workspace.people.applyCard(
      {
        userId: card.user_id as UserId,
        displayName: card.display_name ?? card.username,
        accountType: card.account_type,
        bio: card.bio,
      },
      home,
      from,
    );
  }

  /** Whether a card says nothing new; one with a picture does where that is missing (03 section 4.5, step 3). */
  #isKnown(card: ProfileCard, key: string): boolean {
    if (card.profile_hash === null || this.#hashes.get(key) !== card.profile_hash) return false;
    const person = card.user_id === null ? undefined : this.#c.workspace.people.get(card.user_id as UserId);
    return card.avatar_thumbnail === null || person === undefined || person.avatarFileId !== null;
  }

  /**
   * Deviation D-141: the picture of a card that was taken; without one that of before goes. One that cannot be kept now
   * comes again with the next card.
   */
  async #storeAvatar(card: ProfileCard, home: PeerId): Promise<void> {
    if (card.user_id === null) return;
    try {
      const { avatars, inbound } = this.#c.workspace;
      if (await avatars.receive(card.user_id as UserId, card.avatar_thumbnail))
        inbound.changes.tell({ type: 'peer.changed', peerId: home });
    } catch (error) {
      this.#c.log.warn({ err: error, peer: home }, 'a picture of a profile card was not kept');
    }
  }

  async #passOn(key: string, raw: unknown, from: PeerId): Promise<void> {
    const now = this.#c.ports.clock.monotonic();
    if (now - (this.#relayed.get(key) ?? -Infinity) < RELAY_INTERVAL_MS) return;
    remember(this.#relayed, key, now);
    const others = this.#c.mesh
      .neighbours()
      .filter((peer) => peer !== from && this.#c.workspace.trust.isTrusted(peer));
    const payload = { content: '', metadata: { type: 'profile_sync', profile: raw } };
    await Promise.all(others.map((peer) => this.#c.mesh.sendDirect('profile_sync', peer, payload)));
  }

  /** Of an unaccepted peer only the names it claims are shown, in its request. */
  #hold(received: Received, from: PeerId): void {
    const { card } = received;
    if ((card.peer_id ?? from) !== from) return;
    const names = [card.display_name ?? card.username, card.device?.display_name];
    this.#c.workspace.requests.named(
      from,
      names.filter((name) => typeof name === 'string'),
    );
    const held = this.#held.get(from) ?? [];
    if ((held.length === 0 && this.#held.size >= MAX_HELD_PEERS) || held.length >= MAX_HELD_CARDS) return;
    this.#held.set(from, [...held.filter((one) => one.card.user_id !== card.user_id), received]);
  }
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (map.size >= MAX_REMEMBERED) map.clear();
  map.set(key, value);
}
