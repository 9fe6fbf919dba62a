/**
 * Libraries (07 section 2.1): below `/api/v1/sync` on the main port, at the root of the sync port. On the main port they
 * are for the owner of this node and for keys with `manage_keys`, like everything that concerns the whole node: a
 * library shares files of the node with others.
 */
import { browse } from '../../libraries/browsing.ts';
import type { Libraries, LibraryState } from '../../libraries/libraries.ts';
import type { StoreHealth } from '../../libraries/assets/asset-store.ts';
import { LibraryError } from '../../libraries/errors.ts';
import type { ExternalState } from '../../libraries/external/external-service.ts';
import type { Assets, PeerTraffic, TransferProgress } from '../../libraries/types.ts';
import { isAssetHash, isLibraryId, isPeerId, isTicketId } from '../../wire/ids.ts';
import type { AssetHash, LibraryId, PeerId } from '../../wire/ids.ts';
import type { AssetFilter } from '../../wire/assets.ts';
import { inviteEndpoints, InviteError } from '../../wire/invite.ts';
import { ANY_KEY_OR_SESSION } from '../access.ts';
import { mayManage } from '../auth.ts';
import { ApiError } from '../errors.ts';
import { intQuery } from '../params.ts';
import { readBodyBy } from '../route-schema.ts';
import type { Answer, Call, OpenRoute, Route } from '../routes.ts';
import {
  inviteWish,
  joinWish,
  libraryChange,
  librarySchemas,
  matchWish,
  memberChange,
  newLibrary,
} from '../schemas/libraries.ts';

/** Assets of a library in one answer. */
const DEFAULT_ASSETS = 50;
const MAX_ASSETS = 1_000;

/** What the routes work with. */
export interface LibraryParts {
  libraries: Libraries;
  assets: Pick<Assets, 'count' | 'get' | 'isHidden'>;
  health(): Promise<StoreHealth>;
  /** The asset service beside this node; null without one. */
  external(): ExternalState | null;
  /** A full scan now. */
  rescan(libraryId: LibraryId): void;
  progress(libraryId: LibraryId): Pick<TransferProgress, 'active' | 'bytesPerSecond'>;
  traffic(peer: PeerId): PeerTraffic;
  peerId: PeerId;
  version: string;
  meshPort(): number;
  allowLoopback: boolean;
  now(): number;
  /** Lets others have the event loop for a moment. */
  pause(): Promise<void>;
}

type Handler = (call: Call<unknown>) => unknown;
type Listed = Omit<OpenRoute, 'access' | 'handle'> & { run: Handler };

/** The routes of the sync port, whose listener has looked at who calls. @param parts `null` while the mesh is off. */
export function openLibraryRoutes(parts: LibraryParts | null): OpenRoute[] {
  return listed(parts).map(({ run, ...route }) => ({
    ...route,
    access: 'open',
    handle: (call) => answer(route, () => run(call)),
  }));
}

/** The routes of the main port. */
export function libraryRoutes(parts: LibraryParts | null): Route[] {
  return listed(parts).map(({ run, ...route }) => ({
    ...route,
    path: `/sync${route.path}`,
    access: ANY_KEY_OR_SESSION,
    handle: (call) => {
      if (!mayManage(call.caller))
        throw new ApiError(call.caller.key === null ? 'owner_required' : 'manage_keys_required');
      return answer(route, () => run(call));
    },
  }));
}

