/**
 * The frame of every signed-in page (05 sections 10.1, 10.2, 11.2): skip link, navigation `Main`, the page's list, the
 * page, and the banner with the state of the mesh. In the document the banner stands last, so that from the start of
 * the page to the composer there are few Tab stops; on the screen it is the foot of the rail, on phones the head.
 */
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { unreadCalls } from '../state/attention.ts';
import { unreadDirect } from '../state/direct.ts';
import { AccountMenu } from './account-menu.tsx';
import { MeshStatus } from './mesh-status.tsx';
import { Navigation } from './navigation.tsx';
import { NodeBanner } from './node-banner.tsx';
import { Notifications } from './notifications.tsx';
import { Toasts } from './toasts.tsx';

interface ShellProps {
  title: string;
  /** The list beside the page, a region of its own. */
  list?: ComponentChildren;
  /** Phones show one of the two. */
  showList?: boolean;
  children: ComponentChildren;
}

/** Lays out one page. */
export function Shell({ title, list, showList, children }: ShellProps) {
  const unread = unreadDirect.value + unreadCalls.value;
  useEffect(() => {
    document.title = `${unread > 0 ? `(${unread}) ` : ''}${title} – Canopy`;
  }, [title, unread]);
  const layout = `shell${list === undefined ? '' : ' with-list'}${showList === true ? ' show-list' : ''}`;
  return (
    <div class={layout}>
      <a class="skip" href="#content" onClick={skipToContent}>
        {document.querySelector('#composer') === null ? 'Skip to content' : 'Skip to message'}
      </a>
      <Navigation />
      <main>
        {showList === true ? <h1 class="list-title">{title}</h1> : null}
        {list === undefined ? null : <div class="side">{list}</div>}
        <div id="content" class="content" tabIndex={-1}>
          <NodeBanner />
          <Toasts />
          {children}
        </div>
      </main>
      <header class="status">
        <MeshStatus />
        <Notifications />
        <AccountMenu />
      </header>
    </div>
  );
}

function skipToContent(event: Event): void {
  event.preventDefault();
  const composer = document.querySelector<HTMLElement>('#composer');
  (composer ?? document.querySelector<HTMLElement>('#content'))?.focus();
}
