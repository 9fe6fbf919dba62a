/**
 * One event stream per browser profile (05 section 10.8, L-1): the tab that holds a lock follows the node and tells the
 * other tabs of the same account; when it goes, another one takes over where it was. Browsers allow only six
 * connections to one host, so a stream of its own for every tab would stop the seventh. Where there are no locks
 * (plain `http://` from another machine) every tab follows the node itself.
 */
import type { EventStream, EventStreamHandlers, StreamEventType, StreamState } from './event-stream.ts';

/** What tabs tell each other. */
type Message =
  | { kind: 'event'; type: StreamEventType; data: unknown; seq: number | null }
  | { kind: 'state'; state: StreamState }
  | { kind: 'refresh' }
  | { kind: 'signedOut' }
  /** A new tab asks how things are. */
  | { kind: 'hello' }
  /** A person wants to try again now. */
  | { kind: 'retry' };

/** The part of BroadcastChannel that is used. */
export interface Channel {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
  close(): void;
}

/** Collaborators; the browser's own in the page, doubles in tests. */
export interface SharedStreamComponents {
  /** Makes this tab's own stream; it is started only while this tab leads. */
  makeStream: (handlers: EventStreamHandlers) => EventStream;
  /** Opens the channel of an account; null where there is none. */
  openChannel: (name: string) => Channel | null;
  /**
   * Holds the named lock from when it is granted until the returned function is called; `granted` runs then. Null where
   * there are no locks.
   */
  lead: ((name: string, granted: () => void) => () => void) | null;
}

/** Follows the node, or the tab that does. */
export class SharedStream {
  readonly #components: SharedStreamComponents;
  readonly #handlers: EventStreamHandlers;
  readonly #stream: EventStream;
  #channel: Channel | null = null;
  #release: (() => void) | null = null;
  /** Waits for the lock, or has it. */
  #joined = false;
  #leading = false;
  /** Heard from the tab that leads. */
  #followed = false;
  #lastSeq: number | null = null;
  #state: StreamState = { status: 'idle' };

  constructor(components: SharedStreamComponents, handlers: EventStreamHandlers) {
    this.#components = components;
    this.#handlers = handlers;
    this.#stream = components.makeStream({
      event: (type, data, seq) => {
        this.#tell({ kind: 'event', type, data, seq });
        this.#event(type, data, seq);
      },
      state: (state) => {
        this.#tell({ kind: 'state', state });
        this.#setState(state);
      },
      refresh: () => {
        this.#tell({ kind: 'refresh' });
        handlers.refresh();
      },
      signedOut: () => {
        this.#tell({ kind: 'signedOut' });
        handlers.signedOut();
      },
    });
  }

  /** Follows the node for `account`, after journal number `afterSeq`; null: it is not known. Called again after signing in again. */
  start(account: string, afterSeq: number | null): void {
    if (afterSeq !== null) this.#lastSeq = Math.max(this.#lastSeq ?? 0, afterSeq);
    if (this.#leading) {
      this.#stream.start(this.#lastSeq);
      return;
    }
    if (this.#joined) {
      this.#tell({ kind: 'retry' });
      return;
    }
    const name = `canopy.stream.${account}`;
    const { lead, openChannel } = this.#components;
    this.#channel = lead === null ? null : openChannel(name);
    if (lead === null || this.#channel === null) {
      this.#leading = true;
      this.#stream.start(this.#lastSeq);
      return;
    }
    this.#channel.onmessage = (event) => this.#heard(event.data as Message);
    this.#joined = true;
    this.#release = lead(name, () => this.#takeOver());
    this.#tell({ kind: 'hello' });
  }

  /** Stops and gives the lead away. Idempotent. */
  stop(): void {
    const release = this.#release;
    this.#release = null;
    this.#joined = false;
    this.#followed = false;
    this.#leading = false;
    this.#lastSeq = null;
    this.#stream.stop();
    this.#channel?.close();
    this.#channel = null;
    release?.();
    this.#setState({ status: 'idle' });
  }

  /** Tries again now instead of at the announced time. */
  retryNow(): void {
    if (this.#leading) this.#stream.retryNow();
    else this.#tell({ kind: 'retry' });
  }

  /** The lock came: nobody led, or the tab that did is gone. */
  #takeOver(): void {
    if (!this.#joined || this.#leading) return;
    this.#leading = true;
    this.#stream.start(this.#lastSeq);
  }

  #heard(message: Message): void {
    switch (message.kind) {
      case 'hello':
        if (this.#leading) this.#tell({ kind: 'state', state: this.#state });
        return;
      case 'retry':
        // After signing in again in another tab, the stream of this one has ended.
        if (this.#leading && this.#state.status === 'idle') this.#stream.start(this.#lastSeq);
        else if (this.#leading) this.#stream.retryNow();
        return;
      case 'event':
        if (!this.#leading) this.#event(message.type, message.data, message.seq);
        return;
      case 'state':
        if (this.#leading) return;
        this.#setState(message.state);
        // Nothing from now on is missed.
        if (!this.#followed && message.state.status === 'live') this.#handlers.refresh();
        this.#followed = true;
        return;
      case 'refresh':
        if (!this.#leading) this.#handlers.refresh();
        return;
      case 'signedOut':
        if (!this.#leading) this.#handlers.signedOut();
    }
  }

  #event(type: StreamEventType, data: unknown, seq: number | null): void {
    if (seq !== null) this.#lastSeq = Math.max(this.#lastSeq ?? 0, seq);
    this.#handlers.event(type, data, seq);
  }

  #setState(state: StreamState): void {
    this.#state = state;
    this.#handlers.state(state);
  }

  #tell(message: Message): void {
    this.#channel?.postMessage(message);
  }
}

/** The browser's locks, or null where it has none (outside secure contexts). */
export function browserLead(): SharedStreamComponents['lead'] {
  const locks = (navigator as { locks?: LockManager }).locks;
  if (locks === undefined) return null;
  return (name, granted) => {
    const abandoned = new AbortController();
    let release: () => void = () => abandoned.abort();
    locks
      .request(name, { signal: abandoned.signal }, () => {
        const held = new Promise<void>((resolve) => (release = resolve));
        granted();
        return held;
      })
      .catch(() => undefined);
    return () => release();
  };
}
