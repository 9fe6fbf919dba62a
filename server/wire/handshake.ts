/**
 * The legacy handshake (01 section 5): one signed introduction each way, checked in an order that trusts nothing
 * before the signature (pitfall S4). Pure: who dials, times out or stores keys is decided by the mesh.
 */
import type { CryptoBackend, KeyPair } from '../crypto/backend.ts';
import { fromPythonHex, toHex, utf8 } from '../crypto/bytes.ts';
import { CryptoError } from '../crypto/errors.ts';
import { KEY_BYTES, importX25519PublicKey } from '../crypto/keys.ts';
import { SIGNATURE_BYTES } from '../crypto/sizes.ts';
import { Base58Error, decodeBase58, encodeBase58 } from './base58.ts';
import { numberOf } from './envelope.ts';
import { WireError } from './errors.ts';
import { normalizeCapabilities, protocolVersionOf } from './handshake-fields.ts';
import type { PeerId } from './ids.ts';
import { derivePeerId } from './peer-id.ts';
import { PyFloat, canonicalJson, parsePyJson, printPyJson } from './pyjson.ts';
import type { PyObject, PyValue } from './pyjson.ts';

/** The two messages. */
export type HandshakeType = 'handshake' | 'handshake_ack';

/** The protocol this node speaks (01 section 5.2). */
export const PROTOCOL_VERSION = 1;

/** The `version` field of every known version. */
const WIRE_VERSION = '0.1.0';

/** Whose introduction is sent. */
export interface HandshakeIdentity {
  peerId: PeerId;
  ed25519: KeyPair;
  x25519: KeyPair;
}

/** What an accepted introduction says. Everything but the last three version fields is under the signature. */
export interface HandshakePeer {
  peerId: PeerId;
  ed25519PublicKey: Uint8Array;
  x25519PublicKey: Uint8Array;
  version: string;
  capabilities: readonly string[];
  /** Unix seconds as claimed, `null` when it is no number; not checked for freshness. */
  timestamp: number | null;
  /** 64 bytes; recognises a replayed introduction (pitfall S2). */
  signature: Uint8Array;
  /** Which bytes were signed: 0.4.30 also signed the two version fields. */
  signedForm: 'base' | 'base+version';
  canopyVersion: string;
  protocolVersion: number;
}

/** Why an introduction was refused; where the reference records a reason, its word (01 section 5.4). */
export type HandshakeFailure =
  | 'invalid_json'
  | 'invalid_handshake_response'
  | 'missing_handshake_signature'
  | 'missing_identity_fields'
  | 'peer_id_public_key_mismatch'
  | 'unsound_key'
  | 'handshake_signature_verification_failed'
  | 'self_connect_blocked'
  | 'handshake_peer_id_mismatch'
  | 'protocol_mismatch';

/** How an introduction is checked. */
export interface HandshakeExpectation {
  /** Ours: the responder gets a handshake, the initiator an ack. */
  role: 'responder' | 'initiator';
  localPeerId: PeerId;
  /** Whom the initiator meant to dial. */
  expectedPeerId?: PeerId | undefined;
  rejectProtocolMismatch: boolean;
}

/** The outcome of {@link verifyHandshake}; a refused peer whose signature held is still named. */
export type HandshakeResult =
  { ok: true; peer: HandshakePeer } | { ok: false; reason: HandshakeFailure; peer?: HandshakePeer };

/** The text of this node's introduction. @param init.timestamp Unix seconds */
export function buildHandshake(
  crypto: CryptoBackend,
  identity: HandshakeIdentity,
  init: { type: HandshakeType; capabilities: readonly string[]; canopyVersion: string; timestamp: number },
): string {
  const message: PyObject = new Map<string, PyValue>([
    ['type', init.type],
    ['peer_id', identity.peerId],
    ['ed25519_public_key', encodeBase58(identity.ed25519.publicKey)],
    ['x25519_public_key', encodeBase58(identity.x25519.publicKey)],
    ['version', WIRE_VERSION],
    ['capabilities', normalizeCapabilities([...init.capabilities])],
    ['timestamp', new PyFloat(init.timestamp)],
    ['canopy_version', init.canopyVersion],
    ['protocol_version', PROTOCOL_VERSION],
  ]);
  const signature = crypto.sign(identity.ed25519.privateKey, handshakeSigningBytes(message, 'base'));
  message.set('signature', toHex(signature));
  return printPyJson(message);
}

/**
 * Checks an introduction (01 section 5.4). Deviation D-08: the signature is verified before anything is concluded from
 * who answered.
 *
 * @param input the frame's text or its parsed form
 */
