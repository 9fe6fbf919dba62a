/** Permissions of API keys in words, and the presets of the form (05 sections 3.3 and 10.15, K-1; names 04 section 1.3). */
import type { ApiKeyInfo } from '../api/types.ts';
import { parseTime } from './time.ts';

/** Every permission with its label, in the order of the form. */
export const PERMISSIONS: readonly { name: string; label: string }[] = [
  { name: 'read_messages', label: 'Read Messages' },
  { name: 'write_messages', label: 'Write Messages' },
  { name: 'read_files', label: 'Read Files' },
  { name: 'write_files', label: 'Write Files' },
  { name: 'read_feed', label: 'Read Feed' },
  { name: 'write_feed', label: 'Write Feed' },
  { name: 'voice_call', label: 'Voice Call' },
  { name: 'manage_keys', label: 'Manage Keys' },
  { name: 'view_trust', label: 'View Trust' },
  { name: 'delete_data', label: 'Delete Data' },
];

/** Ready choices. */
export const PRESETS: readonly { label: string; permissions: readonly string[] }[] = [
  { label: 'Read only', permissions: ['read_messages', 'read_files', 'read_feed', 'view_trust'] },
  { label: 'Chat bot', permissions: ['read_messages', 'write_messages', 'read_feed', 'write_feed'] },
  { label: 'Everything', permissions: PERMISSIONS.map((permission) => permission.name) },
];

/** Ready lifetimes; null is never. */
export const EXPIRIES: readonly { label: string; days: number | null }[] = [
  { label: 'In 7 days', days: 7 },
  { label: 'In 30 days', days: 30 },
  { label: 'In 90 days', days: 90 },
  { label: 'In 1 year', days: 365 },
  { label: 'Never', days: null },
];

function permissionLabel(name: string): string {
  return PERMISSIONS.find((permission) => permission.name === name)?.label ?? name;
}

/** What a key may do, for a cell of a table. */
export function permissionsText(names: readonly string[]): string {
  return [...names].sort().map(permissionLabel).join(', ');
}

/** `Active`, `Expired` or `Revoked`. */
export function keyState(key: ApiKeyInfo, now: number): 'Active' | 'Expired' | 'Revoked' {
  if (key.revoked) return 'Revoked';
  const expires = parseTime(key.expires_at);
  return expires !== null && expires <= now ? 'Expired' : 'Active';
}

/** When it expires, for a cell of a table. */
export function expiryText(expiresAt: string | null): string {
  const expires = parseTime(expiresAt);
  return expires === null
    ? 'Never'
    : new Date(expires).toLocaleDateString(undefined, { dateStyle: 'medium' });
}

/** A use is noted about once a minute; no event tells of it. */
const REREAD_MS = 60_000;

/** How long what is shown of these keys holds: until the next of them expires, or one may have been used again. */
export function keysHoldFor(keys: readonly Pick<ApiKeyInfo, 'expires_at'>[], now: number): number {
  const left = keys.map((key) => (parseTime(key.expires_at) ?? 0) - now).filter((ms) => ms > 0);
  return Math.min(REREAD_MS, ...left);
}
