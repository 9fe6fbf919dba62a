/**
 * Which of several connections with a peer stays when both sides offer secure sessions (06 section 1.2). Pure; asked by
 * the side that was dialled, when the other has proved that it is live.
 */
import type { PeerId } from '../../wire/ids.ts';
import { isPreferred } from '../arbitration.ts';

/** A session of this age gives way to any fresh proof, ms: the other side may have lost it. */
const YOUNG_MS = 10_000;

/** The adopted connection with the peer. */
export interface Adopted {
  /** Direct and encrypted; legacy and relayed ones always give way. */
  directSecure: boolean;
  /** Monotonic ms since its adoption. */
  age: number;
  /** Of the peer's process. */
  instance: string | null;
  outbound: boolean;
}

/** `hold`: wait until the own dial has ended, then ask again. */
export type AdoptionVerdict = 'adopt' | 'duplicate' | 'hold';

/**
 * What becomes of a connection that `remote` dialled and confirmed.
 * @param existing the adopted connection with it; `null` when there is none.
 * @param dialling whether an own dial to it has not ended yet.
 */
export function judgeCandidate(
  local: PeerId,
  remote: PeerId,
  existing: Adopted | null,
  dialling: boolean,
  instance: string,
): AdoptionVerdict {
  // The candidate is preferred when the smaller id dialled it, as in the legacy rule.
  const preferred = isPreferred(local, remote, false);
  if (existing === null) return dialling && !preferred ? 'hold' : 'adopt';
  if (!existing.directSecure || existing.age >= YOUNG_MS || existing.instance !== instance) return 'adopt';
  return isPreferred(local, remote, existing.outbound) && !preferred ? 'duplicate' : 'adopt';
}
