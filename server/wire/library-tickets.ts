/** Tickets: what a person hands another to let their node join a library (07 section 2.3). */
import * as z from 'zod';
import type { CryptoBackend } from '../crypto/backend.ts';
import { fromHex, fromUtf8, toHex, utf8 } from '../crypto/bytes.ts';
import { SIGNATURE_BYTES } from '../crypto/sizes.ts';
import { assetFilterSchema, peerId } from './assets.ts';
import { decodeInvite, InviteError } from './invite.ts';
import type { Invite } from './invite.ts';
import { libraryId, libraryName, ticketId } from './library-records.ts';
import { canonicalJson, fromPlain } from './pyjson.ts';

/** Signed before the ticket. */
const PREFIX = 'canopy-library-ticket-v1:';
/** Longest ticket in characters: room for a filter of a thousand hashes. */
export const MAX_TICKET_LENGTH = 262_144;

const ticketSchema = z.object({
  library_name: libraryName,
  library_id: libraryId,
  owner: peerId,
  filter: assetFilterSchema,
  mode: z.enum(['read', 'write']),
  /** Unix ms; `null`: never. */
  expires_at: z.int().min(0).nullable(),
  ticket_id: ticketId,
  /** URL-safe Base64 of 32 bytes: who holds it may join. */
  capability: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  /** `canopy:` code of the owner. */
  invite: z.string(),
  signature: z.string().regex(/^[0-9a-f]{128}$/),
});

/** What a ticket says. */
export type Ticket = z.infer<typeof ticketSchema>;

/** Why a ticket is none; the words are stable. */
export type TicketFailure = 'malformed' | 'other_owner' | 'bad_signature';

/** A ticket that is none. */
export class TicketError extends Error {
  override readonly name = 'TicketError';
  readonly code = 'invalid_ticket';
  readonly reason: TicketFailure;
  constructor(reason: TicketFailure, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The text of a ticket. @param seed Ed25519, of the owner. */
export function encodeTicket(
  crypto: Pick<CryptoBackend, 'sign'>,
  seed: Uint8Array,
  ticket: Omit<Ticket, 'signature'>,
): string {
  const ordered = {
    library_name: ticket.library_name,
    library_id: ticket.library_id,
    owner: ticket.owner,
    filter: ticket.filter,
    mode: ticket.mode,
    expires_at: ticket.expires_at,
    ticket_id: ticket.ticket_id,
    capability: ticket.capability,
    invite: ticket.invite,
  };
  const signature = toHex(crypto.sign(seed, signedBytes(ordered)));
  return Buffer.from(JSON.stringify({ ...ordered, signature })).toString('base64url');
}

/**
 * Reads a ticket; white space around it is passed over.
 * @throws {TicketError} when it is none, its invite is of another node, or the owner did not sign it.
 */
export function decodeTicket(crypto: CryptoBackend, text: string): { ticket: Ticket; invite: Invite } {
  const ticket = parse(text);
  const invite = inviteOf(crypto, ticket.invite);
  if (invite.peerId !== ticket.owner)
    throw new TicketError('other_owner', 'the invite in the ticket is not of the owner of the library');
  const { signature, ...unsigned } = ticket;
  const bytes = fromHex(signature);
  if (
    bytes?.length !== SIGNATURE_BYTES ||
    !crypto.verify(invite.ed25519PublicKey, signedBytes(unsigned), bytes)
  )
    throw new TicketError('bad_signature', 'the owner of the library did not sign the ticket');
  return { ticket, invite };
}

function parse(text: string): Ticket {
  const trimmed = text.length > MAX_TICKET_LENGTH + 2 ? '' : text.trim();
  const bytes = Buffer.from(trimmed.length > MAX_TICKET_LENGTH ? '' : trimmed, 'base64url');
  if (bytes.toString('base64url') === trimmed) {
    try {
      const parsed = ticketSchema.safeParse(JSON.parse(fromUtf8(bytes) ?? ''));
      if (parsed.success) return parsed.data;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  throw new TicketError('malformed', 'the ticket is incomplete or damaged');
}

function inviteOf(crypto: CryptoBackend, code: string): Invite {
  try {
    return decodeInvite(crypto, code);
  } catch (error) {
    if (error instanceof InviteError)
      throw new TicketError('malformed', 'the invite in the ticket is damaged');
    throw error;
  }
}

function signedBytes(unsigned: object): Uint8Array {
  return utf8(PREFIX + canonicalJson(fromPlain(unsigned)));
}
