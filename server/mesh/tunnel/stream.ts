/**
 * Carries the records of a secure session through a relay that may drop, repeat and reorder (06 section 2.3): a
 * {@link Carrier} like a websocket, so that the session above sees no difference. What a packet is wrapped in and which
 * way it goes is decided by whoever made the stream.
 */
import type { Clock, LinkClose, Timer, Timers } from '../../ports/types.ts';
import type { Carrier, CarrierHandlers } from '../secure/carrier.ts';
import {
  ACK_DELAY,
  LINGER,
  MAX_KEPT_BYTES,
  PACKETS_PER_ACK,
  PACKETS_PER_TURN,
  RELAY_LOST_AFTER,
} from './limits.ts';
import { PacketReceiver } from './packet-receiver.ts';
import { PacketSender } from './packet-sender.ts';
import type { Packet } from './packet-sender.ts';

/** One packet as it travels. */
export interface StreamPacket extends Packet {
  /** Records received in order. */
  readonly ack: number;
  /** Ranges received beyond that, inclusive. */
  readonly have: readonly (readonly [number, number])[];
}

export interface StreamInit {
  /** Where the other end is, for display. */
  remoteAddress: string;
  /** Who takes the records at first; {@link TunnelStream.attach} puts another in its place. */
  handlers: CarrierHandlers;
  /** Hands one packet to the next hop. It may be lost. */
  post(packet: StreamPacket): void;
  /** Takes a turn with the next hop: 0 when a packet may go now, else how many ms to wait. */
  turn(): number;
  /** The stream is over, nothing is sent or wanted any more. */
  ended(): void;
}

/** The stream ended before a record was on its way. */
class StreamEnded extends Error {
  override readonly name = 'StreamEnded';
  readonly code = 'stream_ended';
}

/** One end of a relayed session's records. */
export class TunnelStream implements Carrier {
  readonly #components: { clock: Clock; timers: Timers };
  readonly #init: StreamInit;
  readonly #sender = new PacketSender();
  readonly #receiver = new PacketReceiver();
  #handlers: CarrierHandlers;
  /** In order and not handed over, because the owner does not read. */
  readonly #ready: Uint8Array[] = [];
  #readyBytes = 0;
  #paused = false;
  #lastHeard: number;
  /** When what was received must be acknowledged. */
  #ackAt = Infinity;
  #unacknowledged = 0;
  /** The next hop takes nothing before this. */
  #blockedUntil = 0;
  #timer: { timer: Timer; at: number } | null = null;
  /** Records were handed over and are packed at the end of this turn. */
  #soon = false;
  /** Set when the owner has closed: the last words may still have to be repeated. */
  #lingersUntil: number | null = null;
  #over = false;

  constructor(components: { clock: Clock; timers: Timers }, init: StreamInit) {
    this.#components = components;
    this.#init = init;
    this.#handlers = init.handlers;
    this.#lastHeard = components.clock.monotonic();
  }

  get remoteAddress(): string {
    return this.#init.remoteAddress;
  }

  /** Smoothed round trip, ms. */
  get roundTrip(): number | null {
    return this.#sender.roundTrip;
  }

  attach(handlers: CarrierHandlers): void {
    this.#handlers = handlers;
    this.#deliver();
  }

