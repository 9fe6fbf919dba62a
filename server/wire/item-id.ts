/**
 * What names an item when two nodes compare what they hold (06 section 4.1): its id, and the tag of its set.
 */
import type { CryptoBackend } from '../crypto/backend.ts';
import { utf8 } from '../crypto/bytes.ts';
import type { ChannelId, PeerId } from './ids.ts';

/** `m` channel message, `d` direct message, `p` feed post. */
export type ItemKind = 'm' | 'd' | 'p';
export const ITEM_KINDS: readonly ItemKind[] = ['m', 'd', 'p'];

/** Bytes of a tag. */
export const TAG_BYTES = 8;

/** As created, and for rows of the reference. */
export const CREATED = '';
/** Deleted. */
export const DELETED = 'x';

const CHANGED = /^r(0|[1-9]\d{0,15})$/;

/** Whether `text` is a version: empty, `x`, or `r` and an integer of milliseconds. */
export function isVersion(text: string): boolean {
  return text === CREATED || text === DELETED || CHANGED.test(text);
}

/** The version of a change made at `rev`, an integer of milliseconds that grows per object (06 section 3.2). */
export function changedAt(rev: number): string {
  return `r${Math.max(0, Math.trunc(rev))}`;
}

/** The milliseconds of a change; -1 as created, `Infinity` when deleted. */
export function rankOfVersion(version: string): number {
  if (version === DELETED) return Infinity;
  return version === CREATED ? -1 : Number(version.slice(1));
}

/** SHA-256(kind ‖ LF ‖ object id ‖ LF ‖ version), 32 bytes. */
export function itemId(
  crypto: Pick<CryptoBackend, 'sha256'>,
  item: { kind: ItemKind; objectId: string; version: string },
): Uint8Array {
  return crypto.sha256(utf8(`${item.kind}\n${item.objectId}\n${item.version}`));
}

/** Messages of a channel. */
export function channelSet(channelId: ChannelId): string {
  return `c:${channelId}`;
}

/** Direct messages with people of `peer`, as the own tables name the set: the own end is left out. */
export function directSetWith(peer: PeerId): string {
  return `d:${peer}`;
}

/** Direct messages between people of two nodes, as both name the set. */
export function directSet(one: PeerId, other: PeerId): string {
  return one < other ? `d:${one}:${other}` : `d:${other}:${one}`;
}

/** Public and network posts of the feed; on the wire also the trusted ones of either end. */
export const FEED_SET = 'f:';

/** Trusted posts of people at home on a peer, as the own tables name them; `null`: of this node. */
export function trustedFeedSet(home: PeerId | null): string {
  return `f:${home ?? 'own'}`;
}

/** The first 8 bytes of SHA-256(set id): names a set on the wire only to who knows it. */
export function setTag(crypto: Pick<CryptoBackend, 'sha256'>, setId: string): Uint8Array {
  return crypto.sha256(utf8(setId)).subarray(0, TAG_BYTES);
}
