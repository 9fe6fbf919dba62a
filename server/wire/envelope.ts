/**
 * The p2p message: parsing a frame, the bytes that are signed, and the text that is sent or relayed (01 sections 6
 * and 7). Everything under the signature is kept as parsed values that print back unchanged, so a relay never breaks
 * a signature (pitfall J13).
 */
import type { CryptoBackend, KeyPair } from '../crypto/backend.ts';
import { fromPythonHex, toHex, utf8 } from '../crypto/bytes.ts';
import { SIGNATURE_BYTES } from '../crypto/sizes.ts';
import { WireError } from './errors.ts';
import { MAX_ID_BYTES, isPeerId } from './ids.ts';
import type { PeerId } from './ids.ts';
import { isMessageType } from './message-types.ts';
import type { MessageType } from './message-types.ts';
import { PyFloat, canonicalJson, parsePyJson, printPyJson } from './pyjson.ts';
import type { PyObject, PyValue } from './pyjson.ts';

/** Frame type of a p2p message (01 section 6). */
export const P2P_MESSAGE = 'p2p_message';

/** A p2p message (01 section 7.1). */
export interface Envelope {
  /** Any text of the author's choice of at most {@link MAX_ID_BYTES} UTF-16 units, possibly empty. */
  id: string;
  type: MessageType;
  /** The author, not the neighbour that delivered it. */
  fromPeer: PeerId;
  /** `null`: for everyone. Any other text, even an empty one, names a single target. */
  toPeer: string | null;
  /** Unix seconds, finite. */
  timestamp: number;
  /** Hops left; the one field outside the signature. */
  ttl: number;
  /** Hex as received. */
  signature: string | null;
  /** 01 section 8.1. */
  encryptedPayload: string | null;
  payload: PyValue;
  /**
   * Text of a payload that is too large for this node to use and is only passed on; {@link payload} is `null` then, and
   * the signature was checked where it was read.
   */
  carried?: string;
  /** {@link timestamp} as it was spelled: signed bytes tell `1` from `1.0`. */
  timestampToken: PyValue;
}

/** How a frame ends whose payload is `null`: it is the last key of both objects. */
const NO_PAYLOAD_END = 'null}}';

/** Longest text that can be a signature: hex, with whatever blanks Python passes over. */
const MAX_SIGNATURE_LENGTH = 1_024;

/** What a frame holds. */
export type Frame = { kind: 'p2p_message'; envelope: Envelope } | { kind: 'other'; type: string };

/** Who signs. */
export interface Signer {
  peerId: PeerId;
  ed25519: KeyPair;
}

/** A message to be signed. */
export interface EnvelopeDraft {
  /** 32 hex characters (16 random bytes). */
  id: string;
  type: MessageType;
  toPeer: string | null;
  /** Unix seconds; sent as a float, as the reference does. */
  timestamp: number;
  ttl: number;
  /** {@link fromPlain} of the payload; `null` or absent with {@link encryptedPayload}. */
  payload?: PyValue;
  /** Hex of 01 section 8.1. */
  encryptedPayload?: string;
}

/**
 * Parses one frame that came after the handshake.
 *
 * @throws {WireError} when the text is no JSON object, or a p2p message lacks a field or has one of the wrong type
 *   (01 section 11, S14)
 */
export function parseFrame(text: string): Frame {
  const frame = parsePyJson(text);
  if (!(frame instanceof Map)) throw new WireError('frame', 'a frame is a JSON object');
  const type = frame.get('type');
  if (type !== P2P_MESSAGE) return { kind: 'other', type: typeof type === 'string' ? type : '' };
  const message = frame.get('message');
  if (!(message instanceof Map)) throw new WireError('frame', 'a p2p message is a JSON object');
  return { kind: P2P_MESSAGE, envelope: parseEnvelope(message) };
}

/**
 * Reads the fields of a message. Deviation D-14: of no other types than they should have, within bounds, times finite.
 *
 * @throws {WireError} `envelope` or `unknown_type`
 */
