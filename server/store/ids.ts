/** Random ids of the shared tables (03 section 2.2). */
import type { Random } from '../ports/types.ts';

/** `characters` random lower-case hexadecimal characters; an even number. */
export function hexId(random: Random, characters: number): string {
  return Buffer.from(random.bytes(characters / 2)).toString('hex');
}
