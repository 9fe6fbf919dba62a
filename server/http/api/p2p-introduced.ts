/**
 * Reaching a peer that is known through others (04 section 3.5, guide section 8): directly if it can be, else by asking
 * the contacts both have. What comes of a brokering shows in `p2p/status` and `p2p/relay_status`.
 */
import { ApiError } from '../errors.ts';
import { ok, type Answer } from '../routes.ts';
import type { HttpComponents } from '../components.ts';
import type { MeshView } from '../mesh-view.ts';
import type { Mesh } from '../../mesh/mesh.ts';
import type { ConnectResult, DialAttempt, IntroducedPeer } from '../../mesh/types.ts';
import type { PeerId } from '../../wire/ids.ts';

/** How a direct attempt went before others were asked. */
interface Direct {
  attempted: boolean;
  attempts: DialAttempt[];
}

/**
 * `POST /p2p/connect_introduced`.
 * @param skipDirect goes to the brokers without a direct attempt.
 */
export async function connectIntroduced(
  components: HttpComponents,
  view: MeshView,
  mesh: Mesh,
  text: string,
  skipDirect: boolean,
): Promise<Answer> {
  const record = mesh.introduced().find((candidate) => candidate.peer_id === text);
  if (record === undefined) throw new ApiError('not_introduced');
  const peer = record.peer_id;
  const direct: Direct = { attempted: false, attempts: [] };
  if (skipDirect)
    mesh.recordActivity({
      kind: 'connection',
      peer_id: peer,
      status: 'forced_failover',
      detail: 'The direct way was left out on request',
      endpoint: null,
      via_peer: null,
    });
  // Deviation D-37: without endpoints it goes straight to the brokers.
  if (!skipDirect && (record.endpoints.length > 0 || mesh.isConnected(peer))) {
    direct.attempted = true;
    const result = await dial(mesh, record);
    if (result.ok) {
      return ok({
        status: 'connected',
        ...shape(peer, direct, skipDirect),
        direct_attempt_count: 1,
        endpoint: result.endpoint ?? record.endpoints[0] ?? null,
      });
    }
    direct.attempts = result.attempts;
  }
  // A click lifts a hold, with and without a direct attempt.
  mesh.release(peer);
  const brokered = await askOthers(components, view, peer, direct, skipDirect);
  if (brokered !== null) return brokered;
  throw new ApiError('unreachable', {
    message: `${sayDirect(direct)} No connected contact could be asked to introduce it.`,
    fields: {
      status: 'failed',
      ...shape(peer, direct, skipDirect),
      attempted_brokers: [],
      relay_policy: components.relay.policy,
      attempts: direct.attempts,
    },
  });
}

/** The answer when others were asked to help, or `null` when nobody could be. */
export async function askOthers(
  components: HttpComponents,
  view: MeshView,
  peer: PeerId,
  direct: Direct,
  skipDirect = false,
): Promise<Answer | null> {
  const asked = await components.mesh?.sync.brokering.ask(peer);
  if (asked == null || asked.via === null) return null;
  return {
    status: 202,
    body: {
      status: 'brokering',
      success: true,
      ...shape(peer, direct, skipDirect),
      via_peer: asked.via,
      attempted_brokers: asked.attempted,
      message:
        `${sayDirect(direct)} ${view.name(asked.via)} was asked to introduce both sides. If neither can reach ` +
        `the other, a common contact that runs Full relay carries the messages.`,
    },
  };
}

function dial(mesh: Mesh, record: IntroducedPeer): Promise<ConnectResult> {
  return mesh.connect(record.peer_id, record.endpoints);
}

function shape(peer: PeerId, direct: Direct, skipDirect: boolean) {
  return {
    peer_id: peer,
    forced_failover: skipDirect,
    direct_attempted: direct.attempted,
    direct_attempt_count: direct.attempts.length,
  };
}

function sayDirect({ attempted, attempts }: Direct): string {
  if (!attempted) return 'No direct attempt was made.';
  return `The direct way failed at ${attempts.length === 1 ? 'its endpoint' : `all ${attempts.length} endpoints`}.`;
}
