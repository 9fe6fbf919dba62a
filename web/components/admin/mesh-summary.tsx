/** Relay and trust in two lines, with the way to where they are decided (05 section 10.15, K-6). */
import { useEffect } from 'preact/hooks';
import { loadMesh, reachableCount, relay, requests } from '../../state/mesh.ts';
import { bytesText, POLICIES } from '../../state/relay.ts';
import { Link } from '../parts.tsx';
import { Region } from '../region.tsx';

export function MeshSummary() {
  useEffect(() => void loadMesh(), []);
  const { relay_policy: policy, relayed_bytes: bytes } = relay.value;
  const waiting = requests.value.length;
  return (
    <Region title="Relay and trust">
      <dl class="facts">
        <dt>Relay policy</dt>
        <dd>
          {POLICIES.find(({ value }) => value === policy)?.label ?? '–'}; {bytesText(bytes ?? 0)} carried for
          others. <Link href="/settings">Change in Settings</Link>
        </dd>
        <dt>Peers</dt>
        <dd>
          {reachableCount.value} connected, {waiting} waiting for a decision.{' '}
          <Link href="/trust">Trust Network</Link>
        </dd>
        <dt>Data</dt>
        <dd>
          Sizes and cleaning up are in <Link href="/settings">Settings, Storage</Link>
        </dd>
      </dl>
    </Region>
  );
}
