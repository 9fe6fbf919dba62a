/** Entry of the page: which page an address shows, and who may see it (05 sections 3.2, 10.1). */
import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import { ApiError } from './api/client.ts';
import { Button } from './components/button.tsx';
import { Notice } from './components/parts.tsx';
import { ExpiredDialog } from './components/expired-dialog.tsx';
import { LazyPage } from './components/lazy-page.tsx';
import { MessageDialogs } from './components/message-dialogs.tsx';
import { MessageMenu } from './components/message-menu.tsx';
import { LayerFault, PageFault } from './components/page-fault.tsx';
import { PersonCard } from './components/person-card.tsx';
import { Frame } from './components/shell.tsx';
import { Switcher } from './components/switcher.tsx';
import { Spoken } from './components/toasts.tsx';
import { ChannelsPage } from './pages/channels.tsx';
import { ConnectPage } from './pages/connect.tsx';
import { LoginPage } from './pages/login.tsx';
import { MessagesPage } from './pages/messages.tsx';
import { NotFoundPage } from './pages/not-found.tsx';
import { RegisterPage } from './pages/register.tsx';
import { SetupPage } from './pages/setup.tsx';
import { startDensity } from './state/density.ts';
import { entrance } from './state/entrance.ts';
import { landingFor, rememberPlace } from './state/landing.ts';
import { stayLive } from './state/live.ts';
import { location, navigate } from './state/router.ts';
import { keepSending } from './state/sending.ts';
import { loadSession, me, resumeAway, session } from './state/session.ts';
import { tellOfNews } from './state/system-notices.ts';
import { startTheme } from './state/theme.ts';
import { signal } from '@preact/signals';

// What a conversation does not need comes when it is opened.
const admin = () => import('./pages/admin.tsx').then((part) => part.AdminPage);
const keys = () => import('./pages/keys.tsx').then((part) => part.KeysPage);
const bookmarks = () => import('./pages/bookmarks.tsx').then((part) => part.BookmarksPage);
const feed = () => import('./pages/feed.tsx').then((part) => part.FeedPage);
const notifications = () => import('./pages/notifications.tsx').then((part) => part.NotificationsPage);
const search = () => import('./pages/search.tsx').then((part) => part.SearchPage);
const profile = () => import('./pages/profile.tsx').then((part) => part.ProfilePage);
const settings = () => import('./pages/settings.tsx').then((part) => part.SettingsPage);
const tasks = () => import('./pages/tasks.tsx').then((part) => part.TasksPage);
const libraries = () => import('./pages/libraries.tsx').then((part) => part.LibrariesPage);
const help = () => import('./pages/help.tsx').then((part) => part.HelpPage);
const trust = () => import('./pages/trust.tsx').then((part) => part.TrustPage);
const locate = () => import('./pages/locate.tsx').then((part) => part.LocatePage);

const startError = signal<string | null>(null);

async function start(): Promise<void> {
  startError.value = null;
  try {
    await loadSession();
  } catch (error) {
    if (error instanceof ApiError && error.unreachable && resumeAway()) return;
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
    case '/channels/locate':
      return <LazyPage key="locate" load={locate} title="Message" />;
    case '/messages':
      return <MessagesPage />;
    case '/bookmarks':
      return <LazyPage key="bookmarks" load={bookmarks} title="Bookmarks" />;
    case '/feed':
      return <LazyPage key="feed" load={feed} title="Social Feed" />;
    case '/notifications':
      return <LazyPage key="notifications" load={notifications} title="Notifications" />;
    case '/search':
      return <LazyPage key="search" load={search} title="Search" />;
    case '/connect':
      return <ConnectPage />;
    case '/keys':
      return <LazyPage key="keys" load={keys} title="API Keys" />;
    case '/tasks':
      return <LazyPage key="tasks" load={tasks} title="Tasks" />;
    case '/libraries':
      return <LazyPage key="libraries" load={libraries} title="Libraries" />;
    case '/help':
      return <LazyPage key="help" load={help} title="Help" />;
    case '/trust':
      return <LazyPage key="trust" load={trust} title="Trust Network" />;
    case '/profile':
      return <LazyPage key="profile" load={profile} title="Profile" />;
    case '/admin':
      return <LazyPage key="admin" load={admin} title="Admin" />;
    case '/settings':
      return <LazyPage key="settings" load={settings} title="Settings" />;
    default:
      return <NotFoundPage />;
  }
}

function App() {
  const current = session.value;
  const { path, query } = location.value;
  const signedIn = me.value !== null;
  const account = me.value?.id ?? '';
  const target =
    current === null
      ? null
      : entrance({ path, query, signedIn, hasUsers: current.has_users, landing: landingFor(account) });
  useEffect(() => {
    if (signedIn) rememberPlace(account, { path, query });
  }, [account, path, query]);
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
  const page = (
    <PageFault key={path}>
      <Page path={path} />
    </PageFault>
  );
  return (
    <>
      {signedIn ? <Frame>{page}</Frame> : page}
      <LayerFault>
        <PersonCard />
      </LayerFault>
      <LayerFault>
        <MessageMenu />
      </LayerFault>
      <LayerFault>
        <MessageDialogs />
      </LayerFault>
      <LayerFault>{signedIn ? <Switcher /> : null}</LayerFault>
      <Spoken />
      <ExpiredDialog />
    </>
  );
}

startTheme();
startDensity();
const place = document.querySelector('#app');
if (place !== null) render(<App />, place);
stayLive();
keepSending();
tellOfNews();
void start();
