/**
 * What this node is and where it keeps its data, and what its owner may do about that (05 section 10.15, K-2 and K-6): the
 * facts behind *About this node* and *Storage*, cleaning up now, the log, and the keys of other accounts.
 */
import { statfs } from 'node:fs/promises';
import { ANY_KEY_OR_SESSION, SESSION } from '../access.ts';
import type { Caller } from '../auth.ts';
import type { HttpComponents, HttpOptions } from '../components.ts';
import { ApiError } from '../errors.ts';
import type { MeshView } from '../mesh-view.ts';
import { asUserId } from '../params.ts';
import { isoOrNull } from '../render.ts';
import { readQueryBy } from '../route-schema.ts';
import { ok, type Route } from '../routes.ts';
import { nodeSchemas } from '../schemas/node.ts';
import { readLog } from '../../telemetry/log-reader.ts';
import type { KeyId } from '../../wire/ids.ts';

export function nodeRoutes(
  components: HttpComponents,
  options: HttpOptions,
  parts: { view: MeshView; port: () => number },
): Route[] {
  const { workspace, ports } = components;
  const startedAt = ports.clock.now();
  return [
    {
      method: 'GET',
      path: '/node',
      access: ANY_KEY_OR_SESSION,
      schema: nodeSchemas.about,
      handle: async ({ caller }) => ok(await about(components, options, { ...parts, startedAt, caller })),
    },
    {
      method: 'POST',
      path: '/admin/cleanup',
      access: SESSION,
      schema: nodeSchemas.cleanup,
      handle: async ({ caller }) => {
        requireOwner(caller);
        const expired_removed = workspace.expiry.purge();
        const files_removed = await workspace.fileUpkeep.run();
        return ok({ success: true, expired_removed, files_removed });
      },
    },
    {
      method: 'GET',
      path: '/admin/log',
      access: SESSION,
      schema: nodeSchemas.log,
      handle: async ({ caller, query }) => {
        requireOwner(caller);
        const { level, room, q, limit } = readQueryBy(nodeSchemas.log.query, query);
        const file = options.logFile ?? null;
        if (file === null) return ok({ lines: [], rooms: [], has_older: false, file: null });
        const page = await readLog(file, {
          level: level ?? 'info',
          room: room === undefined || room === '' ? null : room,
          text: q ?? '',
          limit,
        });
        return ok({ lines: page.lines, rooms: page.rooms, has_older: page.hasOlder, file });
      },
    },
    {
      method: 'GET',
      path: '/admin/api-keys',
      access: SESSION,
      schema: nodeSchemas.keys,
      handle: ({ caller }) => {
        requireOwner(caller);
        const keys = workspace.accounts
          .list()
          .filter((account) => account.id !== caller.userId)
          .flatMap((account) => workspace.apiKeys.list(account.id).map((key) => ({ account, key })))
          .map(({ account, key }) => ({
            id: key.id,
            user_id: account.id,
            username: account.username,
            display_name: account.displayName,
            name: key.name,
            permissions: key.permissions,
            created_at: isoOrNull(key.createdAt),
            expires_at: isoOrNull(key.expiresAt),
            revoked: key.revoked,
            usable: key.usable,
          }));
        return ok({ keys });
      },
    },
    {
      method: 'DELETE',
      path: '/admin/users/:user/api-keys/:key',
      access: SESSION,
      schema: nodeSchemas.revoke,
      handle: ({ caller, param }) => {
        requireOwner(caller);
        const user = asUserId(param('user'));
        if (user === null) throw new ApiError('user_not_found');
        workspace.apiKeys.revoke(user, param('key') as KeyId);
        return ok({ success: true });
      },
    },
  ];
}

function requireOwner(caller: Caller): void {
  if (!caller.isOwner) throw new ApiError('owner_required');
}

/** The other service this node exchanges assets with, if its owner named one (07 section 4). */
function assetService({ libraries }: HttpComponents) {
  const state = libraries?.external() ?? null;
  if (state === null) return null;
  const { url, reachable, problem } = state;
  return { url, reachable, problem };
}

async function about(
  components: HttpComponents,
  options: HttpOptions,
  parts: { view: MeshView; port: () => number; startedAt: number; caller: Caller },
) {
  const { view, port, startedAt, caller } = parts;
  const { statistics, ports, identity } = components;
  const directory = options.dataDirectory ?? null;
  const disk = directory === null ? null : await statfs(directory).catch(() => null);
  const { mode } = statistics.storage();
  return {
    version: options.version,
    node_version: process.versions.node,
    platform: process.platform,
    peer_id: identity?.peerId ?? null,
    started_at: isoOrNull(startedAt) ?? '',
    uptime_seconds: Math.floor((ports.clock.now() - startedAt) / 1000),
    http_port: port(),
    mesh_running: view.mesh !== null,
    mesh_port: view.mesh?.diagnostics().local.mesh_port ?? options.meshPort,
    extensions: [...(options.extensions ?? [])],
    // Where on the machine is the owner's business.
    data_directory: caller.isOwner ? directory : null,
    asset_service: caller.isOwner ? assetService(components) : null,
    disk_free_bytes: disk === null ? null : disk.bavail * disk.bsize,
    database: {
      bytes: statistics.sizeBytes(),
      mode,
      import_waiting: components.database.isWaiting,
      ...statistics.stored(),
    },
    files: statistics.files(),
  };
}
