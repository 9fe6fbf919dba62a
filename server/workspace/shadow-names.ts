/** Usernames for people of other nodes (03 section 4.3). */
import type { PeerId, UserId } from '../wire/ids.ts';

/**
 * Usernames to try in order for a person known by id, home peer and perhaps a display name; the last one, the id
 * itself, is free unless somebody took it as a name.
 */
export function shadowUsernames(displayName: string | null, peerId: PeerId, userId: UserId): string[] {
  const base = sanitize(displayName ?? `peer-${peerId.slice(0, 8)}`);
  return [
    `${base}.${peerId.slice(0, 6)}`,
    `${base}-${userId.slice(-6)}`,
    `peer-${userId.slice(-12)}`,
    userId,
  ];
}

/** The name shown for somebody who never gave one. */
export function placeholderName(peerId: PeerId): string {
  return `peer-${peerId.slice(0, 8)}`;
}

/** Whether a name is one that stands for somebody who never gave one. */
export function isPlaceholder(name: string): boolean {
  return name.startsWith('peer-');
}

function sanitize(name: string): string {
  const cleaned = name
    .trim()
    .replace(/[^A-Za-z0-9_.-]+/g, '_')
    .replace(/^[._-]+/, '')
    .replace(/[._-]+$/, '');
  return cleaned === '' ? 'peer' : cleaned;
}
