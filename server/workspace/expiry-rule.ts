/**
 * When a message or post disappears (03 section 5.5). Every node computes it the same way, so a message leaves all of
 * them together.
 */
import { parseTime } from '../store/time.ts';

const DAY_MS = 86_400_000;
/** Life of a message whose author asked for nothing. */
const DEFAULT_LIFE_MS = 90 * DAY_MS;
/** Nothing lives longer. */
const MAX_LIFE_MS = 730 * DAY_MS;
/** What "no expiry" means. */
const NO_EXPIRY_MS = 365 * DAY_MS;
const NO_EXPIRY_MODES: ReadonlySet<string> = new Set(['none', 'no_expiry', 'immortal']);
const INTEGER = /^\s*[+-]?\d+\s*$/;

/** What an author may say about the life of a message; anything unusable counts as not said. */
export interface ExpiryWish {
  expiresAt?: unknown;
  ttlSeconds?: unknown;
  ttlMode?: unknown;
}

/**
 * @param base creation time in Unix ms; the wish is relative to it.
 * @param applyDefault false for edits, which keep what stands when nothing is said.
 * @returns Unix ms, or `null` for no expiry of its own.
 */
export function resolveExpiry(wish: ExpiryWish, base: number, applyDefault = true): number | null {
  const cap = base + MAX_LIFE_MS;
  if (typeof wish.ttlMode === 'string' && NO_EXPIRY_MODES.has(wish.ttlMode.trim().toLowerCase()))
    return base + NO_EXPIRY_MS;
  const at = typeof wish.expiresAt === 'string' ? parseTime(wish.expiresAt) : null;
  if (at !== null) return Math.min(at, cap);
  const seconds = asInteger(wish.ttlSeconds);
  if (seconds !== null && seconds > 0) return Math.min(base + seconds * 1000, cap);
  return applyDefault ? base + DEFAULT_LIFE_MS : null;
}

/** An integer given as number or text, as the reference reads `ttl_seconds`; `null` for anything else. */
export function asInteger(value: unknown): number | null {
  const number = typeof value === 'string' && INTEGER.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : null;
}
