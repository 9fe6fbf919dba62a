/** `identity_grants`: 01 section 8.4. */
import * as z from 'zod';
import type { CryptoBackend } from '../../../server/crypto/backend.ts';
import { decodeBase58 } from '../../../server/wire/base58.ts';
import { WireError } from '../../../server/wire/errors.ts';
import { grantSigningText, normalizeGrant, verifyGrant } from '../../../server/wire/grants.ts';
import { parsePyJson } from '../../../server/wire/pyjson.ts';
import type { PyObject } from '../../../server/wire/pyjson.ts';
import { backends } from '../backends.ts';
import { expectEqual, refSchema, wireClass } from '../check.ts';

const schema = z.object({
  note: z.string().optional(),
  issuer: refSchema,
  local_peer_id: z.string(),
  source_peer: z.string().nullable(),
  now: z.string(),
  artifact_json_text: z.string(),
  canonical_utf8: z.string().optional(),
  expect: z.string(),
});
type Vector = z.infer<typeof schema>;

export const identityGrants = wireClass('identity_grants', schema, (vector) => {
  for (const crypto of backends) expectEqual(verdict(crypto, vector), vector.expect);
  if (vector.canonical_utf8 === undefined) return;
  expectEqual(grantSigningText(normalizeGrant(artifactOf(vector))), vector.canonical_utf8);
});

function verdict(crypto: CryptoBackend, vector: Vector): string {
  const isKnown = vector.note !== 'issuer unknown';
  try {
    return verifyGrant(crypto, artifactOf(vector), {
      localPeerId: vector.local_peer_id,
      sourcePeer: vector.source_peer,
      now: Date.parse(vector.now),
      publicKeyOf: (peerId) =>
        isKnown && peerId === vector.issuer.peer_id ? decodeBase58(vector.issuer.ed25519_public_b58) : null,
    });
  } catch (error) {
    if (error instanceof WireError) return `error: ${error.message}`;
    throw error;
  }
}

function artifactOf(vector: Vector): PyObject {
  const artifact = parsePyJson(vector.artifact_json_text);
  if (!(artifact instanceof Map)) throw new Error('the artifact is no object');
  return artifact;
}
