/**
 * `egress`: what the send functions of a node write to its neighbours, and what waits (02 sections 1, 3.4 and 3.5). Run
 * on a simulated network against peers with the habits of the reference.
 *
 * Not compared: how many ids are remembered. The reference remembers some of its own; here all are, so that their echo
 * is known (01 R6).
 */
import * as z from 'zod';
import type { NodeIdentity } from '../../../server/identity/node-identity.ts';
import { PendingQueue } from '../../../server/mesh/pending-queue.ts';
import { RouteTable } from '../../../server/mesh/route-table.ts';
import { SeenCache } from '../../../server/mesh/seen-cache.ts';
import type { SendResult } from '../../../server/mesh/types.ts';
import { parseFrame } from '../../../server/wire/envelope.ts';
import type { PeerId } from '../../../server/wire/ids.ts';
import { DEFAULT_CAPABILITIES, type MessageType } from '../../../server/wire/message-types.ts';
import { ReferencePeer } from '../../mesh/reference-peer.ts';
import { SimWorld, type SimNode } from '../../sim/node.ts';
import { expectEqual, isObject } from '../check.ts';
import type { VectorClass } from '../types.ts';
import { meshIdentities } from './mesh-identities.ts';

const sendSchema = z.object({
  to_neighbour: z.string(),
  type: z.string(),
  to_peer: z.string().nullable(),
  ttl: z.number(),
});
const caseSchema = z.object({
  name: z.string(),
  setup: z.object({
    local: z.string(),
    connected: z.array(z.string()),
    routing_table: z.record(z.string(), z.string()),
    send_fails_to: z.array(z.string()).max(0),
  }),
  result: z.unknown(),
  sends: z.array(sendSchema),
  pending: z.record(z.string(), z.array(z.object({ more: z.number().optional() }))),
});
type Case = z.infer<typeof caseSchema>;
type Identities = ReadonlyMap<string, NodeIdentity>;

const PORT = 7771;
const PAYLOAD = { content: 'x', metadata: {} };

export const egress: VectorClass = {
  name: 'egress',
  recognises: (json) =>
    isObject(json) && Array.isArray(json['cases']) && !('now' in json) && !('schema' in json),
  cases(json, context) {
    const identities = meshIdentities(context.sibling('../identities.json'));
    return z
      .object({ cases: z.array(caseSchema) })
      .parse(json)
      .cases.map((vector) => ({ id: vector.name, run: () => check(vector, identities) }));
  },
};

/** A node with the neighbours of a case. */
class Stage {
  readonly world = new SimWorld();
  readonly node: SimNode;
  readonly #identities: Identities;
  readonly #peers = new Map<PeerId, ReferencePeer>();

  constructor(local: string, identities: Identities) {
    this.#identities = identities;
    const identity = identities.get(local);
    if (identity === undefined) throw new Error(`no identity of ${local}`);
    this.node = this.world.node({ identity, capabilities: DEFAULT_CAPABILITIES });
    for (const { peerId, ed25519, x25519 } of identities.values()) {
      const keys = { ed25519PublicKey: ed25519.publicKey, x25519PublicKey: x25519.publicKey };
      if (peerId !== local) this.node.knownPeers.importPeer({ peerId, ...keys });
    }
  }

  async connect(peer: string): Promise<void> {
    const identity = this.#identities.get(peer);
    if (identity === undefined) throw new Error(`no identity of ${peer}`);
    const host = this.world.nextHost();
    const other = new ReferencePeer(this.world.ports(host), identity);
    await other.listen(PORT);
    this.#peers.set(other.peerId, other);
    await this.ran(this.node.mesh.connect(other.peerId, [`ws://${host}:${PORT}`]));
  }

