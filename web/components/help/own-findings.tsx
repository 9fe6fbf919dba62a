/** What this node knows about itself, with a remedy beside what is not well (issue 6, Help). */
import { useEffect } from 'preact/hooks';
import { findings } from '../../state/help.ts';
import {
  diagnostics,
  loadMesh,
  peerName,
  peers,
  reachableCount,
  requests,
  status,
} from '../../state/mesh.ts';
import { CopyButton } from '../button.tsx';
import { AlertIcon, CheckIcon } from '../icons.tsx';
import { Name } from '../parts.tsx';
import { Region } from '../region.tsx';

export function OwnFindings() {
  useEffect(() => void loadMesh(), []);
  const list = findings({
    status: status.value,
    diagnostics: diagnostics.value,
    reachable: reachableCount.value,
    waiting: requests.value.length,
    discovered: peers.value.discovered_peers.length,
    nameOf: peerName,
  });
  const report = list
    .map(({ name, found, remedy }) => `${name}: ${found}${remedy === null ? '' : ` ${remedy}`}`)
    .join('\n');
  return (
    <Region
      title="What this node finds"
      action={list.length === 0 ? null : <CopyButton text={report} name="Copy report" />}
    >
      <ul class="findings">
        {list.map(({ name, fine, found, remedy }, index) => (
          <li key={`${name}:${index}`} class={fine ? 'fine' : 'look'}>
            {fine ? <CheckIcon /> : <AlertIcon />}
            <div>
              <p>
                <span class="strong">{name}</span>
                <span class="visually-hidden">{fine ? ' (well)' : ' (look here)'}</span>
              </p>
              <p>
                <Name>{found}</Name>
              </p>
              {remedy === null ? null : <p class="quiet-text">{remedy}</p>}
            </div>
          </li>
        ))}
      </ul>
    </Region>
  );
}
