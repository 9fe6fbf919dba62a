/** What the routes of the mesh take and answer (04 sections 3.3 to 3.6 and 10a, 06 section 5). Times are Unix seconds. */
import * as z from 'zod';
import type { ImportJson, LinkJson, PeerRequestJson, PeerSendJson } from '../types/mesh.ts';
import { id, limitParam, textParam, time, yesParam, type RouteSchema } from '../route-schema.ts';

const count = z.int().min(0);
const seconds = z.number();
const loose = z.looseObject({});
const protection = z.enum(['secure', 'tls', 'signed']);
const attempts = z.array(z.object({ endpoint: z.string(), reason: z.string(), detail: z.string() }));
const byPeer = z.looseObject({ peer_id: id });

const link = z
  .object({
    peer_id: id,
    protection,
    via: id.nullable(),
    pinned: z.boolean(),
    since: seconds.nullable(),
    rtt_ms: z.number().nullable(),
    accepts_us: z.boolean().nullable(),
  })
  .meta({ id: 'Link' }) satisfies z.ZodType<LinkJson>;

const relayStatus = z
  .looseObject({
    relay_policy: z.string(),
    active_relays: z.record(z.string(), id),
    routing_table: z.record(z.string(), id),
    set_by_environment: z.boolean(),
    relayed_pairs: z.array(loose),
    relayed_bytes: z.number(),
  })
  .meta({ id: 'RelayStatus' });

/** Half of it is told to strangers, too. */
export const networkStatus = z
  .looseObject({
    running: z.boolean(),
    peer_id: id.nullable(),
    canopy_version: z.string(),
    protocol_version: z.int(),
    connected_peers: count,
    discovered_peers: count,
    relay_policy: z.string(),
    connected_peers_list: z.array(id).optional(),
    peers: z.array(loose).optional(),
    peer_versions: z.record(z.string(), loose).optional(),
  })
  .meta({ id: 'NetworkStatus' });

export const meshSchemas = {
  status: { summary: 'The state of the mesh; strangers get its numbers only', answer: networkStatus },
  peers: {
    summary: 'Connected and discovered peers, and what each link protects',
    answer: z.looseObject({
      discovered_peers: z.array(loose),
      connected_peers: z.array(id),
      connected_peer_details: z.array(
        z.looseObject({
          peer_id: id,
          canopy_version: z.string().nullable(),
          protocol_version: z.int().nullable(),
          compatible_protocol: z.boolean(),
          display_name: z.string().nullable(),
        }),
      ),
      peer_versions: z.record(z.string(), loose),
      total_discovered: count,
      total_connected: count,
      links: z.array(link),
    }),
  },
  known: {
    summary: 'Peers whose keys this node has',
    answer: z.looseObject({
      known_peers: z.array(
        z.looseObject({
          peer_id: id,
          display_name: z.string(),
          endpoints: z.array(z.string()),
          connected: z.boolean(),
          key_source: z.string(),
          key_conflicts: z.array(loose),
        }),
      ),
    }),
  },
  introduced: {
    summary: 'Peers that were introduced by others',
    answer: z.looseObject({ introduced_peers: z.array(z.looseObject({ peer_id: id })) }),
  },
  relays: { summary: 'Relays in use, routes, and what is carried for others', answer: relayStatus },
  activity: {
    summary: 'What happened on the connections lately',
    query: z.looseObject({
      since: textParam('Unix seconds: only later events'),
      limit: limitParam(100),
      kind: textParam('Only events of this kind'),
    }),
    answer: z.looseObject({
      server_time: seconds,
      peers: z.record(z.string(), loose),
      events: z.array(loose),
      relay_status: relayStatus,
      validation: z.looseObject({}),
    }),
  },
  diagnostics: {
    summary: 'Connections, recent failures and the own endpoints, for finding faults',
    answer: z.looseObject({
      success: z.literal(true),
      peers: z.array(loose),
      recent_failures: z.array(loose),
      local: loose,
    }),
  },
} satisfies Record<string, RouteSchema>;

const publicAddress = {
  public_host: z.string().max(2048),
  public_port: z.string().max(2048),
  external_endpoint: z.string().max(2048),
};

export const inviteSchemas = {
  publicAddress: {
    summary: 'The public address this node was last given for its invites; empty texts for none',
    answer: z.object(publicAddress),
    errors: [],
  },
  setPublicAddress: {
    summary: 'Keep the public address for invites',
    body: z.looseObject(publicAddress).partial(),
    answer: z.object(publicAddress),
    errors: [
      'owner_required',
      'identity_missing',
      'invalid_public_host',
      'invalid_public_port',
      'invalid_endpoint',
    ],
  },
  make: {
    summary: 'Make an invite for this node',
    query: z.looseObject({
      public_host: textParam('A name or address under which others reach this node'),
      public_port: textParam('And its port'),
      external_endpoint: textParam('Or a whole endpoint'),
    }),
    answer: z.object({
      invite_code: z.string(),
      peer_id: id,
      endpoints: z.array(z.string()),
      raw: z.unknown(),
    }),
    errors: ['identity_missing', 'invalid_public_host', 'invalid_public_port', 'invalid_endpoint'],
  },
  import: {
    summary: 'Accept an invite and connect',
    body: z.looseObject({ invite_code: z.string() }),
    answer: z.object({
      peer_id: id,
      endpoints: z.array(z.string()),
      status: z.enum(['connected', 'imported_not_connected']),
      connected_endpoint: z.string().optional(),
      already_connected: z.boolean().optional(),
      message: z.string().optional(),
      attempts: attempts.optional(),
    }) satisfies z.ZodType<ImportJson>,
    errors: ['identity_missing', 'invite_code_required', 'invalid_invite'],
  },
} satisfies Record<string, RouteSchema>;

