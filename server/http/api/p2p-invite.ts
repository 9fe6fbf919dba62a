/** Invites (04 section 3.4). */
import { ANY_KEY_OR_SESSION } from '../access.ts';
import { ApiError } from '../errors.ts';
import type { Invites } from '../invites.ts';
import { ok, type Route } from '../routes.ts';
import { inviteSchemas } from '../schemas/mesh.ts';

export function inviteRoutes(invites: Invites): Route[] {
  return [
    {
      method: 'GET',
      path: '/p2p/invite',
      access: ANY_KEY_OR_SESSION,
      schema: inviteSchemas.make,
      handle: ({ query }) =>
        ok(
          invites.make({
            publicHost: query.get('public_host') ?? '',
            publicPort: query.get('public_port') ?? '',
            externalEndpoint: query.get('external_endpoint') ?? '',
          }),
        ),
    },
    {
      method: 'POST',
      path: '/p2p/invite/import',
      access: ANY_KEY_OR_SESSION,
      body: 'caught',
      schema: inviteSchemas.import,
      handle: async ({ body }) => {
        const code = body['invite_code'];
        if (code === undefined || code === null || code === '') throw new ApiError('invite_code_required');
        if (typeof code !== 'string')
          throw new ApiError('invalid_invite', { fields: { reason: 'malformed' } });
        return ok(await invites.import(code));
      },
    },
  ];
}
