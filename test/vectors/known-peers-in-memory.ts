/** A table of known peers whose file is a variable. */
import { nativeCrypto } from '../../server/crypto/native.ts';
import { KnownPeers } from '../../server/identity/known-peers.ts';
import { Saver } from '../../server/identity/saver.ts';
import type { PeerId } from '../../server/wire/ids.ts';

/** `text()` is what the file holds after a flush. */
export function knownPeersInMemory(
  localPeerId: string,
  before: string | null = null,
): { known: KnownPeers; text(): string | null } {
  let content = before;
  const saver = new Saver({
    timers: { after: () => ({ cancel: () => undefined }), every: () => ({ cancel: () => undefined }) },
    save: (text) => {
      content = text;
    },
    failed: (error) => {
      throw error;
    },
  });
  const known = new KnownPeers(
    { crypto: nativeCrypto, saver },
    { localPeerId: localPeerId as PeerId, text: before },
  );
  return { known, text: () => (known.flush(), content) };
}
