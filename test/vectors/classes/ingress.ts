/** `ingress`: what a node does with a message that arrives (02 sections 3 and 4). */
import fs from 'node:fs';
import * as z from 'zod';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { ReferenceLimiter } from '../../../server/mesh/rate-limiter.ts';
import { brokerSteps } from '../../../server/mesh/relay/brokering.ts';
import { Relays } from '../../../server/mesh/relay/relays.ts';
import { Router, type Outcome } from '../../../server/mesh/router.ts';
import { RELAY_POLICIES } from '../../../server/identity/relay-settings.ts';
import { EventBus } from '../../../server/telemetry/bus.ts';
import { decodeBase58 } from '../../../server/wire/base58.ts';
import { parseEnvelope, verifyEnvelope, type Envelope } from '../../../server/wire/envelope.ts';
import type { PeerId } from '../../../server/wire/ids.ts';
import { parsePyJson } from '../../../server/wire/pyjson.ts';
import type { PyObject, PyValue } from '../../../server/wire/pyvalue.ts';
import { expectEqual, isObject } from '../check.ts';
import { likeTheReference } from '../reference-router.ts';
import type { VectorClass } from '../types.ts';

const sendSchema = z.object({
  to_neighbour: z.string(),
  type: z.string(),
  id: z.string(),
  ttl: z.number(),
  same_signature: z.boolean(),
});
const stepSchema = z.object({
  at: z.number(),
  via: z.string(),
  message: z.object({ type: z.string(), payload: z.unknown() }),
  payload_generator: z.record(z.string(), z.string()).optional(),
  expect: z.object({
    sends: z.array(sendSchema),
    callbacks: z.array(z.string()),
    security_event: z.enum(['blocked', 'warning']).nullable(),
  }),
});
const caseSchema = z.object({
  name: z.string(),
  setup: z.object({
    local: z.string(),
    connected: z.array(z.string()),
    known_peers: z.array(z.string()),
    routing_table: z.record(z.string(), z.string()),
    allow_unverified_relay_messages: z.boolean(),
    send_fails_to: z.array(z.string()),
    relay_policy: z.enum(RELAY_POLICIES),
    trust_scores: z.record(z.string(), z.number()).nullable(),
  }),
  steps: z.array(stepSchema),
  after: z.object({
    routing_table: z.record(z.string(), z.string()),
    pending: z.record(z.string(), z.array(z.unknown())),
    seen: z.array(z.string()),
  }),
});
type Case = z.infer<typeof caseSchema>;
type Keys = ReadonlyMap<string, Uint8Array>;

const fileSchema = z.object({ now: z.number(), cases: z.array(caseSchema) });
const identitiesSchema = z.object({
  peers: z.record(z.string(), z.object({ peer_id: z.string(), ed25519_public_key: z.string() })),
});
/** Types that no room handles: they are verified and relayed only. */
const UNHANDLED = new Set(['trust_update', 'broadcast']);
/** Scores from which a peer counts as accepted (02 section 3.9). */
const ACCEPTED = 50;
const aboutSchema = z.object({ metadata: z.object({ target_peer: z.string() }) });

export const ingress: VectorClass = {
  name: 'ingress',
  recognises: (json) =>
    isObject(json) && 'now' in json && Array.isArray(json['cases']) && !('schema' in json),
  cases(json, context) {
    const { peers } = identitiesSchema.parse(context.sibling('../identities.json'));
    const keys = new Map(
      Object.values(peers).map((peer) => [peer.peer_id, decodeBase58(peer.ed25519_public_key)]),
    );
    // The messages stand in the file as JSON values: a second, lossless reading keeps what was signed.
    const lossless = list(field(parsePyJson(fs.readFileSync(context.path, 'utf8')), 'cases'));
    return fileSchema.parse(json).cases.map((vector, i) => ({
      id: vector.name,
      run: () => check(vector, list(field(lossless[i], 'steps')), keys),
    }));
  },
};

function check(vector: Case, steps: readonly PyValue[], keys: Keys): void {
  let now = 0;
  const router = routerOf(vector, keys, () => now * 1000);
  const limiter = new ReferenceLimiter();
  const ours = vector.steps.map((step, i) => {
    now = step.at;
    const envelope = parseEnvelope(messageOf(steps[i], step.payload_generator ?? {}));
    const outcome = receive(router, limiter, envelope, step.via as PeerId, now * 1000);
    const sends = outcome.forward
      .filter((copy) => !vector.setup.send_fails_to.includes(copy.to))
      .map(({ to, envelope: copy }) => ({
        to_neighbour: to,
        type: copy.type,
        id: copy.id,
        ttl: copy.ttl,
        same_signature: copy.signature === envelope.signature,
      }));
    const helping = outcome.deliver ? help(vector, step, router, envelope) : null;
    return {
      // The order counts only among what a broker sends.
      sends: helping?.sends ?? sorted(sends),
      delivered: outcome.deliver && helping === null && !UNHANDLED.has(envelope.type),
      event: eventOf(outcome),
    };
  });
  const targets = Object.keys(vector.after.pending);
  const waiting = targets.map((target) => [target, router.pending.take(target, now * 1000).length]);
  expectEqual(
    {
      steps: ours,
      routing_table: router.routes.toRecord(),
      pending: Object.fromEntries(waiting),
      elsewhere: router.pending.total,
      seen: router.seenCount,
    },
    {
      steps: vector.steps.map(({ expect }) => ({
        sends: expect.sends[0]?.id === '(new)' ? expect.sends : sorted(expect.sends),
        delivered: expect.callbacks.length > 0,
        event: expect.security_event,
      })),
      routing_table: vector.after.routing_table,
      pending: Object.fromEntries(targets.map((target) => [target, vector.after.pending[target]?.length])),
      elsewhere: 0,
      seen: vector.after.seen.length,
    },
  );
}

