/** Builds and signs this node's own messages (01 sections 7.1, 7.4 and 8.1). */
import type { CryptoBackend } from '../crypto/backend.ts';
import { toHex } from '../crypto/bytes.ts';
import type { KnownPeers } from '../identity/known-peers.ts';
import type { NodeIdentity } from '../identity/node-identity.ts';
import type { Clock, Random } from '../ports/types.ts';
import { WireError } from '../wire/errors.ts';
import { createEnvelope } from '../wire/envelope.ts';
import type { Envelope } from '../wire/envelope.ts';
import type { PeerId } from '../wire/ids.ts';
import type { MessageType } from '../wire/message-types.ts';
import { pairKey, sealPayload } from '../wire/payload-crypto.ts';
import { fromPlain } from '../wire/pyjson.ts';
import { valueFits } from './delivery-size.ts';
import type { OutboundPayload } from './types.ts';

/** Random bytes of a message id. */
const ID_BYTES = 16;

/** What a message is made of. */
export interface MessageDraft {
  type: MessageType;
  /** `null`: for everyone. */
  to: PeerId | null;
  payload: OutboundPayload;
  /** As in the first frame. */
  ttl: number;
  /** Seal the payload for its target. */
  encrypt?: boolean;
}

/** Why there is no message: every receiver would drop it, or it cannot be sealed (never in clear instead, 01 S13). */
export type BuildFailure = 'too_large' | 'no_key';

export interface EnvelopeFactoryComponents {
  crypto: CryptoBackend;
  identity: NodeIdentity;
  knownPeers: KnownPeers;
  random: Random;
  clock: Clock;
}

/** Makes envelopes. */
export class EnvelopeFactory {
  readonly #components: EnvelopeFactoryComponents;

  constructor(components: EnvelopeFactoryComponents) {
    this.#components = components;
  }

  /** Whether a payload can be built and will be delivered. */
  fits({ content, metadata }: OutboundPayload): boolean {
    try {
      return valueFits(fromPlain({ content, metadata }));
    } catch (error) {
      if (error instanceof WireError) return false;
      throw error;
    }
  }

  /** A signed envelope with a fresh id and the present time. */
  build(draft: MessageDraft): Envelope | BuildFailure {
    const { crypto, identity, random, clock } = this.#components;
    const value = fromPlain({ content: draft.payload.content, metadata: draft.payload.metadata });
    if (!valueFits(value)) return 'too_large';
    const fields = {
      id: toHex(random.bytes(ID_BYTES)),
      type: draft.type,
      toPeer: draft.to,
      timestamp: clock.now() / 1000,
      ttl: draft.ttl,
    };
    if (draft.encrypt !== true) return createEnvelope(crypto, identity, { ...fields, payload: value });
    const key = this.#key(draft.to);
    if (key === null) return 'no_key';
    return createEnvelope(crypto, identity, {
      ...fields,
      encryptedPayload: sealPayload(crypto, random, key, value),
    });
  }

  #key(peer: PeerId | null): Uint8Array | null {
    const { crypto, identity, knownPeers } = this.#components;
    const known = peer === null ? undefined : knownPeers.get(peer);
    return known === undefined ? null : pairKey(crypto, identity.x25519.privateKey, known.x25519PublicKey);
  }
}
