/** What our nodes do with each other beyond the reference, as capabilities in the signed handshake list (06). */

/** Encrypted sessions; without it none of the others is offered. */
export const SECURE_SESSION = 'secure_session_v1';

/** What is owed is acknowledged once it is on disk (06 section 3). */
export const DELIVERY = 'delivery_v1';

/** Catching up by comparing sets (06 section 4). */
export const RECONCILE = 'reconcile_v1';

/** Shared asset libraries (07). */
export const LIBRARY = 'library_v1';

/** What this program can do, in the order in which it is offered. */
export const NATIVE_EXTENSIONS: readonly string[] = [SECURE_SESSION, DELIVERY, RECONCILE, LIBRARY];

/**
 * The extensions a node offers.
 * @param chosen as configured: names, or `null` for all of them.
 */
export function offeredExtensions(chosen: readonly string[] | null): readonly string[] {
  const offered = NATIVE_EXTENSIONS.filter((name) => chosen === null || chosen.includes(name));
  return offered.includes(SECURE_SESSION) ? offered : [];
}
