/**
 * The format of `known_peers.json`, which both implementations read and write (01 section 1.3): an array of one
 * object per peer in insertion order. Entries that are damaged, our own, or whose keys are unsound or do not
 * belong to their peer id are passed over, so that one bad entry costs nothing but itself.
 */
import * as z from 'zod';
import type { CryptoBackend } from '../crypto/backend.ts';
import { areSoundKeys } from '../crypto/keys.ts';
import { asciiJson } from '../wire/ascii-json.ts';
import { decodeBase58, encodeBase58 } from '../wire/base58.ts';
import { managerCanonical } from '../wire/endpoint.ts';
import type { Endpoint, PeerId } from '../wire/ids.ts';
import { derivePeerId } from '../wire/peer-id.ts';

/** What the file holds about one peer. */
export interface StoredPeer {
  peerId: PeerId;
  ed25519PublicKey: Uint8Array;
  x25519PublicKey: Uint8Array;
  endpoints: readonly Endpoint[];
  displayName: string;
  /** Known by hearsay only. Kept under a key of our own, which the reference passes over and then loses. */
  introduced: boolean;
}

const entrySchema = z.object({
  peer_id: z.string(),
  ed25519_public_key: z.string(),
  x25519_public_key: z.string(),
  endpoints: z.array(z.unknown()).nullish(),
  display_name: z.string().nullish(),
  key_source: z.literal('introduced').optional().catch(undefined),
});

/** Exact text of the file. */
export function knownPeersText(peers: Iterable<StoredPeer>): string {
  const entries = [...peers].map((peer) => ({
    peer_id: peer.peerId,
    ed25519_public_key: encodeBase58(peer.ed25519PublicKey),
    x25519_public_key: encodeBase58(peer.x25519PublicKey),
    endpoints: peer.endpoints,
    display_name: peer.displayName,
    // Deviation D-01: a member of our own; what follows a key from hearsay is decided by it after a restart too.
    ...(peer.introduced ? { key_source: 'introduced' } : {}),
  }));
  return asciiJson(entries, 2);
}

/**
 * Reads the text of the file. Never throws.
 * @returns the usable entries (the last one of a peer counts) and how many were passed over; `null` when the text
 *   is not a list at all.
 */
export function parseKnownPeers(
  text: string,
  crypto: CryptoBackend,
  localPeerId: PeerId,
): { peers: StoredPeer[]; skipped: number } | null {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(list)) return null;
  const peers = new Map<PeerId, StoredPeer>();
  let skipped = 0;
  for (const entry of list) {
    const peer = readEntry(entry, crypto);
    if (peer === null) skipped += 1;
    else if (peer.peerId !== localPeerId) peers.set(peer.peerId, peer);
  }
  return { peers: [...peers.values()], skipped };
}

function readEntry(entry: unknown, crypto: CryptoBackend): StoredPeer | null {
  const parsed = entrySchema.safeParse(entry);
  if (!parsed.success) return null;
  const ed25519PublicKey = decodeKey(parsed.data.ed25519_public_key);
  const x25519PublicKey = decodeKey(parsed.data.x25519_public_key);
  if (ed25519PublicKey === null || x25519PublicKey === null) return null;
  const peerId = derivePeerId(crypto, ed25519PublicKey);
  if (peerId !== parsed.data.peer_id) return null;
  if (!areSoundKeys(ed25519PublicKey, x25519PublicKey, { checkedBefore: true })) return null;
  const endpoints = (parsed.data.endpoints ?? [])
    .map(managerCanonical)
    .filter((endpoint) => endpoint !== null);
  const displayName = parsed.data.display_name ?? '';
  const introduced = parsed.data.key_source === 'introduced';
  return { peerId, ed25519PublicKey, x25519PublicKey, endpoints, displayName, introduced };
}

function decodeKey(text: string): Uint8Array | null {
  try {
    return decodeBase58(text);
  } catch {
    return null;
  }
}
