/** Every limit of brokering in one place (02 section 4, with the reasons for those the specification leaves open). ms. */

/** Endpoints of a requester that are passed on or dialled; as many as of an introduced peer. */
export const MAX_REQUESTER_ENDPOINTS = 8;
/** Requests one peer may make per minute; a person clicks, and a node asks again every few minutes per lost relay. */
export const REQUESTS_PER_MINUTE = 12;
/** Introductions and offers one peer may send us per minute: each makes us dial. */
export const INTROS_PER_MINUTE = 12;
export const OFFERS_PER_MINUTE = 60;
/** Peers whose rates are remembered. */
export const MAX_RATED_PEERS = 256;
/** Dials for introduced requesters at once; more introductions are passed over. */
export const MAX_INTRO_DIALS = 4;
/** The same requester is not dialled again before this has passed. */
export const INTRO_DIAL_INTERVAL = 30_000;
/** An answer that comes within this time was asked for, or announced by an introduction. */
export const ANSWER_WINDOW = 60_000;
/** Sending one request to a broker. */
export const REQUEST_TIMEOUT = 5_000;
/** How long a broker has to bring about anything before the next one is asked, and how many are asked. */
export const BROKER_PATIENCE = 12_000;
export const MAX_BROKERS = 4;
/** Brokerings under way. */
export const MAX_BROKERINGS = 64;
/** The direct way is tried once this long after an offer: by then the introduction has reached the other side. */
export const PROMOTION_DELAY = 2_000;
/** Upkeep of relays in use: how often it looks, how often the direct way is tried, and after which silence it asks again. */
export const UPKEEP_INTERVAL = 30_000;
export const PROMOTION_INTERVAL = 5 * 60_000;
export const RENEWAL_AFTER = 10 * 60_000;
/** Time for a new offer when it asked again. */
export const RENEWAL_PATIENCE = 25_000;
/** A peer that was lost or is owed something is asked for again after 1, 2, 4 … 15 min; so many are remembered. */
export const SEEK_FIRST = 60_000;
export const SEEK_MAX = 15 * 60_000;
export const MAX_SOUGHT = 100;
/** Sought peers looked after in one round of upkeep. */
export const SEEKS_PER_ROUND = 8;