function listed(maybe: LibraryParts | null): Listed[] {
  const parts = (): LibraryParts => {
    if (maybe === null) throw new ApiError('mesh_not_running', { fields: { status: 'error' } });
    return maybe;
  };
  const of = ({ param }: Call<unknown>): LibraryId => {
    const text = param('id');
    if (!isLibraryId(text)) throw new LibraryError('library_not_found', 'there is no such library');
    return text;
  };
  const member = ({ param }: Call<unknown>): PeerId => {
    const text = param('peer');
    if (!isPeerId(text)) throw new LibraryError('member_not_found', 'nobody of that id is a member');
    return text;
  };
  return [
    { method: 'GET', path: '/status', schema: librarySchemas.status, run: () => status(parts()) },
    { method: 'GET', path: '/peers', schema: librarySchemas.peers, run: () => peers(parts()) },
    {
      method: 'POST',
      path: '/libraries',
      body: 'strict',
      creates: true,
      schema: librarySchemas.create,
      run: ({ body }) => {
        const wish = readBodyBy(newLibrary, body);
        confirmed(wish.filter, wish.allow_all);
        return shown(parts().libraries.create(wish.name, wish.filter));
      },
    },
    {
      method: 'GET',
      path: '/libraries',
      schema: librarySchemas.list,
      run: () => parts().libraries.list().map(shown),
    },
    {
      method: 'GET',
      path: '/libraries/:id',
      schema: librarySchemas.get,
      run: (call) => detailed(parts(), of(call)),
    },
    {
      method: 'PATCH',
      path: '/libraries/:id',
      body: 'strict',
      schema: librarySchemas.change,
      run: (call) => {
        const { name, filter, allow_all } = readBodyBy(libraryChange, call.body);
        if (filter !== undefined) confirmed(filter, allow_all);
        const change = {
          ...(name === undefined ? {} : { name }),
          ...(filter === undefined ? {} : { filter }),
        };
        return shown(parts().libraries.change(of(call), change));
      },
    },
    {
      method: 'DELETE',
      path: '/libraries/:id',
      schema: librarySchemas.remove,
      run: (call) => {
        const id = of(call);
        return { id, outcome: parts().libraries.remove(id, call.query.get('close') === '1') };
      },
    },
    {
      method: 'POST',
      path: '/matching',
      body: 'strict',
      schema: librarySchemas.matching,
      run: ({ body }) => parts().assets.count(readBodyBy(matchWish, body).filter),
    },
    {
      method: 'GET',
      path: '/libraries/:id/assets',
      schema: librarySchemas.assets,
      run: (call) => browsed(parts(), of(call), call.query),
    },
    {
      method: 'POST',
      path: '/libraries/:id/invite',
      body: 'silent',
      creates: 'secret',
      schema: librarySchemas.invite,
      run: (call) => invited(parts(), of(call), readBodyBy(inviteWish, call.body)),
    },
    {
      method: 'GET',
      path: '/libraries/:id/tickets',
      schema: librarySchemas.tickets,
      run: (call) =>
        parts()
          .libraries.tickets(of(call))
          .map((ticket) => ({
            ticket_id: ticket.id,
            mode: ticket.mode,
            created_at: ticket.createdAt,
            expires_at: ticket.expiresAt,
            max_uses: ticket.maxUses,
            uses: ticket.peers.length,
            peers: ticket.peers,
            revoked: ticket.revokedAt !== null,
          })),
    },
    {
      method: 'DELETE',
      path: '/libraries/:id/tickets/:ticket',
      schema: librarySchemas.revoke,
      run: (call) => {
        const ticket = call.param('ticket');
        if (!isTicketId(ticket))
          throw new LibraryError('ticket_not_found', 'this library has no such ticket');
        parts().libraries.revokeTicket(of(call), ticket);
        return { ticket_id: ticket };
      },
    },
    {
      method: 'GET',
      path: '/libraries/:id/members',
      schema: librarySchemas.members,
      run: (call) =>
        parts()
          .libraries.members(of(call))
          .map(({ peerId, ...rest }) => ({ peer_id: peerId, ...rest })),
    },
    {
      method: 'PATCH',
      path: '/libraries/:id/members/:peer',
      body: 'strict',
      schema: librarySchemas.setMode,
      run: async (call) => {
        const { mode } = readBodyBy(memberChange, call.body);
        await parts().libraries.setMode(of(call), member(call), mode, adopts(call));
        return { peer_id: member(call), mode };
      },
    },
    {
      method: 'DELETE',
      path: '/libraries/:id/members/:peer',
      schema: librarySchemas.removeMember,
      run: async (call) => {
        await parts().libraries.setMode(of(call), member(call), 'none', adopts(call));
        return { peer_id: member(call), mode: 'none' };
      },
    },
    {
      method: 'DELETE',
      path: '/libraries/:id/assets/:hash',
      schema: librarySchemas.removeAsset,
      run: (call) => {
        const hash = call.param('hash');
        if (!isAssetHash(hash))
          throw new LibraryError('asset_not_in_library', 'the asset is not in the library');
        parts().libraries.removeAsset(of(call), hash satisfies AssetHash);
        return { hash };
      },
    },
    {
      method: 'POST',
      path: '/join',
      body: 'strict',
      schema: librarySchemas.join,
      run: ({ body }) => shown(parts().libraries.join(readBodyBy(joinWish, body).ticket)),
    },
    {
      method: 'POST',
      path: '/libraries/:id/rescan',
      body: 'silent',
      schema: librarySchemas.rescan,
      run: (call) => {
        const id = parts().libraries.get(of(call)).library.id;
        parts().rescan(id);
        return { id };
      },
    },
  ];
}

