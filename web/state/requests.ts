/**
 * Tells about new connection requests on whatever page the person is (05 section 10.3, S-1), with the answer in place.
 */
import type { PeerRequest } from '../api/types.ts';
import { decideRequest } from './mesh.ts';
import { closeToast, showToast, toasts } from './notices.ts';

/** What was said about each waiting peer; its names may arrive after it. */
const told = new Map<string, string>();

/** Shows a toast for each request not told about yet, and takes away those that were answered. */
export function announceRequests(requests: readonly PeerRequest[], nameOf: (peerId: string) => string): void {
  const waiting = new Set(requests.map((request) => request.peer_id));
  for (const peerId of [...told.keys()]) {
    if (waiting.has(peerId)) continue;
    told.delete(peerId);
    closeToast(`request:${peerId}`);
  }
  for (const { peer_id: peerId } of requests) {
    const key = `request:${peerId}`;
    const text = `${nameOf(peerId)} wants to connect`;
    const before = told.get(peerId);
    told.set(peerId, text);
    const closed = before !== undefined && !toasts.peek().some((toast) => toast.key === key);
    if (before === text || closed) continue;
    showToast({
      key,
      text,
      actions: [
        { label: 'Accept', run: () => decideRequest(peerId, 'accept') },
        { label: 'Ignore', run: () => decideRequest(peerId, 'ignore') },
      ],
    });
  }
}
