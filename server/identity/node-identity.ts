/**
 * The identity of this node: two key pairs made once and kept in `peer_identity.json`, a file both
 * implementations read and write (01 sections 1.1 and 1.2). A file that cannot be read or does not fit together
 * stops the node; it is never replaced.
 */
import fs from 'node:fs';
import * as z from 'zod';
import type { CryptoBackend, KeyPair } from '../crypto/backend.ts';
import { equalBytes } from '../crypto/bytes.ts';
import type { Random } from '../ports/types.ts';
import { asciiJson } from '../wire/ascii-json.ts';
import { decodeBase58, encodeBase58 } from '../wire/base58.ts';
import type { PeerId } from '../wire/ids.ts';
import { derivePeerId } from '../wire/peer-id.ts';
import { createFileAtomic, PRIVATE_FILE_MODE, readTextFile } from './atomic-file.ts';

const KEY_BYTES = 32;
/** The file has about 330 characters; more than this is something else. */
const MAX_FILE_LENGTH = 65_536;

/** Who this node is. */
export interface NodeIdentity {
  peerId: PeerId;
  ed25519: KeyPair;
  x25519: KeyPair;
}

/** Why an identity file is refused. */
export type IdentityFailure = 'unreadable' | 'malformed' | 'no_private_keys' | 'mismatch';

/** The identity file cannot be used; `message` is one line for the person who starts the node. */
export class IdentityError extends Error {
  override readonly name = 'IdentityError';
  readonly code: IdentityFailure;
  constructor(code: IdentityFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const fileSchema = z.object({
  peer_id: z.string(),
  ed25519_public_key: z.string(),
  x25519_public_key: z.string(),
  ed25519_private_key: z.string().optional(),
  x25519_private_key: z.string().optional(),
});

/** A new identity from the random source. */
export function createNodeIdentity(random: Random, crypto: CryptoBackend): NodeIdentity {
  return identityOf(random.bytes(KEY_BYTES), random.bytes(KEY_BYTES), crypto);
}

/** Exact text of `peer_identity.json`. */
export function identityFileText(identity: NodeIdentity): string {
  return asciiJson(
    {
      peer_id: identity.peerId,
      ed25519_public_key: encodeBase58(identity.ed25519.publicKey),
      x25519_public_key: encodeBase58(identity.x25519.publicKey),
      ed25519_private_key: encodeBase58(identity.ed25519.privateKey),
      x25519_private_key: encodeBase58(identity.x25519.privateKey),
    },
    2,
  );
}

/**
 * Reads the text of an identity file and checks that id, public and private keys belong together.
 * @throws {IdentityError} `malformed`, `no_private_keys` or `mismatch`.
 */
export function parseIdentityFile(text: string, crypto: CryptoBackend): NodeIdentity {
  const file = fileSchema.safeParse(parseJson(text));
  if (!file.success) throw new IdentityError('malformed', 'it is not an identity file');
  const { ed25519_private_key: signing, x25519_private_key: agreement } = file.data;
  if (signing === undefined || agreement === undefined) {
    throw new IdentityError('no_private_keys', 'it holds no private keys');
  }
  const identity = identityOf(decodeKey(signing), decodeKey(agreement), crypto);
  const fits =
    identity.peerId === file.data.peer_id &&
    equalBytes(identity.ed25519.publicKey, decodeKey(file.data.ed25519_public_key)) &&
    equalBytes(identity.x25519.publicKey, decodeKey(file.data.x25519_public_key));
  if (!fits)
    throw new IdentityError('mismatch', 'its peer id, public keys and private keys do not belong together');
  return identity;
}

/**
 * The identity kept in `file`, made and written (mode 0600) when there is no such file.
 * @throws {IdentityError} when the file is there and cannot be used, or cannot be written.
 */
export function loadOrCreateNodeIdentity(
  file: string,
  { random, crypto }: { random: Random; crypto: CryptoBackend },
): NodeIdentity {
  try {
    const text = readTextFile(file);
    if (text === null) {
      const identity = createNodeIdentity(random, crypto);
      if (createFileAtomic(file, identityFileText(identity))) return identity;
      // Another start was faster: its identity counts.
    }
    const identity = parseIdentityFile(text ?? readTextFile(file) ?? '', crypto);
    keepPrivate(file);
    return identity;
  } catch (error) {
    const code = error instanceof IdentityError ? error.code : 'unreadable';
    const why = error instanceof Error ? error.message : 'unknown failure';
    throw new IdentityError(code, `The identity file ${file} cannot be used: ${why}`, { cause: error });
  }
}

function identityOf(seed: Uint8Array, scalar: Uint8Array, crypto: CryptoBackend): NodeIdentity {
  const ed25519 = { publicKey: crypto.ed25519PublicKey(seed), privateKey: seed };
  const x25519 = { publicKey: crypto.x25519PublicKey(scalar), privateKey: scalar };
  return { peerId: derivePeerId(crypto, ed25519.publicKey), ed25519, x25519 };
}

function parseJson(text: string): unknown {
  try {
    return text.length > MAX_FILE_LENGTH ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function decodeKey(text: string): Uint8Array {
  try {
    const bytes = decodeBase58(text);
    if (bytes.length === KEY_BYTES) return bytes;
  } catch {
    // Not Base58: the same answer as for a wrong length.
  }
  throw new IdentityError('malformed', 'a key in it is damaged');
}

/** A copied data directory may have lost the mode; the file holds private keys. */
function keepPrivate(file: string): void {
  if ((fs.statSync(file).mode & 0o077) !== 0) fs.chmodSync(file, PRIVATE_FILE_MODE);
}
