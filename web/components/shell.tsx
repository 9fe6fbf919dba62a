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
    <div class={layout} onKeyDown={cycleRegions}>
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

/** F6 and Shift+F6 go from region to region (05 section 10.10). */
function cycleRegions(event: KeyboardEvent): void {
  if (event.key !== 'F6') return;
  const regions = [
    ...document.querySelectorAll<HTMLElement>(
      'nav.rail, .side section, [role=log], #composer, header.status',
    ),
  ];
  if (regions.length === 0) return;
  event.preventDefault();
  const now = regions.findIndex((region) => region.contains(document.activeElement));
  const next = regions[(now + (event.shiftKey ? -1 : 1) + regions.length) % regions.length];
  const focusable =
    next?.matches('a,button,textarea,[tabindex]') === true
      ? next
      : next?.querySelector<HTMLElement>('a[href],button,input,textarea,[tabindex="0"]');
  focusable?.focus();
}