export function verifyHandshake(
  crypto: CryptoBackend,
  input: string | PyValue,
  expectation: HandshakeExpectation,
): HandshakeResult {
  const message = typeof input === 'string' ? parseObject(input) : input;
  if (!(message instanceof Map)) return { ok: false, reason: 'invalid_json' };
  if (expectation.role === 'initiator' && message.get('type') !== 'handshake_ack') {
    return { ok: false, reason: 'invalid_handshake_response' };
  }
  const signatureText = filledText(message, 'signature');
  const peerId = filledText(message, 'peer_id');
  const ed25519Text = filledText(message, 'ed25519_public_key');
  const x25519Text = filledText(message, 'x25519_public_key');
  if (signatureText === null) return { ok: false, reason: 'missing_handshake_signature' };
  if (peerId === null || ed25519Text === null || x25519Text === null) {
    return { ok: false, reason: 'missing_identity_fields' };
  }
  const keys = readKeys(crypto, peerId, ed25519Text, x25519Text);
  if (!keys.ok) return keys;
  const signature = fromPythonHex(signatureText);
  const signedForm = signature && formThatVerifies(crypto, keys.ed25519PublicKey, message, signature);
  if (!signature || !signedForm) return { ok: false, reason: 'handshake_signature_verification_failed' };
  if (!isSoundX25519(keys.x25519PublicKey)) return { ok: false, reason: 'unsound_key' };

  const version = textOr(message.get('version'), WIRE_VERSION);
  const peer: HandshakePeer = {
    peerId: keys.peerId,
    ed25519PublicKey: keys.ed25519PublicKey,
    x25519PublicKey: keys.x25519PublicKey,
    version,
    capabilities: normalizeCapabilities(message.get('capabilities')),
    timestamp: numberOf(message.get('timestamp')),
    signature,
    signedForm,
    canopyVersion: textOr(message.get('canopy_version'), version),
    protocolVersion: protocolVersionOf(message.get('protocol_version')),
  };
  const reason = objectionTo(peer, expectation);
  return reason === null ? { ok: true, peer } : { ok: false, reason, peer };
}

/** The signed bytes of a handshake message (01 section 5.3). */
export function handshakeSigningBytes(message: PyObject, form: HandshakePeer['signedForm']): Uint8Array {
  const signed: PyObject = new Map<string, PyValue>([
    ['capabilities', normalizeCapabilities(message.get('capabilities'))],
    ['timestamp', message.has('timestamp') ? (message.get('timestamp') ?? null) : 0],
    ['version', message.has('version') ? (message.get('version') ?? null) : WIRE_VERSION],
  ]);
  for (const key of ['peer_id', 'ed25519_public_key', 'x25519_public_key'])
    signed.set(key, message.get(key) ?? null);
  if (form === 'base+version') {
    for (const key of ['canopy_version', 'protocol_version']) {
      const value = message.get(key);
      if (value !== undefined) signed.set(key, value);
    }
  }
  return utf8(canonicalJson(signed));
}

function parseObject(text: string): PyValue {
  try {
    return parsePyJson(text);
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}

type Keys =
  | { ok: true; peerId: PeerId; ed25519PublicKey: Uint8Array; x25519PublicKey: Uint8Array }
  | { ok: false; reason: HandshakeFailure };

/** The keys as claimed. They are examined later, which costs more than everything before the signature. */
function readKeys(crypto: CryptoBackend, peerId: string, ed25519Text: string, x25519Text: string): Keys {
  const ed25519PublicKey = keyBytes(ed25519Text);
  const x25519PublicKey = keyBytes(x25519Text);
  if (ed25519PublicKey === null || x25519PublicKey === null) return { ok: false, reason: 'unsound_key' };
  const derived = derivePeerId(crypto, ed25519PublicKey);
  if (derived !== peerId) return { ok: false, reason: 'peer_id_public_key_mismatch' };
  return { ok: true, peerId: derived, ed25519PublicKey, x25519PublicKey };
}

function keyBytes(text: string): Uint8Array | null {
  try {
    const bytes = decodeBase58(text);
    return bytes.length === KEY_BYTES ? bytes : null;
  } catch (error) {
    if (error instanceof Base58Error) return null;
    throw error;
  }
}

function isSoundX25519(key: Uint8Array): boolean {
  try {
    importX25519PublicKey(key);
    return true;
  } catch (error) {
    if (error instanceof CryptoError) return false;
    throw error;
  }
}

function formThatVerifies(
  crypto: CryptoBackend,
  ed25519PublicKey: Uint8Array,
  message: PyObject,
  signature: Uint8Array,
): HandshakePeer['signedForm'] | null {
  if (signature.length !== SIGNATURE_BYTES) return null;
  for (const form of ['base', 'base+version'] as const) {
    if (crypto.verify(ed25519PublicKey, handshakeSigningBytes(message, form), signature)) return form;
  }
  return null;
}

function objectionTo(peer: HandshakePeer, expectation: HandshakeExpectation): HandshakeFailure | null {
  const { expectedPeerId, localPeerId, rejectProtocolMismatch } = expectation;
  if (expectedPeerId !== undefined && peer.peerId !== expectedPeerId) return 'handshake_peer_id_mismatch';
  if (peer.peerId === localPeerId) return 'self_connect_blocked';
  if (rejectProtocolMismatch && peer.protocolVersion !== PROTOCOL_VERSION) return 'protocol_mismatch';
  return null;
}

function filledText(message: PyObject, key: string): string | null {
  const value = message.get(key);
  return typeof value === 'string' && value !== '' ? value : null;
}

function textOr(value: PyValue | undefined, fallback: string): string {
  return typeof value === 'string' && value !== '' ? value : fallback;
}
