/** How far one message has come, peer by peer (06 section 3.3). */
import { DELIVERY_KINDS } from '../../store/delivery.ts';
import type { DeliveryKind } from '../../store/delivery.ts';
import { toIsoTime } from '../../store/time.ts';
import type { MessageId, PostId, UserId } from '../../wire/ids.ts';
import { isOpaqueId } from '../../wire/ids.ts';
import type { Workspace } from '../../workspace/workspace.ts';
import { KEY } from '../access.ts';
import { ApiError } from '../errors.ts';
import { deliveryJson } from '../render.ts';
import { ok, type Route } from '../routes.ts';
import { deliveryDetails } from '../schemas/messages.ts';
import type { DeliveryDetailsJson } from '../types/messages.ts';

export function deliveryRoutes(workspace: Workspace): Route[] {
  return [
    {
      method: 'GET',
      path: '/delivery',
      access: KEY.read_messages,
      polled: 'stored',
      schema: deliveryDetails,
      handle: ({ caller, query }) => {
        const kind = DELIVERY_KINDS.find((one) => one === query.get('kind'));
        if (kind === undefined)
          throw new ApiError('invalid_field', {
            error: `kind must be one of ${DELIVERY_KINDS.join(', ')}`,
            fields: { field: 'kind' },
          });
        const id = query.get('id');
        if (!isOpaqueId(id) || !mayKnow(workspace, caller.userId, kind, id)) throw new ApiError('not_found');
        const peers = workspace.delivery.details(kind, id).map(({ peerId, state, reason, at }) => ({
          peer_id: peerId,
          state,
          reason,
          at: toIsoTime(at),
        }));
        const sum = deliveryJson(workspace.delivery.summary(kind, id));
        return ok({ kind, id, delivery: sum, peers } satisfies DeliveryDetailsJson);
      },
    },
  ];
}

/** A message is known to those who may read it; of texts between nodes only whoever got the id knows it. */
function mayKnow(workspace: Workspace, userId: UserId, kind: DeliveryKind, id: string): boolean {
  switch (kind) {
    case 'message':
      return workspace.channelMessages.mayKnow(userId, id as MessageId);
    case 'dm':
      return workspace.directMessages.get(userId, id as MessageId) !== undefined;
    case 'post':
      return workspace.feedRule.seesId(userId, id as PostId);
    case 'send':
      return workspace.delivery.details(kind, id).length > 0;
  }
}
