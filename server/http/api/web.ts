/**
 * The few JSON routes of the reference's own pages that tools use (04 section 6.1): a session is required, and without
 * one they lead to `/login`.
 */
import type { Response } from 'express';
import type { Authenticator, Caller } from '../auth.ts';
import type { HttpComponents, HttpOptions } from '../components.ts';
import { ANY_KEY_OR_SESSION } from '../access.ts';
import { ApiError } from '../errors.ts';
import { truthy } from '../params.ts';
import { redirect } from '../redirect.ts';
import type { MeshView } from '../mesh-view.ts';
import { trustUpdateRoute } from './trust.ts';
import { connectionDiagnostics, meshDiagnostics } from './p2p-status.ts';
import type { RouteSchema } from '../route-schema.ts';
import { ok, type Answer, type Route } from '../routes.ts';
import { pageSchemas } from '../schemas/page.ts';

export function webRoutes(parts: {
  components: HttpComponents;
  options: HttpOptions;
  view: MeshView;
  authenticator: Authenticator;
}): Route[] {
  const { components, options, view, authenticator } = parts;
  const page = (path: string, schema: RouteSchema, answer: (caller: Caller) => Answer): Route => ({
    method: 'GET',
    path,
    access: 'open',
    schema,
    handle: ({ req }, res) => {
      const caller = authenticator.bySession(req);
      return caller === null ? toLogin(res) : answer(caller);
    },
  });
  return [
    page('/ajax/connection_diagnostics', pageSchemas.connections, () =>
      ok(connectionDiagnostics(components, options, view)),
    ),
    page('/ajax/p2p/diagnostics', pageSchemas.diagnostics, () =>
      ok({ success: true, diagnostics: meshDiagnostics(components, options, view) }),
    ),
    trustUpdateRoute(components),
    {
      method: 'POST',
      path: '/ajax/p2p/resync',
      access: ANY_KEY_OR_SESSION,
      body: 'silent',
      schema: pageSchemas.resync,
      handle: ({ caller, body }) => {
        if (!caller.isOwner) {
          throw new ApiError('owner_required', {
            error: 'Admin permission required',
            fields: { success: false },
          });
        }
        const reconnect = body['include_reconnect'] === undefined || truthy(body['include_reconnect']);
        const targets = view.mesh?.neighbours() ?? [];
        for (const peer of targets) components.mesh?.sync.resync(peer);
        if (reconnect) view.mesh?.reconnectAll();
        return ok({
          success: true,
          scheduled_syncs: targets.length,
          connected_targets: targets,
          reconnect_scheduled: reconnect && view.mesh !== null,
        });
      },
    },
  ];
}

function toLogin(res: Response): null {
  redirect(res, '/login');
  return null;
}
