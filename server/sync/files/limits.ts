/** Limits of files on the mesh (02 sections 6.2, 6.5 and 10 R1; 03 section 10.6; 06 sections 1.5 and 4.3). */

/** Largest file within a message to a Python node. */
export const INLINE_BYTES = 262_144;
/** Largest file within a message between our nodes: envelopes stay small enough to be kept as evidence. */
export const INLINE_BYTES_OURS = 16_384;
/** Largest message with files that Python nodes make. */
export const MESSAGE_BYTES = 1_015_808;
/** Room for files within one message, encoded: that, less the text and what is around it. */
export const MESSAGE_ROOM = MESSAGE_BYTES - 131_072;
/** The same towards peers that take no more than half as much. */
export const MESSAGE_ROOM_OLD = 524_288 - 131_072;

/** Bytes of a file in one `large_attachment_chunk`. */
export const CHUNK_BYTES = 262_144;
/** Bytes of a file in one item of a secure session: so small that chat gets its turn, so large that it costs little. */
export const ITEM_BYTES = 512 * 1024;
/** Most chunks of one file: the largest file in chunks a tenth of the usual size. */
export const MAX_CHUNKS = 4096;
/** Chunks kept that came before their turn. */
export const MAX_EARLY_CHUNKS = 8;

/** Files fetched from one peer at once, and files one peer is given at once. */
export const MAX_FETCHED_AT_ONCE = 2;
export const MAX_SERVED_AT_ONCE = 2;
/** Requests of one peer that wait for their turn; more are refused. */
export const MAX_WAITING_REQUESTS = 64;
/** Files asked for per connection. */
export const MAX_REQUESTED = 500;
/** A file that makes no progress for so long is asked for again; this is looked at every so often. */
export const STALLED_MS = 60_000;
export const STALL_CHECK_MS = 15_000;
/** A file is asked for so many times in one connection. */
export const MAX_ATTEMPTS = 3;
/** Parts of files that nobody has worked on for so long are removed. */
export const PARTS_KEPT_MS = 7 * 86_400_000;
/** Progress is told at most once for so many bytes. */
export const PROGRESS_STEP_BYTES = 1024 * 1024;
/** Bytes that came within messages and wait for the disk; what is beyond is fetched later. */
export const MAX_INLINE_WAITING = 32 * 1024 * 1024;
