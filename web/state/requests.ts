/**
 * Tells about new connection requests on whatever page the person is (05 section 10.3, S-1), with the answer in place.
 */
import type { PeerRequest } from '../api/types.ts';
import { decideRequest } from './mesh.ts';
import { closeToast, showToast } from './notices.ts';

const told = new Set<string>();

/** Shows a toast for each request not told about yet and takes away those that were answered. */
export function announceRequests(requests: readonly PeerRequest[], nameOf: (peerId: string) => string): void {
  const waiting = new Set(requests.map((request) => request.peer_id));
  for (const peerId of told) {
    if (waiting.has(peerId)) continue;
    told.delete(peerId);
    closeToast(`request:${peerId}`);
  }
  for (const request of requests) {
    const peerId = request.peer_id;
    if (told.has(peerId)) continue;
    told.add(peerId);
    const text = `${request.names[0] ?? nameOf(peerId)} wants to connect`;
    showToast({
      key: `request:${peerId}`,
      text,
      actions: [
        { label: 'Accept', run: () => decideRequest(peerId, 'accept') },
        { label: 'Ignore', run: () => decideRequest(peerId, 'ignore') },
      ],
    });
  }
}
