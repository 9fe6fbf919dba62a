/** Endpoints another peer claims for itself, as far as they can be of use to anybody. */
import { sanitizeRemote } from '../../wire/endpoint.ts';
import type { Endpoint } from '../../wire/ids.ts';
import { MAX_REQUESTER_ENDPOINTS } from './limits.ts';

/** The usable ones, few, in their canonical form; loopback only where this node keeps loopback endpoints itself. */
export function usableEndpoints(mesh: { allowsLoopback: boolean }, claimed: readonly string[]): Endpoint[] {
  const some = claimed.slice(0, 2 * MAX_REQUESTER_ENDPOINTS);
  return sanitizeRemote(some, { allowLoopback: mesh.allowsLoopback }).slice(0, MAX_REQUESTER_ENDPOINTS);
}
