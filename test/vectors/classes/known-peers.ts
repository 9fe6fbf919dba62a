/** `known_peers`: 01 section 1.3. No case replaces keys, where this project differs from the reference. */
import * as z from 'zod';
import type { KnownPeers } from '../../../server/identity/known-peers.ts';
import { decodeBase58 } from '../../../server/wire/base58.ts';
import type { Endpoint, PeerId } from '../../../server/wire/ids.ts';
import { expectEqual, refSchema, wireClass } from '../check.ts';
import { knownPeersInMemory } from '../known-peers-in-memory.ts';

const stateSchema = z.object({
  known_peers: z.array(z.string()),
  endpoints: z.record(z.string(), z.array(z.string())),
  display_names: z.record(z.string(), z.string()),
});
const opSchema = z.discriminatedUnion('op', [
  z.object({
    op: z.literal('add_peer'),
    peer: refSchema,
    endpoints: z.array(z.string()).optional(),
    display_name: z.string().optional(),
  }),
  z.object({
    op: z.literal('record_endpoint'),
    peer_id: z.string(),
    endpoint: z.string(),
    claim: z.boolean(),
  }),
  z.object({ op: z.literal('remove_endpoint'), peer_id: z.string(), endpoint: z.string() }),
  z.object({ op: z.literal('forget'), peer_id: z.string() }),
]);
const schema = z.object({
  local_peer_id: z.string(),
  file_text_before: z.string().nullable(),
  loaded: stateSchema,
  ops: z.array(opSchema),
  after: stateSchema,
  file_text_after: z.string().nullable(),
});

export const knownPeers = wireClass('known_peers', schema, (vector) => {
  const { known, text } = knownPeersInMemory(vector.local_peer_id, vector.file_text_before);
  const named = [...Object.keys(vector.after.endpoints), ...Object.keys(vector.loaded.endpoints)];
  const loaded = stateOf(known, named);
  for (const op of vector.ops) apply(known, op);
  expectEqual(
    { loaded, after: stateOf(known, named), file_text_after: text() },
    {
      loaded: withoutEmpty(vector.loaded),
      after: withoutEmpty(vector.after),
      file_text_after: vector.file_text_after,
    },
  );
});

function apply(known: KnownPeers, op: z.infer<typeof opSchema>): void {
  switch (op.op) {
    case 'add_peer':
      known.importPeer({
        peerId: op.peer.peer_id as PeerId,
        ed25519PublicKey: decodeBase58(op.peer.ed25519_public_b58),
        x25519PublicKey: decodeBase58(op.peer.x25519_public_b58),
        ...(op.endpoints === undefined ? {} : { endpoints: op.endpoints }),
        ...(op.display_name === undefined ? {} : { displayName: op.display_name }),
      });
      return;
    case 'record_endpoint':
      known.recordEndpoint(op.peer_id as PeerId, op.endpoint as Endpoint, { claim: op.claim });
      return;
    case 'remove_endpoint':
      known.removeEndpoint(op.peer_id as PeerId, op.endpoint as Endpoint);
      return;
    case 'forget':
      known.forget(op.peer_id as PeerId);
  }
}

/** The state as the vectors write it; endpoints also of the peers in `named`, whose keys may be unknown. */
function stateOf(known: KnownPeers, named: readonly string[]): z.infer<typeof stateSchema> {
  const peers = known.list();
  const ids = new Set([...peers.map((peer) => peer.peerId), ...named]);
  return withoutEmpty({
    known_peers: peers.map((peer) => peer.peerId),
    endpoints: Object.fromEntries([...ids].map((id) => [id, [...known.endpoints(id as PeerId)]])),
    display_names: Object.fromEntries(peers.map((peer) => [peer.peerId, peer.displayName])),
  });
}

/** An absent list or name and an empty one mean the same. */
function withoutEmpty(state: z.infer<typeof stateSchema>): z.infer<typeof stateSchema> {
  const some = <T extends { length: number }>(all: Record<string, T>): Record<string, T> =>
    Object.fromEntries(Object.entries(all).filter(([, value]) => value.length > 0));
  return { ...state, endpoints: some(state.endpoints), display_names: some(state.display_names) };
}
