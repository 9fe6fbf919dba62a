/**
 * Keys of private channels (03 section 5.11). Deviation D-94: a targeted channel of this node is encrypted when every member's node can
 * read it, which it says by the capability `e2e_channel_v1`; the key goes to these nodes, and another one when somebody
 * was removed. A channel ends to be encrypted only by a person who adds a member whose node cannot read it and was asked
 * before: no node takes encryption away by what it claims of itself. Of channels of other nodes their origin alone says
 * whether and how (02 section 2.16).
 */
import { equalBytes } from '../crypto/bytes.ts';
import type { Clock, Random } from '../ports/types.ts';
import type { ChannelKey, ChannelKeyRows } from '../store/channel-keys.ts';
import type { ChannelMembers } from '../store/channel-members.ts';
import type { Channel, Channels as ChannelTable } from '../store/channels.ts';
import { GENERAL_CHANNEL, SYSTEM_USER } from '../store/seed.ts';
import { toIsoTime } from '../store/time.ts';
import { createChannelKey } from '../wire/channel-crypto.ts';
import type { ChannelId, PeerId, UserId } from '../wire/ids.ts';
import type { ChannelMerge } from './channel-merge.ts';
import { isQuarantine, isTargeted } from './channel-rules.ts';
import type { ChannelWatcher } from './channel-watch.ts';
import type { Changes } from './changes.ts';
import { WorkspaceError } from './errors.ts';
import type { Journal } from './journal.ts';
import type { Owing } from './owing.ts';
import type { People } from './people.ts';
import type { ChannelEncryption } from './types.ts';

/** Keys kept of one channel: each removal makes one, and none is ever thrown away while the channel is here. */
const MAX_KEYS = 2_000;
/** Keys given again to a node that connects (02 section 5.2, step e). */
const MAX_AGAIN = 256;
/** The one version of a key's form (02 section 2.16). */
export const KEY_VERSION = 1;
const ALGORITHM = 'chacha20poly1305';
const ENCRYPTED = 'e2e_optional';
const CLEAR = 'legacy_plaintext';

/** A key as a distribution brings it; `key` is `null` when it could not be unwrapped. */
export interface ReceivedKey {
  channelId: ChannelId;
  keyId: string;
  key: Uint8Array | null;
  keyVersion: number | null;
  rotatedFrom: string | null;
  /** Its origin says that another one is in use. */
  replaced: boolean;
}

/** What is said to the sender of a key: `null` for one that is here now (02 section 2.16). */
export type KeyRefusal = 'unauthorized_sender' | 'decrypt_failed' | 'store_failed' | null;
/** Why a request for a key is refused. */
export type RequestRefusal =
  'missing_requester_peer' | 'not_channel_origin' | 'requester_not_member' | 'active_key_missing';

export interface ChannelKeysComponents {
  rows: ChannelKeyRows;
  channelTable: ChannelTable;
  members: ChannelMembers;
  merge: Pick<ChannelMerge, 'placeholder'>;
  people: People;
  owing: Pick<Owing, 'key' | 'channel' | 'audience' | 'isEntitled'>;
  journal: Journal;
  changes: Changes;
  clock: Clock;
  random: Random;
}

export class ChannelKeys implements ChannelWatcher {
  readonly #c: ChannelKeysComponents;
  readonly #localPeer: PeerId;
  #reads: (peer: PeerId) => boolean = () => false;

  constructor(components: ChannelKeysComponents, init: { localPeer: PeerId }) {
    this.#c = components;
    this.#localPeer = init.localPeer;
  }

  /** Says which nodes read encrypted channels. Until told, none. */
  useCapability(reads: (peer: PeerId) => boolean): void {
    this.#reads = reads;
  }

  /** A channel of members of this node alone has no key: nothing of it leaves. */
  created(channel: Channel): void {
    this.#settle(channel.id);
  }

