/** About this node: what a person is asked for when something does not work (05 section 10.15, K-2). */
import { Fragment } from 'preact';
import { useEffect } from 'preact/hooks';
import { diagnostics, loadMesh, status } from '../../state/mesh.ts';
import { CopyButton } from '../button.tsx';
import { Region } from '../region.tsx';

export function AboutNode() {
  useEffect(() => void loadMesh(), []);
  const mesh = status.value;
  const local = diagnostics.value?.local;
  const facts: [string, string][] = [
    ['Version', mesh?.canopy_version ?? '–'],
    ['Peer ID', mesh?.peer_id ?? 'none'],
    ['Page and API', window.location.origin],
    ['Mesh', mesh?.running === false ? 'not running; the log says why' : `port ${local?.mesh_port ?? '–'}`],
    ['Addresses', local === undefined || local.endpoints.length === 0 ? 'none' : local.endpoints.join(', ')],
  ];
  const report = facts.map(([name, value]) => `${name}: ${value}`).join('\n');
  return (
    <Region title="About this node" action={<CopyButton text={report} name="Copy report" />}>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
      </dl>
    </Region>
  );
}
