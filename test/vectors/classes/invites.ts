/** `invites`: 01 sections 2.1 to 2.5. */
import * as z from 'zod';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { decodeBase58, encodeBase58 } from '../../../server/wire/base58.ts';
import { sanitizeRemote } from '../../../server/wire/endpoint.ts';
import type { PeerId } from '../../../server/wire/ids.ts';
import {
  decodeInvite,
  encodeInvite,
  InviteError,
  inviteEndpoints,
  invitePayload,
  type InviteIdentity,
} from '../../../server/wire/invite.ts';
import { expectEqual, isObject, refSchema, wireClass } from '../check.ts';
import { knownPeersInMemory } from '../known-peers-in-memory.ts';

/** Some peer that is in none of the invites. */
const SOMEBODY = '1111111111111111';

const importSchema = z.object({
  op: z.literal('decode_import'),
  input: z.string(),
  decode: z.record(z.string(), z.unknown()),
  import: z.record(z.string(), z.unknown()).optional(),
  policy: z.enum(['accept', 'reject', 'either']),
  if_accepted: z.unknown().optional(),
});
const schema = z.discriminatedUnion('op', [
  importSchema,
  z.object({
    op: z.literal('encode'),
    identity: refSchema,
    endpoints: z.array(z.string()),
    expect_json_text: z.string(),
    expect_code: z.string(),
  }),
  z.object({
    op: z.literal('import_self'),
    local: refSchema,
    input: z.string(),
    expect: z.object({
      endpoints: z.array(z.string()),
      known_peers_after: z.array(z.string()),
      peer_endpoints_after: z.record(z.string(), z.unknown()),
    }),
  }),
  z.object({
    op: z.literal('generate'),
    identity: refSchema,
    mesh_port: z.number(),
    args: z.object({
      local_ips: z.array(z.string()),
      public_host: z.string().optional(),
      public_port: z.number().optional(),
      external_endpoint: z.string().optional(),
    }),
    expect: z.object({
      outcome: z.string(),
      endpoints: z.array(z.string()).optional(),
      code: z.string().optional(),
    }),
  }),
]);

export const invites = wireClass('invites', schema, (vector) => {
  switch (vector.op) {
    case 'encode': {
      const identity = identityOf(vector.identity);
      expectEqual(
        { json: invitePayload(identity, vector.endpoints), code: encodeInvite(identity, vector.endpoints) },
        { json: vector.expect_json_text, code: vector.expect_code },
      );
      return;
    }
    case 'decode_import':
      checkImport(vector);
      return;
    case 'import_self': {
      const { known } = knownPeersInMemory(vector.local.peer_id);
      const invite = decodeInvite(nativeCrypto, vector.input);
      known.importPeer(invite);
      expectEqual(
        {
          endpoints: sanitizeRemote(invite.endpoints),
          known_peers_after: known.list(),
          peer_endpoints_after: Object.fromEntries(known.endpoints(invite.peerId).entries()),
        },
        vector.expect,
      );
      return;
    }
    case 'generate':
      expectEqual(generate(vector), {
        outcome: vector.expect.outcome,
        endpoints: vector.expect.endpoints,
        code: vector.expect.code,
      });
  }
});

function checkImport(vector: z.infer<typeof importSchema>): void {
  const ours = decodeAndImport(vector.input);
  if (ours === 'refused') {
    if (vector.policy === 'accept') expectEqual(ours, vector.import);
    return;
  }
  if (vector.policy === 'reject') expectEqual(ours.import, 'refused');
  const recorded = isObject(vector.if_accepted) ? vector.if_accepted : vector.decode;
  const keys = { pid: recorded['pid'], epk: plainKey(recorded['epk']), xpk: plainKey(recorded['xpk']) };
  if (vector.policy === 'either') {
    expectEqual(ours.keys, keys);
    return;
  }
  expectEqual(
    { ...ours, version: ours.version },
    { keys, endpoints: vector.decode['ep'], version: vector.decode['v'], import: vector.import },
  );
}

/** A recorded key may carry a blank that both sides pass over. */
function plainKey(text: unknown): string {
  return encodeBase58(decodeBase58(z.string().parse(text)));
}

function decodeAndImport(input: string): 'refused' | ReturnType<typeof importResult> {
  try {
    return importResult(input);
  } catch (error) {
    if (error instanceof InviteError) return 'refused';
    throw error;
  }
}

function importResult(input: string): { keys: object; endpoints: string[]; version: number; import: object } {
  const invite = decodeInvite(nativeCrypto, input);
  const { known } = knownPeersInMemory(SOMEBODY);
  const result = known.importPeer(invite);
  return {
    keys: {
      pid: invite.peerId,
      epk: encodeBase58(invite.ed25519PublicKey),
      xpk: encodeBase58(invite.x25519PublicKey),
    },
    endpoints: invite.endpoints,
    version: invite.version,
    import: {
      outcome: result.ok ? 'ok' : result.reason,
      peer_id: known.get(invite.peerId)?.peerId,
      endpoints: known.get(invite.peerId)?.endpoints,
      status: 'imported',
    },
  };
}

function generate(vector: z.infer<typeof schema> & { op: 'generate' }): object {
  const { local_ips, public_host, public_port, external_endpoint } = vector.args;
  try {
    const endpoints = inviteEndpoints({
      meshPort: vector.mesh_port,
      localAddresses: local_ips,
      publicHost: public_host ?? null,
      publicPort: public_port ?? null,
      externalEndpoint: external_endpoint ?? null,
    });
    return { outcome: 'ok', endpoints, code: encodeInvite(identityOf(vector.identity), endpoints) };
  } catch (error) {
    if (error instanceof InviteError) return { outcome: 'error' };
    throw error;
  }
}

function identityOf(ref: z.infer<typeof refSchema>): InviteIdentity {
  return {
    peerId: ref.peer_id as PeerId,
    ed25519PublicKey: decodeBase58(ref.ed25519_public_b58),
    x25519PublicKey: decodeBase58(ref.x25519_public_b58),
  };
}
