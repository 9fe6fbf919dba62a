/**
 * The event stream of the node (05 section 10.8, L-1, L-2, L-5): one EventSource that resumes after the last number
 * it saw, says honestly when it is down and when it tries again, and tells the page to read everything anew when
 * something may have been missed.
 */

/** Waits between attempts; the last one repeats, which is also the polling interval when streams do not work. */
const RETRY_MS = [1_000, 2_000, 4_000, 5_000];
const STREAM = '/api/v1/events/stream?heartbeat=1';
/**
 * The node gives a sign of life every second. After this long without one it is asked whether it answers at all, so
 * that a node that hangs without closing anything is noticed within 3 s: this and {@link PROBE_MS}. In a hidden tab,
 * whose timers browsers slow down, it may take a minute.
 */
const SILENCE_MS = 1_750;
/** How long the question whether the node answers may wait. */
export const PROBE_MS = 1_000;
/** Silences in a row in which the node does answer, after which the stream itself is taken for broken. */
const MAX_SILENCES = 3;

/** Journal rows (04 section 7.1) and the unnumbered events the page follows. */
export const EVENT_TYPES = [
  'channel.message.created',
  'channel.message.edited',
  'channel.message.deleted',
  'channel.message.read',
  'channel.state.updated',
  'dm.message.created',
  'dm.message.edited',
  'dm.message.deleted',
  'dm.message.read',
  'feed.post.created',
  'feed.post.updated',
  'feed.post.deleted',
  'feed.changed',
  'mention.created',
  'mention.acknowledged',
  'inbox.item.created',
  'inbox.item.updated',
  'peer.connected',
  'peer.disconnected',
  'peer.changed',
  'peer.link',
  'security',
  'sync.progress',
  'requests.changed',
  'trust.changed',
  'tasks.changed',
  'choices.changed',
  'settings.changed',
  'profile.local',
  'ready',
  'message.delivery',
  'reaction.changed',
  'attachment.progress',
  'file.served',
  'activity',
  'library.changed',
  'library.progress',
] as const;
export type StreamEventType = (typeof EVENT_TYPES)[number];

/** `down`: the node does not answer. `polling`: it does, but the stream cannot be had. */
export type StreamState =
  { status: 'idle' | 'connecting' | 'live' | 'polling' } | { status: 'down'; since: number; retryAt: number };

/** What the node said when asked. */
export type Health = 'ok' | 'signed_out' | 'unreachable';

/** The part of EventSource that is used. */
export interface Source {
  addEventListener(type: string, listener: (event: { data?: unknown; lastEventId?: string }) => void): void;
  close(): void;
}

/** Collaborators; the browser's own in the page, doubles in tests. */
export interface EventStreamComponents {
  open: (url: string) => Source;
  /** Asks the node whether it answers within {@link PROBE_MS} and whether the session still holds. */
  probe: () => Promise<Health>;
  now: () => number;
  /** Runs `task` after `ms`; returns how to cancel it. */
  after: (ms: number, task: () => void) => () => void;
}

/** What the stream reports. */
export interface EventStreamHandlers {
  /** `seq` is the journal number; null for events without one. */
  event(type: StreamEventType, data: unknown, seq: number | null): void;
  state(state: StreamState): void;
  /** The stream begins, or something may have been missed: read what is on screen. */
  refresh(): void;
  signedOut(): void;
}

/** Follows the node's events until stopped. */
export class EventStream {
  readonly #components: EventStreamComponents;
  readonly #handlers: EventStreamHandlers;
  #source: Source | null = null;
  #cancelRetry: (() => void) | null = null;
  #cancelSilence: (() => void) | null = null;
  /** In a row, without anything heard in between. */
  #silences = 0;
  #failures = 0;
  #downSince: number | null = null;
  #lastSeq: number | null = null;
  #running = false;

  constructor(components: EventStreamComponents, handlers: EventStreamHandlers) {
    this.#components = components;
    this.#handlers = handlers;
  }

