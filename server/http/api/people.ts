/**
 * Cards of people and their pictures (04 section 10a): who somebody is, where they are at home, and how they look. The
 * picture is always the small JPEG this node made.
 */
import { ANY_KEY_OR_SESSION, KEY } from '../access.ts';
import type { HttpComponents } from '../components.ts';
import { ApiError } from '../errors.ts';
import { asUserId } from '../params.ts';
import { isoOrNull } from '../render.ts';
import { ok, type Route } from '../routes.ts';
import { peopleSchemas } from '../schemas/agents.ts';
import { mentionHandles } from '../../workspace/mention-handles.ts';
import type { Person } from '../../workspace/types.ts';

/** Pictures say by their address which one they are; a browser may keep them for a day. */
const CACHE = 'private, max-age=86400';

/** Where the picture of a person is; null without one. The address changes with the picture. */
export function avatarUrl({ id, avatarFileId }: Pick<Person, 'id' | 'avatarFileId'>): string | null {
  if (avatarFileId === null) return null;
  return `/api/v1/people/${encodeURIComponent(id)}/avatar?v=${encodeURIComponent(avatarFileId)}`;
}

export function peopleRoutes(components: HttpComponents): Route[] {
  const { people, peerDevices, avatars } = components.workspace;
  const known = (id: string): Person => {
    const userId = asUserId(id);
    const person = userId === null ? undefined : people.get(userId);
    if (person === undefined) throw new ApiError('user_not_found');
    return person;
  };
  return [
    {
      method: 'GET',
      path: '/people/:user',
      access: KEY.read_feed,
      schema: peopleSchemas.card,
      handle: ({ param }) => {
        const person = known(param('user'));
        const device =
          person.originPeer === null ? components.device.card() : peerDevices.get(person.originPeer);
        return ok({
          user_id: person.id,
          username: person.username,
          display_name: person.displayName,
          account_type: person.accountType,
          status: person.status,
          bio: person.bio ?? '',
          avatar_url: avatarUrl(person),
          is_remote: person.originPeer !== null,
          origin_peer: person.originPeer,
          mention_handles: mentionHandles(person),
          created_at: isoOrNull(person.createdAt),
          device:
            device === undefined
              ? null
              : {
                  display_name: device.displayName,
                  description: device.description,
                  avatar_b64: device.avatarB64,
                  avatar_mime: device.avatarMime,
                },
        });
      },
    },
    {
      method: 'GET',
      path: '/people/:user/avatar',
      access: ANY_KEY_OR_SESSION,
      schema: peopleSchemas.avatar,
      handle: async ({ param, req }, res) => {
        const avatar = await avatars.of(known(param('user')).id);
        if (avatar === null) throw new ApiError('avatar_not_found');
        res.set({
          'Content-Type': 'image/jpeg',
          'Content-Security-Policy': "default-src 'none'; sandbox",
          'X-Content-Type-Options': 'nosniff',
          'Cache-Control': CACHE,
          ETag: avatar.etag,
        });
        if (req.headers['if-none-match'] === avatar.etag) res.status(304).end();
        else {
          res.setHeader('Content-Length', avatar.bytes.length);
          res.status(200).end(req.method === 'HEAD' ? undefined : avatar.bytes);
        }
        return null;
      },
    },
  ];
}
