/**
 * Invite codes: how one person hands another the keys and addresses of a node (01 section 2). An invite is
 * authenticated by its peer id as far as the signing key goes; the agreement key in it is provisional until a
 * handshake confirms it.
 */
import * as z from 'zod';
import type { CryptoBackend } from '../crypto/backend.ts';
import { CryptoError } from '../crypto/errors.ts';
import { importEd25519PublicKey, importX25519PublicKey } from '../crypto/keys.ts';
import { asciiJson } from './ascii-json.ts';
import { Base58Error, decodeBase58, encodeBase58 } from './base58.ts';
import {
  formatHost,
  inviteCanonical,
  managerCanonical,
  parseEndpoint,
  pyStrip,
  withoutSpace,
} from './endpoint.ts';
import type { PeerId } from './ids.ts';
import { derivePeerId } from './peer-id.ts';

/** Longest accepted code in characters: room for about a hundred endpoints, little work for a hostile one. */
export const MAX_INVITE_LENGTH = 16_384;
const PREFIX = 'canopy:';

/**
 * Why an invite is refused. `malformed`: not an invite; `id_mismatch`: the peer id does not belong to the key
 * (tampered or damaged); `invalid_endpoint`: the address to put into a new invite cannot be dialled by others.
 */
export type InviteFailure = 'malformed' | 'id_mismatch' | 'invalid_endpoint';

/** The only error of this module. */
export class InviteError extends Error {
  override readonly name = 'InviteError';
  readonly code = 'invalid_invite';
  readonly reason: InviteFailure;
  constructor(reason: InviteFailure, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The public half of an identity. */
export interface InviteIdentity {
  peerId: PeerId;
  ed25519PublicKey: Uint8Array;
  x25519PublicKey: Uint8Array;
}

/** A decoded invite. */
export interface Invite extends InviteIdentity {
  /** As stated; not checked, like in the reference. */
  version: number;
  /** As given, not yet sanitised: an import dials these and stores only the usable ones. */
  endpoints: string[];
}

const payloadSchema = z.object({
  v: z.number().catch(1),
  pid: z.string(),
  epk: z.string(),
  xpk: z.string(),
  ep: z.array(z.unknown()).catch([]),
});

/** The code of an invite, `canopy:` and unpadded URL-safe Base64 (01 section 2.1). */
export function encodeInvite(identity: InviteIdentity, endpoints: readonly string[]): string {
  return PREFIX + Buffer.from(invitePayload(identity, endpoints), 'utf8').toString('base64url');
}

/** The compact JSON text inside a code. */
export function invitePayload(identity: InviteIdentity, endpoints: readonly string[]): string {
  return asciiJson({
    v: 1,
    pid: identity.peerId,
    epk: encodeBase58(identity.ed25519PublicKey),
    xpk: encodeBase58(identity.x25519PublicKey),
    ep: endpoints,
  });
}

/**
 * Reads an invite in any of its forms: with prefix, bare Base64 of either alphabet, or the JSON text itself
 * (01 section 2.2). White space inside is passed over.
 * @throws {InviteError} for everything else; the peer id must be that of the signing key, and both keys
 *   must be sound: 32 bytes, canonical, not weak.
 */
export function decodeInvite(crypto: CryptoBackend, text: string): Invite {
  if (text.length > MAX_INVITE_LENGTH) throw new InviteError('malformed', 'the code is too long');
  const parsed = payloadSchema.safeParse(decodePayload(text));
  if (!parsed.success) throw new InviteError('malformed', 'the code is not an invite');
  const { v, pid, epk, xpk, ep } = parsed.data;
  const ed25519PublicKey = decodeKey(epk, importEd25519PublicKey);
  const x25519PublicKey = decodeKey(xpk, importX25519PublicKey);
  const peerId = derivePeerId(crypto, ed25519PublicKey);
  if (peerId !== pid) throw new InviteError('id_mismatch', 'the peer id does not match the public key');
  const endpoints = ep.filter((item) => typeof item === 'string');
  return { version: v, peerId, ed25519PublicKey, x25519PublicKey, endpoints };
}

/** What goes into the endpoint list of a new invite. */
export interface InviteAddresses {
  meshPort: number;
  /** Addresses of this machine, best first: IP literals or host names. */
  localAddresses: readonly string[];
  /** A host name or address that leads here from outside. */
  publicHost?: string | null;
  /** Its port; absent or 0 means the mesh port. */
  publicPort?: number | null;
  /** A complete endpoint that leads here, such as a tunnel's. Empty means none. */
  externalEndpoint?: string | null;
  /** Several nodes on one machine: loopback addresses are fine. */
  allowLoopback?: boolean;
}

/**
 * The endpoints of a new invite, in dialling order: external endpoint, public host, own addresses (01 section 2.5).
 * @throws {InviteError} `invalid_endpoint` when the external endpoint or public host is unusable.
 */
export function inviteEndpoints(addresses: InviteAddresses): string[] {
  const { meshPort, publicHost, publicPort, externalEndpoint, allowLoopback = false } = addresses;
  const endpoints: string[] = [];
  if (externalEndpoint) {
    const endpoint = inviteCanonical(externalEndpoint, { allowLoopback });
    if (endpoint === null)
      throw new InviteError('invalid_endpoint', 'the external endpoint cannot be dialled');
    endpoints.push(endpoint);
  }
  if (publicHost) endpoints.push(hostEndpoint(publicHost, publicPort || meshPort));
  for (const address of addresses.localAddresses) endpoints.push(hostEndpoint(address, meshPort));
  return [...new Set(endpoints)];
}

function hostEndpoint(host: string, port: number): string {
  const text = `ws://${formatHost(host)}:${port}`;
  const parsed = parseEndpoint(text);
  // A host with a slash or a colon in it would read as something else than was meant.
  const means = parsed !== null && parsed.port === port && managerCanonical(text) === text.toLowerCase();
  if (!means) throw new InviteError('invalid_endpoint', 'the public host is not a host name or address');
  return text;
}

function decodePayload(text: string): unknown {
  const stripped = pyStrip(text);
  const body = stripped.startsWith(PREFIX) ? stripped.slice(PREFIX.length) : stripped;
  const decoded = decodeBase64(withoutSpace(body));
  try {
    return JSON.parse(decoded ?? body);
  } catch {
    throw new InviteError('malformed', 'the code is neither Base64 nor JSON');
  }
}

/** Text of Base64 of either alphabet, padded or not; `null` when it is none. */
function decodeBase64(text: string): string | null {
  // Deviation D-03: what is outside the alphabet is refused, not passed over.
  if (!/^[A-Za-z0-9+/_-]+={0,3}$/.test(text)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(text, 'base64'));
  } catch {
    return null;
  }
}

function decodeKey(text: string, importKey: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  try {
    return importKey(decodeBase58(text));
  } catch (error) {
    if (!(error instanceof Base58Error || error instanceof CryptoError)) throw error;
  }
  throw new InviteError('malformed', 'a key of the invite is not a key');
}
