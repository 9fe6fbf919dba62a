import { nativeCrypto } from '../../../server/crypto/native.ts';
import { utf8 } from '../../../server/crypto/bytes.ts';
import { NegentropyClient, NegentropyServer, atOnce } from '../../../server/wire/negentropy/negentropy.ts';
import type { SetRecord } from '../../../server/wire/negentropy/record-block.ts';
import { RecordSet, compareRecords } from '../../../server/wire/negentropy/record-set.ts';
import type { Snapshot } from '../../../server/wire/negentropy/snapshot.ts';

export const EVERYTHING = { floor: 0, until: Infinity, expiresAbove: 0 };

/** Record number `n` of an imagined history with `perSecond` records a second. */
export function recordNumber(n: number, perSecond = 1): SetRecord {
  return {
    ts: 1_700_000_000 + Math.floor(n / perSecond),
    id: nativeCrypto.sha256(utf8(String(n))),
    expiresAt: Infinity,
  };
}

export function snapshotOf(records: readonly SetRecord[]): Snapshot {
  const set = new RecordSet();
  set.append(records.toSorted(compareRecords));
  return set.snapshot(EVERYTHING);
}

/** A whole dialogue between two sets. */
export function converse(
  ours: Snapshot,
  theirs: Snapshot,
  limits: readonly [number, number] = [60_000, 60_000],
): { messages: Uint8Array[]; have: Uint8Array[]; need: Uint8Array[] } {
  const client = new NegentropyClient({ snapshot: ours, crypto: nativeCrypto }, { frameLimit: limits[0] });
  const server = new NegentropyServer({ snapshot: theirs, crypto: nativeCrypto }, { frameLimit: limits[1] });
  const messages = [atOnce(client.initiate())];
  const have: Uint8Array[] = [];
  const need: Uint8Array[] = [];
  for (let question: Uint8Array | null = messages[0] ?? null; question !== null;) {
    const answer = atOnce(server.reconcile(question));
    const found = atOnce(client.reconcile(answer));
    messages.push(answer, ...(found.next === null ? [] : [found.next]));
    have.push(...found.have);
    need.push(...found.need);
    question = found.next;
  }
  return { messages, have, need };
}
