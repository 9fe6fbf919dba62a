/** Randomness that is written down in a vector. */
import { hex } from './check.ts';

/** Hands out `texts` (hex) one after the other; throws when asked for another length or for more. */
export function fixedRandom(...texts: readonly string[]): { bytes(length: number): Uint8Array } {
  const left = [...texts];
  return {
    bytes(length) {
      const bytes = hex(left.shift() ?? '');
      if (bytes.length !== length) throw new Error(`${length} random bytes wanted, ${bytes.length} recorded`);
      return bytes;
    },
  };
}
