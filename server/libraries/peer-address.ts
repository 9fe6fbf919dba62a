/** Where a peer connects from, for limits per address (07 sections 2.3 and 3.3). */
import type { PeerId } from '../wire/ids.ts';

/** Attempts through a relay count for the relay. */
export function addressOf(info: { remoteAddress: string; via: PeerId | null } | undefined): string {
  return info?.via ?? info?.remoteAddress.replace(/:\d+$/, '') ?? '';
}
