/**
 * The door for everything that arrives: parses the metadata of a message with the schema of its type, holds back what
 * an unaccepted peer sends (00, 02 section 3.9), and counts what came. Deviation D-33: that is everything but catch-up
 * questions.
 */
import type { z } from 'zod';
import type { Mesh } from '../mesh/mesh.ts';
import { ACK } from '../mesh/secure/types.ts';
import type { AckStatus } from '../mesh/secure/types.ts';
import type { InboundMessage } from '../mesh/types.ts';
import type { Log } from '../telemetry/log.ts';
import { WireError } from '../wire/errors.ts';
import { readMetadata } from '../wire/payloads/payload.ts';
import { METADATA_SCHEMAS } from '../wire/payloads/schemas.ts';
import type { Requests } from '../workspace/requests.ts';
import type { Trust } from '../workspace/trust.ts';

/** Types that have a schema. */
type ReadableType = keyof typeof METADATA_SCHEMAS;
type MetadataOf<T extends ReadableType> = z.output<(typeof METADATA_SCHEMAS)[T]>;

/** What an unaccepted author's message of a type is worth. */
export type Gate =
  /** Held back, and shown as waiting in its request. */
  | 'content'
  /** Held back without a word. */
  | 'trusted'
  /** Handled all the same. */
  | 'anyone';

/**
 * Types whose handler has queued everything it writes when it returns: the store keeps that order, so the author's next
 * message need not wait for the disk. Those of a busy channel share a commit that way.
 */
const OVERLAPPING: ReadonlySet<ReadableType> = new Set<ReadableType>(['channel_message']);

export interface InboundComponents {
  mesh: Mesh;
  trust: Trust;
  requests: Requests;
  log: Log;
}

export class Inbound {
  readonly #c: InboundComponents;
  readonly #counts = new Map<string, number>();

  constructor(components: InboundComponents) {
    this.#c = components;
  }

  /**
   * Handles messages of `type` from authors that pass the gate; `heldBack` sees the others. A type of {@link OVERLAPPING}
   * must queue its writes before it first waits.
   */
  on<T extends ReadableType>(
    type: T,
    gate: Gate,
    handle: (
      metadata: MetadataOf<T>,
      message: InboundMessage,
    ) => void | AckStatus | Promise<void | AckStatus>,
    heldBack?: (metadata: MetadataOf<T>, message: InboundMessage) => void,
  ): void {
    const take = (message: InboundMessage): void | AckStatus | Promise<void | AckStatus> => {
      if (message.from === this.#c.mesh.peerId) return;
      const metadata = this.#read(type, message);
      if (metadata === null) return ACK.invalid;
      if (gate === 'anyone' || this.#c.trust.isTrusted(message.from)) {
        this.#count(`${type}.received`);
        return handle(metadata, message);
      }
      this.#count(`${type}.held_back`);
      if (gate === 'content') this.#c.requests.heldBack(message.from);
      heldBack?.(metadata, message);
      return ACK.waiting;
    };
    this.#c.mesh.handle(type, take, { overlaps: OVERLAPPING.has(type) });
  }

  /** Counts of what came, by type and fate; for metrics. */
  counts(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }

  #read<T extends ReadableType>(type: T, message: InboundMessage): MetadataOf<T> | null {
    try {
      return readMetadata(METADATA_SCHEMAS[type], message.metadata) as MetadataOf<T>;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#count(`${type}.unsound`);
      this.#c.log.debug({ type, peer: message.from, reason: error.message }, 'a payload was passed over');
      return null;
    }
  }

  #count(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }
}
