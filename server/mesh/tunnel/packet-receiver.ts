/**
 * The receiving half of a relayed session's records (06 section 2.3): puts packets into order, drops what came before,
 * keeps what came too early within bounds, and says what it has. Knows no keys: nothing is opened here.
 */
import { MAX_HAVE_RANGES, MAX_KEPT_BYTES, MAX_KEPT_PACKETS } from './limits.ts';
import type { Packet } from './packet-sender.ts';

/** `in_order`: the next records are there; `early`: kept beyond a gap; `repeat`: known; `dropped`: no room. */
export type Arrival = 'in_order' | 'early' | 'repeat' | 'dropped';

/** Puts records into order. */
export class PacketReceiver {
  /** Records received in order. */
  #expected = 0;
  readonly #kept = new Map<number, Packet>();
  #keptBytes = 0;

  /** Number of the next record; everything below it has come. */
  get expected(): number {
    return this.#expected;
  }

  /** Takes a packet. `records`: those that are next, in order. */
  take(packet: Packet): { arrival: Arrival; records: Uint8Array[] } {
    const { seq, records } = packet;
    const end = seq + records.length;
    if (end <= this.#expected) return { arrival: 'repeat', records: [] };
    if (seq > this.#expected) return { arrival: this.#keep(packet), records: [] };
    const next = records.slice(this.#expected - seq);
    this.#expected = end;
    for (let more = this.#release(); more !== null; more = this.#release()) next.push(...more);
    return { arrival: 'in_order', records: next };
  }

  /** Ranges of records beyond the gap, inclusive, lowest first. */
  have(): [number, number][] {
    const ranges: [number, number][] = [];
    const kept = [...this.#kept.values()].sort((a, b) => a.seq - b.seq);
    for (const { seq, records } of kept) {
      const last = ranges.at(-1);
      const end = seq + records.length - 1;
      if (last !== undefined && seq <= last[1] + 1) last[1] = Math.max(last[1], end);
      else if (ranges.length < MAX_HAVE_RANGES) ranges.push([seq, end]);
      else break;
    }
    return ranges;
  }

  #keep(packet: Packet): Arrival {
    const known = this.#kept.get(packet.seq);
    if (known !== undefined) return 'repeat';
    const bytes = sizeOf(packet);
    if (this.#kept.size >= MAX_KEPT_PACKETS || this.#keptBytes + bytes > MAX_KEPT_BYTES) return 'dropped';
    this.#kept.set(packet.seq, packet);
    this.#keptBytes += bytes;
    return 'early';
  }

  /** The records of a kept packet that are next now; `null` when there is none. */
  #release(): Uint8Array[] | null {
    for (const [seq, packet] of this.#kept) {
      if (seq > this.#expected) continue;
      this.#kept.delete(seq);
      this.#keptBytes -= sizeOf(packet);
      const end = seq + packet.records.length;
      if (end <= this.#expected) continue;
      const records = packet.records.slice(this.#expected - seq);
      this.#expected = end;
      return records;
    }
    return null;
  }
}

function sizeOf({ records }: Packet): number {
  return records.reduce((sum, { length }) => sum + length, 0);
}
