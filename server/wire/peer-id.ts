/** Peer ids (01 section 1.1). */
import type { CryptoBackend } from '../crypto/backend.ts';
import { encodeBase58 } from './base58.ts';
import type { PeerId } from './ids.ts';

/** Characters of a peer id; the text of 32 bytes has at least 32. */
const PEER_ID_LENGTH = 16;

/** The peer id of a raw Ed25519 public key: the first characters of the Base58 text of its SHA-256. */
export function derivePeerId(crypto: Pick<CryptoBackend, 'sha256'>, ed25519PublicKey: Uint8Array): PeerId {
  return encodeBase58(crypto.sha256(ed25519PublicKey)).slice(0, PEER_ID_LENGTH) as PeerId;
}
