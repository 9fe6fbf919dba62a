/** `handshake_capture`: recorded sessions, each side's frames given to us in the place of the other side (01 section 5). */
import * as z from 'zod';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { decodeBase58 } from '../../../server/wire/base58.ts';
import { parseFrame, verifyEnvelope } from '../../../server/wire/envelope.ts';
import { buildHandshake, verifyHandshake } from '../../../server/wire/handshake.ts';
import type { HandshakePeer } from '../../../server/wire/handshake.ts';
import { isPeerId } from '../../../server/wire/ids.ts';
import type { PeerId } from '../../../server/wire/ids.ts';
import { parsePyJson } from '../../../server/wire/pyjson.ts';
import { pairKey, openPayload } from '../../../server/wire/payload-crypto.ts';
import { expectEqual, hex, isObject, refSchema } from '../check.ts';
import type { VectorCase, VectorClass } from '../types.ts';

const NAME = 'handshake_capture';

const peerSchema = refSchema.extend({ ed25519_private_hex: z.string(), x25519_private_hex: z.string() });
const side = z.enum(['A', 'B']);
const frameSchema = z.object({
  socket: z.number(),
  from: side,
  opcode: z.string(),
  text: z.string().optional(),
});
const captureSchema = z.object({
  id: z.string(),
  expected_peer_id: z.custom<PeerId>(isPeerId).optional(),
  connect_result: z.unknown(),
  failure: z.object({ reason: z.string() }).optional(),
  delivered_to_B: z.array(z.string()).optional(),
  frames: z.array(frameSchema),
});
const fileSchema = z.object({
  peers: z.object({ A: peerSchema, B: peerSchema }),
  cases: z.array(captureSchema),
});

type Peers = z.infer<typeof fileSchema>['peers'];
type Capture = z.infer<typeof captureSchema>;

/** A stand-in for a text too long to write down. */
const ELIDED = /^x \* \d+$/;

export const handshakeCapture: VectorClass = {
  name: NAME,
  recognises: (json) =>
    isObject(json) && json['schema'] === 'canopy-wire-vectors/1' && json['class'] === NAME,
  cases(json): VectorCase[] {
    const { peers, cases } = fileSchema.parse(json);
    return cases.map((capture) => ({ id: capture.id, run: () => replay(peers, capture) }));
  },
};

function replay(peers: Peers, capture: Capture): void {
  const delivered: string[] = [];
  const introduced = new Set<string>();
  for (const frame of capture.frames) {
    if (frame.opcode !== 'text' || frame.text === undefined || ELIDED.test(frame.text)) continue;
    const link = `${frame.socket}${frame.from}`;
    if (introduced.has(link)) delivered.push(...receive(peers, frame.from, frame.text));
    else shake(peers, capture, frame.from, frame.text, introduced.has(`${frame.socket}${other(frame.from)}`));
    introduced.add(link);
  }
  if (capture.delivered_to_B !== undefined) expectEqual(delivered, capture.delivered_to_B);
}

/** The first frame of a side, as the other side sees it; and ours in its place differs in the signature's time only. */
function shake(peers: Peers, capture: Capture, from: 'A' | 'B', text: string, isAnswer: boolean): void {
  const sender = peers[from];
  const result = verifyHandshake(nativeCrypto, text, {
    role: isAnswer ? 'initiator' : 'responder',
    localPeerId: peers[other(from)].peer_id as PeerId,
    expectedPeerId: isAnswer ? (capture.expected_peer_id ?? (sender.peer_id as PeerId)) : undefined,
    rejectProtocolMismatch: false,
  });
  const refused = isAnswer ? capture.failure?.reason : undefined;
  expectEqual(result.ok ? 'accepted' : result.reason, refused ?? 'accepted');
  const { peer } = result;
  if (peer === undefined) throw new Error('the signature of a recorded handshake does not hold');
  expectEqual(peer.peerId, sender.peer_id);
  if (hasVersions(text)) expectEqual(rebuilt(peers, from, peer, isAnswer), text);
}

/** Introductions of 0.4.29 lack the version fields ours has. */
function hasVersions(text: string): boolean {
  const message = parsePyJson(text);
  return message instanceof Map && message.has('canopy_version');
}

function rebuilt(peers: Peers, from: 'A' | 'B', peer: HandshakePeer, isAnswer: boolean): string {
  const sender = peers[from];
  const pair = (publicB58: string, privateHex: string) => ({
    publicKey: decodeBase58(publicB58),
    privateKey: hex(privateHex),
  });
  return buildHandshake(
    nativeCrypto,
    {
      peerId: peer.peerId,
      ed25519: pair(sender.ed25519_public_b58, sender.ed25519_private_hex),
      x25519: pair(sender.x25519_public_b58, sender.x25519_private_hex),
    },
    {
      type: isAnswer ? 'handshake_ack' : 'handshake',
      capabilities: peer.capabilities,
      canopyVersion: peer.canopyVersion,
      timestamp: peer.timestamp ?? 0,
    },
  );
}

/** The contents of channel messages for B. */
function receive(peers: Peers, from: 'A' | 'B', text: string): string[] {
  const frame = parseFrame(text);
  if (frame.kind === 'other') return [];
  const { envelope } = frame;
  const author = peers[from];
  expectEqual(verifyEnvelope(nativeCrypto, decodeBase58(author.ed25519_public_b58), envelope), true);
  if (envelope.encryptedPayload !== null) {
    const key = pairKey(
      nativeCrypto,
      hex(peers[other(from)].x25519_private_hex),
      decodeBase58(author.x25519_public_b58),
    );
    if (key === null) throw new Error('no pair key');
    openPayload(nativeCrypto, key, envelope.encryptedPayload);
    return [];
  }
  const content = envelope.payload instanceof Map ? envelope.payload.get('content') : null;
  return from === 'A' && envelope.type === 'channel_message' && typeof content === 'string' ? [content] : [];
}

function other(from: 'A' | 'B'): 'A' | 'B' {
  return from === 'A' ? 'B' : 'A';
}
