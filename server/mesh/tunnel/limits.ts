/** Every limit of sessions through a relay in one place (06 sections 2.1 to 2.3). Times are ms, sizes bytes. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const MIB = 1024 * 1024;

/** What an envelope of a tunnel may still be handed on, as in its first frame. */
export const TUNNEL_TTL = 3;

/** When `hello` and `answer` are sent again, and when whoever waits for an answer gives up. */
export const REPEAT_AFTER: readonly number[] = [3 * SECOND, 9 * SECOND];
export const GIVE_UP_AFTER = 20 * SECOND;
/** How long what was answered is kept, to answer a repeat in the same words. */
export const KEPT_FOR = 30 * SECOND;
/** Sessions that have begun and are not adopted: of one peer, and of all. */
export const MAX_HALF_OPEN_PER_PEER = 4;
export const MAX_HALF_OPEN = 64;
/** How long an opener waits after the first failure, and at most. */
export const BACKOFF_FIRST = 30 * SECOND;
export const BACKOFF_MAX = 15 * MINUTE;
/** A session that ended before this counts as a failure of its opener: it would be opened again and again. */
export const SHORT_LIVED = MINUTE;
/** How long the larger peer id leaves it to the smaller one to open. */
export const LET_THE_OTHER_OPEN = 3 * SECOND;
/** How soon a session that was lost is opened again. */
export const REOPEN_AFTER = SECOND;
/** At most one `close` for an unknown session in this time, per peer. */
export const UNKNOWN_INTERVAL = 5 * SECOND;
/** Peers whose back-off or last `close` is remembered. */
export const MAX_REMEMBERED_PEERS = 1_000;
/** How often the endpoints of a peer are tried while it is reached through a relay only. */
export const DIRECT_INTERVAL = 5 * MINUTE;

/** What one packet holds. */
export const MAX_PACKET_RECORDS = 64;
export const MAX_PACKET_BYTES = 196_608;
/** What may be on its way unacknowledged. */
export const MAX_UNACKNOWLEDGED_PACKETS = 32;
export const MAX_UNACKNOWLEDGED_BYTES = 4 * MIB;
/** What a receiver keeps beyond a gap, or while its owner does not read. */
export const MAX_KEPT_PACKETS = 64;
export const MAX_KEPT_BYTES = 4 * MIB;
/** Ranges of records received beyond a gap that one packet names. */
export const MAX_HAVE_RANGES = 16;

/** A packet is repeated after this until a round trip is known; then after twice that and a little, within bounds. */
export const FIRST_TIMEOUT = 3 * SECOND;
export const TIMEOUT_MARGIN = 300;
export const MIN_TIMEOUT = SECOND;
export const MAX_TIMEOUT = 20 * SECOND;
/** So many later packets reported mean that an earlier one was lost. */
export const REPORTED_LATER = 3;
/** Round trips between two repeats for that reason. */
export const FAST_REPEAT_ROUND_TRIPS = 1.25;
/** An acknowledgement waits this long for a packet to ride on, unless so many packets want it. */
export const ACK_DELAY = 200;
export const PACKETS_PER_ACK = 8;
/** Nothing from the peer for this long while something is unacknowledged: the relay is lost. */
export const RELAY_LOST_AFTER = MINUTE;
/** How long a closed end still repeats its last words and acknowledges those of the other. */
export const LINGER = 10 * SECOND;
/** Packets built and signed before other work gets its turn. */
export const PACKETS_PER_TURN = 4;

/** What a next hop that is not ours gets: packets in each of two windows. */
export const HOP_PACE: readonly { packets: number; window: number }[] = [
  { packets: 60, window: 5 * SECOND },
  { packets: 300, window: MINUTE },
];
/** Next hops whose pace is remembered. */
export const MAX_PACED_HOPS = 256;
