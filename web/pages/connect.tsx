/** `/connect`: the own invite, a friend's invite, and every peer (05 sections 10.2, 10.4, 11.2). */
import { useEffect } from 'preact/hooks';
import { DiagnosticsRegion, HistoryRegion } from '../components/connect/diagnostics.tsx';
import { ImportInvite } from '../components/connect/import-invite.tsx';
import { MeshMap } from '../components/connect/mesh-map.tsx';
import { ConnectedPeers, DiscoveredPeers, KnownPeers, Requests } from '../components/connect/peers.tsx';
import { SecurityAlarms } from '../components/connect/security.tsx';
import { YourInvite } from '../components/connect/your-invite.tsx';
import { Notice } from '../components/parts.tsx';
import { Shell } from '../components/shell.tsx';
import { clearImport } from '../state/import.ts';
import { loadMesh, meshLoaded, status } from '../state/mesh.ts';
import { streamState } from '../state/live.ts';

/** Last activity and round trips change without an event; the page reads them again this often while it is seen. */
const REFRESH_MS = 15_000;

export function ConnectPage() {
  useEffect(() => {
    void loadMesh();
    const timer = window.setInterval(() => {
      if (document.visibilityState === 'visible' && streamState.value.status === 'live') void loadMesh();
    }, REFRESH_MS);
    return () => {
      window.clearInterval(timer);
      clearImport();
    };
  }, []);
  const off = meshLoaded.value && status.value?.running === false;
  return (
    <Shell title="Connect">
      <div class="page connect">
        <h1>Connect</h1>
        {off ? (
          <Notice tone="warn">
            The mesh is not running on this node. Nobody can connect; the log says why.
          </Notice>
        ) : null}
        <div class="connect-columns">
          <div class="connect-now">
            <SecurityAlarms />
            <Requests />
            <ConnectedPeers />
          </div>
          <div class="connect-codes">
            <ImportInvite />
            <YourInvite />
          </div>
          <div class="connect-rest">
            <DiscoveredPeers />
            <KnownPeers />
            <MeshMap />
          </div>
        </div>
        <HistoryRegion />
        <DiagnosticsRegion />
      </div>
    </Shell>
  );
}
