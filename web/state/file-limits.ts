/**
 * What is too large for the programs of some peers (05 section 10.7): those that cannot be asked for a file get it only
 * within a message, and that is small. The sender is told before sending.
 */
import { listWords } from './channel-words.ts';

/** Largest file within a message (02 section 6.2). */
export const INLINE_BYTES = 262_144;
/** Peers that say this fetch files of any size. */
const FETCHES = 'large_attachment_store_v1';

type Versions = Readonly<Record<string, { capabilities?: readonly string[] }>>;

/** Those of `peers` that said what they can do and cannot fetch files; nothing is said of the others. */
export function peersWithoutFiles(peers: readonly string[], versions: Versions): string[] {
  return peers.filter((peer) => versions[peer]?.capabilities?.includes(FETCHES) === false);
}

/** What is said to the sender; null when everything arrives. */
export function tooLargeWords(
  files: readonly { name: string; size: number }[],
  devices: readonly string[],
): string | null {
  const large = files.filter((file) => file.size > INLINE_BYTES).map((file) => file.name);
  if (large.length === 0 || devices.length === 0) return null;
  const [takes, sees] = devices.length === 1 ? ['takes', 'sees'] : ['take', 'see'];
  return `${listWords(devices)} ${takes} files up to 256 KiB only and ${sees} the name of ${listWords(large)}, not the file.`;
}
