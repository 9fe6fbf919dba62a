/**
 * Keys of encrypted private channels on their way (02 section 2.16, 03 section 5.11): distributions are owed like
 * messages and built when they leave; what arrives is unwrapped here and judged by the workspace. Deviation D-93: only
 * accepted peers are heard, and only wrapped keys are keys.
 */
import { ACK } from '../mesh/secure/types.ts';
import type { AckStatus } from '../mesh/secure/types.ts';
import type { ChannelKey } from '../store/channel-keys.ts';
import { unwrapChannelKey, wrapChannelKey } from '../wire/channel-crypto.ts';
import type { ChannelId, PeerId } from '../wire/ids.ts';
import type { MessageType } from '../wire/message-types.ts';
import { pairKey } from '../wire/payload-crypto.ts';
import { KEY_VERSION } from '../workspace/channel-keys.ts';
import type { KeyRefusal, RequestRefusal } from '../workspace/channel-keys.ts';
import type { FramePayload } from './channel-frames.ts';
import type { SyncComponents } from './context.ts';
import type { Inbound } from './inbound.ts';
import type { PeerKnowledge } from './peer-knowledge.ts';

/** A key is asked for at most this often. */
const ASK_INTERVAL_MS = 60_000;
/** Keys asked for within that time, of all channels: what messages claim to need is anybody's word. */
const MAX_ASKED = 500;
/** Keys asked for when a node connects (02 section 5.2, step e). */
const MAX_ASKED_AT_ONCE = 128;

const STATUSES: Readonly<Record<Exclude<KeyRefusal, null>, AckStatus>> = {
  unauthorized_sender: ACK.not_entitled,
  decrypt_failed: ACK.invalid,
  store_failed: ACK.not_entitled,
};

export class ChannelKeyTraffic {
  readonly #c: SyncComponents;
  readonly #knowledge: PeerKnowledge;
  readonly #arrived: () => void;
  /** When a key was last asked for, by channel and key. */
  readonly #asked = new Map<string, number>();

  /** @param init.arrived told when a key came: messages that waited for it can leave. */
  constructor(components: SyncComponents, init: { knowledge: PeerKnowledge; arrived: () => void }) {
    this.#c = components;
    this.#knowledge = init.knowledge;
    this.#arrived = init.arrived;
  }

  register(inbound: Inbound): void {
    inbound.on('channel_key_distribution', 'trusted', async (metadata, { from }) => {
      const channelId = metadata.channel_id as ChannelId;
      const keyId = metadata.key_id;
      const {
        channelKeys,
        inbound: { changes },
      } = this.#c.workspace;
      const received = {
        channelId,
        keyId,
        key: this.#unwrap(metadata.encrypted_key, from),
        keyVersion: metadata.key_version,
        rotatedFrom: metadata.rotated_from,
        replaced: metadata.canopy_replaced,
      };
      const refusal = await changes.run(() => channelKeys.receive(received, from));
      if (refusal === null) await this.#isHere(channelId, keyId);
      else this.#c.log.warn({ peer: from, reason: refusal }, 'a channel key was not taken');
      await this.#acknowledge(from, { channelId, keyId, error: refusal });
      return refusal === null ? ACK.stored : STATUSES[refusal];
    });
    inbound.on('channel_key_request', 'trusted', async (metadata, { from }) => {
      const { channel_id, key_id, requesting_peer } = metadata;
      const asked = { channelId: channel_id as ChannelId, keyId: key_id, requester: requesting_peer };
      const {
        channelKeys,
        inbound: { changes },
      } = this.#c.workspace;
      const refusal: RequestRefusal | 'unknown_requester_identity' | null =
        this.#knowledge.sealingKey(from) === null
          ? 'unknown_requester_identity'
          : await changes.run(() =>
              // A Python node takes the key that came last for the one in use.
              channelKeys.request({ ...asked, old: this.#knowledge.isOurs(from) }, from),
            );
      // Only who named a key waits for an answer.
      if (refusal !== null && key_id !== null)
        await this.#acknowledge(from, { ...asked, keyId: key_id, error: refusal });
    });
    inbound.on('channel_key_ack', 'trusted', async (metadata, { from }) => {
      const { channel_id, key_id, status, error } = metadata;
      if (key_id === null) return;
      const about = { channelId: channel_id as ChannelId, keyId: key_id, ok: status === 'ok', error };
      const {
        channelKeys,
        inbound: { changes },
      } = this.#c.workspace;
      await changes.run(() => channelKeys.acknowledged(about, from));
    });
  }

  /** A message came whose key is missing: asks the channel's origin. */
  async missing(channelId: ChannelId, keyId: string): Promise<void> {
    const origin = this.#c.workspace.channelTexts.origin(channelId);
    if (origin !== null) await this.#ask(origin, { channelId, keyId, reason: 'missing_key_for_decrypt' });
  }

  /** An accepted peer connected: what is missing of its channels is asked for, what it is to have is owed to it. */
  async connected(peer: PeerId): Promise<void> {
    const { channelKeys, channelTexts } = this.#c.workspace;
    channelTexts.giveUp();
    channelKeys.peerChanged(peer);
    const rows = this.#c.repositories.channelKeys;
    const reason = 'post_connect_missing_key';
    const missing = rows.missing(peer, MAX_ASKED_AT_ONCE);
    for (const { channelId, keyId } of missing) await this.#ask(peer, { channelId, keyId, reason });
    for (const channelId of rows.withoutKey(peer, MAX_ASKED_AT_ONCE - missing.length))
      await this.#ask(peer, { channelId, keyId: null, reason });
  }

  async #ask(
    origin: PeerId,
    what: { channelId: ChannelId; keyId: string | null; reason: string },
  ): Promise<void> {
    const { channelId, keyId, reason } = what;
    if (!this.#c.workspace.trust.isTrusted(origin) || !this.#mayAsk(`${channelId}\0${keyId ?? ''}`)) return;
    await this.#send('channel_key_request', origin, {
      channel_id: channelId,
      requesting_peer: this.#c.mesh.peerId,
      reason,
      key_id: keyId,
    });
  }

