/** `/profile`: the person who is signed in: names, password, sessions (05 sections 3.2 and 10.15, K-4). */
import { useState } from 'preact/hooks';
import { ChangePassword } from '../components/profile/change-password.tsx';
import { OwnProfile } from '../components/profile/own-profile.tsx';
import { OwnSessions } from '../components/profile/own-sessions.tsx';
import { Shell } from '../components/shell.tsx';

export function ProfilePage() {
  const [turn, setTurn] = useState(0);
  return (
    <Shell title="Profile">
      <div class="page settings">
        <h1>Profile</h1>
        <OwnProfile />
        <ChangePassword onChanged={() => setTurn(turn + 1)} />
        <OwnSessions turn={turn} />
      </div>
    </Shell>
  );
}
