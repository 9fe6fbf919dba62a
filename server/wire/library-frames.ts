/**
 * Items with which nodes find out which libraries they share, and join one (07 sections 2.3 and 2.4). Pure; what does
 * not read is a `bad_frame`.
 */
import * as z from 'zod';
import type { CryptoBackend } from '../crypto/backend.ts';
import { hmacSha256 } from '../crypto/hmac.ts';
import { toHex, utf8 } from '../crypto/bytes.ts';
import { peerId } from './assets.ts';
import type { PeerId } from './ids.ts';
import { libraryId, ticketId } from './library-records.ts';
import { BadFrameError } from './secure-frames.ts';

/** Types of items of libraries. */
export const LIBRARY_ITEM = {
  tags: 0x30,
  member: 0x31,
  record: 0x32,
  get: 0x33,
  data: 0x34,
  peers: 0x35,
  join: 0x36,
  answer: 0x37,
} as const;

/** Bytes of a tag. */
export const LIBRARY_TAG_BYTES = 16;
/** Tags of one item, padded to a power of two: fewer libraries than this cannot be counted by others. */
export const MIN_LIBRARY_TAGS = 8;
export const MAX_LIBRARY_TAGS = 1024;
/** Members named in one item. */
export const MAX_LIBRARY_PEERS = 64;
/** Endpoints of one of them that are looked at. */
const MAX_ENDPOINTS = 16;
/** Longest endpoint or key in it, characters. */
const MAX_TEXT = 512;

/** Who shows a tag: it differs by the side, so that none can be sent back. */
export type LibraryRole = 'initiator' | 'responder';
const ROLE_BYTES = { initiator: 0x49, responder: 0x52 } as const;

/** What names a library in one session to who knows its key; 16 bytes. @param h handshake hash of the session. */
export function libraryTag(
  crypto: Pick<CryptoBackend, 'sha256'>,
  tagKey: Uint8Array,
  h: Uint8Array,
  role: LibraryRole,
): Uint8Array {
  const whole = hmacSha256(crypto, tagKey, utf8('canopy-library-tag-v1'), h, Uint8Array.of(ROLE_BYTES[role]));
  return whole.subarray(0, LIBRARY_TAG_BYTES);
}

/** Proof that a peer holds a ticket, good in one session; 32 bytes. */
export function joinProof(
  crypto: Pick<CryptoBackend, 'sha256'>,
  capability: Uint8Array,
  h: Uint8Array,
  joiner: PeerId,
): Uint8Array {
  return hmacSha256(crypto, capability, utf8('canopy-library-join-v1'), h, utf8(joiner));
}

/** How many tags an item with `count` real ones has. */
export function paddedTags(count: number): number {
  let padded = MIN_LIBRARY_TAGS;
  while (padded < count && padded < MAX_LIBRARY_TAGS) padded *= 2;
  return padded;
}

/** The tags of an item, in hex. @throws {BadFrameError} */
export function readTags(body: Uint8Array): Set<string> {
  const count = body.length / LIBRARY_TAG_BYTES;
  if (!Number.isInteger(count) || count > MAX_LIBRARY_TAGS) throw new BadFrameError('tags that are none');
  return new Set(
    Array.from({ length: count }, (_, i) =>
      toHex(body.subarray(i * LIBRARY_TAG_BYTES, (i + 1) * LIBRARY_TAG_BYTES)),
    ),
  );
}

const hexTag = z.string().regex(/^[0-9a-f]{32}$/);

/** Body of 0x31. Records are looked at where they are merged. */
export const memberFrame = z.object({
  /** Hex, of the sender. */
  tag: hexTag,
  library: z.unknown().optional(),
  member: z.unknown().optional(),
  /** The receiver's member record, which says that it was removed. */
  revoked: z.unknown().optional(),
});

/** Body of 0x35. */
export const peersFrame = z.object({
  library_id: libraryId,
  peers: z
    .array(
      z.object({
        peer_id: peerId,
        ed25519_public_key: z.string().max(MAX_TEXT),
        x25519_public_key: z.string().max(MAX_TEXT),
        endpoints: z.array(z.string().max(MAX_TEXT)).max(MAX_ENDPOINTS),
      }),
    )
    .max(MAX_LIBRARY_PEERS),
});

/** Body of 0x36. */
export const joinFrame = z.object({
  ticket_id: ticketId,
  /** Hex of {@link joinProof}. */
  proof: z.string().regex(/^[0-9a-f]{64}$/),
});

const refusal = z.object({
  ticket_id: ticketId,
  status: z.enum(['invalid', 'expired', 'used_up', 'busy']),
});
const welcome = z.object({
  ticket_id: ticketId,
  status: z.literal('ok'),
  /** URL-safe Base64 of 32 bytes. */
  tag_key: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  library: z.unknown(),
  member: z.unknown(),
});
/** Body of 0x37. */
export const answerFrame = z.union([welcome, refusal]);
/** What the owner says to who wants to join. */
export type JoinAnswer = z.infer<typeof answerFrame>;
