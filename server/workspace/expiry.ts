/** Removes what has expired and what memory no longer needs (03 sections 1.7, 5.5 and 1.6 step 9). */
import type { Clock, Timer, Timers } from '../ports/types.ts';
import type { AwaitedParents } from '../store/awaited-parents.ts';
import type { ChannelMessages as MessageTable } from '../store/channel-messages.ts';
import type { FeedPosts } from '../store/feed.ts';
import type { ProcessedMessages } from '../store/processed-messages.ts';
import type { Tombstones } from '../store/tombstones.ts';
import type { Changes } from './changes.ts';
import type { ChannelUpkeep } from './channel-upkeep.ts';
import type { CreateOnce } from './create-once.ts';
import type { DeliveryBook } from './delivery.ts';
import type { Journal } from './journal.ts';
import type { Sessions } from './sessions.ts';

const DAY_MS = 86_400_000;
/** Rows removed in one transaction, so that a purge never holds up others for long. */
const PURGE_BATCH = 500;
const FIRST_RUN_MS = 30_000;
/** Ids remembered as handled (02 section 9). */
const PROCESSED_DAYS = 7;
/** Deletions remembered (03 section 9.4 asks for at least 90). */
const TOMBSTONE_DAYS = 730;
const AWAITED_DAYS = 30;

export interface ExpiryComponents {
  messages: MessageTable;
  posts: FeedPosts;
  processed: ProcessedMessages;
  tombstones: Tombstones;
  awaitedParents: AwaitedParents;
  journal: Journal;
  delivery: DeliveryBook;
  channelUpkeep: ChannelUpkeep;
  sessions: Sessions;
  createOnce: CreateOnce;
  changes: Changes;
  clock: Clock;
  timers: Timers;
}

export class Expiry {
  readonly #c: ExpiryComponents;
  readonly #intervalMs: number;
  #timers: Timer[] = [];

  /** @param init.intervalMs between runs, `CANOPY_MAINTENANCE_INTERVAL_SECONDS`; at least 300 s. */
  constructor(components: ExpiryComponents, init: { intervalMs: number }) {
    this.#c = components;
    this.#intervalMs = init.intervalMs;
  }

  /** Begins the regular runs; idempotent. */
  start(): void {
    if (this.#timers.length > 0) return;
    this.#timers = [
      this.#c.timers.after(Math.min(FIRST_RUN_MS, this.#intervalMs), () => this.purge()),
      this.#c.timers.every(this.#intervalMs, () => this.purge()),
    ];
  }

  /** Ends the regular runs; idempotent. */
  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
  }

  /** Removes what has expired, now; the number of messages and posts removed. */
  purge(): number {
    const now = this.#c.clock.now();
    let removed = 0;
    for (let batch = PURGE_BATCH; batch === PURGE_BATCH; removed += batch) batch = this.#purgeBatch(now);
    for (let batch = PURGE_BATCH; batch === PURGE_BATCH; removed += batch) batch = this.#purgePosts(now);
    this.#c.changes.now(() => {
      this.#c.processed.prune(now - PROCESSED_DAYS * DAY_MS);
      this.#c.tombstones.prune(now - TOMBSTONE_DAYS * DAY_MS);
      this.#c.awaitedParents.prune(now - AWAITED_DAYS * DAY_MS);
    });
    this.#c.channelUpkeep.archive();
    this.#c.journal.prune();
    this.#c.delivery.prune();
    this.#c.sessions.prune();
    this.#c.createOnce.prune();
    return removed;
  }

  #purgePosts(now: number): number {
    return this.#c.changes.now(() => {
      const gone = this.#c.posts.purge(now, PURGE_BATCH);
      for (const post of gone)
        this.#c.journal.feedPost('deleted', { ...post, permissions: [], rev: null }, 'expired');
      return gone.length;
    });
  }

  #purgeBatch(now: number): number {
    return this.#c.changes.now(() => {
      const gone = this.#c.messages.purge(now, PURGE_BATCH);
      for (const message of gone) this.#c.journal.channelMessage('deleted', message);
      return gone.length;
    });
  }
}
