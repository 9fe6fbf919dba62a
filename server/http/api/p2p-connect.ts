/**
 * Connecting, leaving and forgetting peers, and the relay policy (04 section 3.5).
 */
import { ANY_KEY_OR_SESSION, DELETING_KEY_OR_SESSION } from '../access.ts';
import { mayManage } from '../auth.ts';
import type { HttpComponents } from '../components.ts';
import { ApiError } from '../errors.ts';
import type { MeshView } from '../mesh-view.ts';
import { asPeerId, isYes, peerIdField, truthy } from '../params.ts';
import { ok, type Answer, type Route } from '../routes.ts';
import { connectionSchemas } from '../schemas/mesh.ts';
import { askOthers, connectIntroduced } from './p2p-introduced.ts';
import { RELAY_POLICIES, type RelayPolicy } from '../../identity/relay-settings.ts';
import type { Mesh } from '../../mesh/mesh.ts';
import type { PeerId } from '../../wire/ids.ts';

/** Longest wait for a session to end after it was told to. */
const CLOSING_MS = 3_000;

export function connectionRoutes(components: HttpComponents, view: MeshView): Route[] {
  const running = (): Mesh => {
    if (view.mesh === null) throw new ApiError('mesh_not_running');
    return view.mesh;
  };
  return [
    {
      method: 'POST',
      path: '/p2p/reconnect',
      access: ANY_KEY_OR_SESSION,
      body: 'strict-n',
      schema: connectionSchemas.reconnect,
      handle: ({ body }) => reconnect(components, running, view, peerIdField(body)),
    },
    {
      method: 'POST',
      path: '/p2p/reconnect_all',
      access: ANY_KEY_OR_SESSION,
      schema: connectionSchemas.reconnectAll,
      handle: () => {
        if (view.mesh === null) {
          throw new ApiError('mesh_loop_unavailable', {
            message: 'P2P event loop unavailable',
            fields: { status: 'failed' },
          });
        }
        view.mesh.reconnectAll();
        return { status: 202, body: { status: 'scheduled', success: true } };
      },
    },
    {
      method: 'POST',
      path: '/p2p/disconnect',
      access: ANY_KEY_OR_SESSION,
      body: 'strict',
      schema: connectionSchemas.disconnect,
      handle: async ({ body }) => {
        const text = peerIdField(body);
        const peer = asPeerId(text);
        const mesh = running();
        const was = peer !== null && mesh.isConnected(peer);
        if (peer !== null) {
          mesh.disconnect(peer);
          await hasGone(components, mesh, peer);
        }
        return ok({ status: was ? 'disconnected' : 'not_connected', peer_id: text });
      },
    },
    {
      method: 'POST',
      path: '/p2p/connect_introduced',
      access: ANY_KEY_OR_SESSION,
      body: 'silent',
      schema: connectionSchemas.connectIntroduced,
      handle: ({ body }) => {
        const skip = ['force_broker', 'force_failover', 'skip_direct'].some((name) => {
          const value = body[name];
          return value === true || (typeof value === 'string' && isYes(value));
        });
        const peer = peerIdField(body);
        return connectIntroduced(components, view, running(), peer, skip);
      },
    },
    {
      method: 'POST',
      path: '/p2p/promote_direct',
      access: ANY_KEY_OR_SESSION,
      body: 'silent',
      schema: connectionSchemas.promote,
      handle: ({ body }) => promoteDirect(running, peerIdField(body)),
    },
    {
      method: 'POST',
      path: '/p2p/forget',
      access: DELETING_KEY_OR_SESSION,
      body: 'strict',
      schema: connectionSchemas.forget,
      handle: ({ body }) => {
        const yes = (name: string): boolean => body[name] === undefined || truthy(body[name]);
        const wanted = { purge: yes('purge_residue'), introduced: yes('remove_introduced') };
        return forget(components, view, peerIdField(body), wanted);
      },
    },
    {
      method: 'POST',
      path: '/p2p/relay_policy',
      access: ANY_KEY_OR_SESSION,
      body: 'strict-n',
      schema: connectionSchemas.relayPolicy,
      handle: ({ caller, body }) => {
        // A setting of the node, so of its owner and whoever they gave a managing key (03 section 3.5).
        if (!caller.isOwner && !mayManage(caller)) throw new ApiError('owner_required');
        const policy = relayPolicy(body['policy']);
        components.relay.set(policy);
        components.bus.publish({ type: 'settings.changed', userId: null });
        return ok({ status: 'ok', relay_policy: components.relay.policy, success: true });
      },
    },
  ];
}

/** The closing handshake takes a moment; who is told "disconnected" finds the peer gone. */
function hasGone({ bus, ports }: HttpComponents, mesh: Mesh, peer: PeerId): Promise<void> {
  if (!mesh.isConnected(peer)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      unsubscribe();
      limit.cancel();
      resolve();
    };
    const limit = ports.timers.after(CLOSING_MS, done);
    const unsubscribe = bus.on('peer.disconnected', (event) => {
      if (event.peerId === peer) done();
    });
  });
}

