/** What peers may ask of the parts that join and recognise (07 sections 2.3 and 2.4). */

/** Items about membership that one session is heard on at once, and per second: lists change with what people do. */
export const MAX_ITEMS_AT_ONCE = 64;
export const MAX_ITEMS_PER_SECOND = 4;
/** Attempts to join: a proof is right or wrong, there is nothing to try out. */
export const MAX_JOINS_PER_SESSION = 5;
export const MAX_JOINS_PER_ADDRESS = 20;
export const MAX_JOINS = 200;
/** Addresses and all of them are counted for an hour, ms. */
export const JOIN_WINDOW_MS = 3_600_000;
/** A ticket is tried this long after it expired, ms: clocks differ, and the owner decides. */
export const TICKET_GRACE_MS = 86_400_000;
/** An owner that is busy is asked again after this, ms. */
export const BUSY_WAIT_MS = 900_000;
/** Members of one library that this node dials because another named them. */
export const MAX_DIALLED_MEMBERS = 8;
/** Hours a ticket is good for unless something else was asked, as seconds: a week. */
export const TICKET_AGE_S = 604_800;
/** Members' records that are signed anew in one transaction. */
export const ADOPT_PAGE = 200;