async function answer(route: Omit<Listed, 'run'>, run: () => unknown): Promise<Answer> {
  try {
    const data = await run();
    return { status: route.schema.status ?? 200, body: { status: 'success', data } };
  } catch (error) {
    if (error instanceof LibraryError)
      throw new ApiError(error.code, { error: error.message, fields: { status: 'error' } });
    if (error instanceof ApiError)
      throw new ApiError(error.code, {
        ...error.details,
        fields: { ...error.details.fields, status: 'error' },
      });
    throw error;
  }
}

/** A filter that matches everything must be meant. */
function confirmed(filter: AssetFilter, allowAll: boolean | undefined): void {
  if (Object.keys(filter).length === 0 && allowAll !== true)
    throw new LibraryError('filter_matches_all', 'an empty filter shares every asset; say "allow_all": true');
}

/** Only `adopt=0` lets what a member added vanish. */
function adopts({ query }: Call<unknown>): boolean {
  return query.get('adopt') !== '0';
}

function shown(state: LibraryState) {
  const { library, record, announced } = state;
  return {
    id: library.id,
    name: record?.name ?? announced?.name ?? '',
    filter: record?.filter ?? announced?.filter ?? {},
    created_at: record?.created_at ?? null,
    owner: library.owner,
    role: state.role,
    mode: state.mode,
    state: library.state,
    reason: library.reason,
    assets: state.assets,
    bytes: state.bytes,
    pending: state.pending,
    pending_bytes: state.pendingBytes,
    peers: state.peers,
  };
}

function detailed({ libraries, progress }: LibraryParts, id: LibraryId) {
  const state = libraries.get(id);
  const { active, bytesPerSecond } = progress(id);
  return { ...shown(state), progress: { active, bytes_per_second: bytesPerSecond } };
}

async function browsed({ libraries, assets, pause }: LibraryParts, id: LibraryId, query: URLSearchParams) {
  const { files, next } = await browse(
    { rows: libraries.records.rows, assets, pause },
    libraries.get(id).library.id,
    {
      query: query.get('q') ?? '',
      cursor: query.get('cursor'),
      limit: intQuery(query, 'limit', { min: 1, max: MAX_ASSETS, default: DEFAULT_ASSETS }),
    },
  );
  return { assets: files, next_cursor: next };
}

async function status({ libraries, assets, health, external, peerId, version }: LibraryParts) {
  const { readable, writable, hasRoom, freeBytes } = await health();
  const service = external();
  return {
    peer_id: peerId,
    version,
    mesh: true,
    store: {
      healthy: readable && writable && hasRoom && service?.reachable !== false,
      readable,
      writable,
      has_room: hasRoom,
      free_bytes: freeBytes,
      ...assets.count({}),
    },
    service: service === null ? null : serviceJson(service),
    libraries: libraries.list().length,
  };
}

function serviceJson({ url, reachable, lastContact, problem, waiting, failed }: ExternalState) {
  return { url, reachable, last_contact: lastContact, problem, waiting, failed };
}

function peers({ libraries, traffic }: LibraryParts) {
  return libraries.connected().map(({ link, shared }) => {
    const bytes = traffic(link.peerId);
    return {
      peer_id: link.peerId,
      libraries: shared,
      link: link.via === null ? 'direct' : 'relayed',
      bytes_in: bytes.in,
      bytes_out: bytes.out,
    };
  });
}

function invited(parts: LibraryParts, id: LibraryId, wish: ReturnType<typeof inviteWish.parse>) {
  const expiresAt = wish.expires_in === 0 ? null : parts.now() + wish.expires_in * 1000;
  const { ticket, ticketId } = parts.libraries.invite(id, {
    mode: wish.mode,
    expiresAt,
    maxUses: wish.max_uses,
    endpoints: askedEndpoints(parts, wish.public_host, wish.public_port),
  });
  return { ticket, ticket_id: ticketId, expires_at: expiresAt };
}

function askedEndpoints(parts: LibraryParts, publicHost?: string, publicPort?: number): string[] {
  try {
    return inviteEndpoints({
      meshPort: parts.meshPort(),
      localAddresses: [],
      publicHost: publicHost?.trim() ?? null,
      publicPort: publicPort ?? null,
      allowLoopback: parts.allowLoopback,
    });
  } catch (error) {
    if (error instanceof InviteError) throw new ApiError('invalid_public_host');
    throw error;
  }
}
