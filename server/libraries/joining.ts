/**
 * Joining a library (07 section 2.3). The joiner proves in a secure session that it holds a ticket; the owner decides,
 * and answers with everything a member needs.
 */
import { timingSafeEqual } from 'node:crypto';
import type { CryptoBackend } from '../crypto/backend.ts';
import { fromHex, toHex, utf8 } from '../crypto/bytes.ts';
import type { Clock, Random, Timer, Timers } from '../ports/types.ts';
import type { SecureLink, SecureLinks } from '../mesh/secure/types.ts';
import type { LibraryRow, LibraryRows } from '../store/libraries.ts';
import type { LibraryTicket, LibraryTickets } from '../store/library-tickets.ts';
import type { Log } from '../telemetry/log.ts';
import { encodeBase58 } from '../wire/base58.ts';
import type { PeerId, TicketId } from '../wire/ids.ts';
import { answerFrame, joinFrame, joinProof, LIBRARY_ITEM } from '../wire/library-frames.ts';
import type { JoinAnswer } from '../wire/library-frames.ts';
import { decodeTicket } from '../wire/library-tickets.ts';
import { LIBRARY } from '../wire/native-extensions.ts';
import { readJson } from '../wire/secure-frames.ts';
import {
  BUSY_WAIT_MS,
  JOIN_WINDOW_MS,
  MAX_JOINS,
  MAX_JOINS_PER_ADDRESS,
  MAX_JOINS_PER_SESSION,
  TICKET_GRACE_MS,
} from './limits.ts';
import type { LibraryRecords } from './records.ts';
import { sendQuietly } from './sending.ts';

/** Bytes of a capability and of a library's key. */
const SECRET_BYTES = 32;

export interface JoiningComponents {
  crypto: CryptoBackend;
  random: Random;
  clock: Clock;
  timers: Timers;
  links: SecureLinks;
  libraries: LibraryRows;
  records: LibraryRecords;
  tickets: LibraryTickets;
  log: Log;
  /** Ed25519 key of a peer with a session. */
  keyOf(peer: PeerId): Uint8Array | null;
  /** What its attempts count for besides the session. */
  addressOf(peer: PeerId): string;
  /** State or content of a library changed. */
  changed(library: LibraryRow): void;
  /** The peer is in the library, as its owner or a new member. */
  recognised(library: LibraryRow, link: SecureLink): void;
}

export class Joining {
  readonly #c: JoiningComponents;
  readonly #localPeer: PeerId;
  readonly #perSession = new WeakMap<SecureLink, number>();
  readonly #asked = new WeakMap<SecureLink, Set<TicketId>>();
  /** Attempts of the last hour: when, and from where. */
  #attempts: { at: number; address: string }[] = [];
  #retry: Timer | null = null;

  constructor(components: JoiningComponents, init: { localPeer: PeerId }) {
    this.#c = components;
    this.#localPeer = init.localPeer;
  }

