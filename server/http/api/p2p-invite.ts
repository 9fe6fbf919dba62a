/** Invites (04 section 3.4). */
import { ANY_KEY_OR_SESSION } from '../access.ts';
import { mayManage } from '../auth.ts';
import { ApiError } from '../errors.ts';
import type { HttpComponents } from '../components.ts';
import type { Invites } from '../invites.ts';
import { ok, type Route } from '../routes.ts';
import { inviteSchemas } from '../schemas/mesh.ts';

export function inviteRoutes(
  { publicAddress }: Pick<HttpComponents, 'publicAddress'>,
  invites: Invites,
): Route[] {
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
      method: 'GET',
      path: '/p2p/public_address',
      access: ANY_KEY_OR_SESSION,
      schema: inviteSchemas.publicAddress,
      handle: () => ok(publicAddress.get()),
    },
    {
      method: 'PUT',
      path: '/p2p/public_address',
      access: ANY_KEY_OR_SESSION,
      body: 'strict',
      schema: inviteSchemas.setPublicAddress,
      handle: ({ caller, body }) => {
        // A setting of the node, like the relay policy.
        if (!caller.isOwner && !mayManage(caller)) throw new ApiError('owner_required');
        const word = (name: string): string => textField(body[name]);
        const asked = {
          public_host: word('public_host'),
          public_port: word('public_port'),
          external_endpoint: word('external_endpoint'),
        };
        // What no invite can be made with is not kept.
        invites.make({
          publicHost: asked.public_host,
          publicPort: asked.public_port,
          externalEndpoint: asked.external_endpoint,
        });
        publicAddress.set(asked);
        return ok(publicAddress.get());
      },
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

function textField(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}
