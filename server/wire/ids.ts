/**
 * Branded identifiers (03 section 2.2). A brand is given where text crosses a boundary, by the function that
 * checked it; inside the house a `PeerId` can then never be passed where a `UserId` is meant.
 */

declare const brand: unique symbol;
/** A string that carries the name of what it identifies. */
export type Branded<Name extends string> = string & { readonly [brand]: Name };

/** 16 Base58 characters derived from a node's signing key (01 section 1.1). */
export type PeerId = Branded<'PeerId'>;
/** `user_` + 16 hex, or a built-in name; foreign ones are opaque, at most 512 bytes. */
export type UserId = Branded<'UserId'>;
/** `general`, or `C` + 16 hex; foreign ones are opaque, at most 512 bytes. */
export type ChannelId = Branded<'ChannelId'>;
/** `M` + 24 hex for channel messages, 32 hex for direct messages; foreign ones are opaque, at most 512 bytes. */
export type MessageId = Branded<'MessageId'>;
/** 32 hex; foreign ones are opaque, at most 512 bytes. */
export type PostId = Branded<'PostId'>;
/** `F` + 24 hex; foreign ones are opaque, at most 512 bytes. */
export type FileId = Branded<'FileId'>;
/** 32 hex characters naming an API key row. */
export type KeyId = Branded<'KeyId'>;
/** 8 hex characters naming a device (03 section 1.3). */
export type DeviceId = Branded<'DeviceId'>;
/** 64 lower-case hex characters: SHA-256 of an asset's bytes (07 section 1). */
export type AssetHash = Branded<'AssetHash'>;
/** UUID in lower case, the same on every member (07 section 2). */
export type LibraryId = Branded<'LibraryId'>;
/** 16 hex characters naming a ticket of a library (07 section 2.3). */
export type TicketId = Branded<'TicketId'>;
/** `ws://host:port` or `wss://host:port` in canonical form (01 section 2.4). */
export type Endpoint = Branded<'Endpoint'>;

/** Longest accepted foreign id, in UTF-8 bytes (03 section 2.2). */
export const MAX_ID_BYTES = 512;

const PEER_ID = /^[1-9A-HJ-NP-Za-km-z]{16}$/;
const encoder = new TextEncoder();

const ASSET_HASH = /^[0-9a-f]{64}$/;
const LIBRARY_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[48][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TICKET_ID = /^[0-9a-f]{16}$/;

/** Whether `value` has the form of an asset's hash. */
export function isAssetHash(value: unknown): value is AssetHash {
  return typeof value === 'string' && ASSET_HASH.test(value);
}

/** Whether `value` has the form of a library's id: version 4, or 8 for the meeting library (07 section 3.3). */
export function isLibraryId(value: unknown): value is LibraryId {
  return typeof value === 'string' && LIBRARY_ID.test(value);
}

/** Whether `value` has the form of a ticket's id. */
export function isTicketId(value: unknown): value is TicketId {
  return typeof value === 'string' && TICKET_ID.test(value);
}

/** Whether `value` has the form of a peer id. */
export function isPeerId(value: unknown): value is PeerId {
  return typeof value === 'string' && PEER_ID.test(value);
}

/** Whether `value` can serve as a foreign id: 1 to 512 UTF-8 bytes, no control characters. */
export function isOpaqueId(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.length > MAX_ID_BYTES) return false;
  for (let i = 0; i < value.length; i += 1) {
    const unit = value.charCodeAt(i);
    if (unit < 0x20 || unit === 0x7f) return false;
  }
  return encoder.encode(value).length <= MAX_ID_BYTES;
}