/** What a message of brokering leads to; `null` for all others, which go to a handler. */
function help(
  { setup }: Case,
  { message }: z.infer<typeof stepSchema>,
  router: Router,
  envelope: Envelope,
): { sends: z.infer<typeof sendSchema>[] } | null {
  const connections = { neighbours: () => setup.connected as PeerId[], isHeld: () => false };
  const local = setup.local as PeerId;
  if (envelope.type === 'relay_offer') {
    const nothing = { clear: () => undefined, list: () => [], totalBytes: 0 };
    const key = new Uint8Array(32);
    const relays = new Relays(
      {
        clock: { now: () => 0, monotonic: () => 0 },
        bus: new EventBus(() => undefined),
        activity: { connection: () => undefined },
        knownPeers: {
          get: (peerId) => ({
            peerId,
            ed25519PublicKey: key,
            x25519PublicKey: key,
            endpoints: [],
            displayName: '',
            keySource: 'invite',
          }),
        },
        connections: { ...connections, isAdmitted: () => true },
        router,
        pairs: nothing,
      },
      { localPeerId: local, policy: setup.relay_policy },
    );
    relays.accept(aboutSchema.parse(message.payload).metadata.target_peer as PeerId, envelope.fromPeer);
    return { sends: [] };
  }
  if (envelope.type !== 'broker_request') return null;
  const steps = brokerSteps({
    policy: setup.relay_policy,
    localPeerId: local,
    requester: envelope.fromPeer,
    accepted: (setup.trust_scores?.[envelope.fromPeer] ?? 0) >= ACCEPTED,
    target: aboutSchema.parse(message.payload).metadata.target_peer as PeerId,
    neighbours: connections.neighbours(),
  });
  // Own messages are remembered, too.
  steps.forEach((_, i) => router.remember({ ...envelope, fromPeer: local, id: `new ${i}` }));
  const sends = steps.map(({ type, to }) => ({
    to_neighbour: to,
    type,
    id: '(new)',
    ttl: 1,
    same_signature: false,
  }));
  return { sends };
}

/** The reference's order: accept, count, then route; what its limiter drops is not remembered. */
function receive(
  router: Router,
  limiter: ReferenceLimiter,
  envelope: Envelope,
  via: PeerId,
  now: number,
): Outcome {
  const nothing: Outcome = {
    deliver: false,
    forward: [],
    kind: 'none',
    queuedFor: null,
    heldByPolicy: false,
    refused: null,
    verified: false,
  };
  const acceptance = router.accept(envelope, via);
  if (!acceptance.accepted) return { ...nothing, refused: acceptance.reason };
  if (!limiter.admit(envelope.fromPeer, envelope.type, now)) {
    router.unremember(envelope);
    return { ...nothing, verified: true };
  }
  return { ...router.route(envelope, via), refused: null, verified: acceptance.verified };
}

/** An unknown author, a wrong signature and our own echo are events; so is what only the switch lets through. */
function eventOf(outcome: Outcome): 'blocked' | 'warning' | null {
  if (outcome.refused === null) return outcome.verified ? null : 'warning';
  return ['own', 'invalid', 'unknown_author'].includes(outcome.refused) ? 'blocked' : null;
}

function routerOf({ setup }: Case, keys: Keys, now: () => number): Router {
  const verify = (envelope: Envelope): 'valid' | 'invalid' | 'unknown_author' => {
    const key = setup.known_peers.includes(envelope.fromPeer) ? keys.get(envelope.fromPeer) : undefined;
    if (key === undefined) return 'unknown_author';
    return verifyEnvelope(nativeCrypto, key, envelope) ? 'valid' : 'invalid';
  };
  const router = new Router(
    { ...likeTheReference, now, neighbours: () => setup.connected as PeerId[], verify },
    { localPeerId: setup.local as PeerId, allowUnverifiedRelay: setup.allow_unverified_relay_messages },
  );
  for (const [target, hop] of Object.entries(setup.routing_table))
    router.routes.set(target as PeerId, hop as PeerId);
  return router;
}

/** The message of a step, with the long texts put back that the file only describes. */
function messageOf(step: PyValue | undefined, generators: Readonly<Record<string, string>>): PyObject {
  const message = object(field(step, 'message'));
  for (const [path, description] of Object.entries(generators)) {
    const [, unit, count] = /^"(.*)" repeated ([0-9]+)$/.exec(description) ?? [];
    if (unit === undefined) throw new Error(`cannot generate ${description}`);
    const names = path.split('.');
    const holder = names
      .slice(0, -1)
      .reduce((value, name) => object(field(value, name)), object(field(message, 'payload')));
    holder.set(names.at(-1) ?? '', unit.repeat(Number(count)));
  }
  return message;
}

function field(value: PyValue | undefined, name: string): PyValue | undefined {
  return object(value).get(name);
}

function object(value: PyValue | undefined): PyObject {
  if (!(value instanceof Map)) throw new Error('an object was expected');
  return value;
}

function list(value: PyValue | undefined): PyValue[] {
  if (!Array.isArray(value)) throw new Error('a list was expected');
  return value;
}

/** The order of a flood does not count. */
function sorted<T extends { to_neighbour: string }>(sends: readonly T[]): T[] {
  return sends.toSorted((a, b) => (a.to_neighbour < b.to_neighbour ? -1 : 1));
}
