/**
 * The frame of every signed-in page (05 sections 10.1, 10.2, 11.2): skip link, navigation `Main`, the page's list, the
 * page, and the banner with the state of the mesh. It stays while pages come and go, so that what it says is said once.
 * In the document the banner stands last, so that from the start of the page to the composer there are few Tab stops;
 * on the screen it is the foot of the rail, on phones the head.
 */
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { unreadCalls } from '../state/attention.ts';
import { unreadDirect } from '../state/direct.ts';
import { AccountMenu } from './account-menu.tsx';
import { useArrival } from './arrival.ts';
import { MeshStatus } from './mesh-status.tsx';
import { Navigation } from './navigation.tsx';
import { NodeBanner } from './node-banner.tsx';
import { Notifications } from './notifications.tsx';
import { Toasts } from './toasts.tsx';

/** What stays around the pages. */
export function Frame({ children }: { children: ComponentChildren }) {
  return (
    <div class="shell">
      <SkipLink />
      <Navigation />
      <main>
        <div class="above">
          <NodeBanner />
          <Toasts />
        </div>
        {children}
      </main>
      <header class="status">
        <MeshStatus />
        <Notifications />
        <AccountMenu />
      </header>
    </div>
  );
}

interface ShellProps {
  title: string;
  /** The list beside the page, a region of its own. */
  list?: ComponentChildren;
  /** Phones show one of the two. */
  showList?: boolean;
  /** It stands for a page whose code is not there yet. */
  coming?: boolean;
  children: ComponentChildren;
}

/** One page inside the frame. */
export function Shell({ title, list, showList, coming, children }: ShellProps) {
  useTitle(title);
  useArrival(coming === true ? 'coming' : 'page');
  const behind = showList === true ? ' behind' : '';
  return (
    <>
      {showList === true ? <h1 class="list-title">{title}</h1> : null}
      {list === undefined ? null : <div class={showList === true ? 'side front' : 'side'}>{list}</div>}
      <div id="content" class={`content${behind}`} tabIndex={-1}>
        {children}
      </div>
    </>
  );
}

function useTitle(title: string): void {
  const unread = unreadDirect.value + unreadCalls.value;
  useEffect(() => {
    document.title = `${unread > 0 ? `(${unread}) ` : ''}${title} – Canopy`;
  }, [title, unread]);
}

/** Its words are those of the page that is there when it gets the focus. */
function SkipLink() {
  return (
    <a class="skip" href="#content" onClick={skipToContent}>
      <span class="to-message">Skip to message</span>
      <span class="to-content">Skip to content</span>
    </a>
  );
}

function skipToContent(event: Event): void {
  event.preventDefault();
  const composer = document.querySelector<HTMLElement>('#composer');
  (composer ?? document.querySelector<HTMLElement>('#content'))?.focus();
}
