/**
 * The sending half of a relayed session's records (06 section 2.3): packs records into packets, keeps them until they
 * are acknowledged, and says which one is to be sent, for the first time or again. Knows no timers and no network.
 */
import {
  FAST_REPEAT_ROUND_TRIPS,
  FIRST_TIMEOUT,
  MAX_PACKET_BYTES,
  MAX_PACKET_RECORDS,
  MAX_TIMEOUT,
  MAX_UNACKNOWLEDGED_BYTES,
  MAX_UNACKNOWLEDGED_PACKETS,
  MIN_TIMEOUT,
  REPORTED_LATER,
  TIMEOUT_MARGIN,
} from './limits.ts';

/** Weight of a new round trip in the smoothed one. */
const GAIN = 1 / 8;

/** Records that travel together. */
export interface Packet {
  /** Number of the first record. */
  readonly seq: number;
  readonly records: readonly Uint8Array[];
}

interface Sent extends Packet {
  readonly bytes: number;
  readonly firstSent: number;
  lastSent: number;
  /** When it is repeated. */
  dueAt: number;
  repeats: number;
  /** The peer has it, beyond a gap. */
  reported: boolean;
}

interface Waiting {
  record: Uint8Array;
  taken: (error: Error | null) => void;
}

/** All times are monotonic ms. */
export class PacketSender {
  #waiting: Waiting[] = [];
  /** In order; the first is the oldest unacknowledged. */
  #sent: Sent[] = [];
  #sentBytes = 0;
  #next = 0;
  #roundTrip: number | null = null;

  /** Number of the next new record. */
  get next(): number {
    return this.#next;
  }

  /** Smoothed, ms; `null` before the first acknowledgement. */
  get roundTrip(): number | null {
    return this.#roundTrip;
  }

  /** Whether everything was taken and acknowledged. */
  get idle(): boolean {
    return this.#waiting.length === 0 && this.#sent.length === 0;
  }

  /** When the oldest unacknowledged packet was first sent. */
  get unacknowledgedSince(): number | null {
    return this.#sent[0]?.firstSent ?? null;
  }

  /** When the next packet is to be repeated. */
  get dueAt(): number {
    return this.#sent.reduce(
      (least, packet) => Math.min(least, packet.reported ? Infinity : packet.dueAt),
      Infinity,
    );
  }

  /** Adds a record; resolves when it is in a packet that was taken. */
  add(record: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ record, taken: (error) => (error === null ? resolve() : reject(error)) });
    });
  }

  /** Whether there is a packet to be sent now. */
  wants(now: number): boolean {
    return this.dueAt <= now || this.#mayPack();
  }

  /** Takes the next packet to be sent: the oldest that is due, else a new one; `null` when there is none. */
  take(now: number): Packet | null {
    const due = this.#sent.find((packet) => !packet.reported && packet.dueAt <= now);
    if (due !== undefined) {
      due.repeats += 1;
      due.lastSent = now;
      due.dueAt = now + Math.min(this.#timeout() * 2 ** due.repeats, MAX_TIMEOUT);
      return due;
    }
    return this.#mayPack() ? this.#pack(now) : null;
  }

  /**
   * The peer has everything below `ack`, and the ranges of `have` above it. What it cannot have is passed over.
   * @param have inclusive.
   */
  acknowledge(ack: number, have: readonly (readonly [number, number])[], now: number): void {
    if (ack > this.#next) return;
    while (this.#sent[0] !== undefined && endOf(this.#sent[0]) <= ack) {
      const packet = this.#sent.shift();
      if (packet === undefined) break;
      this.#sentBytes -= packet.bytes;
      this.#measure(packet, now);
    }
    let reportedAny = false;
    for (const packet of this.#sent) {
      if (packet.reported || !have.some(([from, to]) => from <= packet.seq && endOf(packet) - 1 <= to))
        continue;
      this.#measure(packet, now);
      packet.reported = true;
      reportedAny = true;
    }
    if (reportedAny) this.#repeatMissing(now);
  }

  /** Drops everything. */
  fail(error: Error): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#sent = [];
    for (const { taken } of waiting) taken(error);
  }

  #mayPack(): boolean {
    const first = this.#waiting[0];
    return (
      first !== undefined &&
      this.#sent.length < MAX_UNACKNOWLEDGED_PACKETS &&
      this.#sentBytes + first.record.length <= MAX_UNACKNOWLEDGED_BYTES
    );
  }

  #pack(now: number): Packet {
    const room = Math.min(MAX_PACKET_BYTES, MAX_UNACKNOWLEDGED_BYTES - this.#sentBytes);
    const records: Uint8Array[] = [];
    let bytes = 0;
    for (const { record } of this.#waiting) {
      if (records.length === MAX_PACKET_RECORDS || bytes + record.length > room) break;
      records.push(record);
      bytes += record.length;
    }
    const packet: Sent = {
      seq: this.#next,
      records,
      bytes,
      firstSent: now,
      lastSent: now,
      dueAt: now + this.#timeout(),
      repeats: 0,
      reported: false,
    };
    this.#next += records.length;
    this.#sent.push(packet);
    this.#sentBytes += bytes;
    for (const { taken } of this.#waiting.splice(0, records.length)) taken(null);
    return packet;
  }

  /** What was repeated measures nothing: nobody knows which of the two was answered. */
  #measure({ repeats, reported, firstSent }: Sent, now: number): void {
    if (repeats > 0 || reported) return;
    const sample = now - firstSent;
    this.#roundTrip = this.#roundTrip === null ? sample : this.#roundTrip + GAIN * (sample - this.#roundTrip);
  }

  /** A packet below three that arrived is lost: it goes at once, then no faster than an answer can come. */
  #repeatMissing(now: number): void {
    let later = 0;
    for (const packet of this.#sent.toReversed()) {
      if (packet.reported) later += 1;
      else if (later >= REPORTED_LATER) {
        const pause = packet.repeats === 0 ? 0 : FAST_REPEAT_ROUND_TRIPS * (this.#roundTrip ?? FIRST_TIMEOUT);
        packet.dueAt = Math.min(packet.dueAt, Math.max(now, packet.lastSent + pause));
      }
    }
  }

  #timeout(): number {
    if (this.#roundTrip === null) return FIRST_TIMEOUT;
    return Math.min(MAX_TIMEOUT, Math.max(MIN_TIMEOUT, 2 * this.#roundTrip + TIMEOUT_MARGIN));
  }
}

function endOf({ seq, records }: Packet): number {
  return seq + records.length;
}