  /** A known peer, a neighbour if there is one. */
  get someone(): PeerId {
    const known = [...this.#identities.values()].map(({ peerId }) => peerId);
    return [...this.#peers.keys(), ...known.filter((peer) => peer !== this.node.mesh.peerId)][0] as PeerId;
  }

  async ran<T>(work: Promise<T>): Promise<T> {
    await this.world.time.run(2_000);
    return work;
  }

  /** What the neighbours got, in the order of the neighbours. */
  sends(): z.infer<typeof sendSchema>[] {
    return [...this.#peers.values()].flatMap((peer) =>
      peer.received.flatMap((text) => {
        const frame = parseFrame(text);
        if (frame.kind !== 'p2p_message') return [];
        const { type, toPeer, ttl } = frame.envelope;
        return [{ to_neighbour: peer.peerId, type, to_peer: toPeer, ttl }];
      }),
    );
  }
}

const sent = (result: SendResult): boolean => result === 'sent' || result === 'relayed';

async function send(stage: Stage, type: MessageType, to: PeerId, ttl: number): Promise<boolean> {
  const encrypt = type === 'direct_message';
  return sent(await stage.ran(stage.node.mesh.send(type, to, PAYLOAD, { ttl, encrypt })));
}

async function flood(stage: Stage, type: MessageType, ttl: number): Promise<boolean> {
  return (await stage.ran(stage.node.mesh.flood(type, PAYLOAD, { ttl }))).length > 0;
}

/** What each case calls, by its name; its answer is the recorded `result`. */
const CALLS: Readonly<Record<string, (stage: Stage, target: PeerId) => Promise<unknown>>> = {
  'channel-message-direct': (stage, target) => send(stage, 'channel_message', target, 3),
  'channel-message-flood': (stage) => flood(stage, 'channel_message', 3),
  'channel-message-flood-nobody': (stage) => flood(stage, 'channel_message', 3),
  'channel-message-next-hop': (stage, target) => send(stage, 'channel_message', target, 3),
  'channel-message-offline': (stage, target) => send(stage, 'channel_message', target, 3),
  'member-sync-offline-mesh': (stage, target) => send(stage, 'member_sync', target, 5),
  'member-sync-offline-alone': (stage, target) => send(stage, 'member_sync', target, 5),
  'dm-flood': (stage) => flood(stage, 'direct_message', 3),
  'p2p-direct': (stage, target) => send(stage, 'direct_message', target, 4),
  'p2p-direct-offline': (stage, target) => send(stage, 'direct_message', target, 4),
  'catchup-request-not-connected': (stage, target) =>
    stage.ran(stage.node.mesh.sendDirect('channel_catchup_request', target, PAYLOAD)),
  'broker-request': (stage, target) =>
    stage.ran(stage.node.mesh.sendDirect('broker_request', target, PAYLOAD, { ttl: 1 })),
  'broker-request-offline': (stage, target) =>
    stage.ran(stage.node.mesh.sendDirect('broker_request', target, PAYLOAD, { ttl: 1 })),
  'delete-signal-flood': (stage) => flood(stage, 'delete_signal', 5),
  'delete-signal-targeted-offline-mesh': (stage, target) => send(stage, 'delete_signal', target, 4),
  flush: async (stage, target) => {
    await send(stage, 'channel_message', target, 3);
    await send(stage, 'direct_message', target, 4);
    await stage.node.mesh.sendDirect('broker_request', target, PAYLOAD, { ttl: 1 });
    await stage.connect(target);
    return stage.ran(stage.node.mesh.flushPending(target));
  },
};

/** Bounds are those of a part. */
const BOUNDS: Readonly<Record<string, () => unknown>> = {
  'pending-overflow': () => {
    const queue = new PendingQueue();
    const to = 'target' as PeerId;
    const add = (type: MessageType, content: string): void =>
      queue.addOwn({ type, to, payload: { content, metadata: {} }, ttl: 4, encrypt: false }, 0);
    add('delete_signal', '');
    for (let i = 0; i <= 500; i += 1) add('channel_message', `${i}`);
    const items = queue.take(to, 0).flatMap((item) => (item.kind === 'own' ? [item.intent] : []));
    return {
      length: items.length,
      first_type: items[0]?.type,
      second_content: items[1]?.payload.content,
      last_content: items.at(-1)?.payload.content,
    };
  },
  'routing-table-cap': () => {
    const routes = new RouteTable();
    for (let i = 0; i <= 500; i += 1) routes.set(`peer${i}` as PeerId, 'hop' as PeerId);
    const size = Object.keys(routes.toRecord()).length;
    return {
      size,
      has_peer0: routes.next('peer0') !== undefined,
      has_peer1: routes.next('peer1') !== undefined,
    };
  },
  'dedup-cache-cap': () => {
    const seen = new SeenCache();
    for (let i = 0; i <= 10_000; i += 1) seen.add('author', `${i}`);
    return {
      size_after_10001: seen.size,
      first_still_known: seen.has('author', '0'),
      item_5001_known: seen.has('author', '5001'),
    };
  },
};

async function check(vector: Case, identities: Identities): Promise<void> {
  const bound = BOUNDS[vector.name];
  if (bound !== undefined) return expectEqual(bound(), vector.result);
  const call = CALLS[vector.name];
  if (call === undefined) throw new Error(`nothing is known of the case ${vector.name}`);
  const { local, connected, routing_table: routes } = vector.setup;
  const stage = new Stage(local, identities);
  await stage.ran(stage.node.mesh.start());
  for (const peer of connected) await stage.connect(peer);
  for (const [target, hop] of Object.entries(routes))
    stage.node.mesh.relays.accept(target as PeerId, hop as PeerId);
  const result = await call(stage, targetOf(vector, stage));
  const waiting = stage.node.mesh.diagnostics().pending_messages.by_peer;
  const outcome = {
    result,
    sends: named(stage.sends()),
    local_callbacks: stage.node.inbox.length,
    pending: Object.entries(waiting),
  };
  await stage.ran(stage.node.mesh.stop());
  expectEqual(outcome, {
    result: vector.result,
    sends: named(vector.sends),
    // Own floods are not delivered to oneself (02 section 3.2).
    local_callbacks: 0,
    pending: Object.entries(vector.pending).map(([target, items]) => [target, lengthOf(items)]),
  });
}

/** Each send under a name that needs no key: its type, and its place among those of that type. */
function named(sends: readonly z.infer<typeof sendSchema>[]): Record<string, z.infer<typeof sendSchema>> {
  const counts = new Map<string, number>();
  return Object.fromEntries(
    sends.map((one) => {
      const count = counts.get(one.type) ?? 0;
      counts.set(one.type, count + 1);
      return [`${one.type} ${count}`, one];
    }),
  );
}

/** Whom the recorded call was for. */
function targetOf({ sends, pending, setup }: Case, stage: Stage): PeerId {
  const target =
    sends.find((one) => one.to_peer !== null)?.to_peer ??
    Object.keys(pending)[0] ??
    Object.keys(setup.routing_table)[0];
  return (target ?? stage.someone) as PeerId;
}

function lengthOf(items: Case['pending'][string]): number {
  return items.reduce((sum, item) => sum + (item.more ?? 1), 0);
}