async function reconnect(
  components: HttpComponents,
  running: () => Mesh,
  view: MeshView,
  text: string,
): Promise<Answer> {
  const mesh = running();
  const peer = asPeerId(text);
  if (peer === null) throw new ApiError('no_endpoints');
  if (mesh.isDirect(peer)) return ok({ status: 'connected', peer_id: peer, message: 'Already connected' });
  const via = mesh.routing().active_relays[peer];
  if (via !== undefined) {
    const name = view.name(via);
    return ok({
      status: 'relayed',
      peer_id: peer,
      relay_via: via,
      relay_via_name: name,
      message: `Connected via relay ${name}`,
    });
  }
  const result = await mesh.reconnect(peer);
  if (result.ok) return ok({ status: 'connected', peer_id: peer, endpoint: result.endpoint });
  // Of a peer that somebody introduced, others may know a way.
  if (mesh.introducedPeer(peer) !== undefined) {
    const direct = { attempted: result.attempts.length > 0, attempts: result.attempts };
    const brokered = await askOthers(components, view, peer, direct);
    if (brokered !== null) return brokered;
  }
  if (result.attempts.length === 0) throw new ApiError('no_endpoints');
  throw new ApiError('unreachable', {
    message: 'Could not reconnect to any endpoint',
    fields: { status: 'failed', peer_id: peer, attempts: result.attempts },
  });
}

async function promoteDirect(running: () => Mesh, text: string): Promise<Answer> {
  const mesh = running();
  const peer = asPeerId(text);
  const result =
    peer === null
      ? ({ ok: false, attempts: [], wasRelayed: false } as const)
      : await mesh.promoteDirect(peer);
  const shape = { peer_id: text, was_relayed: result.wasRelayed };
  if (result.ok) return ok({ status: 'direct', ...shape, endpoint: result.endpoint });
  if (result.attempts.length === 0) {
    throw new ApiError('no_endpoints', {
      message: 'No known endpoints for direct connection attempt',
      fields: { status: 'no_endpoints', ...shape },
    });
  }
  throw new ApiError('unreachable', {
    message: 'Could not establish direct connection on any endpoint',
    fields: {
      status: 'failed',
      ...shape,
      endpoints_tried: result.attempts.length,
      attempts: result.attempts,
    },
  });
}

function forget(
  components: HttpComponents,
  view: MeshView,
  text: string,
  { purge, introduced }: { purge: boolean; introduced: boolean },
): Answer {
  const peer = asPeerId(text);
  const counts = peer === null ? undefined : view.mesh?.forget(peer, { introduced });
  // Whoever is forgotten is no longer trusted, and what was asked and answered is gone too, whatever else stays.
  const consent = peer === null ? undefined : components.workspace.peerCleanup.withdraw(peer);
  const removed = purge && peer !== null ? components.workspace.peerCleanup.forget(peer) : undefined;
  const runtime = {
    introduced_removed: counts?.introduced_removed ?? 0,
    routes_removed: counts?.routes_removed ?? 0,
    relay_entries_removed: counts?.relay_entries_removed ?? 0,
    reconnect_tasks_cancelled: counts?.reconnect_tasks_cancelled ?? 0,
    discovered_removed: counts?.discovered_removed ?? 0,
  };
  const cleanup = {
    deleted_shadow_users: removed?.shadowUserIds.length ?? 0,
    failed_shadow_users: 0,
    peer_profiles_deleted: removed?.deviceProfiles ?? 0,
    trust_scores_deleted: consent?.trustScores ?? 0,
    delete_signals_deleted: removed?.deleteSignals ?? 0,
    remote_attachment_transfers_deleted: removed?.fileTransfers ?? 0,
    mesh_principals_deleted: 0,
    mesh_grants_deleted: 0,
    mesh_grant_applications_deleted: 0,
    mesh_grant_revocations_deleted: 0,
  };
  const removedKnown = counts?.removed_known_peer ?? false;
  const anything =
    removedKnown ||
    counts?.disconnected === true ||
    (consent?.requests ?? 0) > 0 ||
    [...Object.values(runtime), ...Object.values(cleanup)].some((count) => count > 0);
  return ok({
    success: true,
    status: anything ? 'forgotten' : 'not_found',
    peer_id: text,
    removed_known_peer: removedKnown,
    disconnected: counts?.disconnected ?? false,
    disconnect_failed: false,
    runtime_cleanup: runtime,
    residue_cleanup: purge
      ? {
          success: true,
          peer_id: text,
          deleted_shadow_user_ids: removed?.shadowUserIds ?? [],
          failed_shadow_user_ids: [],
          // People whose messages stay keep their names.
          kept_shadow_user_ids: removed?.keptShadowUserIds ?? [],
          cleanup,
        }
      : { success: true, skipped: true },
  });
}

function relayPolicy(value: unknown): RelayPolicy {
  const text = typeof value === 'string' ? value.trim().toLowerCase() : '';
  const policy = RELAY_POLICIES.find((candidate) => candidate === text);
  if (policy === undefined) throw new ApiError('invalid_relay_policy');
  return policy;
}