  /**
   * A person here is about to add somebody.
   * @throws {WorkspaceError} `channel_not_readable_encrypted` when that person's node cannot read the channel encrypted,
   *   every other member's can, and `acceptUnencrypted` is false.
   */
  adding(channel: Channel, userId: UserId, init: { acceptUnencrypted: boolean }): void {
    if (init.acceptUnencrypted || !isTargeted(channel) || isQuarantine(channel.id, channel.name)) return;
    const home = this.#c.people.get(userId)?.originPeer ?? this.#localPeer;
    if (home === this.#localPeer || this.#canRead(channel.id, home)) return;
    // Who was accepted before took encryption away; one more changes nothing.
    if (!this.#isEncrypted(channel.id) && this.#obstacles(channel.id).length > 0) return;
    throw new WorkspaceError(
      'channel_not_readable_encrypted',
      'The node of this member cannot read encrypted channels; added all the same, the channel is no longer encrypted',
    );
  }

  added(channel: Channel): void {
    this.#settle(channel.id);
  }

  /** Whoever was removed has the key: from now on there is another one. */
  removed(channel: Channel, userId: UserId): void {
    if (channel.originPeer !== this.#localPeer) return;
    const home = this.#c.people.get(userId)?.originPeer ?? this.#localPeer;
    const active = this.#c.rows.active(channel.id);
    if (active !== undefined && home !== this.#localPeer) {
      const now = this.#c.clock.now();
      if (this.#isEncrypted(channel.id)) this.#create(channel.id, active.keyId);
      this.#c.rows.revoke(channel.id, active.keyId, now);
    }
    this.#settle(channel.id);
  }

  /** A node connected, or says something else of itself than before: its channels may be encrypted now. */
  peerChanged(peer: PeerId): void {
    this.#c.changes.now(() => {
      for (const id of this.#c.rows.hostedBy(peer, this.#localPeer)) {
        const channel = this.#c.channelTable.get(id);
        if (channel !== undefined && !isEncrypted(channel)) this.#settle(id);
      }
      for (const { channelId, keyId } of this.#c.rows.unacknowledged(peer, MAX_AGAIN)) {
        const channel = this.#c.channelTable.get(channelId);
        if (channel !== undefined && this.#c.owing.isEntitled(peer, channel))
          this.#owe(channelId, keyId, peer);
      }
    });
  }

  /** What is shown of a channel. */
  encryption(channel: Channel): ChannelEncryption {
    if (!isTargeted(channel)) return { encrypted: false, preventedBy: [] };
    if (isEncrypted(channel) || channel.originPeer !== this.#localPeer)
      return { encrypted: isEncrypted(channel), preventedBy: [] };
    const people = this.#c.members.list(channel.id).map(({ userId }) => this.#c.people.get(userId));
    const preventedBy = this.#obstacles(channel.id).map((peerId) => ({
      peerId,
      userIds: people.flatMap((person) => (person?.originPeer === peerId ? [person.id] : [])),
    }));
    return { encrypted: false, preventedBy };
  }

  /** Takes in a key that `from`, an accepted peer, signed. Inside a transaction. */
  receive(received: ReceivedKey, from: PeerId): KeyRefusal {
    const { rows, channelTable, clock } = this.#c;
    const { channelId, keyId } = received;
    if (channelId === GENERAL_CHANNEL || isQuarantine(channelId)) return 'unauthorized_sender';
    if (channelTable.isRetired(channelId)) return 'unauthorized_sender';
    const known = channelTable.get(channelId);
    if (known !== undefined && (known.originPeer !== from || !isTargeted(known)))
      return 'unauthorized_sender';
    if (received.key === null) return 'decrypt_failed';
    // The key may come before what tells of the channel (02 R16).
    const channel = known ?? this.#c.merge.placeholder(channelId, SYSTEM_USER, from);
    if (channel === undefined) return 'store_failed';
    const keys = rows.list(channelId);
    const same = keys.find((one) => one.keyId === keyId);
    // A key never becomes another one, nor one that was replaced the one in use again.
    if (same !== undefined)
      return same.key !== null && equalBytes(same.key, received.key) ? null : 'store_failed';
    if (keys.length >= MAX_KEYS) return 'store_failed';
    const now = clock.now();
    rows.add({
      channelId,
      keyId,
      key: received.key,
      createdBy: from,
      metadata: {
        key_version: received.keyVersion ?? KEY_VERSION,
        rotated_from: received.rotatedFrom,
        received_from_peer: from,
        received_at: toIsoTime(now),
        algorithm: ALGORITHM,
      },
      now,
    });
    rows.note({ channelId, keyId, peerId: from }, 'received', { now });
    if (received.rotatedFrom !== null) rows.revoke(channelId, received.rotatedFrom, now);
    // Its successor came first.
    if (received.replaced || keys.some((one) => one.rotatedFrom === keyId))
      rows.revoke(channelId, keyId, now);
    if (!isEncrypted(channel)) this.#setMode(channel, ENCRYPTED);
    return null;
  }

  /** What the origin of a channel says of its encryption besides giving keys. Inside a transaction. */
  told(channelId: ChannelId, mode: string | null | undefined, from: PeerId): void {
    const channel = this.#c.channelTable.get(channelId);
    if (mode == null || channel?.originPeer !== from || !isTargeted(channel)) return;
    const encrypted = isEncryptedMode(mode);
    if (encrypted !== isEncrypted(channel)) this.#setMode(channel, encrypted ? ENCRYPTED : CLEAR);
  }

  /**
   * A node asks for a key: it gets the one in use, and the named one if that was meant for it before. Inside a
   * transaction.
   * @param asked.requester whom the request names; it must be `from`, who signed it (03 A17).
   * @param asked.old whether the node can tell an old key from the one in use.
   */
  request(
    asked: { channelId: ChannelId; keyId: string | null; requester: PeerId | null; old: boolean },
    from: PeerId,
  ): RequestRefusal | null {
    const { rows, channelTable, members } = this.#c;
    const { channelId, keyId } = asked;
    if ((asked.requester ?? from) !== from) return 'missing_requester_peer';
    const channel = channelTable.get(channelId);
    if (channel?.originPeer !== this.#localPeer || channelTable.isRetired(channelId))
      return 'not_channel_origin';
    if (!members.remotePeers(channelId, this.#localPeer).includes(from)) return 'requester_not_member';
    const active = rows.active(channelId);
    const wanted =
      keyId === null || !asked.old ? undefined : rows.delivery({ channelId, keyId, peerId: from });
    if (keyId !== null && keyId !== active?.keyId && wanted !== undefined) this.#owe(channelId, keyId, from);
    if (active === undefined) return 'active_key_missing';
    this.#owe(channelId, active.keyId, from);
    return null;
  }

  /** A node says what became of a key; counts only for keys it was given. Inside a transaction. */
  acknowledged(
    about: { channelId: ChannelId; keyId: string; ok: boolean; error: string | null },
    from: PeerId,
  ): void {
    const { channelId, keyId, ok, error } = about;
    const peer = { channelId, keyId, peerId: from };
    const state = this.#c.rows.delivery(peer);
    if (state === undefined || state === 'received') return;
    this.#c.rows.note(peer, ok ? 'acked' : 'failed', {
      now: this.#c.clock.now(),
      error: ok ? null : (error ?? 'unknown').slice(0, 80),
    });
  }

  /** A key of this node's channel, to be wrapped for `peer`; `null` when that one may not have it. */
  forSending(channelId: ChannelId, keyId: string, peer: PeerId): (ChannelKey & { key: Uint8Array }) | null {
    const channel = this.#c.channelTable.get(channelId);
    if (channel?.originPeer !== this.#localPeer || !this.#c.owing.isEntitled(peer, channel)) return null;
    const found = this.#c.rows.get(channelId, keyId);
    return found?.key == null ? null : { ...found, key: found.key };
  }

  /** Encrypted or not by who is a member now; gives the key to whoever has none. Inside a transaction. */
  #settle(channelId: ChannelId): void {
    // What the caller holds may be from before the last change.
    const channel = this.#c.channelTable.get(channelId);
    if (channel?.originPeer !== this.#localPeer || !isTargeted(channel)) return;
    if (isQuarantine(channel.id, channel.name)) return;
    const peers = this.#c.members.remotePeers(channel.id, this.#localPeer);
    if (peers.length === 0) return;
    if (this.#obstacles(channel.id).length > 0) {
      // Somebody was asked and went on.
      if (isEncrypted(channel)) this.#setMode(channel, CLEAR);
      return;
    }
    const { rows } = this.#c;
    const last = rows.list(channel.id).at(-1)?.keyId ?? null;
    const keyId = rows.active(channel.id)?.keyId ?? this.#create(channel.id, last);
    if (!isEncrypted(channel)) this.#setMode(channel, ENCRYPTED);
    for (const peer of peers)
      if (rows.delivery({ channelId: channel.id, keyId, peerId: peer }) === undefined)
        this.#owe(channel.id, keyId, peer);
  }

  #isEncrypted(channelId: ChannelId): boolean {
    const channel = this.#c.channelTable.get(channelId);
    return channel !== undefined && isEncrypted(channel);
  }

  /** Nodes of members that cannot read the channel encrypted: those that say so and were never given a key of it. */
  #obstacles(channelId: ChannelId): PeerId[] {
    return this.#c.members
      .remotePeers(channelId, this.#localPeer)
      .filter((peer) => !this.#canRead(channelId, peer));
  }

  #canRead(channelId: ChannelId, peer: PeerId): boolean {
    return this.#reads(peer) || this.#c.rows.wasGiven(channelId, peer);
  }

  #create(channelId: ChannelId, rotatedFrom: string | null): string {
    const { keyId, key } = createChannelKey(this.#c.random);
    const now = this.#c.clock.now();
    const metadata = {
      algorithm: ALGORITHM,
      key_version: KEY_VERSION,
      rotated_from: rotatedFrom,
      generated_at: toIsoTime(now),
    };
    this.#c.rows.add({ channelId, keyId, key, createdBy: this.#localPeer, metadata, now });
    return keyId;
  }

  #owe(channelId: ChannelId, keyId: string, peerId: PeerId): void {
    this.#c.rows.note({ channelId, keyId, peerId }, 'pending', { now: this.#c.clock.now() });
    this.#c.owing.key(peerId, channelId, keyId);
    this.#c.changes.tell({ type: 'channel.key.owed', peerId });
  }

  #setMode(channel: Channel, cryptoMode: string): void {
    this.#c.channelTable.update(channel.id, { cryptoMode });
    // Members elsewhere write as the origin says.
    if (channel.originPeer === this.#localPeer)
      this.#c.owing.channel(channel.id, this.#c.owing.audience(channel));
    this.#c.journal.channelState(channel.id, null, { reason: 'channel_encryption_changed' });
  }
}

/** Whether the messages of a channel leave encrypted. */
export function isEncrypted(channel: Pick<Channel, 'cryptoMode' | 'channelType' | 'privacyMode'>): boolean {
  return isTargeted(channel) && isEncryptedMode(channel.cryptoMode);
}

function isEncryptedMode(mode: string): boolean {
  return mode === 'e2e_optional' || mode === 'e2e_enforced';
}
