/**
 * The mesh as a picture and as a table (05 section 10.4, C-9): this node in the middle, solid lines for direct connections,
 * dashed ones for relayed, dotted in another colour where others can read. One Tab stop; arrows move, Enter opens a device.
 */
import { useRef } from 'preact/hooks';
import {
  ABOVE,
  BELOW,
  BELOW_HERE,
  cardId,
  FACTS,
  HERE,
  mapFrame,
  mapNodes,
  REACH,
  reachText,
  roundTrip,
  WIDTH,
  type MapNode,
} from '../../state/mesh-map.ts';
import { peerName, sections, status } from '../../state/mesh.ts';
import { Name, ProtectionText } from '../parts.tsx';
import { Region } from '../region.tsx';
import { moveFocus } from '../roving.ts';

export function MeshMap() {
  const picture = useRef<SVGSVGElement>(null);
  if (status.value?.peer_id == null) {
    return (
      <Region title="Mesh">
        <p class="note">A map of the connected devices appears here.</p>
      </Region>
    );
  }
  const nodes = mapNodes(sections.value.connected, sections.value.known);
  const { top, height } = mapFrame(nodes);
  return (
    <Region title="Mesh">
      <figure aria-label="Mesh map">
        <svg
          ref={picture}
          viewBox={`0 ${top} ${WIDTH} ${height}`}
          class="mesh-map"
          role="group"
          aria-label="Devices around this one"
          onKeyDown={(event) => {
            moveFocus(event, [...(picture.current?.querySelectorAll('a') ?? [])]);
          }}
        >
          {nodes.map((node) => (
            <Line key={node.peer.peerId} node={node} />
          ))}
          <g aria-hidden="true">
            <circle class="self" cx={HERE.x} cy={HERE.y} r="9" />
            <text x={HERE.x} y={HERE.y + BELOW_HERE}>
              This node
            </text>
          </g>
          {nodes.map((node, index) => (
            <Device key={node.peer.peerId} node={node} isFirst={index === 0} />
          ))}
        </svg>
        {nodes.length === 0 ? null : (
          <figcaption class="note">
            Solid lines are direct connections, dashed ones go through another device; on dotted ones others
            can read. Hollow devices are not connected.
          </figcaption>
        )}
      </figure>
      <MeshTable nodes={nodes} />
    </Region>
  );
}

function Line({ node: { from, at, kind, readable } }: { node: MapNode }) {
  if (from === null) return null;
  return <line class={readable ? `${kind} readable` : kind} x1={from.x} y1={from.y} x2={at.x} y2={at.y} />;
}

function Device({ node, isFirst }: { node: MapNode; isFirst: boolean }) {
  const { peer, at, kind, label, facts, words } = node;
  const above = at.y < HERE.y;
  const first = above ? at.y - ABOVE - (facts === '' ? 0 : FACTS) : at.y + BELOW;
  const card = cardId(peer.peerId);
  return (
    <g>
      <g aria-hidden="true">
        <circle class={kind} cx={at.x} cy={at.y} r="7" />
        {label === null ? null : (
          <text x={at.x} y={first}>
            {label}
          </text>
        )}
        {facts === '' ? null : (
          <text class="facts" x={at.x} y={first + FACTS}>
            {facts}
          </text>
        )}
      </g>
      <a
        href={`#${card}`}
        tabIndex={isFirst ? 0 : -1}
        aria-label={words}
        onClick={(event) => {
          event.preventDefault();
          const element = document.getElementById(card);
          element?.scrollIntoView({ block: 'center' });
          element?.focus({ preventScroll: true });
        }}
      >
        <circle class="reach" cx={at.x} cy={at.y} r={REACH} />
      </a>
    </g>
  );
}

function MeshTable({ nodes }: { nodes: readonly MapNode[] }) {
  return (
    <details>
      <summary>As a table</summary>
      <table class="table" aria-label="Mesh">
        <thead>
          <tr>
            <th scope="col">Peer</th>
            <th scope="col">Connection</th>
            <th scope="col">Protection</th>
            <th scope="col">Round trip</th>
            <th scope="col">Waiting</th>
          </tr>
        </thead>
        <tbody>
          {nodes.map(({ peer }) => (
            <tr key={peer.peerId}>
              <th scope="row">
                <Name>{peerName(peer.peerId)}</Name>
              </th>
              <td data-label="Connection">{reachText(peer)}</td>
              <td data-label="Protection">
                {peer.protection === null ? '–' : <ProtectionText protection={peer.protection} />}
              </td>
              <td data-label="Round trip">{roundTrip(peer) ?? '–'}</td>
              <td data-label="Waiting">{peer.unsent}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
