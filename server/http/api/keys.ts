/** API keys (04 section 3.2). */
import { KEY } from '../access.ts';
import type { Authenticator, Caller } from '../auth.ts';
import { holds } from '../auth.ts';
import { isEmptyObject, jsonBody, readBody, type JsonObject } from '../body.ts';
import { ApiError } from '../errors.ts';
import { stringField } from '../params.ts';
import { isoOrNull } from '../render.ts';
import { ok, type Route } from '../routes.ts';
import { keySchemas } from '../schemas/people.ts';
import type { KeyId } from '../../wire/ids.ts';
import { presentedKey } from '../auth.ts';
import type { ApiKeys, ListedKey, NewKey } from '../../workspace/api-keys.ts';
import type { Request } from 'express';

export function keyRoutes(components: {
  workspace: { apiKeys: ApiKeys };
  authenticator: Authenticator;
}): Route[] {
  const { authenticator } = components;
  const { apiKeys } = components.workspace;
  return [
    {
      method: 'GET',
      path: '/keys',
      access: KEY.manage_keys,
      polled: 'stored',
      schema: keySchemas.list,
      handle: ({ caller }) => ok({ keys: apiKeys.list(caller.userId).map(keyJson) }),
    },
    {
      method: 'POST',
      path: '/keys',
      // This route has credentials texts of its own; the body is read only once they are good.
      access: 'open',
      creates: 'secret',
      schema: keySchemas.create,
      handle: async ({ req }) => {
        const caller = creator(authenticator, req);
        await readBody(req);
        const body = jsonBody(req, 'strict');
        const { key, info } = apiKeys.create(
          caller.userId,
          readNewKey(body),
          caller.key?.permissions ?? null,
        );
        return {
          status: 201,
          body: {
            success: true,
            api_key: key,
            id: info.id,
            user_id: info.userId,
            permissions: info.permissions,
            expires_days: body['expires_days'] ?? null,
            expires_at: isoOrNull(info.expiresAt),
            name: info.name,
          },
        };
      },
    },
    {
      method: 'DELETE',
      path: '/keys/:key',
      access: KEY.manage_keys,
      schema: keySchemas.revoke,
      handle: ({ caller, param }) => {
        apiKeys.revoke(caller.userId, param('key') as KeyId);
        return ok({ message: 'API key revoked successfully', success: true });
      },
    },
  ];
}

/** A key with `manage_keys`, or a browser session with its CSRF token. */
function creator(authenticator: Authenticator, req: Request): Caller {
  if (presentedKey(req) !== null) {
    const caller = authenticator.keyCaller(req);
    if (caller === null || !holds(caller, 'manage_keys')) throw new ApiError('key_creation_forbidden');
    if (caller.status !== 'active')
      throw new ApiError('pending_approval', { fields: { status: caller.status } });
    return caller;
  }
  const caller = authenticator.bySession(req);
  if (caller === null) throw new ApiError('key_creation_unauthenticated');
  authenticator.requireCsrf(req);
  return caller;
}

function readNewKey(body: JsonObject): NewKey {
  if (isEmptyObject(body)) throw new ApiError('json_required');
  const days = body['expires_days'];
  if (days !== undefined && days !== null && typeof days !== 'number') throw new ApiError('invalid_expiry');
  return {
    permissions: permissionList(body['permissions']),
    expiresDays: days ?? null,
    name: stringField(body, 'name') ?? null,
  };
}

/** A list of names, one name, or nothing for the default set. */
function permissionList(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (typeof value === 'string') return [value];
  if (!Array.isArray(value)) throw new ApiError('permissions_not_list');
  return (value as unknown[]).map((item) => {
    if (typeof item === 'string') return item;
    throw new ApiError('invalid_permission', {
      error: `Invalid permission: ${JSON.stringify(item)} is not a valid Permission`,
    });
  });
}

function keyJson(key: ListedKey) {
  return {
    id: key.id,
    user_id: key.userId,
    permissions: key.permissions,
    created_at: isoOrNull(key.createdAt),
    last_used_at: isoOrNull(key.lastUsedAt),
    expires_at: isoOrNull(key.expiresAt),
    revoked: key.revoked,
    usable: key.usable,
    name: key.name,
  };
}
