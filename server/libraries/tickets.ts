/**
 * Tickets from both sides (07 section 2.3): the owner makes, lists and revokes them, and who was given one joins with it.
 * The proof in a session and the owner's decision are in `joining.ts`.
 */
import type { CryptoBackend } from '../crypto/backend.ts';
import { toHex } from '../crypto/bytes.ts';
import type { KnownPeers } from '../identity/known-peers.ts';
import type { NodeIdentity } from '../identity/node-identity.ts';
import type { Mesh } from '../mesh/mesh.ts';
import type { SecureLink } from '../mesh/secure/types.ts';
import type { Ports } from '../ports/types.ts';
import type { LibraryTicket } from '../store/library-tickets.ts';
import type { Repositories } from '../store/repositories.ts';
import type { LibraryId, TicketId } from '../wire/ids.ts';
import { encodeInvite } from '../wire/invite.ts';
import type { LibraryRecord } from '../wire/library-records.ts';
import { decodeTicket, encodeTicket, TicketError } from '../wire/library-tickets.ts';
import { LibraryError } from './errors.ts';
import { TICKET_GRACE_MS } from './limits.ts';
import type { LibraryRecords } from './records.ts';

const SECRET_BYTES = 32;
const TICKET_ID_BYTES = 8;

/** What a ticket is to allow. */
export interface TicketWish {
  mode: 'read' | 'write';
  /** Unix ms; `null`: never. */
  expiresAt: number | null;
  /** 0: no limit. */
  maxUses: number;
  /** Endpoints before the node's own. */
  endpoints: readonly string[];
}

export interface TicketsComponents {
  crypto: CryptoBackend;
  ports: Pick<Ports, 'clock' | 'random'>;
  repositories: Pick<Repositories, 'libraries' | 'libraryTickets' | 'peerSecurity'>;
  identity: NodeIdentity;
  knownPeers: KnownPeers;
  mesh: Mesh;
  records: LibraryRecords;
  /** The record of an active library of this node. @throws {LibraryError} */
  owned(libraryId: LibraryId): LibraryRecord;
  /** @throws {LibraryError} when the library is not of this node. */
  mine(libraryId: LibraryId): void;
  /** State or content of a library changed. */
  changed(libraryId: LibraryId): void;
  /** Asks the owner of libraries that are being joined. */
  ask(link: SecureLink): void;
}

export class Tickets {
  readonly #c: TicketsComponents;

  constructor(components: TicketsComponents) {
    this.#c = components;
  }

  /**
   * Makes a ticket.
   * @throws {LibraryError} `library_not_found`, `not_library_owner`, `library_not_active`.
   */
  make(libraryId: LibraryId, wish: TicketWish): { ticket: string; ticketId: TicketId } {
    const { crypto, ports, repositories, identity, mesh, records } = this.#c;
    const record = this.#c.owned(libraryId);
    const id = toHex(ports.random.bytes(TICKET_ID_BYTES)) as TicketId;
    const capability = ports.random.bytes(SECRET_BYTES);
    records.together(() =>
      repositories.libraryTickets.add({
        id,
        libraryId,
        capability,
        mode: wish.mode,
        createdAt: ports.clock.now(),
        expiresAt: wish.expiresAt,
        maxUses: wish.maxUses,
        peers: [],
        revokedAt: null,
      }),
    );
    const keys = {
      peerId: identity.peerId,
      ed25519PublicKey: identity.ed25519.publicKey,
      x25519PublicKey: identity.x25519.publicKey,
    };
    const ticket = encodeTicket(crypto, identity.ed25519.privateKey, {
      library_name: record.name,
      library_id: libraryId,
      owner: identity.peerId,
      filter: record.filter,
      mode: wish.mode,
      expires_at: wish.expiresAt,
      ticket_id: id,
      capability: Buffer.from(capability).toString('base64url'),
      invite: encodeInvite(keys, [...new Set([...wish.endpoints, ...mesh.localEndpoints()])]),
    });
    return { ticket, ticketId: id };
  }

  /** @throws {LibraryError} `library_not_found`, `not_library_owner`. */
  list(libraryId: LibraryId): LibraryTicket[] {
    this.#c.mine(libraryId);
    return this.#c.repositories.libraryTickets.list(libraryId);
  }

  /** Members that joined with it stay. @throws {LibraryError} also `ticket_not_found`. */
  revoke(libraryId: LibraryId, ticketId: TicketId): void {
    this.#c.mine(libraryId);
    const { libraryTickets } = this.#c.repositories;
    if (libraryTickets.get(ticketId)?.libraryId !== libraryId)
      throw new LibraryError('ticket_not_found', 'this library has no such ticket');
    this.#c.records.together(() => libraryTickets.revoke(ticketId, this.#c.ports.clock.now()));
  }

  /**
   * Joins the library of a ticket; it is `joining` until its owner has answered.
   * @throws {LibraryError} `invalid_ticket`, `expired_ticket`, `other_library_owner`.
   */
  join(text: string): LibraryId {
    const { crypto, identity, knownPeers, repositories, ports, mesh, records } = this.#c;
    const { ticket, invite } = readTicket(crypto, text);
    const { library_id: id, owner, expires_at: expiresAt } = ticket;
    const known = repositories.libraries.get(id);
    if (owner === identity.peerId)
      throw new LibraryError('invalid_ticket', 'this node itself owns the library of this ticket');
    if (expiresAt !== null && expiresAt + TICKET_GRACE_MS < ports.clock.now())
      throw new LibraryError('expired_ticket', 'the ticket has expired');
    if (known !== undefined && known.owner !== owner)
      throw new LibraryError(
        'other_library_owner',
        'the library is known with another owner, so the ticket was refused',
      );
    if (!knownPeers.importPeer(invite).ok)
      throw new LibraryError(
        'invalid_ticket',
        'another key is already known for the owner, so the ticket was refused',
      );
    const now = ports.clock.now();
    records.together(() => {
      if (repositories.peerSecurity.get(owner) === undefined)
        repositories.peerSecurity.put({
          peerId: owner,
          x25519PublicKey: invite.x25519PublicKey,
          firstAt: now,
          lastAt: now,
          source: 'ticket',
        });
      if (known?.state !== 'active')
        repositories.libraries.put({
          id,
          owner,
          tagKey: null,
          state: 'joining',
          reason: null,
          joinedAt: known?.joinedAt ?? now,
          ticket: text.trim(),
        });
    });
    this.#c.changed(id);
    const link = mesh.links.get(owner);
    if (link === null) void mesh.connect(owner, invite.endpoints);
    else this.#c.ask(link);
    return id;
  }
}

function readTicket(crypto: CryptoBackend, text: string): ReturnType<typeof decodeTicket> {
  try {
    return decodeTicket(crypto, text);
  } catch (error) {
    if (error instanceof TicketError) throw new LibraryError('invalid_ticket', error.message);
    throw error;
  }
}
