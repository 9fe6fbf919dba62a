/** Entry of the page: which page an address shows, and who may see it (05 sections 3.2, 10.1). */
import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import { ApiError } from './api/client.ts';
import { Button } from './components/button.tsx';
import { Notice } from './components/parts.tsx';
import { ExpiredDialog } from './components/expired-dialog.tsx';
import { PersonCard } from './components/person-card.tsx';
import { Switcher } from './components/switcher.tsx';
import { Spoken } from './components/toasts.tsx';
import { AdminPage } from './pages/admin.tsx';
import { ChannelsPage } from './pages/channels.tsx';
import { ConnectPage } from './pages/connect.tsx';
import { KeysPage } from './pages/keys.tsx';
import { BookmarksPage } from './pages/bookmarks.tsx';
import { FeedPage } from './pages/feed.tsx';
import { NotificationsPage } from './pages/notifications.tsx';
import { SearchPage } from './pages/search.tsx';
import { LoginPage } from './pages/login.tsx';
import { MessagesPage } from './pages/messages.tsx';
import { NotFoundPage } from './pages/not-found.tsx';
import { ProfilePage } from './pages/profile.tsx';
import { RegisterPage } from './pages/register.tsx';
import { SettingsPage } from './pages/settings.tsx';
import { SetupPage } from './pages/setup.tsx';
import { entrance } from './state/entrance.ts';
import { stayLive } from './state/live.ts';
import { location, navigate } from './state/router.ts';
import { keepSending } from './state/sending.ts';
import { loadSession, me, session } from './state/session.ts';
import { startTheme } from './state/theme.ts';
import { signal } from '@preact/signals';

const startError = signal<string | null>(null);

async function start(): Promise<void> {
  startError.value = null;
  try {
    await loadSession();
  } catch (error) {
    startError.value = error instanceof ApiError ? error.message : 'The page could not start.';
  }
}

function Page({ path }: { path: string }) {
  switch (path) {
    case '/setup':
      return <SetupPage />;
    case '/login':
      return <LoginPage />;
    case '/register':
      return <RegisterPage />;
    case '/channels':
      return <ChannelsPage />;
    case '/messages':
      return <MessagesPage />;
    case '/bookmarks':
      return <BookmarksPage />;
    case '/feed':
      return <FeedPage />;
    case '/notifications':
      return <NotificationsPage />;
    case '/search':
      return <SearchPage />;
    case '/connect':
      return <ConnectPage />;
    case '/keys':
      return <KeysPage />;
    case '/profile':
      return <ProfilePage />;
    case '/admin':
      return <AdminPage />;
    case '/settings':
      return <SettingsPage />;
    default:
      return <NotFoundPage />;
  }
}

function App() {
  const current = session.value;
  const { path, query } = location.value;
  const signedIn = me.value !== null;
  const target = current === null ? null : entrance({ path, query, signedIn, hasUsers: current.has_users });
  useEffect(() => {
    if (target !== null) navigate(target, { replace: true });
  }, [target]);
  if (startError.value !== null) {
    return (
      <main class="gate">
        <h1>Canopy</h1>
        <Notice tone="danger" action={<Button onClick={start}>Retry</Button>}>
          {startError.value}
        </Notice>
      </main>
    );
  }
  if (current === null || target !== null) return null;
  return (
    <>
      <Page path={path} />
      <PersonCard />
      {signedIn ? <Switcher /> : null}
      <Spoken />
      <ExpiredDialog />
    </>
  );
}

startTheme();
const place = document.querySelector('#app');
if (place !== null) render(<App />, place);
stayLive();
keepSending();
void start();
