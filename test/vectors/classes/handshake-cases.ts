/** `handshake_cases`: 01 sections 5.3 to 5.6. */
import * as z from 'zod';
import { isPeerId } from '../../../server/wire/ids.ts';
import type { PeerId } from '../../../server/wire/ids.ts';
import { handshakeSigningBytes, verifyHandshake } from '../../../server/wire/handshake.ts';
import { parsePyJson } from '../../../server/wire/pyjson.ts';
import { backends } from '../backends.ts';
import { expectEqual, toHexText, wireClass } from '../check.ts';

const peerIdSchema = z.custom<PeerId>(isPeerId);
const schema = z.object({
  role: z.enum(['responder', 'initiator']),
  local_peer_id: peerIdSchema,
  expected_peer_id: peerIdSchema.nullish(),
  reject_protocol_mismatch: z.boolean(),
  frame_text: z.string(),
  expect: z.enum(['accept', 'reject']),
  peer: z.unknown().optional(),
  signed_form: z.enum(['base', 'base+version']).optional(),
  canonical_hex: z.string().optional(),
  reference_failure_reason: z.string().optional(),
});

/** Names of exceptions of the reference are no reasons. */
const EXCEPTION = /^[A-Z]/;

export const handshakeCases = wireClass('handshake_cases', schema, (vector) => {
  for (const crypto of backends) {
    const result = verifyHandshake(crypto, vector.frame_text, {
      role: vector.role,
      localPeerId: vector.local_peer_id,
      expectedPeerId: vector.expected_peer_id ?? undefined,
      rejectProtocolMismatch: vector.reject_protocol_mismatch,
    });
    if (!result.ok) {
      expectEqual('reject', vector.expect);
      const reason = vector.reference_failure_reason;
      if (reason !== undefined && !EXCEPTION.test(reason)) expectEqual(result.reason, reason);
      continue;
    }
    const { peer } = result;
    const message = parsePyJson(vector.frame_text);
    expectEqual(
      {
        expect: 'accept',
        signed_form: peer.signedForm,
        canonical_hex: message instanceof Map && toHexText(handshakeSigningBytes(message, peer.signedForm)),
        peer: {
          peer_id: peer.peerId,
          version: peer.version,
          canopy_version: peer.canopyVersion,
          protocol_version: peer.protocolVersion,
          capabilities: peer.capabilities,
        },
      },
      {
        expect: vector.expect,
        signed_form: vector.signed_form,
        canonical_hex: vector.canonical_hex,
        peer: vector.peer,
      },
    );
  }
});
