/**
 * Direct messages end to end, `dm_e2e_v1` (01 section 8.2): text and metadata go into one bundle, the bundle into
 * `RENC:1:` for the recipient's peer. Where the reference falls back to clear text we refuse (pitfall S13).
 */
import type { CryptoBackend, RandomBytes } from '../crypto/backend.ts';
import { WireError } from './errors.ts';
import type { PeerId } from './ids.ts';
import { fromPlain, parsePyJson, printPyJson, toPlain } from './pyjson.ts';
import type { PyObject, PyValue } from './pyjson.ts';
import { openForRecipient, sealForRecipients } from './recipient-encryption.ts';
import { asRecord, textMember } from './records.ts';

/** Capability of a peer that can read bundles. */
export const DM_E2E_CAPABILITY = 'dm_e2e_v1';

/** Shown, and stored by the reference, for a bundle that cannot be opened. */
export const UNREADABLE_DM_TEXT = '[Encrypted direct message could not be decrypted]';

const CRYPTO_KEY = '__dm_crypto';

/** Plain data, or the lossless form when numbers must keep their spelling. */
export type DmMetadata = Readonly<Record<string, unknown>> | PyObject | null;

/** A direct message to be sealed for one peer. */
export interface DmDraft {
  content: string;
  metadata: DmMetadata;
  senderPeerId: PeerId | null;
  recipient: { peerId: PeerId; x25519PublicKey: Uint8Array };
}

/** What travels: always an empty text. */
export interface SealedDm {
  content: '';
  metadata: Record<string, unknown>;
}

/** Whose keys open a bundle. */
export interface DmReader {
  peerId: PeerId;
  x25519PrivateKey: Uint8Array;
  /** The verified author of the envelope; named in the security summary instead of the sender's claim. */
  fromPeer?: PeerId;
}

/** A received direct message; `metadata.security` says how it travelled. */
export interface OpenedDm {
  content: string;
  metadata: Record<string, unknown>;
  /** How it really came; trust this and not a plain message's own `metadata.security`. */
  state: 'plain' | 'encrypted' | 'decrypt_failed';
}

/**
 * Seals a direct message for the recipient's peer.
 *
 * @throws {WireError} `crypto` when the recipient's key is unusable, `json_value` when the metadata has no JSON form
 */
export function sealDm(crypto: CryptoBackend, random: RandomBytes, draft: DmDraft): SealedDm {
  const { peerId, x25519PublicKey } = draft.recipient;
  const sealed = sealForRecipients(crypto, random, dmBundleText(draft.content, draft.metadata), [
    { keyId: peerId, x25519PublicKey },
  ]);
  const security = { ...encryptedSecurity(peerId), encrypted_for_peer_ids: [peerId] };
  const envelope = {
    protocol: 'dm_peer_e2e_v1',
    version: 1,
    state: 'encrypted',
    target_peer_id: peerId,
    sender_peer_id: draft.senderPeerId,
    encrypted_content: sealed.encryptedContent,
    wrapped_keys: Object.fromEntries(sealed.wrappedKeys),
    payload_format: 'dm_bundle_v1',
  };
  return { content: '', metadata: { security, [CRYPTO_KEY]: envelope } };
}

/** The exact text that is encrypted: compact ASCII JSON, `content` before `metadata`. */
export function dmBundleText(content: string, metadata: DmMetadata): string {
  const inner = fromPlain(metadata ?? {});
  if (!(inner instanceof Map)) throw new WireError('json_value', 'metadata is an object');
  inner.delete(CRYPTO_KEY);
  const bundle: PyObject = new Map<string, PyValue>([
    ['content', content],
    ['metadata', inner],
  ]);
  return printPyJson(bundle, { compact: true });
}

/** Reads a received direct message, encrypted or not. Never throws. */
export function openDm(
  crypto: CryptoBackend,
  reader: DmReader,
  received: { content: string; metadata: unknown },
): OpenedDm {
  const { [CRYPTO_KEY]: envelope, ...outer } = asRecord(received.metadata) ?? {};
  const sealed = asRecord(envelope);
  if (sealed === null) {
    const claimed = asRecord(outer['security']) ?? {};
    const security = { ...PLAIN_SECURITY, ...claimed };
    return { content: received.content, metadata: { ...outer, security }, state: 'plain' };
  }
  const bundle = openBundle(crypto, reader, sealed);
  if (bundle === null) {
    const metadata = { ...outer, security: failedSecurity(reader.peerId) };
    return { content: UNREADABLE_DM_TEXT, metadata, state: 'decrypt_failed' };
  }
  const { [CRYPTO_KEY]: _nested, ...inner } = bundle.metadata;
  const security = {
    ...encryptedSecurity(reader.peerId),
    sender_peer_id: reader.fromPeer ?? textMember(sealed, 'sender_peer_id'),
    encrypted_for_peer_ids: [reader.peerId],
  };
  return { content: bundle.content, metadata: { ...inner, security }, state: 'encrypted' };
}

type Bundle = Pick<OpenedDm, 'content' | 'metadata'>;

function openBundle(
  crypto: CryptoBackend,
  reader: DmReader,
  sealed: Readonly<Record<string, unknown>>,
): Bundle | null {
  const encryptedContent = textMember(sealed, 'encrypted_content');
  const wrappedKey = textMember(asRecord(sealed['wrapped_keys']) ?? {}, reader.peerId);
  if (encryptedContent === null || wrappedKey === null) return null;
  const opened = openForRecipient(crypto, reader.x25519PrivateKey, encryptedContent, wrappedKey);
  // Clear text in the place of ciphertext is a downgrade, not a message.
  return opened.state === 'opened' ? readBundle(opened.text) : null;
}

/** A text that is no bundle is itself the message. */
function readBundle(text: string): Bundle {
  let bundle: PyValue;
  try {
    bundle = parsePyJson(text);
  } catch (error) {
    if (error instanceof WireError) return { content: text, metadata: {} };
    throw error;
  }
  if (!(bundle instanceof Map)) return { content: text, metadata: {} };
  const content = bundle.get('content');
  const metadata = asRecord(toPlain(bundle.get('metadata') ?? null));
  return { content: typeof content === 'string' ? content : '', metadata: metadata ?? {} };
}

const PLAIN_SECURITY = {
  mode: 'legacy_plaintext',
  state: 'plaintext',
  label: 'Legacy relay/plaintext',
  e2e: false,
  relay_confidential: false,
  local_only: false,
};

function encryptedSecurity(targetPeerId: PeerId): Record<string, unknown> {
  return {
    mode: 'peer_e2e_v1',
    state: 'encrypted',
    label: 'E2E over mesh',
    e2e: true,
    relay_confidential: true,
    local_only: false,
    target_peer_id: targetPeerId,
  };
}

function failedSecurity(targetPeerId: PeerId): Record<string, unknown> {
  return {
    ...encryptedSecurity(targetPeerId),
    state: 'decrypt_failed',
    label: 'Decryption failed',
    warning: 'Encrypted DM could not be decrypted on this peer',
  };
}
