/** Bounds of the asset store (07 section 1). */

/** Free room that stays on the disk whatever comes: 1 GiB, … */
export const MIN_FREE_BYTES = 1024 ** 3;
/** … and this share of the disk; a full disk stops the chat, too. @limit */
export const MIN_FREE_SHARE = 0.05;
/** Bytes after which the room on the disk is looked at again while an asset comes in; the sender may not say its size. */
export const ROOM_CHECK_INTERVAL = 64 * 1024 * 1024;
/** Assets coming in by HTTP at once: each holds a file and what is on the way to it. */
export const MAX_INGESTS = 64;
/** An asset up to this many bytes stays in memory until it is whole: most have no more, and need one file less of their own. */
export const SMALL_ASSET_BYTES = 64 * 1024;
/** A larger one is written in parts of about this many bytes, one while the next is gathered: a network brings a few KiB at a time. */
export const WRITE_BYTES = 256 * 1024;
/** With more assets than this under way, one that a library brought waits a little for others: nobody waits for it. */
export const BUSY_ASSETS = 8;
/** The room on the disk is looked at again after so long, ms, unless much is announced. */
export const ROOM_FRESH_MS = 1_000;
/** Chunks in which libraries exchange content, in bytes (07 section 3.2). @limit */
export const CHUNK_BYTES = 1024 * 1024;