  /** Starts after journal number `afterSeq`; null: with what happens from now on. Idempotent. */
  start(afterSeq: number | null): void {
    if (this.#running) return;
    this.#running = true;
    this.#lastSeq = afterSeq;
    this.#connect();
  }

  /** Stops and forgets the cursor. Idempotent. */
  stop(): void {
    this.#running = false;
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    this.#close();
    this.#failures = 0;
    this.#downSince = null;
    this.#handlers.state({ status: 'idle' });
  }

  /** Tries again now instead of at the announced time. */
  retryNow(): void {
    if (!this.#running || this.#cancelRetry === null) return;
    this.#cancelRetry();
    this.#cancelRetry = null;
    this.#connect();
  }

  #connect(): void {
    if (this.#downSince === null && this.#failures === 0) this.#handlers.state({ status: 'connecting' });
    const source = this.#components.open(
      this.#lastSeq === null ? STREAM : `${STREAM}&after_seq=${this.#lastSeq}`,
    );
    this.#source = source;
    this.#heard(source);
    source.addEventListener('open', () => this.#opened(source));
    source.addEventListener('error', () => void this.#failed(source));
    source.addEventListener('heartbeat', () => this.#heard(source));
    // The node says that the cursor is older than its journal.
    source.addEventListener('reset', () => this.#handlers.refresh());
    for (const type of EVENT_TYPES)
      source.addEventListener(type, (event) => this.#received(source, type, event));
  }

  #opened(source: Source): void {
    if (source !== this.#source) return;
    this.#heard(source);
    this.#failures = 0;
    this.#downSince = null;
    this.#handlers.state({ status: 'live' });
    // Also the first time: unnumbered events (peers, delivery) from before cannot be replayed.
    this.#handlers.refresh();
  }

  #received(source: Source, type: StreamEventType, event: { data?: unknown; lastEventId?: string }): void {
    if (source !== this.#source) return;
    this.#heard(source);
    const seq = Number.parseInt(event.lastEventId ?? '', 10);
    const numbered = Number.isSafeInteger(seq);
    if (numbered) {
      if (this.#lastSeq !== null && seq < this.#lastSeq) return;
      this.#lastSeq = seq;
    }
    this.#handlers.event(type, parse(event.data), numbered ? seq : null);
  }

  /** There was a sign of life, or the first is waited for. */
  #heard(source: Source): void {
    if (source !== this.#source) return;
    this.#silences = 0;
    this.#listen(source);
  }

  /** Waits for the next sign of life. */
  #listen(source: Source): void {
    this.#cancelSilence?.();
    this.#cancelSilence = this.#components.after(SILENCE_MS, () => void this.#silent(source));
  }

  async #silent(source: Source): Promise<void> {
    this.#silences += 1;
    const silences = this.#silences;
    const health = await this.#components.probe();
    // Closed meanwhile, or heard.
    if (source !== this.#source || this.#silences !== silences) return;
    if (health === 'ok' && silences < MAX_SILENCES) this.#listen(source);
    else await this.#failed(source, health);
  }

  #close(): void {
    this.#cancelSilence?.();
    this.#cancelSilence = null;
    this.#silences = 0;
    this.#source?.close();
    this.#source = null;
  }

  /** @param known how the node is, if it was asked already. */
  async #failed(source: Source, known?: Health): Promise<void> {
    if (source !== this.#source) return;
    this.#close();
    this.#failures += 1;
    const health = known ?? (await this.#components.probe());
    if (!this.#running || this.#source !== null) return;
    if (health === 'signed_out') {
      this.stop();
      this.#handlers.signedOut();
      return;
    }
    const wait = RETRY_MS[Math.min(this.#failures, RETRY_MS.length) - 1] ?? 1_000;
    if (health === 'unreachable') {
      this.#downSince ??= this.#components.now();
      this.#handlers.state({
        status: 'down',
        since: this.#downSince,
        retryAt: this.#components.now() + wait,
      });
    } else {
      this.#downSince = null;
      this.#handlers.state({ status: 'polling' });
      this.#handlers.refresh();
    }
    this.#cancelRetry = this.#components.after(wait, () => {
      this.#cancelRetry = null;
      this.#connect();
    });
  }
}

function parse(data: unknown): unknown {
  if (typeof data !== 'string') return null;
  try {
    return JSON.parse(data) as unknown;
  } catch {
    return null;
  }
}