export function parseEnvelope(message: PyObject): Envelope {
  const type = message.get('type');
  if (!isMessageType(type)) throw new WireError('unknown_type', 'unknown message type');
  const id = message.get('id');
  const fromPeer = message.get('from_peer');
  const ttl = message.get('ttl');
  const timestampToken = message.get('timestamp') ?? null;
  const timestamp = numberOf(timestampToken);
  const toPeer = textOrNull(message, 'to_peer');
  const signature = textOrNull(message, 'signature');
  if (typeof id !== 'string' || id.length > MAX_ID_BYTES) throw malformed('id');
  if (toPeer !== null && toPeer.length > MAX_ID_BYTES) throw malformed('to_peer');
  if (!isPeerId(fromPeer)) throw malformed('from_peer');
  if (typeof ttl !== 'number') throw malformed('ttl');
  if (timestamp === null || !Number.isFinite(timestamp)) throw malformed('timestamp');
  if (signature !== null && signature.length > MAX_SIGNATURE_LENGTH) throw malformed('signature');
  return {
    id,
    type,
    fromPeer,
    toPeer,
    timestamp,
    ttl,
    signature,
    encryptedPayload: textOrNull(message, 'encrypted_payload'),
    payload: message.get('payload') ?? null,
    timestampToken,
  };
}

/** The bytes under the signature (01 section 7.4); pure ASCII. */
export function signingBytes(envelope: Omit<Envelope, 'signature' | 'ttl'>): Uint8Array {
  return utf8(
    canonicalJson(
      new Map<string, PyValue>([
        ['encrypted_payload', envelope.encryptedPayload],
        ['from_peer', envelope.fromPeer],
        ['id', envelope.id],
        ['payload', envelope.payload],
        ['timestamp', envelope.timestampToken],
        ['to_peer', envelope.toPeer],
        ['type', envelope.type],
      ]),
    ),
  );
}

/** Makes and signs a message. */
export function createEnvelope(crypto: CryptoBackend, signer: Signer, draft: EnvelopeDraft): Envelope {
  const unsigned = {
    id: draft.id,
    type: draft.type,
    fromPeer: signer.peerId,
    toPeer: draft.toPeer,
    timestamp: draft.timestamp,
    timestampToken: new PyFloat(draft.timestamp),
    encryptedPayload: draft.encryptedPayload ?? null,
    payload: draft.payload ?? null,
  };
  const signature = toHex(crypto.sign(signer.ed25519.privateKey, signingBytes(unsigned)));
  return { ...unsigned, ttl: draft.ttl, signature };
}

/** Whether the signature of `envelope` is the author's, given the author's checked public key. */
export function verifyEnvelope(
  crypto: CryptoBackend,
  ed25519PublicKey: Uint8Array,
  envelope: Envelope,
): boolean {
  const signed = signedParts(envelope);
  return signed !== null && crypto.verify(ed25519PublicKey, signed.bytes, signed.signature);
}

/** What has to be checked with the author's key; `null` when there is no signature that could be one. */
export function signedParts(envelope: Envelope): { bytes: Uint8Array; signature: Uint8Array } | null {
  const signature = envelope.signature === null ? null : fromPythonHex(envelope.signature);
  return signature?.length === SIGNATURE_BYTES ? { bytes: signingBytes(envelope), signature } : null;
}

/** The frame to send or relay: all nine keys, in the reference's order (01 section 7.1). */
export function frameText(envelope: Envelope): string {
  const text = printPyJson(
    new Map<string, PyValue>([
      ['type', P2P_MESSAGE],
      ['message', messageObject(envelope)],
    ]),
  );
  const { carried } = envelope;
  return carried === undefined ? text : `${text.slice(0, -NO_PAYLOAD_END.length)}${carried}}}`;
}

/** The message alone, as it is kept and passed on as evidence (06 section 4.3). */
export function envelopeText(envelope: Envelope): string {
  return printPyJson(messageObject(envelope));
}

function messageObject(envelope: Envelope): PyObject {
  return new Map<string, PyValue>([
    ['id', envelope.id],
    ['type', envelope.type],
    ['from_peer', envelope.fromPeer],
    ['to_peer', envelope.toPeer],
    ['timestamp', envelope.timestampToken],
    ['ttl', envelope.ttl],
    ['signature', envelope.signature],
    ['encrypted_payload', envelope.encryptedPayload],
    ['payload', envelope.payload],
  ]);
}

/** A JSON number as a double, `null` for anything else. */
export function numberOf(value: PyValue | undefined): number | null {
  if (typeof value === 'number') return value;
  if (value instanceof PyFloat) return value.value;
  return typeof value === 'bigint' ? Number(value) : null;
}

function textOrNull(message: PyObject, key: string): string | null {
  const value = message.get(key) ?? null;
  if (value !== null && typeof value !== 'string') throw malformed(key);
  return value;
}

function malformed(field: string): WireError {
  return new WireError('envelope', `message field ${field} is missing or has the wrong type`);
}
