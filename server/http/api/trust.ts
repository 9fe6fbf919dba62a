/** Trust scores (04 section 4.10); setting one is for the owner, or a key with `manage_keys` (04 S12). */
import { ANY_KEY_OR_SESSION, KEY } from '../access.ts';
import { mayManage, type Caller } from '../auth.ts';
import type { JsonObject } from '../body.ts';
import type { HttpComponents } from '../components.ts';
import { ApiError } from '../errors.ts';
import { asPeerId, stringField } from '../params.ts';
import { isoOrNull } from '../render.ts';
import { ok, type Answer, type Route } from '../routes.ts';
import { trustSchemas } from '../schemas/system.ts';
import type { PeerId } from '../../wire/ids.ts';
import type { TrustState } from '../../workspace/types.ts';
import type { Workspace } from '../../workspace/workspace.ts';

const TIERS: Readonly<Record<string, number>> = { safe: 90, guarded: 40, restricted: 10, quarantine: 0 };
/** Characters of a reason; it is a note, not a text. */
const MAX_REASON = 200;

export function trustRoutes(components: HttpComponents): Route[] {
  const { trust } = components.workspace;
  return [
    {
      method: 'GET',
      path: '/trust',
      access: KEY.view_trust,
      polled: 'stored',
      schema: trustSchemas.list,
      handle: () => {
        const rows = trust.list();
        return ok({
          trust_scores: Object.fromEntries(rows.map((row) => [row.peerId, rowJson(row)])),
          statistics: trustStatistics(components.workspace),
        });
      },
    },
    {
      method: 'GET',
      path: '/trust/:peer',
      access: KEY.view_trust,
      schema: trustSchemas.get,
      handle: ({ param }) => {
        const peer = asPeerId(param('peer'));
        if (peer !== null) return ok(stateJson(trust.state(peer)));
        return ok({ peer_id: param('peer'), trust_score: 0, is_trusted: false, has_explicit_score: false });
      },
    },
    {
      method: 'PUT',
      path: '/trust/:peer',
      access: ANY_KEY_OR_SESSION,
      body: 'strict',
      schema: trustSchemas.set,
      handle: ({ caller, param, body }) => {
        const peer = asPeerId(param('peer'));
        requireManager(caller);
        if (peer === null) throw new ApiError('invalid_peer_id');
        return setTrust(components, peer, body);
      },
    },
  ];
}

/** The page's older route with the peer in the body (04 section 6.1). */
export function trustUpdateRoute(components: HttpComponents): Route {
  return {
    method: 'POST',
    path: '/trust/update',
    access: ANY_KEY_OR_SESSION,
    body: 'strict',
    schema: trustSchemas.update,
    handle: ({ caller, body }) => {
      const peer = asPeerId((stringField(body, 'peer_id') ?? '').trim());
      if (peer === null) throw new ApiError('trust_peer_required');
      requireManager(caller);
      return setTrust(components, peer, body);
    },
  };
}

function requireManager(caller: Caller): void {
  if (!mayManage(caller)) throw new ApiError(caller.key === null ? 'owner_required' : 'manage_keys_required');
}

function setTrust(components: HttpComponents, peer: PeerId, body: JsonObject): Answer {
  const tier = body['tier'];
  let score = body['score'];
  let reason = (stringField(body, 'reason') ?? '').slice(0, MAX_REASON);
  if (tier !== undefined && tier !== null) {
    if (typeof tier !== 'string' || !Object.hasOwn(TIERS, tier)) throw new ApiError('invalid_tier');
    score = TIERS[tier];
    reason ||= `tier:${tier}`;
  }
  if (typeof score !== 'number' || !(score >= 0 && score <= 100)) throw new ApiError('invalid_score');
  const state = components.workspace.trust.setScore(peer, Math.round(score), reason || 'manual');
  return ok({
    success: true,
    ...stateJson(state),
    profile_recovery: state.trusted ? recovery(components, peer) : null,
  });
}

/** Becoming trusted makes sync ask the peer for its people again; the shape is that of 04 section 6.1. */
function recovery(components: HttpComponents, peer: PeerId) {
  const connected = components.mesh?.mesh.isConnected(peer) === true;
  return {
    ok: true,
    peer_ids: [peer],
    sync_triggered_for: connected ? [peer] : [],
    peers_with_device_avatar: [],
    recovered_user_count: 0,
    recovered_user_ids: [],
    skipped_untrusted: [],
  };
}

function stateJson(state: TrustState) {
  return {
    peer_id: state.peerId,
    trust_score: state.score,
    is_trusted: state.trusted,
    has_explicit_score: state.explicit,
  };
}

function rowJson(row: TrustState) {
  return {
    score: row.score,
    is_trusted: row.trusted,
    last_interaction: isoOrNull(row.lastInteraction),
    compliance_events: row.complianceEvents,
    violation_events: row.violationEvents,
    notes: row.notes,
  };
}

/** `statistics` here and `trust_stats` of `GET /info` (04 section 3.1). */
export function trustStatistics({ trust, deleteSignals }: Pick<Workspace, 'trust' | 'deleteSignals'>) {
  const rows = trust.list();
  const signals = deleteSignals.counts();
  const answered = signals.complied + signals.violated;
  const scores = rows.map((row) => row.score);
  const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    total_peers: rows.length,
    trusted_peers: rows.filter((row) => row.trusted).length,
    average_score: rows.length === 0 ? 0 : sum(scores) / rows.length,
    min_score: rows.length === 0 ? 0 : Math.min(...scores),
    max_score: rows.length === 0 ? 0 : Math.max(...scores),
    total_compliance: sum(rows.map((row) => row.complianceEvents)),
    total_violations: sum(rows.map((row) => row.violationEvents)),
    total_signals: signals.total,
    pending_signals: signals.pending,
    complied_signals: signals.complied,
    violated_signals: signals.violated,
    compliance_rate: answered === 0 ? 100 : (signals.complied / answered) * 100,
  };
}
