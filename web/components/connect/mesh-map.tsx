/**
 * The mesh as a picture and as a table (05 section 10.4, C-9): this node in the middle, solid lines for direct
 * connections, dashed ones for relayed.
 */
import { peerName, sections, status } from '../../state/mesh.ts';
import type { PeerCard } from '../../state/peers.ts';
import { Name } from '../parts.tsx';
import { Region } from '../region.tsx';

const WIDTH = 480;
const HEIGHT = 240;
const RADIUS_X = 170;
const RADIUS_Y = 84;
/** Labels longer than this are cut in the picture; the table has them in full. */
const LABEL = 14;

/** Where the n-th of `count` peers stands on the ellipse around this node. */
function place(index: number, count: number): { x: number; y: number } {
  const angle = (index / Math.max(1, count)) * 2 * Math.PI - Math.PI / 2;
  return { x: WIDTH / 2 + RADIUS_X * Math.cos(angle), y: HEIGHT / 2 + RADIUS_Y * Math.sin(angle) };
}

function cut(name: string): string {
  const chars = [...name];
  return chars.length > LABEL ? `${chars.slice(0, LABEL - 1).join('')}…` : name;
}

export function MeshMap() {
  const { connected, known } = sections.value;
  const shown = [...connected, ...known].slice(0, 200);
  if (status.value?.peer_id == null) {
    return (
      <Region title="Mesh">
        <p class="note">A map of the connected devices appears here.</p>
      </Region>
    );
  }
  const places = new Map(shown.map((peer, index) => [peer.peerId, place(index, shown.length)]));
  const middle = { x: WIDTH / 2, y: HEIGHT / 2 };
  return (
    <Region title="Mesh">
      <figure aria-label="Mesh map">
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} class="mesh-map" aria-hidden="true" focusable="false">
          {shown.map((peer) => {
            const at = places.get(peer.peerId) ?? middle;
            if (peer.reach.kind !== 'direct' && peer.reach.kind !== 'via') return null;
            const from = peer.reach.kind === 'via' ? (places.get(peer.reach.peerId) ?? middle) : middle;
            return (
              <line key={peer.peerId} class={peer.reach.kind} x1={from.x} y1={from.y} x2={at.x} y2={at.y} />
            );
          })}
          <circle class="self" cx={middle.x} cy={middle.y} r="9" />
          <text x={middle.x} y={middle.y + 26}>
            This node
          </text>
          {shown.map((peer) => {
            const at = places.get(peer.peerId) ?? middle;
            return (
              <g key={peer.peerId}>
                <circle class={peer.reach.kind} cx={at.x} cy={at.y} r="7" />
                <text x={at.x} y={at.y + (at.y < middle.y ? -14 : 22)}>
                  {cut(peer.name)}
                </text>
              </g>
            );
          })}
        </svg>
      </figure>
      <details>
        <summary>As a table</summary>
        <table class="table" aria-label="Mesh">
          <thead>
            <tr>
              <th scope="col">Peer</th>
              <th scope="col">Connection</th>
              <th scope="col">Protection</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((peer) => (
              <tr key={peer.peerId}>
                <th scope="row">
                  <Name>{peerName(peer.peerId)}</Name>
                </th>
                <td data-label="Connection">{reachText(peer)}</td>
                <td data-label="Protection">{peer.protection ?? '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </Region>
  );
}

function reachText(peer: PeerCard): string {
  switch (peer.reach.kind) {
    case 'direct':
      return 'Direct';
    case 'via':
      return `Via ${peer.reach.name}`;
    case 'connecting':
      return 'Connecting';
    case 'brokering':
      return `Asking ${peer.reach.name}`;
    case 'offline':
      return peer.introducedBy === null ? 'Offline' : `Introduced by ${peer.introducedBy}`;
  }
}
