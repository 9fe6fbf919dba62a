/** The state of the mesh, on every page, a link to Connect (05 section 10.1, N-4). */
import { meshLoaded, reachableCount, requests } from '../state/mesh.ts';
import { ConnectIcon } from './icons.tsx';
import { Link } from './parts.tsx';

/** `2 peers connected, 1 request waiting`, or `Not connected`. */
export function meshSentence(peers: number, waiting: number): string {
  const connected =
    peers === 0 ? 'Not connected' : peers === 1 ? '1 peer connected' : `${peers} peers connected`;
  if (waiting === 0) return connected;
  return `${connected}, ${waiting === 1 ? '1 request waiting' : `${waiting} requests waiting`}`;
}

export function MeshStatus() {
  const peers = reachableCount.value;
  const waiting = requests.value.length;
  const loaded = meshLoaded.value;
  return (
    <Link
      href="/connect"
      class={`mesh-status${peers > 0 ? ' on' : ''}`}
      label="Mesh status"
      describedBy="mesh-sentence"
    >
      <ConnectIcon />
      <span id="mesh-sentence">{loaded ? meshSentence(peers, waiting) : 'Reading the mesh'}</span>
      {waiting > 0 ? (
        <span class="count" aria-hidden="true">
          {waiting}
        </span>
      ) : null}
    </Link>
  );
}