const tried = z.looseObject({ status: z.string(), peer_id: id });

export const connectionSchemas = {
  reconnect: {
    summary: 'Connect to a known peer now',
    body: byPeer,
    answer: tried,
    errors: ['peer_id_required', 'mesh_not_running', 'no_endpoints', 'unreachable'],
  },
  reconnectAll: {
    summary: 'Try all known peers again soon',
    answer: z.object({ status: z.literal('scheduled'), success: z.literal(true) }),
    status: 202,
    errors: ['mesh_loop_unavailable'],
  },
  disconnect: {
    summary: 'End the connection to a peer',
    body: byPeer,
    answer: z.object({ status: z.enum(['disconnected', 'not_connected']), peer_id: z.string() }),
    errors: ['peer_id_required', 'mesh_not_running'],
  },
  connectIntroduced: {
    summary: 'Connect to an introduced peer: directly, else through those who know it (202)',
    others: { 202: 'Somebody who knows the peer was asked to bring both together.' },
    body: z.looseObject({
      peer_id: id,
      force_broker: z.union([z.boolean(), z.string()]).optional(),
      force_failover: z.union([z.boolean(), z.string()]).optional(),
      skip_direct: z.union([z.boolean(), z.string()]).optional(),
    }),
    answer: tried,
    errors: ['peer_id_required', 'mesh_not_running', 'not_introduced', 'unreachable'],
  },
  promote: {
    summary: 'Replace a relayed connection by a direct one',
    body: byPeer,
    answer: tried,
    errors: ['peer_id_required', 'mesh_not_running', 'no_endpoints', 'unreachable'],
  },
  forget: {
    summary: 'Forget a peer, and what is left of it here',
    body: z.looseObject({
      peer_id: id,
      purge_residue: z.unknown().optional(),
      remove_introduced: z.unknown().optional(),
    }),
    answer: z.looseObject({
      success: z.literal(true),
      status: z.enum(['forgotten', 'not_found']),
      peer_id: z.string(),
      removed_known_peer: z.boolean(),
      disconnected: z.boolean(),
      disconnect_failed: z.boolean(),
      runtime_cleanup: z.record(z.string(), count),
      residue_cleanup: loose,
    }),
    errors: ['peer_id_required'],
  },
  relayPolicy: {
    summary: 'Say what this node relays for others',
    body: z.looseObject({ policy: z.string() }),
    answer: z.object({ status: z.literal('ok'), relay_policy: z.string(), success: z.literal(true) }),
    errors: ['owner_required', 'invalid_relay_policy'],
  },
  security: {
    summary: 'Lift the protection of a peer that used to connect securely, or accept its new key',
    body: z.looseObject({ peer_id: id, action: z.enum(['unpin', 'accept_key']) }),
    answer: z.object({
      success: z.literal(true),
      peer_id: id,
      action: z.enum(['unpin', 'accept_key']),
      pinned: z.boolean(),
    }),
    errors: [
      'owner_required',
      'manage_keys_required',
      'peer_id_required',
      'invalid_peer_id',
      'invalid_security_action',
      'mesh_not_running',
      'peer_not_pinned',
    ],
  },
} satisfies Record<string, RouteSchema>;

export const sendSchema: RouteSchema = {
  summary: 'Send a text to a peer, or to all; what did not go out is answered with success false',
  body: z.looseObject({
    content: z.unknown(),
    peer_id: z.string().nullish(),
    broadcast: z.unknown().optional(),
    metadata: z.record(z.string(), z.unknown()).nullish(),
    client_id: z.string().nullish(),
  }),
  answer: z.object({
    success: z.boolean(),
    broadcast: z.literal(true).optional(),
    peer_id: z.string().optional(),
    message: z.string(),
    delivered_to: z.array(z.string()),
    queued_for: z.array(z.string()),
    cannot_show: z.array(z.string()),
    queued: z.literal(true).optional(),
    reason: z.string().optional(),
    known_people: z
      .array(z.object({ user_id: id, display_name: z.string(), username: z.string() }))
      .optional(),
  }) satisfies z.ZodType<PeerSendJson>,
  errors: ['json_required', 'content_required', 'content_too_long', 'direct_peer_required', 'invalid_field'],
};

const peerRequest = z
  .object({
    peer_id: id,
    state: z.enum(['waiting', 'ignored', 'blocked', 'accepted']),
    names: z.array(z.string()),
    endpoint: z.string().nullable(),
    introduced_by: z.string().nullable(),
    first_seen: time,
    protection: protection.nullable(),
    waiting: count,
  })
  .meta({ id: 'PeerRequest' }) satisfies z.ZodType<PeerRequestJson>;

export const requestSchemas = {
  list: {
    summary: 'Peers that came unasked and wait for a decision',
    query: z.looseObject({
      answered: yesParam(false).describe('Those that were ignored or blocked, in their place'),
    }),
    answer: z.object({ requests: z.array(peerRequest), count }),
  },
  decide: {
    summary: 'Accept, ignore or block a peer that came unasked',
    body: z.looseObject({ action: z.enum(['accept', 'ignore', 'block']) }),
    answer: z.object({ success: z.literal(true), peer_id: id, state: z.string() }),
    errors: ['owner_required', 'manage_keys_required', 'invalid_action', 'unknown_request'],
  },
} satisfies Record<string, RouteSchema>;