  #mayAsk(what: string): boolean {
    const now = this.#c.ports.clock.monotonic();
    for (const [key, at] of this.#asked) {
      if (now - at < ASK_INTERVAL_MS) break;
      this.#asked.delete(key);
    }
    if (this.#asked.has(what) || this.#asked.size >= MAX_ASKED) return false;
    this.#asked.set(what, now);
    return true;
  }

  #unwrap(encryptedKey: string, from: PeerId): Uint8Array | null {
    const { crypto, identity, knownPeers } = this.#c;
    const theirs = knownPeers.get(from)?.x25519PublicKey;
    const pair = theirs === undefined ? null : pairKey(crypto, identity.x25519.privateKey, theirs);
    return pair && unwrapChannelKey(crypto, pair, encryptedKey);
  }

  async #isHere(channelId: ChannelId, keyId: string): Promise<void> {
    this.#asked.delete(`${channelId}\0${keyId}`);
    await this.#c.workspace.channelTexts.readWaiting(channelId, keyId);
    this.#arrived();
  }

  async #acknowledge(
    peer: PeerId,
    about: { channelId: ChannelId; keyId: string; error: string | null },
  ): Promise<void> {
    await this.#send('channel_key_ack', peer, {
      channel_id: about.channelId,
      key_id: about.keyId,
      status: about.error === null ? 'ok' : 'error',
      error: about.error,
    });
  }

  async #send(type: MessageType, peer: PeerId, metadata: Record<string, unknown>): Promise<void> {
    const payload = { content: '', metadata: { type, ...metadata } };
    await this.#c.mesh.send(type, peer, payload, { queue: false });
  }
}

/** A `channel_key_distribution`. @param peerKey the receiver's X25519 key; `null` is returned when it is no sound one. */
export function keyDistribution(
  components: Pick<SyncComponents, 'crypto' | 'identity' | 'ports'>,
  found: ChannelKey & { key: Uint8Array },
  peerKey: Uint8Array,
): FramePayload | null {
  const { crypto, identity, ports } = components;
  const pair = pairKey(crypto, identity.x25519.privateKey, peerKey);
  if (pair === null) return null;
  return {
    content: '',
    metadata: {
      type: 'channel_key_distribution',
      channel_id: found.channelId,
      key_id: found.keyId,
      encrypted_key: wrapChannelKey(crypto, ports.random, pair, found.key),
      key_version: KEY_VERSION,
      rotated_from: found.rotatedFrom,
      ...(found.revokedAt === null ? {} : { canopy_replaced: true }),
    },
  };
}
