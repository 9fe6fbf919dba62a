/**
 * `/settings`: what belongs to this node, and what one account tells others (05 sections 10.2 and 10.15, K-2). Each section is
 * a component of its own in `components/settings/` that renders one `Region`; it reads, saves and reports by itself.
 */
import { Appearance } from '../components/settings/appearance.tsx';
import { DeviceProfile } from '../components/settings/device-profile.tsx';
import { MeshRelay } from '../components/settings/mesh-relay.tsx';
import { NotificationSettings } from '../components/settings/notifications.tsx';
import { Privacy } from '../components/settings/privacy.tsx';
import { Storage } from '../components/settings/storage.tsx';
import { AboutNode } from '../components/settings/about-node.tsx';
import { Shell } from '../components/shell.tsx';

export function SettingsPage() {
  return (
    <Shell title="Settings">
      <div class="page settings">
        <h1>Settings</h1>
        {/* The sections, in the order of 05 section 10.2: Device Profile, Mesh Relay, Appearance, Privacy, …, About this node. A new one is
            one line here. */}
        <DeviceProfile />
        <MeshRelay />
        <Appearance />
        <NotificationSettings />
        <Privacy />
        <Storage />
        <AboutNode />
      </div>
    </Shell>
  );
}
