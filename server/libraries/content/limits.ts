/** Limits of content transfer (07 section 3.2). */

const MIB = 1024 * 1024;

/** Requests open towards one session, and those of one session that are answered; more are `busy`. */
export const MAX_OPEN_PER_SESSION = 16;
/** Requests a session gets before it has answered one; each answer adds one. */
export const FIRST_WINDOW = 4;
/** The same for the whole node: what is open may lie in memory, a chunk of 1 MiB each. */
export const MAX_OPEN_PER_NODE = 64;
/** Bytes asked for and not yet written, per session and for the node: enough to fill a line of 100 ms at 80 MB/s. */
export const MAX_OPEN_BYTES_PER_SESSION = 8 * MIB;
export const MAX_OPEN_BYTES_PER_NODE = 32 * MIB;
/** An answer that takes longer is not waited for: another member is asked. Late bytes are still taken. */
export const REQUEST_TIMEOUT_MS = 30_000;
/** How often requests, records and partials are looked at. */
export const CHECK_INTERVAL_MS = 1_000;
/** Requests of one session that were given up and may still be answered. */
export const MAX_LATE_PER_SESSION = 64;
/** Answers that nobody asked for, before the session is closed. */
export const MAX_UNASKED_PER_SESSION = 100;
/** A member that says it does not have an asset is not asked for it again for so long. */
export const NOT_HERE_MS = 600_000;
export const MAX_NOT_HERE = 20_000;
/** A member that gave wrong bytes gets no more requests for that library. */
export const WRONG_BYTES_MS = 24 * 3_600_000;
export const MAX_BANNED = 1_000;
/** A member that is busy, or does not take us for a member yet, is left alone for so long, doubling. */
export const BACK_OFF_MS = 1_000;
export const MAX_BACK_OFF_MS = 60_000;
/** Refusals that wait in one session; who keeps to the numbers above is never refused so often without reading. */
export const MAX_UNSENT_REFUSALS = 1_000;
/** Requests answered at once towards one session: each holds a chunk in memory. */
export const MAX_SERVED_AT_ONCE = 4;
/** Answers with at least so many bytes are read into memory that is used again, and so much of it is kept when idle. */
export const ROOM_FROM_BYTES = 64 * 1024;
export const MAX_ROOMS = 8;
/** An answer that our own rate limit would hold up for longer is `busy` instead: who asks waits 30 s. */
export const MAX_HELD_UP_MS = 20_000;
/** Requests for what this node itself waits for that are remembered, and how long what has come is gathered before they hear of it. */
export const MAX_IN_VAIN = 20_000;
export const TELL_AGAIN_MS = 20;
/** Open files kept for who asks for the next chunk, and for how long. */
export const MAX_OPEN_FILES = 16;
export const OPEN_FILE_MS = 10_000;
/** Assets under way at once, and those of them that have more than one chunk. */
export const MAX_ASSETS_AT_ONCE = 128;
export const MAX_LARGE_AT_ONCE = 6;
/** Wanted assets looked up at once. */
export const WANTED_PAGE = 256;
/** Wanted assets that records told of, remembered as they came; beyond it they are looked up. */
export const MAX_FRESH = 4_096;
/** Of those looked at in one go: a long list of what nobody has must not hold up the node. */
export const MAX_CANDIDATES = 512;
/** What is wanted is looked through again so often, and at most for a share of the time this takes. */
export const RESCAN_MS = 30_000;
export const RESCAN_PER_PAGE_MS = 20;
export const MAX_RESCAN_WAIT_MS = 5_000;
/** The map of verified chunks is written down once for so many of them. */
export const SAVE_EVERY_CHUNKS = 64;
/** Partial content is dropped so long after its last progress. */
export const PARTIALS_KEPT_MS = 7 * 86_400_000;
export const PARTIALS_CHECK_MS = 3_600_000;
/** Nothing is fetched for so long when the disk has too little room; when it has too little for one asset, that one. */
export const DISK_FULL_MS = 60_000;
/** Assets remembered for which there was too little room. */
export const MAX_TOO_LARGE = 10_000;
/** Records remembered whose chunks do not lead to their asset. */
export const MAX_BAD_RECORDS = 10_000;
/** Progress is told at most so often per library. */
export const PROGRESS_INTERVAL_MS = 500;
/** The rate shown is that of the last seconds. */
export const RATE_SECONDS = 5;
