/** Lifting the protection of a peer that used to connect securely (06 section 1.4). */
import { ANY_KEY_OR_SESSION } from '../access.ts';
import { mayManage } from '../auth.ts';
import { ApiError } from '../errors.ts';
import type { MeshView } from '../mesh-view.ts';
import { asPeerId, peerIdField } from '../params.ts';
import { ok, type Route } from '../routes.ts';
import { connectionSchemas } from '../schemas/mesh.ts';

/** `POST /p2p/security {"peer_id", "action": "unpin" | "accept_key"}`, for the owner or a key with `manage_keys`. */
export function securityRoute(view: MeshView): Route {
  return {
    method: 'POST',
    path: '/p2p/security',
    access: ANY_KEY_OR_SESSION,
    body: 'strict',
    schema: connectionSchemas.security,
    handle: ({ caller, body }) => {
      if (!mayManage(caller))
        throw new ApiError(caller.key === null ? 'owner_required' : 'manage_keys_required');
      const peer = asPeerId(peerIdField(body));
      if (peer === null) throw new ApiError('invalid_peer_id');
      const { action } = body;
      if (action !== 'unpin' && action !== 'accept_key') throw new ApiError('invalid_security_action');
      if (view.mesh === null) throw new ApiError('mesh_not_running');
      if (!view.mesh.liftPin(peer, action)) throw new ApiError('peer_not_pinned');
      return ok({ success: true, peer_id: peer, action, pinned: view.mesh.isPinned(peer) });
    },
  };
}
