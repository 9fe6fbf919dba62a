/**
 * The ports: everything a node takes from the world outside the process, as one record of small interfaces
 * (08 section 2). `server/node.ts` hands in the real ones, `test/sim/` hands in virtual ones; the rooms `wire`,
 * `mesh`, `sync`, `workspace` and `store` never reach for anything else, which lint checks.
 */

/** Reads time. */
export interface Clock {
  /** Wall clock, Unix time in milliseconds. May jump. */
  now(): number;
  /** Milliseconds since an arbitrary start. Never goes back. */
  monotonic(): number;
}

/** A timer that was started; `cancel` is idempotent. */
export interface Timer {
  cancel(): void;
}

/** Starts timers. Real ones are unref'd: no timer keeps a stopped node alive. */
export interface Timers {
  /** Runs `task` once after `ms` milliseconds. */
  after(ms: number, task: () => void): Timer;
  /** Runs `task` every `ms` milliseconds until cancelled. */
  every(ms: number, task: () => void): Timer;
}

/** A source of randomness; in a node the system's cryptographic one, in the simulator a seeded one. */
export interface Random {
  /** `length` random bytes. */
  bytes(length: number): Uint8Array;
  /** A number in [0, 1), for jitter only. */
  fraction(): number;
}

/** Why a link ended. `code` is the websocket close code, 1006 when there was none. */
export interface LinkClose {
  code: number;
  reason: string;
  /** The other side broke the rules of the transport and was cut for it: a message over the limit, or a broken one. */
  fault?: 'too_large' | 'broken';
}

/** What a link reports to its owner. */
export interface LinkHandlers {
  /** One text message, at most the link's current limit. */
  message(text: string): void;
  /**
   * One binary message. Without this handler a binary message is read as UTF-8 text, as the reference does, and passed
   * over when it is none.
   */
  binary?(bytes: Uint8Array): void;
  /** One text message that is so large that the owner reads it elsewhere: its bytes, which are UTF-8. */
  large?(bytes: Uint8Array): void;
  /** Called exactly once. */
  close(info: LinkClose): void;
}

/** One open message connection to another node (a websocket, or an in-memory pair in the simulator). */
export interface Link {
  /** Remote address as `host:port`, for display and per-address limits. */
  readonly remoteAddress: string;
  /** Bytes accepted by `send` and not yet handed to the operating system. */
  readonly bufferedBytes: number;
  /** Attaches the owner, once. Messages that arrived before are delivered then, in order. */
  attach(handlers: LinkHandlers): void;
  /**
   * Raises the largest accepted message once the other side is authenticated.
   * @param limit asked for every message, since it may change with what people here decide.
   */
  setMaxMessageBytes(limit: () => number): void;
  /**
   * Sends one message, text or binary; resolves when it was handed to the operating system, rejects when the link is
   * gone. Bytes must not be changed afterwards.
   */
  send(message: string | Uint8Array): Promise<void>;
  /** Sends a ping; resolves with the round trip in milliseconds when the pong arrives, rejects when the link ends. */
  ping(): Promise<number>;
  /** Stops handing over messages and lets the sender feel it; what arrived meanwhile is delivered by {@link resume}. */
  pause(): void;
  /** Undoes {@link pause}. */
  resume(): void;
  /** Starts the closing handshake (default code 1000) and cuts the link if it is not finished in time. */
  close(code?: number): void;
  /** Cuts the link at once. */
  terminate(): void;
}

/** A listener that was started. */
export interface Listener {
  /** The port in use (the chosen one when 0 was asked for). */
  readonly port: number;
  /** Stops accepting and cuts links nobody attached to. */
  stop(): Promise<void>;
}

/** Why a dial led to no link; the words are stable and shown to people by the page. */
export type DialFailure =
  'timeout' | 'refused' | 'unreachable' | 'dns' | 'tls' | 'http' | 'aborted' | 'invalid' | 'failed';

/** A dial that led to no link. */
export class DialError extends Error {
  override readonly name = 'DialError';
  readonly reason: DialFailure;
  constructor(reason: DialFailure, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Opens and accepts links. */
export interface Transport {
  /**
   * Dials `endpoint` (`ws://` or `wss://`; the path `/p2p` is added).
   * @throws {DialError} when no link came about within `timeoutMs`.
   */
  dial(
    endpoint: string,
    options: { timeoutMs: number; maxMessageBytes: number; signal?: AbortSignal },
  ): Promise<Link>;
  /**
   * Accepts links on `host` (absent: all interfaces, IPv6 and IPv4) and `port`.
   * @throws an `Error` with `code` `EADDRINUSE` and the like when the address cannot be had.
   */
  listen(
    options: {
      host?: string;
      port: number;
      maxMessageBytes: number;
      maxLinks: number;
      maxLinksPerAddress: number;
      /** Told of every connection that was one too many, with the address it came from. */
      refused?: (address: string) => void;
    },
    accept: (link: Link) => void,
  ): Promise<Listener>;
}

/** One Canopy service seen on the LAN: TXT entries and addresses, nothing of it authenticated (01 section 3.2). */
export interface SeenService {
  txt: ReadonlyMap<string, string>;
  /** IP literals as announced: IPv4 in record order, then IPv6 without link-local ones. */
  addresses: readonly string[];
  port: number;
  /** Full instance name, the key under which it disappears. */
  instance: string;
}

/** What this node announces on the LAN (01 section 3.1). */
export interface Advertisement {
  instance: string;
  hostname: string;
  port: number;
  txt: readonly string[];
  addresses: readonly string[];
}

/** Multicast DNS. Failing to start never stops a node. */
export interface Discovery {
  /** Starts announcing and browsing; resolves once running, rejects with the reason when it cannot. */
  start(
    advertisement: Advertisement,
    handlers: { seen(service: SeenService): void; gone(instance: string): void; failed(error: Error): void },
  ): Promise<void>;
  /** Says goodbye and stops. Idempotent. */
  stop(): Promise<void>;
}

/** Runs one write transaction; the simulator's version can crash before or after it. */
export interface Commit {
  /** Runs `work` inside one immediate transaction; everything it wrote is durable when this returns. */
  transaction<T>(work: () => T): T;
}

/** Work beside the event loop. */
export interface Background<Question, Answer> {
  /** Resolves with the answer; one question is worked on at a time. Rejects when none comes. */
  ask(question: Question): Promise<Answer>;
}

/** Everything from outside, in one record. */
export interface Ports {
  clock: Clock;
  timers: Timers;
  random: Random;
  transport: Transport;
  discovery: Discovery;
  /** Wraps the commit of an opened database; the real one returns it unchanged. */
  commit(base: Commit): Commit;
  /** This machine's addresses for invites and announcements, best first: no loopback, no link-local (01 section 2.5). */
  localAddresses(): readonly string[];
}
