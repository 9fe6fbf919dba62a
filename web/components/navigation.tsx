/**
 * The navigation `Main` (05 section 10.1, N-3): the first places always, the others below a divider where there is
 * room, as in the column of a tablet when no list stands there, and behind `More` where there is not. Each of the two
 * lists is one Tab stop, so that the way to the composer stays short. On a wide screen without a pointer that hovers the names stand below the icons: Deviation D-156.
 */
import { computed } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { unreadDirect } from '../state/direct.ts';
import { location } from '../state/router.ts';
import { isOwner } from '../state/session.ts';
import {
  ChannelsIcon,
  BookmarkIcon,
  ConnectIcon,
  FeedIcon,
  HelpIcon,
  KeyIcon,
  LibrariesIcon,
  Mark,
  MessagesIcon,
  MoreIcon,
  PeopleIcon,
  PersonIcon,
  SearchIcon,
  SettingsIcon,
  TasksIcon,
  TrustIcon,
} from './icons.tsx';
import { Link } from './parts.tsx';
import { closePopover, Popover } from './popover.tsx';
import { walkLinks } from './roving.ts';

interface Place {
  path: string;
  name: string;
  icon: ComponentType;
}

/** Among the first where there is room; before the others behind More where there is not: Deviation D-155. */
const LIBRARIES: Place = { path: '/libraries', name: 'Libraries', icon: LibrariesIcon };
const FIRST: readonly Place[] = [
  { path: '/messages', name: 'Messages', icon: MessagesIcon },
  { path: '/channels', name: 'Channels', icon: ChannelsIcon },
  { path: '/feed', name: 'Social Feed', icon: FeedIcon },
  LIBRARIES,
  { path: '/connect', name: 'Connect', icon: ConnectIcon },
];
const OTHERS: readonly Place[] = [
  { path: '/search', name: 'Search', icon: SearchIcon },
  { path: '/tasks', name: 'Tasks', icon: TasksIcon },
  { path: '/bookmarks', name: 'Bookmarks', icon: BookmarkIcon },
  { path: '/keys', name: 'API Keys', icon: KeyIcon },
  { path: '/trust', name: 'Trust Network', icon: TrustIcon },
  { path: '/profile', name: 'Profile', icon: PersonIcon },
  { path: '/settings', name: 'Settings', icon: SettingsIcon },
];
// Search and Help have a place, too: Deviation D-143.
const HELP: Place = { path: '/help', name: 'Help', icon: HelpIcon };
const ADMIN: Place = { path: '/admin', name: 'Admin', icon: PeopleIcon };

const MORE = 'more-pages';

/** Every page there is for whoever is signed in. */
export const PLACES = computed(() => [...FIRST, ...OTHERS, ...(isOwner.value ? [ADMIN] : []), HELP]);

export function Navigation() {
  const { path } = location.value;
  const others = [...OTHERS, ...(isOwner.value ? [ADMIN] : []), HELP];
  // Escape takes away a name that is shown beside its sign, until another is looked at (WCAG 1.4.13).
  const [dismissed, setDismissed] = useState(false);
  const showNames = (): void => setDismissed(false);
  useEffect(() => {
    const onKey = ({ key }: KeyboardEvent): void => setDismissed(key === 'Escape');
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  const inFirst = FIRST.some((place) => place.path === path);
  const inOthers = others.some((place) => place.path === path);
  return (
    <nav
      class={dismissed ? 'rail names-dismissed' : 'rail'}
      aria-label="Main"
      onPointerOver={showNames}
      onFocusIn={showNames}
    >
      <Mark />
      <ul onKeyDown={walkLinks}>
        {FIRST.map((place, index) => (
          <li key={place.path} class={place === LIBRARIES ? 'wide-place' : undefined}>
            <PlaceLink place={place} tabIndex={(inFirst ? place.path === path : index === 0) ? 0 : -1} />
          </li>
        ))}
        <li class="more-places">
          <button
            type="button"
            class="rail-button"
            popovertarget={MORE}
            aria-current={inOthers || path === LIBRARIES.path ? 'true' : undefined}
          >
            <MoreIcon />
            <span>More</span>
          </button>
          <Popover id={MORE} label="More pages">
            <ul class="list" onClick={() => closePopover(MORE)}>
              {[LIBRARIES, ...others].map(({ path: to, name, icon: PlaceIcon }) => (
                <li key={to}>
                  <Link href={to} class="row" current={path === to}>
                    <PlaceIcon />
                    <span>{name}</span>
                  </Link>
                </li>
              ))}
            </ul>
          </Popover>
        </li>
      </ul>
      <ul class="below-divider" onKeyDown={walkLinks}>
        {[LIBRARIES, ...others].map((place, index) => (
          <li key={place.path} class={place === LIBRARIES ? 'column-place' : undefined}>
            <PlaceLink
              place={place}
              // Where Libraries is out of sight here, the one after it can be tabbed to.
              tabIndex={(inOthers ? place.path === path : index <= 1) ? 0 : -1}
            />
          </li>
        ))}
      </ul>
    </nav>
  );
}

function PlaceLink({ place, tabIndex }: { place: Place; tabIndex?: number }) {
  const { path, name, icon: PlaceIcon } = place;
  return (
    <Link href={path} current={location.value.path === path} tabIndex={tabIndex}>
      <PlaceIcon />
      <span>{name}</span>
      {path === '/messages' && unreadDirect.value > 0 ? (
        <span class="count" aria-hidden="true">
          {unreadDirect.value}
        </span>
      ) : null}
    </Link>
  );
}
