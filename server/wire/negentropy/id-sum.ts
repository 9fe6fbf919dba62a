/**
 * Sums of 32-byte ids modulo 2^256, read as little-endian numbers, and the fingerprint made of them (06 section 4.2
 * point 3): the first 16 bytes of SHA-256(sum ‖ count as varint).
 */
import type { CryptoBackend } from '../../crypto/backend.ts';
import { concatBytes } from '../../crypto/bytes.ts';
import { varint } from './byte-reader.ts';

export const ID_BYTES = 32;
export const FINGERPRINT_BYTES = 16;
const LIMBS = 8;
const LIMB = 2 ** 32;
/** Limbs are exact numbers up to 2^53, so this many ids may be added before their carries must be brought up. */
const ADDS_BETWEEN_CARRIES = 2 ** 20;

/** A running sum. */
export class IdSum {
  readonly #limbs = new Float64Array(LIMBS);
  #pending = 0;

  /** Adds the ids with numbers `from` (inclusive) to `to` (exclusive) of a string of ids. */
  addIds(ids: DataView, from: number, to: number): void {
    const limbs = this.#limbs;
    for (let i = from; i < to; i += 1) {
      for (let limb = 0; limb < LIMBS; limb += 1)
        limbs[limb] = (limbs[limb] ?? 0) + ids.getUint32(i * ID_BYTES + limb * 4, true);
      this.#pending += 1;
      if (this.#pending >= ADDS_BETWEEN_CARRIES) this.#carry();
    }
  }

  /** Adds another sum. */
  add(other: IdSum): void {
    other.#carry();
    for (let limb = 0; limb < LIMBS; limb += 1)
      this.#limbs[limb] = (this.#limbs[limb] ?? 0) + (other.#limbs[limb] ?? 0);
    this.#pending += 1;
    if (this.#pending >= ADDS_BETWEEN_CARRIES) this.#carry();
  }

  /** The fingerprint of `count` ids with this sum. */
  fingerprint(crypto: Pick<CryptoBackend, 'sha256'>, count: number): Uint8Array {
    this.#carry();
    const sum = new DataView(new ArrayBuffer(ID_BYTES));
    for (let limb = 0; limb < LIMBS; limb += 1) sum.setUint32(limb * 4, this.#limbs[limb] ?? 0, true);
    return crypto
      .sha256(concatBytes(new Uint8Array(sum.buffer), varint(count)))
      .subarray(0, FINGERPRINT_BYTES);
  }

  #carry(): void {
    let carry = 0;
    for (let limb = 0; limb < LIMBS; limb += 1) {
      const value = (this.#limbs[limb] ?? 0) + carry;
      carry = Math.floor(value / LIMB);
      this.#limbs[limb] = value - carry * LIMB;
    }
    this.#pending = 0;
  }
}
