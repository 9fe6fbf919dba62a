/** What carries the records of a secure session: a websocket (06 section 1), or envelopes through a relay (section 2). */
import type { LinkClose } from '../../ports/types.ts';
import type { Greeting } from '../greeting.ts';

/** What a carrier reports. */
export interface CarrierHandlers {
  /** The next record, in the order sent. */
  record(bytes: Uint8Array): void;
  /** Called exactly once. */
  closed(info: LinkClose): void;
}

/** Carries records in order, or ends. */
export interface Carrier {
  /** Where the other end is, for display. */
  readonly remoteAddress: string;
  /** Attaches the owner, once; records that arrived before are delivered now. */
  attach(handlers: CarrierHandlers): void;
  /** Sends one record after those before it; resolves when there is room for the next, rejects when it is over. */
  send(record: Uint8Array): Promise<void>;
  /** Stops handing over records and lets the sender feel it. */
  pause(): void;
  resume(): void;
  /** Ends it after what was sent. @param code 1000, or 1008 for a record that does not authenticate. */
  close(code: 1000 | 1008): void;
  /** Ends it at once. */
  terminate(): void;
}

/** A websocket: one record, one binary message. A text message ends it. */
export class LinkCarrier implements Carrier {
  readonly #greeting: Greeting;

  constructor(greeting: Greeting) {
    this.#greeting = greeting;
  }

  get remoteAddress(): string {
    return this.#greeting.link.remoteAddress;
  }

  attach(handlers: CarrierHandlers): void {
    this.#greeting.handOver({
      binary: (bytes) => handlers.record(bytes),
      message: () => this.close(1008),
      close: (info) => handlers.closed(info),
    });
  }

  send(record: Uint8Array): Promise<void> {
    return this.#greeting.link.send(record);
  }

  pause(): void {
    this.#greeting.link.pause();
  }

  resume(): void {
    this.#greeting.link.resume();
  }

  close(code: 1000 | 1008): void {
    this.#greeting.link.close(code);
  }

  terminate(): void {
    this.#greeting.link.terminate();
  }
}
