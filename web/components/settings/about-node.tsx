/** About this node: what a person is asked for when something does not work (05 section 10.15, K-2). */
import { Fragment } from 'preact';
import { useEffect } from 'preact/hooks';
import { diagnostics, loadMesh } from '../../state/mesh.ts';
import { nodeFacts } from '../../state/node-info.ts';
import { Button, CopyButton } from '../button.tsx';
import { Link, Notice } from '../parts.tsx';
import { Region } from '../region.tsx';
import { useNodeInfo } from './use-node-info.ts';

export function AboutNode() {
  const { info, error, load } = useNodeInfo();
  useEffect(() => void loadMesh(), []);
  const place = { origin: window.location.origin, addresses: diagnostics.value?.local.endpoints ?? [] };
  const facts = info === null ? [] : nodeFacts(info, place);
  const report = facts.map(([name, value]) => `${name}: ${value}`).join('\n');
  return (
    <Region
      title="About this node"
      action={info === null ? null : <CopyButton text={report} name="Copy report" />}
    >
      {error === null ? null : (
        <Notice tone="danger" action={<Button onClick={load}>Retry</Button>}>
          {error}
        </Notice>
      )}
      <dl class="facts">
        {facts.map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
      </dl>
      <p class="note">
        Something does not work? <Link href="/help">Help</Link> says what this node finds.
      </p>
    </Region>
  );
}