  /** Registers the frames; once. */
  register(): void {
    const { links } = this.#c;
    links.handle(LIBRARY_ITEM.join, (link, body) => this.#join(link, body));
    links.handle(LIBRARY_ITEM.answer, (link, body) => this.#answer(link, body));
  }

  stop(): void {
    this.#retry?.cancel();
    this.#retry = null;
  }

  /** Asks a peer for every library of it that this node wants to join. */
  ask(link: SecureLink): void {
    if (!link.capabilities.includes(LIBRARY)) return;
    const { libraries, clock, crypto } = this.#c;
    for (const library of libraries.list()) {
      if (library.state !== 'joining' || library.owner !== link.peerId || library.ticket === null) continue;
      const { ticket } = decodeTicket(crypto, library.ticket);
      if (ticket.expires_at !== null && ticket.expires_at + TICKET_GRACE_MS < clock.now()) {
        this.#refused(library, 'expired');
        continue;
      }
      const asked = this.#asked.get(link) ?? new Set();
      this.#asked.set(link, asked.add(ticket.ticket_id));
      const capability = Buffer.from(ticket.capability, 'base64url');
      const proof = toHex(joinProof(crypto, capability, link.handshakeHash, this.#localPeer));
      sendQuietly(link, LIBRARY_ITEM.join, utf8(JSON.stringify({ ticket_id: ticket.ticket_id, proof })));
    }
  }

  #join(link: SecureLink, body: Uint8Array): void {
    const { ticket_id: ticketId, proof } = readJson(body, joinFrame);
    const answer = this.#mayTry(link) ? this.#decide(link, ticketId, fromHex(proof)) : 'busy';
    const frame: JoinAnswer = typeof answer === 'string' ? { ticket_id: ticketId, status: answer } : answer;
    sendQuietly(link, LIBRARY_ITEM.answer, utf8(JSON.stringify(frame)));
  }

  #mayTry(link: SecureLink): boolean {
    const now = this.#c.clock.monotonic();
    const session = (this.#perSession.get(link) ?? 0) + 1;
    const address = this.#c.addressOf(link.peerId);
    this.#attempts = this.#attempts.filter(({ at }) => at > now - JOIN_WINDOW_MS);
    const there = this.#attempts.filter((attempt) => attempt.address === address).length;
    if (
      session > MAX_JOINS_PER_SESSION ||
      there >= MAX_JOINS_PER_ADDRESS ||
      this.#attempts.length >= MAX_JOINS
    )
      return false;
    this.#perSession.set(link, session);
    this.#attempts.push({ at: now, address });
    return true;
  }

  /** What the owner says. That a ticket is unknown, revoked or not theirs cannot be told apart. */
  #decide(
    link: SecureLink,
    ticketId: TicketId,
    proof: Uint8Array | null,
  ): JoinAnswer | 'invalid' | 'expired' | 'used_up' {
    const { crypto, random, tickets, libraries, records, clock } = this.#c;
    const peer = link.peerId;
    const ticket = tickets.get(ticketId);
    const capability = ticket?.capability ?? random.bytes(SECRET_BYTES);
    const expected = joinProof(crypto, capability, link.handshakeHash, peer);
    const isRight = proof?.length === expected.length && timingSafeEqual(proof, expected);
    const key = this.#c.keyOf(peer);
    if (ticket === undefined || ticket.revokedAt !== null || !isRight || key === null) return 'invalid';
    const library = libraries.get(ticket.libraryId);
    if (library?.state !== 'active' || library.owner !== this.#localPeer || library.tagKey === null)
      return 'invalid';
    if (ticket.expiresAt !== null && ticket.expiresAt <= clock.now()) return 'expired';
    const before = records.rights(library.id)?.members.get(peer);
    const isKnown = ticket.peers.includes(peer);
    if (isKnown && before?.mode === 'none') return 'invalid';
    if (!isKnown && ticket.maxUses > 0 && ticket.peers.length >= ticket.maxUses) return 'used_up';
    // Who comes again has what the owner gave it since.
    const had = before?.mode === 'none' ? undefined : before?.mode;
    const mode = had !== undefined && (isKnown || had === 'write') ? had : ticket.mode;
    records.together(() => {
      if (!isKnown) tickets.setPeers(ticketId, [...ticket.peers, peer]);
      if (before?.mode !== mode) this.#enrol(library, ticket, { peer, key, mode });
    });
    const rights = records.rights(library.id);
    const member = rights?.members.get(peer);
    if (rights?.library == null || member === undefined) return 'invalid';
    this.#c.recognised(library, link);
    return {
      ticket_id: ticketId,
      status: 'ok',
      tag_key: Buffer.from(library.tagKey).toString('base64url'),
      library: rights.library,
      member,
    };
  }

  #enrol(
    library: LibraryRow,
    ticket: LibraryTicket,
    { peer, key, mode }: { peer: PeerId; key: Uint8Array; mode: 'read' | 'write' },
  ): void {
    this.#c.records.write(library.id, [
      {
        kind: 'member',
        key: peer,
        ed25519_public_key: encodeBase58(key),
        mode,
        ticket_id: ticket.id,
      },
    ]);
  }

  #answer(link: SecureLink, body: Uint8Array): void {
    const answer = readJson(body, answerFrame);
    const { crypto, libraries } = this.#c;
    // Nobody answers what was not asked in this session.
    if (this.#asked.get(link)?.delete(answer.ticket_id) !== true) return;
    const library = libraries
      .list()
      .find(
        ({ state, owner, ticket }) =>
          state === 'joining' &&
          owner === link.peerId &&
          ticket !== null &&
          decodeTicket(crypto, ticket).ticket.ticket_id === answer.ticket_id,
      );
    if (library === undefined) return;
    if (answer.status === 'busy') this.#askAgain();
    else if (answer.status === 'ok') this.#welcome(library, answer, link);
    else this.#refused(library, answer.status);
  }

  #welcome(library: LibraryRow, answer: Extract<JoinAnswer, { status: 'ok' }>, link: SecureLink): void {
    const { libraries, records } = this.#c;
    const tagKey = Buffer.from(answer.tag_key, 'base64url');
    const active: LibraryRow = { ...library, state: 'active', reason: null, tagKey, ticket: null };
    const isMember = records.together(() => {
      libraries.put(active);
      records.merge(library.id, [answer.library, answer.member]);
      const rights = records.rights(library.id);
      const isIn = rights?.library != null && rights.modeOf(this.#localPeer) !== 'none';
      if (!isIn) libraries.put(library);
      return isIn;
    });
    if (!isMember) return this.#refused(library, 'invalid');
    this.#c.log.info({ library: library.id, owner: library.owner }, 'joined a library');
    this.#c.changed(active);
    this.#c.recognised(active, link);
  }

  #refused(library: LibraryRow, reason: string): void {
    const refused: LibraryRow = { ...library, state: 'refused', reason, ticket: null };
    this.#c.records.together(() => this.#c.libraries.put(refused));
    this.#c.log.info({ library: library.id, reason }, 'the owner of a library refused the ticket');
    this.#c.changed(refused);
  }

  #askAgain(): void {
    this.#retry ??= this.#c.timers.after(BUSY_WAIT_MS, () => {
      this.#retry = null;
      for (const link of this.#c.links.all()) this.ask(link);
    });
  }
}
