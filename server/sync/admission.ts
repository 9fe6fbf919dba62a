/** Which peers may be connected (00, trust row): everybody but those a person blocked. */
import type { Admission } from '../mesh/types.ts';
import type { Requests } from '../workspace/requests.ts';

/** The door of the mesh. */
export function admission(requests: Requests): Admission {
  return { accepts: (peer) => !requests.isBlocked(peer) };
}
