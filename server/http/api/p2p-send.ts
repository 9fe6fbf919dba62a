/** `POST /p2p/send` (04 section 3.6). A message that did not go out is answered with 200 and `success: false`. */
import { KEY } from '../access.ts';
import { isEmptyObject, type JsonObject } from '../body.ts';
import type { HttpComponents } from '../components.ts';
import { ApiError } from '../errors.ts';
import type { MeshView } from '../mesh-view.ts';
import { Once } from '../once.ts';
import { asPeerId, objectField, truthy } from '../params.ts';
import { ok, type Answer, type Route } from '../routes.ts';
import { sendSchema } from '../schemas/mesh.ts';
import type { UserId } from '../../wire/ids.ts';
import type { PeerSendJson } from '../types/mesh.ts';
import type { PeerSendResult } from '../../sync/peer-send.ts';

/** Code points of one text; as much as a channel message may have. */
const MAX_CONTENT = 50_000;

const NOT_SENT: PeerSendResult = {
  success: false,
  deliveredTo: [],
  queuedFor: [],
  cannotShow: [],
  reason: 'mesh_not_running',
  knownPeople: [],
};

export function sendRoutes(components: HttpComponents, view: MeshView): Route[] {
  const once = new Once();
  const send = async (userId: UserId, body: JsonObject): Promise<Answer> => {
    if (isEmptyObject(body)) throw new ApiError('json_required');
    const content = contentOf(body);
    const metadata = objectField(body, 'metadata') ?? {};
    const peerSend = view.mesh === null ? null : (components.mesh?.sync.peerSend ?? null);
    if (truthy(body['broadcast']))
      return broadcast((await peerSend?.broadcast(userId, content, metadata)) ?? NOT_SENT);
    const text = body['peer_id'];
    if (typeof text !== 'string' || text.trim() === '') throw new ApiError('direct_peer_required');
    const peer = asPeerId(text.trim());
    const result =
      peer === null
        ? { ...NOT_SENT, reason: 'unknown_peer' }
        : ((await peerSend?.direct(userId, peer, content, metadata)) ?? NOT_SENT);
    return direct(text.trim(), result);
  };
  return [
    {
      method: 'POST',
      path: '/p2p/send',
      access: KEY.write_messages,
      body: 'caught',
      creates: true,
      schema: sendSchema,
      handle: ({ caller, body }) => once.run(caller.userId, body, () => send(caller.userId, body)),
      recall: ({ body }, id) => {
        const result = components.mesh?.sync.peerSend.again(id) ?? null;
        if (result === null) throw new ApiError('message_not_found');
        return truthy(body['broadcast']) ? broadcast(result) : direct(String(body['peer_id']).trim(), result);
      },
    },
  ];
}

function broadcast(result: PeerSendResult): Answer {
  const message = result.success ? 'Message broadcast to all peers' : 'Failed to broadcast';
  return ok({ broadcast: true, message, ...outcome(result) } satisfies PeerSendJson);
}

function direct(peer: string, result: PeerSendResult): Answer {
  const message = result.success ? `Message sent to ${peer}` : 'Failed to send message';
  return ok({ peer_id: peer, message, ...outcome(result) } satisfies PeerSendJson);
}

function contentOf(body: JsonObject): string {
  const value = body['content'];
  if (!truthy(value)) throw new ApiError('content_required');
  const content = typeof value === 'string' ? value : JSON.stringify(value);
  if ([...content].length > MAX_CONTENT) throw new ApiError('content_too_long');
  return content;
}

function outcome(result: PeerSendResult) {
  const onlyQueued = result.queuedFor.length > 0 && result.deliveredTo.length === 0;
  return {
    success: result.success,
    delivered_to: result.deliveredTo,
    queued_for: result.queuedFor,
    cannot_show: result.cannotShow,
    ...(onlyQueued ? { queued: true as const } : {}),
    ...(result.reason === null ? {} : { reason: result.reason }),
    ...(result.knownPeople.length === 0
      ? {}
      : {
          known_people: result.knownPeople.map((person) => ({
            user_id: person.userId,
            display_name: person.displayName,
            username: person.username,
          })),
        }),
  };
}
