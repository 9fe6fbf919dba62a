/** The state of the mesh, on every page, a link to Connect (05 section 10.1, N-4). */
import { catchingUpWith, percent, sum } from '../state/catching-up.ts';
import { catchingUp } from '../state/catch-up.ts';
import { meshLoaded, peerName, reachableCount, requests } from '../state/mesh.ts';
import { counted, percentWords } from '../state/numbers.ts';
import { ConnectIcon } from './icons.tsx';
import { Link } from './parts.tsx';

/** `2 peers connected, 1 request waiting`, or `Not connected`. */
export function meshSentence(peers: number, waiting: number): string {
  const connected = peers === 0 ? 'Not connected' : counted(peers, 'peer connected', 'peers connected');
  if (waiting === 0) return connected;
  return `${connected}, ${counted(waiting, 'request waiting', 'requests waiting')}`;
}

/** With a place where it may be parted: in the rail, where there is no room for the word. */
const NOT_CONNECTED = 'Not con\u00ADnected';

export function MeshStatus() {
  const peers = reachableCount.value;
  const waiting = requests.value.length;
  const loaded = meshLoaded.value;
  const progress = sum(catchingUp.shown.value);
  const short =
    progress !== null
      ? `Catching up ${percentWords(percent(progress))}`
      : peers === 0
        ? NOT_CONNECTED
        : counted(peers, 'peer', 'peers');
  // The link covers the text beside it, which is its description and not its name.
  return (
    <div class={peers > 0 ? 'mesh-status on' : 'mesh-status'}>
      <Link href="/connect" label="Mesh status" describedBy="mesh-sentence">
        <ConnectIcon />
      </Link>
      <span aria-hidden="true">{loaded ? short : '…'}</span>
      <span id="mesh-sentence" class="visually-hidden">
        {loaded ? meshSentence(peers, waiting) : 'Reading the mesh'}
      </span>
      {progress === null ? null : (
        <progress
          max={100}
          value={percent(progress)}
          aria-label={catchingUpWith(catchingUp.shown.value, peerName)}
          title={catchingUpWith(catchingUp.shown.value, peerName)}
        />
      )}
      {waiting > 0 ? (
        <span class="count" aria-hidden="true">
          {waiting}
        </span>
      ) : null}
    </div>
  );
}
