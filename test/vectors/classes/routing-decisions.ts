/** `routing_decisions`: 01 section 7.5. */
import * as z from 'zod';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { Router } from '../../../server/mesh/router.ts';
import { decodeBase58 } from '../../../server/wire/base58.ts';
import { parseFrame, verifyEnvelope, type Envelope } from '../../../server/wire/envelope.ts';
import { WireError } from '../../../server/wire/errors.ts';
import type { PeerId } from '../../../server/wire/ids.ts';
import { expectEqual, refSchema, wireClass } from '../check.ts';
import { likeTheReference } from '../reference-router.ts';

const stepSchema = z.object({
  frame_text: z.string(),
  fill: z.object({ placeholder: z.string(), unit: z.string(), count: z.number() }).optional(),
  expect: z.object({
    delivered: z.boolean(),
    forwarded_to: z.array(z.string()),
    forwarded_ttl: z.array(z.number()).nullable(),
    queued_for: z.array(z.string()).nullable(),
    routes_after: z.record(z.string(), z.string()),
  }),
});
const schema = z.object({
  local_peer_id: z.string(),
  known_peers: z.array(refSchema),
  connected: z.array(z.string()),
  via_peer: z.string(),
  now: z.string(),
  routing_table: z.record(z.string(), z.string()),
  allow_unverified_relay: z.boolean(),
  steps: z.array(stepSchema),
});

export const routingDecisions = wireClass('routing_decisions', schema, (vector) => {
  const router = routerOf(vector);
  expectEqual(
    vector.steps.map((step) => decide(router, step, vector.via_peer as PeerId)),
    vector.steps.map(({ expect }) => ({ ...expect, forwarded_to: expect.forwarded_to.toSorted() })),
  );
});

function routerOf(vector: z.infer<typeof schema>): Router {
  const keys = new Map(vector.known_peers.map((ref) => [ref.peer_id, decodeBase58(ref.ed25519_public_b58)]));
  const verify = (envelope: Envelope): 'valid' | 'invalid' | 'unknown_author' => {
    const key = keys.get(envelope.fromPeer);
    if (key === undefined) return 'unknown_author';
    return verifyEnvelope(nativeCrypto, key, envelope) ? 'valid' : 'invalid';
  };
  const router = new Router(
    {
      ...likeTheReference,
      now: () => Number(vector.now) * 1000,
      neighbours: () => vector.connected as PeerId[],
      verify,
    },
    { localPeerId: vector.local_peer_id as PeerId, allowUnverifiedRelay: vector.allow_unverified_relay },
  );
  for (const [target, hop] of Object.entries(vector.routing_table)) {
    router.routes.set(target as PeerId, hop as PeerId);
  }
  return router;
}

function decide(router: Router, step: z.infer<typeof stepSchema>, via: PeerId): object {
  const { fill } = step;
  const text =
    fill === undefined
      ? step.frame_text
      : step.frame_text.replace(fill.placeholder, fill.unit.repeat(fill.count));
  const nothing = { delivered: false, forwarded_to: [], forwarded_ttl: null, queued_for: null };
  const routes = (): object => ({ routes_after: router.routes.toRecord() });
  let frame;
  try {
    frame = parseFrame(text);
  } catch (error) {
    if (error instanceof WireError) return { ...nothing, ...routes() };
    throw error;
  }
  if (frame.kind !== 'p2p_message') return { ...nothing, ...routes() };
  const outcome = router.receive(frame.envelope, via);
  const ttls = new Set(outcome.forward.map((copy) => copy.envelope.ttl));
  return {
    delivered: outcome.deliver,
    forwarded_to: outcome.forward.map((copy) => copy.to).toSorted(),
    forwarded_ttl: ttls.size === 0 ? null : [...ttls],
    queued_for: outcome.queuedFor === null ? null : [outcome.queuedFor],
    ...routes(),
  };
}
