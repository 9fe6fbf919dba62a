/** Bootstrap grants: normalising, signing and checking the signed artifact of identity portability (01 section 8.4). */
import type { CryptoBackend } from '../crypto/backend.ts';
import { fromPythonHex, toHex, utf8 } from '../crypto/bytes.ts';
import { SIGNATURE_BYTES } from '../crypto/sizes.ts';
import { pyStrip } from './endpoint.ts';
import { WireError } from './errors.ts';
import { parseIsoSeconds, printIsoSeconds } from './iso-time.ts';
import { printPyJson } from './pyjson.ts';
import type { PyObject, PyValue } from './pyjson.ts';

/** Most uses of one grant. */
const MAX_GRANT_USES = 50;

/** A normalised grant: exactly what is signed. Times are `YYYY-MM-DDTHH:MM:SS+00:00`. */
export interface Grant {
  audience_peer: string | null;
  created_by_principal_id: string;
  expires_at: string;
  grant_id: string;
  granted_role: 'user';
  issued_at: string | null;
  issuer_peer_id: string;
  max_uses: number;
  principal_id: string;
  version: number;
}

/** The outcome of {@link verifyGrant}, in the words of the reference. */
export type GrantVerdict =
  | 'issuer_missing'
  | 'issuer_source_mismatch'
  | 'bad_signature'
  | 'expired'
  | 'local_peer_unavailable'
  | 'audience_mismatch'
  | 'ok';

/** What a grant is checked against. */
export interface GrantContext {
  localPeerId: string | null;
  /** The peer that delivered it; `null` when a person imported it. */
  sourcePeer: string | null;
  /** Unix milliseconds. */
  now: number;
  /** Checked signing key of a known peer. */
  publicKeyOf(peerId: string): Uint8Array | null;
}

/**
 * The grant in a received artifact: texts trimmed, uses clamped, the role forced, times in one form.
 *
 * @throws {WireError} `payload` when an id or the expiry is missing
 */
export function normalizeGrant(artifact: PyObject): Grant {
  const text = (key: string): string => {
    const value = artifact.get(key);
    return typeof value === 'string' ? pyStrip(value) : '';
  };
  const grantId = text('grant_id');
  const principalId = text('principal_id');
  if (grantId === '' || principalId === '') {
    throw new WireError('payload', 'grant_id and principal_id are required');
  }
  const expires = parseIsoSeconds(text('expires_at'));
  if (expires === null) throw new WireError('payload', 'expires_at is required');
  const issued = parseIsoSeconds(text('issued_at'));
  return {
    audience_peer: text('audience_peer') || null,
    created_by_principal_id: text('created_by_principal_id') || text('created_by'),
    expires_at: printIsoSeconds(expires),
    grant_id: grantId,
    granted_role: 'user',
    issued_at: issued === null ? null : printIsoSeconds(issued),
    issuer_peer_id: text('issuer_peer_id'),
    max_uses: Math.min(Math.max(integer(artifact.get('max_uses')), 1), MAX_GRANT_USES),
    principal_id: principalId,
    version: integer(artifact.get('version')),
  };
}

/** The signed text: compact JSON with sorted keys. */
export function grantSigningText(grant: Grant): string {
  return printPyJson(new Map<string, PyValue>(Object.entries(grant)), { sortKeys: true, compact: true });
}

/** Hex signature of `grant` by the issuer's node. */
export function signGrant(crypto: CryptoBackend, ed25519Seed: Uint8Array, grant: Grant): string {
  return toHex(crypto.sign(ed25519Seed, utf8(grantSigningText(grant))));
}

/**
 * Checks a received artifact, in the reference's order.
 *
 * @throws {WireError} `payload` when it is no grant at all
 */
export function verifyGrant(crypto: CryptoBackend, artifact: PyObject, context: GrantContext): GrantVerdict {
  const grant = normalizeGrant(artifact);
  if (grant.issuer_peer_id === '') return 'issuer_missing';
  if (context.sourcePeer !== null && context.sourcePeer !== grant.issuer_peer_id)
    return 'issuer_source_mismatch';
  if (!signatureHolds(crypto, grant, artifact.get('signature'), context)) return 'bad_signature';
  if ((parseIsoSeconds(grant.expires_at) ?? 0) * 1000 <= context.now) return 'expired';
  if (grant.audience_peer !== null) {
    if (context.localPeerId === null) return 'local_peer_unavailable';
    if (grant.audience_peer !== context.localPeerId) return 'audience_mismatch';
  }
  return 'ok';
}

function signatureHolds(
  crypto: CryptoBackend,
  grant: Grant,
  signatureText: PyValue | undefined,
  context: GrantContext,
): boolean {
  const signature = typeof signatureText === 'string' ? fromPythonHex(signatureText) : null;
  const key = context.publicKeyOf(grant.issuer_peer_id);
  if (key === null || signature?.length !== SIGNATURE_BYTES) return false;
  return crypto.verify(key, utf8(grantSigningText(grant)), signature);
}

/** An integer field; anything else counts as 1. */
function integer(value: PyValue | undefined): number {
  return typeof value === 'number' ? value : 1;
}
