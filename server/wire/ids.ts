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
/** `ws://host:port` or `wss://host:port` in canonical form (01 section 2.4). */
export type Endpoint = Branded<'Endpoint'>;

/** Longest accepted foreign id, in UTF-8 bytes (03 section 2.2). */
export const MAX_ID_BYTES = 512;

const PEER_ID = /^[1-9A-HJ-NP-Za-km-z]{16}$/;
const encoder = new TextEncoder();

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
