/**
 * Browser sessions (03 section 3.3, kept here in the database): a random token in the cookie, only its SHA-256 on
 * disk, an idle and an absolute timeout, listed and ended by their owner.
 */
import type { CryptoBackend } from '../crypto/backend.ts';
import { toHex, utf8 } from '../crypto/bytes.ts';
import type { Clock, Random } from '../ports/types.ts';
import type { GroupCommit } from '../store/group-commit.ts';
import { hexId } from '../store/ids.ts';
import type { SessionRecord, SessionRows } from '../store/sessions.ts';
import type { EventBus } from '../telemetry/bus.ts';
import type { UserId } from '../wire/ids.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** The reference's cookie lifetime; after it everybody signs in again. */
export const SESSION_ABSOLUTE_MS = 31 * DAY_MS;
/** A device unused for a week has probably been forgotten. */
export const SESSION_IDLE_MS = 7 * DAY_MS;
/** Before signing in a session only carries a CSRF secret; an hour is enough to fill in a form. */
export const ANONYMOUS_IDLE_MS = 60 * MINUTE_MS;
/** Use is written down at most this often: a page asks many times a minute and each write is a disk flush. */
export const TOUCH_INTERVAL_MS = 5 * MINUTE_MS;
/** Sessions without a user that may exist; anybody can start one, so the oldest give way. */
export const MAX_ANONYMOUS_SESSIONS = 5000;
/** Longest `User-Agent` and address kept. */
const MAX_LABEL_LENGTH = 256;
const TOKEN_BYTES = 32;
const CSRF_HEX = 64;
const ID_HEX = 16;

/** A live session as the rest of the program sees it. */
export interface Session {
  /** Names it in lists; not secret. */
  id: string;
  /** null before signing in. */
  userId: UserId | null;
  /** 64 hex characters. */
  csrfToken: string;
  createdAt: number;
  lastSeenAt: number;
  userAgent: string | null;
  address: string | null;
  /** When it ends if it is not used any more; use moves it, up to the absolute limit. */
  expiresAt: number;
}

/** Where a session was started from, shown to its owner. */
export interface SessionOrigin {
  userAgent?: string | null;
  address?: string | null;
}

export interface SessionsComponents {
  rows: SessionRows;
  commit: GroupCommit;
  clock: Clock;
  random: Random;
  crypto: CryptoBackend;
  bus: EventBus;
}

export class Sessions {
  readonly #c: SessionsComponents;

  constructor(components: SessionsComponents) {
    this.#c = components;
  }

  /**
   * Starts a session. Signing in and changing the password always start a new one.
   * @param userId null for a visitor.
   * @param replaced tokens of the same browser that end with it. What the same account holds open stays open until
   *   it is next looked at, so that the page does not lose its event stream before it has the new cookie.
   * @returns the session and its token (43 characters Base64url), which exists nowhere else.
   */
  create(
    userId: UserId | null,
    origin: SessionOrigin = {},
    replaced: readonly string[] = [],
  ): { session: Session; token: string } {
    const token = Buffer.from(this.#c.random.bytes(TOKEN_BYTES)).toString('base64url');
    const now = this.#c.clock.now();
    const record: SessionRecord = {
      tokenHash: this.#hash(token),
      id: hexId(this.#c.random, ID_HEX),
      userId,
      csrfToken: hexId(this.#c.random, CSRF_HEX),
      createdAt: now,
      lastSeenAt: now,
      userAgent: label(origin.userAgent),
      address: label(origin.address),
    };
    const before = this.#c.commit.now(() => {
      const ended = replaced.map((old) => this.#delete(old));
      if (userId === null) this.#c.rows.keepNewestAnonymous(MAX_ANONYMOUS_SESSIONS - 1);
      this.#c.rows.insert(record);
      return ended;
    });
    for (const user of new Set(before)) if (user !== userId) this.#tell(user);
    return { session: view(record), token };
  }

  /** The live session of a token, or null. Marks it as used now. */
  touch(token: string): Session | null {
    const record = this.#live(token);
    if (record === null) return null;
    const now = this.#c.clock.now();
    if (now - record.lastSeenAt >= TOUCH_INTERVAL_MS) {
      this.#c.commit.now(() => this.#c.rows.setLastSeen(record.tokenHash, now));
      record.lastSeenAt = now;
    }
    return view(record);
  }

  /** Ends the session of a token; false when there is none. */
  end(token: string): boolean {
    const userId = this.#c.commit.now(() => this.#delete(token));
    this.#tell(userId ?? null);
    return userId !== undefined;
  }

  /** Ends one of a user's sessions by its id. */
  endById(userId: UserId, id: string): boolean {
    const ended = this.#c.commit.now(() => this.#c.rows.deleteById(userId, id));
    if (ended) this.#tell(userId);
    return ended;
  }

  /** Ends all sessions of a user but the one named; the number ended. */
  endOthers(userId: UserId, keepId: string | null): number {
    const ended = this.#c.commit.now(() => this.#c.rows.deleteOfUser(userId, keepId));
    if (ended > 0) this.#tell(userId);
    return ended;
  }

  /** The live sessions of a user, most recently used first. */
  list(userId: UserId): Session[] {
    const now = this.#c.clock.now();
    return this.#c.rows
      .ofUser(userId)
      .filter((record) => isLive(record, now))
      .map(view);
  }

  /** Removes what has timed out; the number removed. For the maintenance job. */
  prune(): number {
    const now = this.#c.clock.now();
    return this.#c.commit.now(() =>
      this.#c.rows.deleteOlder({
        seenBefore: now - SESSION_IDLE_MS,
        createdBefore: now - SESSION_ABSOLUTE_MS,
        anonymousSeenBefore: now - ANONYMOUS_IDLE_MS,
      }),
    );
  }

  /** Whose session it was; undefined when there was none. */
  #delete(token: string): UserId | null | undefined {
    const hash = this.#hash(token);
    const record = this.#c.rows.byTokenHash(hash);
    return record !== undefined && this.#c.rows.delete(hash) ? record.userId : undefined;
  }

  #tell(userId: UserId | null | undefined): void {
    if (userId != null) this.#c.bus.publish({ type: 'access.changed', userId });
  }

  #live(token: string): SessionRecord | null {
    const record = this.#c.rows.byTokenHash(this.#hash(token));
    return record !== undefined && isLive(record, this.#c.clock.now()) ? record : null;
  }

  #hash(token: string): string {
    return toHex(this.#c.crypto.sha256(utf8(token)));
  }
}

function isLive(record: SessionRecord, now: number): boolean {
  return now <= expiry(record);
}

function expiry({ userId, lastSeenAt, createdAt }: SessionRecord): number {
  const idle = userId === null ? ANONYMOUS_IDLE_MS : SESSION_IDLE_MS;
  return Math.min(lastSeenAt + idle, createdAt + SESSION_ABSOLUTE_MS);
}

function view(record: SessionRecord): Session {
  const { tokenHash: _hash, ...session } = record;
  return { ...session, expiresAt: expiry(record) };
}

function label(text: string | null | undefined): string | null {
  return text === null || text === undefined || text === '' ? null : text.slice(0, MAX_LABEL_LENGTH);
}
