/**
 * Sessions that acknowledge, inside the process: frames go straight to the handlers of the other core, with latency, in
 * order, and a test says when a session begins, breaks, or loses what was acknowledged.
 */
import { nativeCrypto } from '../../server/crypto/native.ts';
import { createNodeIdentity } from '../../server/identity/node-identity.ts';
import { ACK, LinkLost } from '../../server/mesh/secure/types.ts';
import type { AckStatus } from '../../server/mesh/secure/types.ts';
import type { Mesh } from '../../server/mesh/mesh.ts';
import type { InboundMessage, MessageHandler } from '../../server/mesh/types.ts';
import type { AcknowledgingLinks, OwedFrame, ReadReceipt } from '../../server/sync/delivery/links.ts';
import { createEnvelope } from '../../server/wire/envelope.ts';
import type { PeerId } from '../../server/wire/ids.ts';
import type { MessageType } from '../../server/wire/message-types.ts';
import { fromPlain } from '../../server/wire/pyjson.ts';
import { SeededRandom } from '../sim/seeded-random.ts';
import type { VirtualTime } from '../sim/virtual-time.ts';

const LATENCY_MS = 5;

interface End {
  mesh: Mesh;
  handlers: Map<MessageType, MessageHandler>;
  opened: Set<(peer: PeerId) => void>;
  closed: Set<(peer: PeerId, broken: boolean) => void>;
  accepted: Set<(peer: PeerId) => void>;
  read: ((peer: PeerId, receipt: ReadReceipt) => void | Promise<void>) | null;
}

/** One direction of a session. */
interface Direction {
  open: boolean;
  /** Frames are taken one after the other. */
  tail: Promise<unknown>;
  unacknowledged: number;
  waiting: Set<(error: Error) => void>;
}

/** All sessions of a world. */
export class LinkWorld {
  readonly #time: VirtualTime;
  readonly #ends = new Map<PeerId, End>();
  readonly #directions = new Map<string, Direction>();
  #nextId = 0;
  /** Whose hand all envelopes show; who sent them is said apart. */
  readonly #writer = createNodeIdentity(new SeededRandom(77), nativeCrypto);
  /** The most frames that were unacknowledged at once. */
  peak = 0;
  /** Every frame that was handed over, by what it holds. */
  readonly sent: OwedFrame[] = [];
  /** Asked for every frame that arrives; what it answers happens in the place of the handler's. */
  onArrival: (frame: OwedFrame) => AckStatus | 'break' | 'lose_ack' | null = () => null;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  /** The links of one core; hand it to `CoreInit.links`. */
  of = (mesh: Mesh): AcknowledgingLinks => {
    const handlers = new Map<MessageType, MessageHandler>();
    const handle = mesh.handle.bind(mesh);
    mesh.handle = (type, handler, ...rest) => {
      handlers.set(type, handler);
      handle(type, handler, ...rest);
    };
    const end: End = {
      mesh,
      handlers,
      opened: new Set(),
      closed: new Set(),
      accepted: new Set(),
      read: null,
    };
    const self = mesh.peerId;
    this.#ends.set(self, end);
    return {
      acknowledges: (peer) => this.#directions.get(`${self}>${peer}`)?.open ?? false,
      peers: () => [...this.#ends.keys()].filter((peer) => this.#directions.get(`${self}>${peer}`)?.open),
      send: (peer, frame) => this.#send(self, peer, frame),
      onOpen: (handler) => add(end.opened, handler),
      onClose: (handler) => add(end.closed, handler),
      onAccepted: (handler) => add(end.accepted, handler),
      tellAccepted: (peer) =>
        this.#later(self, peer, (other) => other.accepted.forEach((handler) => handler(self))),
      onRead: (handler) => (end.read = handler),
      tellRead: (peer, receipt) => this.#later(self, peer, (other) => void other.read?.(self, receipt)),
    };
  };

  open(a: PeerId, b: PeerId): void {
    for (const key of [`${a}>${b}`, `${b}>${a}`])
      this.#directions.set(key, {
        open: true,
        tail: Promise.resolve(),
        unacknowledged: 0,
        waiting: new Set(),
      });
    for (const [self, peer] of [
      [a, b],
      [b, a],
    ] as const)
      this.#ends.get(self)?.opened.forEach((handler) => handler(peer));
  }

  break(a: PeerId, b: PeerId, broken = true): void {
    for (const key of [`${a}>${b}`, `${b}>${a}`]) {
      const direction = this.#directions.get(key);
      if (direction === undefined) continue;
      direction.open = false;
      for (const reject of direction.waiting) reject(new LinkLost());
    }
    for (const [self, peer] of [
      [a, b],
      [b, a],
    ] as const)
      this.#ends.get(self)?.closed.forEach((handler) => handler(peer, broken));
  }

  #send(from: PeerId, to: PeerId, frame: OwedFrame): Promise<AckStatus> {
    const direction = this.#directions.get(`${from}>${to}`);
    if (direction?.open !== true) return Promise.reject(new LinkLost());
    this.sent.push(frame);
    direction.unacknowledged += 1;
    this.peak = Math.max(this.peak, direction.unacknowledged);
    return new Promise((resolve, reject) => {
      direction.waiting.add(reject);
      direction.tail = direction.tail.then(async () => {
        await this.#pause();
        if (!direction.open) return;
        const status = await this.#arrive(from, to, frame);
        await this.#pause();
        if (status === null || !direction.open) return;
        direction.waiting.delete(reject);
        direction.unacknowledged -= 1;
        resolve(status);
      });
    });
  }

  async #arrive(from: PeerId, to: PeerId, frame: OwedFrame): Promise<AckStatus | null> {
    const verdict = this.onArrival(frame);
    if (verdict === 'break') {
      this.break(from, to);
      return null;
    }
    if (typeof verdict === 'number') return verdict;
    const handler = this.#ends.get(to)?.handlers.get(frame.type);
    if (handler === undefined) return ACK.invalid;
    try {
      const status = (await handler(this.#message(from, frame))) ?? ACK.stored;
      return verdict === 'lose_ack' ? null : status;
    } catch {
      return ACK.busy;
    }
  }

  #message(from: PeerId, frame: OwedFrame): InboundMessage {
    this.#nextId += 1;
    const { content, metadata } = structuredClone(frame.payload);
    const envelope = createEnvelope(nativeCrypto, this.#writer, {
      id: `envelope-${this.#nextId}`,
      type: frame.type,
      toPeer: null,
      timestamp: this.#time.now() / 1000,
      ttl: frame.ttl,
      payload: fromPlain({ content, metadata }),
    });
    return {
      envelope,
      from,
      via: from,
      content,
      metadata: { ...metadata },
      payload: frame.payload,
      receivedAt: this.#time.now(),
      targeted: frame.targeted,
      verified: true,
    };
  }

  #later(from: PeerId, to: PeerId, then: (other: End) => void): void {
    const direction = this.#directions.get(`${from}>${to}`);
    if (direction?.open !== true) return;
    void this.#pause().then(() => {
      const other = this.#ends.get(to);
      if (other !== undefined && direction.open) then(other);
    });
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.#time.after(LATENCY_MS, resolve));
  }
}

function add<T>(set: Set<T>, handler: T): () => void {
  set.add(handler);
  return () => set.delete(handler);
}
