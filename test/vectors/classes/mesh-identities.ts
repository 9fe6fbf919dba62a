/** The four nodes of the mesh vectors, with their private keys. */
import * as z from 'zod';
import type { NodeIdentity } from '../../../server/identity/node-identity.ts';
import { decodeBase58 } from '../../../server/wire/base58.ts';
import type { PeerId } from '../../../server/wire/ids.ts';

const identitiesSchema = z.object({
  peers: z.record(
    z.string(),
    z.object({
      peer_id: z.string(),
      ed25519_public_key: z.string(),
      x25519_public_key: z.string(),
      ed25519_private_key: z.string(),
      x25519_private_key: z.string(),
    }),
  ),
});
/** By peer id; `json` is the content of `mesh/identities.json`. */
export function meshIdentities(json: unknown): ReadonlyMap<string, NodeIdentity> {
  return new Map(
    Object.values(identitiesSchema.parse(json).peers).map((peer) => [
      peer.peer_id,
      {
        peerId: peer.peer_id as PeerId,
        ed25519: {
          privateKey: decodeBase58(peer.ed25519_private_key),
          publicKey: decodeBase58(peer.ed25519_public_key),
        },
        x25519: {
          privateKey: decodeBase58(peer.x25519_private_key),
          publicKey: decodeBase58(peer.x25519_public_key),
        },
      },
    ]),
  );
}
