/**
 * Making and importing invites (04 section 3.4, 01 section 2): used by the API and, for the code pasted there, by
 * `/setup`. Importing is consent to that peer (00, trust).
 */
import { isIP } from 'node:net';
import type { HttpComponents, HttpOptions, MeshParts } from './components.ts';
import { ApiError } from './errors.ts';
import type { MeshView } from './mesh-view.ts';
import type { ImportJson } from './types/mesh.ts';
import {
  decodeInvite,
  encodeInvite,
  inviteEndpoints,
  InviteError,
  invitePayload,
  type Invite,
} from '../wire/invite.ts';

/** Longest time an import may take, over all endpoints of the code; each dial has at most 10 s of it. */
const IMPORT_LIMIT_MS = 45_000;
const DIAL_LIMIT_MS = 10_000;
/** Endpoints of one code that are dialled; more would only be a way to make this node knock at many doors. */
const MAX_DIALLED = 16;

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*\.?$/i;
const UNSPECIFIED = new Set(['0.0.0.0', '::']);
const NOT_CONNECTED =
  'Peer registered but could not connect to any endpoint. Make sure the peer is online and reachable.';

const REASONS = {
  malformed: 'The code is incomplete or damaged.',
  id_mismatch: 'Peer ID does not match public key',
  own_invite: 'This is the invite of this node itself.',
  key_conflict: 'Another key is already known for this peer, so the invite was refused.',
} as const;

/** Makes and imports invite codes. */
export class Invites {
  readonly #components: HttpComponents;
  readonly #options: HttpOptions;
  readonly #view: MeshView;
  readonly #stopping: AbortSignal;

  constructor(components: HttpComponents, options: HttpOptions, view: MeshView, stopping: AbortSignal) {
    this.#components = components;
    this.#options = options;
    this.#view = view;
    this.#stopping = stopping;
  }

  /**
   * This node's invite with the endpoints asked for in front.
   * @throws {ApiError} `identity_missing`, `invalid_public_host`, `invalid_public_port` or `invalid_endpoint`.
   */
  make(query: { publicHost: string; publicPort: string; externalEndpoint: string }) {
    const { identity } = this.#components;
    const mesh = this.#view.mesh;
    if (identity === null || mesh === null) throw new ApiError('identity_missing');
    const asked = this.#askedEndpoints(query, mesh.port);
    const endpoints = [...new Set([...asked, ...mesh.localEndpoints()])];
    const keys = {
      peerId: identity.peerId,
      ed25519PublicKey: identity.ed25519.publicKey,
      x25519PublicKey: identity.x25519.publicKey,
    };
    return {
      invite_code: encodeInvite(keys, endpoints),
      peer_id: identity.peerId,
      endpoints,
      raw: JSON.parse(invitePayload(keys, endpoints)) as unknown,
    };
  }

  #askedEndpoints(
    query: { publicHost: string; publicPort: string; externalEndpoint: string },
    meshPort: number,
  ): string[] {
    const host = query.publicHost.trim().replace(/^\[(.*)\]$/, '$1');
    if (host !== '' && !isHost(host))
      throw new ApiError('invalid_public_host', { fields: { field: 'public_host' } });
    const port = portOf(query.publicPort, meshPort);
    try {
      return inviteEndpoints({
        meshPort,
        localAddresses: [],
        publicHost: host,
        publicPort: port,
        externalEndpoint: query.externalEndpoint.trim(),
        allowLoopback: this.#options.allowLoopback,
      });
    } catch (error) {
      if (error instanceof InviteError)
        throw new ApiError('invalid_endpoint', { fields: { field: 'external_endpoint' } });
      throw error;
    }
  }

  /**
   * Registers the peer of a code, records the consent, and dials the endpoints as given until one answers.
   * @throws {ApiError} `identity_missing`, or `invalid_invite` with a `reason`.
   */
  async import(code: string): Promise<ImportJson> {
    const parts = this.#components.mesh;
    const mesh = this.#view.mesh;
    if (parts === null || mesh === null) throw new ApiError('identity_missing');
    const invite = this.#decode(code);
    const stored = this.#register(parts, invite);
    this.#components.workspace.trust.consentByInvite(invite.peerId);
    const wasConnected = mesh.isConnected(invite.peerId);
    const result = await mesh.connect(invite.peerId, invite.endpoints.slice(0, MAX_DIALLED), {
      timeoutMs: DIAL_LIMIT_MS,
      signal: AbortSignal.any([AbortSignal.timeout(IMPORT_LIMIT_MS), this.#stopping]),
    });
    const endpoints = [...(parts.knownPeers.get(invite.peerId)?.endpoints ?? stored)];
    if (!result.ok) {
      return {
        peer_id: invite.peerId,
        endpoints,
        status: 'imported_not_connected',
        message: NOT_CONNECTED,
        attempts: result.attempts,
      };
    }
    if (wasConnected) parts.sync.resync(invite.peerId);
    return {
      peer_id: invite.peerId,
      endpoints,
      status: 'connected',
      connected_endpoint: result.endpoint ?? invite.endpoints[0] ?? '',
      ...(result.already ? { already_connected: true } : {}),
    };
  }

  #decode(code: string): Invite {
    let invite: Invite;
    try {
      invite = decodeInvite(this.#components.crypto, code);
    } catch (error) {
      if (!(error instanceof InviteError)) throw error;
      throw refused(error.reason === 'id_mismatch' ? 'id_mismatch' : 'malformed');
    }
    // Deviation D-04: an own code is refused.
    if (invite.peerId === this.#components.identity?.peerId) throw refused('own_invite');
    return invite;
  }

  #register(parts: MeshParts, invite: Invite): readonly string[] {
    const result = parts.knownPeers.importPeer(invite);
    if (result.ok) return result.peer.endpoints;
    switch (result.reason) {
      case 'self':
        throw refused('own_invite');
      case 'key_conflict':
        throw refused('key_conflict');
      case 'bad_keys':
        throw refused('malformed');
    }
  }
}

function refused(reason: keyof typeof REASONS): ApiError {
  return new ApiError('invalid_invite', { message: REASONS[reason], fields: { reason } });
}

function isHost(host: string): boolean {
  return (isIP(host) !== 0 || HOST_NAME.test(host)) && !UNSPECIFIED.has(host);
}

function portOf(text: string, fallback: number): number {
  if (text.trim() === '') return fallback;
  const port = /^\d{1,5}$/.test(text.trim()) ? Number(text) : 0;
  if (port < 1 || port > 65_535)
    throw new ApiError('invalid_public_port', { fields: { field: 'public_port' } });
  return port;
}
