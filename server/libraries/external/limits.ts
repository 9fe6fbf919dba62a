/** Bounds on what goes on with another asset service (07 section 4), which is trusted with nothing. */

/** Assets asked for in one answer. */
export const LIST_PAGE = 250;
/** Longest list answer read, bytes: a page of the longest metadata our own service gives. @limit */
export const MAX_LIST_BYTES = 8 * 1024 * 1024;
/** Longest other answer read, bytes. */
export const MAX_ANSWER_BYTES = 128 * 1024;
/** Headers of an answer, bytes. */
export const MAX_HEADER_BYTES = 16 * 1024;
/** A connection on which nothing moves for so long is given up, ms. */
export const IDLE_MS = 30_000;
/** Assets read from one list; a library takes no more, either. */
export const MAX_LISTED = 1_000_000;
/** Assets exchanged at once. */
export const LANES = 4;
/** Changed assets that wait to be told; beyond it the next full look finds them. */
export const MAX_WAITING = 50_000;
/** Longest pause between two tries while the service is away, ms. */
export const MAX_BACK_OFF_MS = 60_000;
/** So many assets may go from the service between two full looks, and … */
export const MAX_VANISHED = 100;
/** … more only while they are at most this share of all: a service whose disk is not mounted deletes nothing here. */
export const MAX_VANISHED_SHARE = 0.5;
