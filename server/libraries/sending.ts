/** Sending an item of libraries to a peer that may be gone: what it needed to know it learns in the next session. */
import { LinkLost } from '../mesh/secure/types.ts';
import type { SecureLink } from '../mesh/secure/types.ts';
import type { ItemType } from '../wire/secure-frames.ts';

/** Sends; that the session ended meanwhile is no failure. */
export function sendQuietly(link: SecureLink, type: ItemType, body: Uint8Array): void {
  link.send(type, body).catch((error: unknown) => {
    if (!(error instanceof LinkLost)) throw error;
  });
}
