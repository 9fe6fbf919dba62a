/**
 * Every limit of the mesh in one place (01 section 10, 02 sections 9 and 10 "growth budget"). Times are
 * milliseconds unless the name says otherwise, sizes are bytes, counts are counts.
 */

const SECOND = 1000;
const KIB = 1024;
const MIB = 1024 * KIB;

/** Largest websocket message of an accepted peer; the reference's own limit. */
export const MAX_MESSAGE_BYTES = 20 * MIB;
/**
 * Deviation D-91. Largest message of a peer nobody accepted: twice what can be delivered here. Above it a message is read beside the
 * event loop, whoever sent it.
 */
export const LARGE_FRAME_BYTES = 2 * MIB;
/** Largest message before the handshake is done: a handshake is below 2 KiB, nothing else may arrive (01 S11). */
export const MAX_HANDSHAKE_BYTES = 16 * KIB;

/** Everything a connection may say before it is adopted, when it is going to be a secure one (06 section 1.6). */
export const MAX_UNADOPTED_BYTES = 64 * KIB;

/** TCP, TLS and websocket upgrade of one dial. */
export const DIAL_TIMEOUT = 5 * SECOND;
/** Wait for the first frame (responder) or the ack (initiator). */
export const HANDSHAKE_TIMEOUT = 10 * SECOND;
/** From the ack to `ready`: a secure session is there by then, or the connection failed (06 section 1.3). */
export const UPGRADE_TIMEOUT = 10 * SECOND;
/** After `duplicate` without a live connection: how long until the next dial, at least and at most, and how often. */
export const DUPLICATE_REDIAL = { least: 500, most: 2 * SECOND };
export const MAX_DUPLICATE_REDIALS = 3;
/** One send; a link that cannot take a message for this long is dead. */
export const SEND_TIMEOUT = 15 * SECOND;
/** One session's ping interval, and how long its pong may take. */
export const KEEPALIVE_INTERVAL = 30 * SECOND;
export const PONG_TIMEOUT = 30 * SECOND;
/** A session without an application message in either direction for this long is closed, as the reference does. */
export const IDLE_TIMEOUT = 3600 * SECOND;
/** How long an existing session may take to prove that it lives when a newer connection of the peer waits (01 R2). */
export const PROBE_TIMEOUT = 5 * SECOND;
/** How long a connection of the larger peer id waits for our own dial to end (01 R1); below its handshake timeout. */
export const HOLD_TIMEOUT = 5 * SECOND;
/** A dial that was acked counts as a success only if it is alive this much later: the loser of an arbitration is acked, then closed. */
export const DIAL_SETTLE = 250;
/** A session that ends this soon after its ack lost an arbitration: back off instead of starting over. */
export const YOUNG_SESSION = 1 * SECOND;

/** Outbound connections, dials included: the reference's limit. */
export const MAX_OUTBOUND = 50;
/** Authenticated inbound sessions (02 S8). */
export const MAX_INBOUND = 100;
/** Of these, peers that nobody accepted yet and that are not on the LAN; enough for an office on its first day. */
export const MAX_INBOUND_UNKNOWN = 32;
/** Peers nobody accepted whose keys are kept after they left, and what is left after a trim (02 S8). */
export const MAX_STRANGERS = 1_000;
export const STRANGERS_KEPT = 900;
/** Connections that have not finished their handshake, in total and per address (01 S11, 06 section 1.6). */
export const MAX_PENDING_INBOUND = 64;
export const MAX_PENDING_INBOUND_PER_ADDRESS = 8;
/** Open sockets the listener takes at all: sessions, pending ones, and closing ones. */
export const MAX_LINKS = MAX_INBOUND + 2 * MAX_PENDING_INBOUND;
export const MAX_LINKS_PER_ADDRESS = 64;
/** New connections of one address; loopback is exempt (06 section 1.6). */
export const CONNECTION_RATES = [
  { count: 10, window: 1 * SECOND },
  { count: 60, window: 60 * SECOND },
];
/** Addresses whose rate is remembered. */
export const MAX_RATED_ADDRESSES = 10_000;
/** Replacements of a peer's session by another process of its, and within which time, that mean two machines run it. */
export const DUPLICATE_IDENTITY = { replacements: 3, window: 600 * SECOND };
/** Handshake signatures remembered against replay, and for how long (06 section 1.6). */
export const REPLAY_CACHE_SIZE = 10_000;
export const REPLAY_CACHE_AGE = 24 * 3600 * SECOND;

/** Reconnect delays: 2, 4, 8 … 60 s, plus jitter of at most a fifth of the delay and at most 5 s. */
export const RECONNECT_FIRST = 2 * SECOND;
export const RECONNECT_MAX = 60 * SECOND;
export const RECONNECT_JITTER_SHARE = 0.2;
export const RECONNECT_JITTER_MAX = 5 * SECOND;
/** The pass over all known peers begins this long after start, and dials this many at once. */
export const STARTUP_RECONNECT_DELAY = 3 * SECOND;
export const MAX_PARALLEL_RECONNECTS = 4;
/** How long the larger peer id leaves the first dial of a discovered pair to the smaller one (01 section 3.3). */
export const DISCOVERY_DIAL_DELAY = 2 * SECOND;
/** Clock watch: a timer of this period that fires later than the tolerance means the machine slept (02 section 5.11). */
export const WAKE_CHECK_INTERVAL = 10 * SECOND;
export const WAKE_TOLERANCE = 30 * SECOND;

