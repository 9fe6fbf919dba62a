/**
 * Which peers may be connected (00, trust row): everybody but those a person blocked. Peers nobody accepted share few
 * inbound places.
 */
import type { Admission } from '../mesh/types.ts';
import type { Requests } from '../workspace/requests.ts';
import type { Trust } from '../workspace/trust.ts';

/** The door of the mesh. */
export function admission({ requests, trust }: { requests: Requests; trust: Trust }): Admission {
  return {
    accepts: (peer) => !requests.isBlocked(peer),
    isFamiliar: (peer) => trust.isTrusted(peer),
  };
}
