/**
 * Small rules about text and ids: previews (03 section 5.9, 04 section 7.1) and group ids (03 section 2.2).
 * Lengths are Unicode code points, as in the reference.
 */
import type { CryptoBackend } from '../crypto/backend.ts';
import { toHex, utf8 } from '../crypto/bytes.ts';

/** Hex digits of a group id. */
const GROUP_ID_HEX = 12;

/** Number of code points in `text`. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _point of text) count += 1;
  return count;
}

/** The first `limit` code points of the trimmed text. */
export function cut(text: string, limit: number): string {
  const trimmed = text.trim();
  // A code point is at most two units long: shorter texts need no counting.
  if (trimmed.length <= limit) return trimmed;
  return [...trimmed.slice(0, limit * 2)].slice(0, limit).join('');
}

/** Controls, lone surrogates, and marks that turn the direction of the text around them. */
const NOT_IN_LABELS = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** A name from elsewhere on one line: {@link cut}, without what would change how the text around it looks. */
export function label(text: string, limit: number): string {
  // Bounded first, so that a huge text costs little.
  return cut(text.slice(0, limit * 4).replace(NOT_IN_LABELS, ''), limit);
}

/** The trimmed text, or its beginning and `...`, together at most `limit` code points. */
export function preview(text: string, limit: number): string {
  const trimmed = text.trim();
  if (trimmed.length <= limit || codePoints(trimmed) <= limit) return trimmed;
  return `${[...trimmed.slice(0, limit * 2)].slice(0, limit - 3).join('')}...`;
}

/** `group:` and 12 hex digits over the sorted, distinct, trimmed member ids. */
export function groupId(crypto: CryptoBackend, members: readonly string[]): string {
  const distinct = groupMembers(members);
  return `group:${toHex(crypto.sha256(utf8(distinct.join('|')))).slice(0, GROUP_ID_HEX)}`;
}

/** Sorted distinct member ids, by code point as the reference sorts. */
export function groupMembers(members: readonly string[]): string[] {
  const distinct = [...new Set(members.map((member) => member.trim()).filter((member) => member !== ''))];
  return distinct.sort(byCodePoint);
}

function byCodePoint(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