/** Hops a received envelope may still travel: ttl is unsigned, so it is cut here (01 S7). */
export const MAX_TTL = 8;
export const DEFAULT_TTL = 5;
/** Envelopes older or further in the future than this are refused, in seconds. */
export const MAX_MESSAGE_AGE_S = 7200;
export const MAX_CLOCK_SKEW_S = 30;
/** Remembered envelope ids, and what is left after a trim. */
export const SEEN_LIMIT = 10_000;
export const SEEN_KEEP = 5_000;
export const MAX_ROUTES = 500;
/** Envelopes waiting for targets that cannot be reached. */
export const MAX_PENDING_PER_PEER = 500;
export const MAX_PENDING_TOTAL = 5_000;
export const MAX_PENDING_BYTES = 32 * MIB;
/** Of these, foreign envelopes of one author; nobody fills the queue for all. */
export const MAX_PENDING_PER_AUTHOR = 500;
export const MAX_PENDING_BYTES_PER_AUTHOR = 8 * MIB;
/** Checked at local delivery: payload as default JSON, and its `content` as UTF-8. */
export const MAX_PAYLOAD_BYTES = 1 * MIB;
export const MAX_CONTENT_BYTES = 512 * KIB;

/**
 * What one neighbour may make us verify: a bucket of 10 s worth, refilled evenly; over it we stop reading. A stranger's
 * is the one of 02 S9. A familiar neighbour may keep a third of one core busy, no more: bursts of a busy channel and
 * long catch-ups pass as they come.
 */
export const NEIGHBOUR_STRANGER = { frames: 300, bytes: 20 * MIB };
export const NEIGHBOUR_FAMILIAR = { frames: 30_000, bytes: 200 * MIB };
export const NEIGHBOUR_WINDOW = 10 * SECOND;
/** Deliveries of one neighbour's frames that may be unfinished before we stop reading from it. */
export const MAX_UNFINISHED_DELIVERIES = 256;
/** How long a handler may take before the author's next message goes on without it; work at Python's pace is slow. */
export const HANDLER_TIMEOUT = 120 * SECOND;
/**
 * What is stored of one accepted peer: at once, and again per day. A team's history and its files pass; a disk does not
 * fill in a night.
 */
export const STORED_BYTES_PER_PEER = 2 * 1024 * MIB;
export const STORED_WINDOW = 24 * 3600 * SECOND;
/** Peers of which that is counted. */
export const MAX_COUNTED_PEERS = 1_000;
/**
 * Per author that is not familiar: burst and refill per second of the two classes. Over it an envelope waits (02 R1);
 * wider than the reference, whose senders pace themselves below it. Familiar authors are held by their neighbour's
 * budget alone.
 */
export const AUTHOR_ORDINARY = { burst: 120, perSecond: 10 };
export const AUTHOR_SYNC = { burst: 600, perSecond: 50 };
/** Waiting envelopes per author and in total; beyond it they are dropped and counted. */
export const MAX_DELAYED_PER_AUTHOR = 500;
export const MAX_DELAYED_TOTAL = 2_000;
export const MAX_DELAYED_BYTES = 32 * MIB;
/** Foreign frames waiting for one slow neighbour; more are dropped, it would hold the memory of all. */
export const MAX_FORWARD_BACKLOG_BYTES = 8 * MIB;
/** What is carried between two peers that cannot reach each other, both directions together; more waits, then is dropped. */
export const RELAY_PAIR_BYTES_PER_S = 2 * MIB;
export const RELAY_PAIR_BACKLOG = 4 * MIB;
export const MAX_RELAY_PAIRS = 64;
/** Envelope ids of a tunnel that are remembered per pair (06 section 2.4). */
export const TUNNEL_IDS_PER_PAIR = 256;
/** Routes one neighbour may offer. */
export const MAX_OFFERED_ROUTES_PER_PEER = 100;
/** Bytes of one author that we carry to others per minute. */
export const FORWARD_BYTES_PER_AUTHOR = 4 * MIB;
export const FORWARD_WINDOW = 60 * SECOND;

/**
 * Sender pacing towards the reference's receive limiter (06 section 3.4): per author and neighbour. The windows are
 * a little longer than the receiver's, which counts by the time it processes: a slow first and a quick last frame
 * would otherwise fall into one of its windows.
 */
export const PACE_ORDINARY = {
  burst: 9,
  burstWindow: 6 * SECOND,
  sustained: 45,
  sustainedWindow: 62 * SECOND,
};
export const PACE_SYNC = {
  burst: 100,
  burstWindow: 6 * SECOND,
  sustained: 450,
  sustainedWindow: 62 * SECOND,
};
/** How long and how many frames of foreign authors wait for their turn. */
export const PACE_FOREIGN_WAIT = 30 * SECOND;
export const PACE_FOREIGN_FRAMES = 500;
/** Own frames waiting for one neighbour; more means the caller does not look at the results. */
export const PACE_OWN_FRAMES = 5_000;

/** Introduced peers, in total and per introducer; endpoints per introduced peer (02 S8, S13). */
export const MAX_INTRODUCED = 500;
export const MAX_INTRODUCED_PER_PEER = 100;
export const MAX_INTRODUCED_ENDPOINTS = 8;
/** LAN services remembered at once; a LAN with more is flooding us. */
export const MAX_DISCOVERED = 256;
/** Addresses tried for one LAN service. */
export const MAX_DISCOVERED_ADDRESSES = 8;
/** Endpoints tried in one connect. */
export const MAX_ENDPOINTS_PER_CONNECT = 16;
/** Activity ring. */
export const MAX_ACTIVITY = 200;
/** Endpoint health records kept. */
export const MAX_HEALTH_RECORDS = 1_000;
/** Remembered failures for diagnostics. */
export const MAX_RECENT_FAILURES = 20;
/** Cached peer versions. */
export const MAX_VERSIONS = 1_000;
/** A clock difference worth showing: from 30 s on a Python peer drops everything. */
export const CLOCK_SKEW_WARNING = 20 * SECOND;
