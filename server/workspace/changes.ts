/**
 * One unit of work: a transaction and the events that tell of it. What happens inside is told only after the commit,
 * and not at all when the work failed (08 section 5).
 */
import type { GroupCommit } from '../store/group-commit.ts';
import type { EventBus, NodeEvent } from '../telemetry/bus.ts';

export class Changes {
  readonly #commit: GroupCommit;
  readonly #bus: EventBus;
  #collecting: NodeEvent[] | null = null;

  constructor(components: { commit: GroupCommit; bus: EventBus }) {
    this.#commit = components.commit;
    this.#bus = components.bus;
  }

  /**
   * Runs `work` with the next group; resolves with its result after the commit, when its events were told.
   * @param options.patient nobody waits for it, see {@link GroupCommit.run}.
   */
  async run<T>(work: () => T, options: { patient?: boolean } = {}): Promise<T> {
    const events: NodeEvent[] = [];
    const result = await this.#commit.run(() => this.#collect(events, work), options);
    this.#publish(events);
    return result;
  }

  /** Runs `work` at once; inside another work it becomes part of that one, and is undone alone when it fails. */
  now<T>(work: () => T): T {
    return this.#at((all) => this.#commit.now(all), work);
  }

  /** As {@link now}, for the parts of something that is only told to others after a later commit. */
  unsynced<T>(work: () => T): T {
    return this.#at((all) => this.#commit.unsynced(all), work);
  }

  /** Runs `work` as part of the work under way, undone with all of it; outside of any as {@link now}. */
  join<T>(work: () => T): T {
    return this.#collecting === null ? this.now(work) : work();
  }

  /** Tells `event` once the current work is committed; outside of any, at once. */
  tell(event: NodeEvent): void {
    if (this.#collecting === null) this.#bus.publish(event);
    else this.#collecting.push(event);
  }

  /** Says which object the current work creates, for whoever asks for it a second time ({@link CreateOnce}). */
  creates(id: string): void {
    this.#commit.creates(id);
  }

  #at<T>(commit: (work: () => T) => T, work: () => T): T {
    if (this.#collecting !== null) return commit(work);
    const events: NodeEvent[] = [];
    const result = commit(() => this.#collect(events, work));
    this.#publish(events);
    return result;
  }

  #collect<T>(events: NodeEvent[], work: () => T): T {
    this.#collecting = events;
    try {
      return work();
    } finally {
      this.#collecting = null;
    }
  }

  #publish(events: readonly NodeEvent[]): void {
    for (const event of events) this.#bus.publish(event);
  }
}
