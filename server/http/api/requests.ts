/** Connection requests: peers that came unasked and wait for a person's decision (00, trust; 04 section 10a). */
import { ANY_KEY_OR_SESSION } from '../access.ts';
import { mayManage } from '../auth.ts';
import type { HttpComponents } from '../components.ts';
import { ApiError } from '../errors.ts';
import { asPeerId } from '../params.ts';
import { isoOrNull } from '../render.ts';
import { readQueryBy } from '../route-schema.ts';
import { ok, type Route } from '../routes.ts';
import { requestSchemas } from '../schemas/mesh.ts';
import type { PeerRequestJson } from '../types/mesh.ts';
import type { PeerRequest } from '../../workspace/types.ts';

const ACTIONS = ['accept', 'ignore', 'block'] as const;

export function requestRoutes(components: HttpComponents): Route[] {
  const { requests } = components.workspace;
  return [
    {
      method: 'GET',
      path: '/p2p/requests',
      access: ANY_KEY_OR_SESSION,
      polled: 'stored',
      schema: requestSchemas.list,
      handle: ({ query }) => {
        const answered = readQueryBy(requestSchemas.list.query, query).answered;
        const list = (answered ? requests.refused() : requests.list()).map(requestJson);
        return ok({ requests: list, count: list.length });
      },
    },
    {
      method: 'POST',
      path: '/p2p/requests/:peer',
      access: ANY_KEY_OR_SESSION,
      body: 'strict',
      schema: requestSchemas.decide,
      handle: ({ caller, param, body }) => {
        if (!mayManage(caller))
          throw new ApiError(caller.key === null ? 'owner_required' : 'manage_keys_required');
        const action = ACTIONS.find((candidate) => candidate === body['action']);
        if (action === undefined) throw new ApiError('invalid_action');
        const peer = asPeerId(param('peer'));
        if (peer === null || requests.get(peer) === undefined) throw new ApiError('unknown_request');
        const request = requests.decide(peer, action);
        return ok({ success: true, peer_id: peer, state: request.state });
      },
    },
  ];
}

function requestJson(request: PeerRequest): PeerRequestJson {
  return {
    peer_id: request.peerId,
    state: request.state,
    names: request.names,
    endpoint: request.endpoint,
    introduced_by: request.introducedBy,
    first_seen: isoOrNull(request.firstSeen) ?? '',
    protection: request.protection,
    waiting: request.waiting,
  };
}