  send(record: Uint8Array): Promise<void> {
    if (this.#over || this.#lingersUntil !== null) return Promise.reject(new StreamEnded());
    const taken = this.#sender.add(record);
    // Not at once: what is handed over together travels together.
    if (!this.#soon) {
      this.#soon = true;
      void Promise.resolve().then(() => {
        this.#soon = false;
        if (!this.#over) this.#pump();
      });
    }
    return taken;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#deliver();
  }

  /** Deviation D-59: after 1008 nothing the other end says is believed, so there are no last words. */
  close(code: 1000 | 1008): void {
    if (this.#over || this.#lingersUntil !== null) return;
    if (code === 1008) return this.#end({ code, reason: '' });
    this.#lingersUntil = this.#now() + LINGER;
    this.#arm();
  }

  terminate(): void {
    this.#end({ code: 1006, reason: '' });
  }

  /** The other end says that the session is over. @param reason a word of the close codes. */
  closedByPeer(reason: string): void {
    this.#end({ code: 1000, reason });
  }

  /** Takes a packet of the other end; its signature was verified. */
  receive(packet: StreamPacket): void {
    if (this.#over) return;
    const now = this.#now();
    this.#lastHeard = now;
    this.#sender.acknowledge(packet.ack, packet.have, now);
    if (packet.records.length > 0) this.#take(packet, now);
    if (!this.#over) this.#pump();
  }

  #take(packet: StreamPacket, now: number): void {
    // What the owner does not read is not acknowledged beyond a bound; the other end feels it and repeats.
    if (this.#readyBytes > MAX_KEPT_BYTES) return this.#acknowledge(now);
    const { arrival, records } = this.#receiver.take(packet);
    this.#unacknowledged += 1;
    if (
      arrival === 'in_order' &&
      this.#receiver.have().length === 0 &&
      this.#unacknowledged < PACKETS_PER_ACK
    )
      this.#ackAt = Math.min(this.#ackAt, now + ACK_DELAY);
    else this.#acknowledge(now);
    for (const record of records) {
      this.#ready.push(record);
      this.#readyBytes += record.length;
    }
    this.#deliver();
  }

  #acknowledge(now: number): void {
    this.#ackAt = Math.min(this.#ackAt, now);
  }

  #deliver(): void {
    while (!this.#paused && !this.#over) {
      const record = this.#ready.shift();
      if (record === undefined) return;
      this.#readyBytes -= record.length;
      this.#handlers.record(record);
    }
  }

  /** Sends what there is to send and the next hop takes. */
  #pump(): void {
    const now = this.#now();
    const since = this.#sender.unacknowledgedSince;
    if (since !== null && now - Math.max(since, this.#lastHeard) > RELAY_LOST_AFTER)
      return this.#end({ code: 1006, reason: 'relay_lost' });
    if (this.#isDone(now)) return this.#end({ code: 1000, reason: '' });
    for (let built = 0; built < PACKETS_PER_TURN && now >= this.#blockedUntil; built += 1) {
      const wants = this.#sender.wants(now);
      if (!wants && this.#ackAt > now) break;
      const wait = this.#init.turn();
      if (wait > 0) {
        this.#blockedUntil = now + wait;
        break;
      }
      const { seq, records } = (wants ? this.#sender.take(now) : null) ?? {
        seq: this.#sender.next,
        records: [],
      };
      this.#ackAt = Infinity;
      this.#unacknowledged = 0;
      this.#init.post({ seq, records, ack: this.#receiver.expected, have: this.#receiver.have() });
    }
    this.#arm();
  }

  /** Closed, and the last words have arrived or had their time. */
  #isDone(now: number): boolean {
    if (this.#lingersUntil === null) return false;
    return now >= this.#lingersUntil || (this.#sender.idle && this.#ackAt === Infinity);
  }

  #arm(): void {
    if (this.#over) return;
    const now = this.#now();
    const work = this.#sender.wants(now) ? now : Math.min(this.#sender.dueAt, this.#ackAt);
    const end = this.#isDone(now) ? now : (this.#lingersUntil ?? Infinity);
    const since = this.#sender.unacknowledgedSince;
    const lost = since === null ? Infinity : Math.max(since, this.#lastHeard) + RELAY_LOST_AFTER + 1;
    const at = Math.min(Math.max(work, this.#blockedUntil), lost, end);
    if (this.#timer?.at === at) return;
    this.#timer?.timer.cancel();
    this.#timer = null;
    if (at === Infinity) return;
    const timer = this.#components.timers.after(Math.max(0, at - now), () => {
      this.#timer = null;
      this.#pump();
    });
    this.#timer = { timer, at };
  }

  #end(info: LinkClose): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.timer.cancel();
    this.#sender.fail(new StreamEnded());
    this.#ready.length = 0;
    this.#init.ended();
    this.#handlers.closed(info);
  }

  #now(): number {
    return this.#components.clock.monotonic();
  }
}
