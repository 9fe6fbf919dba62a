/** What happened in one run: lines for a person, and a digest over every message by which two runs are compared. */
import { createHash } from 'node:crypto';
import type { VirtualTime } from '../virtual-time.ts';

export class Trace {
  readonly lines: string[] = [];
  readonly #time: VirtualTime;
  readonly #hash = createHash('sha256');

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  /** Adds a line. */
  note(text: string): void {
    const line = `${(this.#time.monotonic() / 1000).toFixed(3).padStart(9)} s  ${text}`;
    this.lines.push(line);
    this.#hash.update(line);
  }

  /** Adds a message on a wire to the digest. */
  wire(from: string, to: string, message: string | Uint8Array): void {
    this.#hash.update(`${this.#time.monotonic()} ${from} ${to} `).update(message);
  }

  /** Ends the digest: call once. */
  digest(): string {
    return this.#hash.digest('hex');
  }
}
