/** `signed_messages` and `tampered_messages`: 01 sections 7.4 and 7.5. */
import * as z from 'zod';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { decodeBase58 } from '../../../server/wire/base58.ts';
import { frameText, parseFrame, signingBytes, verifyEnvelope } from '../../../server/wire/envelope.ts';
import type { Envelope } from '../../../server/wire/envelope.ts';
import { WireError } from '../../../server/wire/errors.ts';
import { backends } from '../backends.ts';
import { expectEqual, refSchema, toHexText, wireClass } from '../check.ts';

const signedSchema = z.object({
  sender: refSchema,
  type: z.string(),
  frame_text: z.string(),
  canonical_hex: z.string(),
  signature_hex: z.string(),
});

export const signedMessages = wireClass('signed_messages', signedSchema, (vector) => {
  const received = envelopeOf(vector.frame_text);
  const relayed = envelopeOf(frameText({ ...received, ttl: received.ttl - 1 }));
  const key = decodeBase58(vector.sender.ed25519_public_b58);
  for (const [envelope, ttl] of [
    [received, received.ttl],
    [relayed, received.ttl - 1],
  ] as const) {
    expectEqual(
      {
        type: envelope.type,
        from: envelope.fromPeer,
        canonical: toHexText(signingBytes(envelope)),
        signature: envelope.signature,
        ttl: envelope.ttl,
        verified: backends.map((crypto) => verifyEnvelope(crypto, key, envelope)),
      },
      {
        type: vector.type,
        from: vector.sender.peer_id,
        canonical: vector.canonical_hex,
        signature: vector.signature_hex,
        ttl,
        verified: [true, true],
      },
    );
  }
});

const tamperedSchema = z.object({
  receiver_peer_id: z.string(),
  known_peers: z.array(refSchema),
  frame_text: z.string(),
});

export const tamperedMessages = wireClass('tampered_messages', tamperedSchema, (vector) => {
  expectEqual(outcome(vector), 'rejected');
});

function outcome(vector: z.infer<typeof tamperedSchema>): string {
  let envelope: Envelope;
  try {
    envelope = envelopeOf(vector.frame_text);
  } catch (error) {
    if (error instanceof WireError) return 'rejected';
    throw error;
  }
  const author = vector.known_peers.find((peer) => peer.peer_id === envelope.fromPeer);
  if (author === undefined) return 'rejected';
  const key = decodeBase58(author.ed25519_public_b58);
  return verifyEnvelope(nativeCrypto, key, envelope) ? 'accepted' : 'rejected';
}

function envelopeOf(text: string): Envelope {
  const frame = parseFrame(text);
  if (frame.kind === 'other') throw new Error(`a frame of the type ${frame.type}`);
  return frame.envelope;
}
