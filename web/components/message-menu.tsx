/**
 * The menu of a message (05 section 10.5, M-13): one for the whole page, opened beside what asked for it. Under `React` it holds
 * the signs, under `More` what is rarer, and on a long press or `M` all of it, in the order of the toolbar.
 */
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { isSaved, toggleSaved } from '../state/bookmarks.ts';
import { copyMessageLink, copyMessageText } from './message-copies.ts';
import { focusMessage } from '../state/list-control.ts';
import { asking, editing, react, REACTIONS } from '../state/message-actions.ts';
import { canMarkUnread, markUnreadFrom } from '../state/reading.ts';
import type { Entry } from '../state/thread.ts';
import { removeFrom } from './message-removal.ts';
import { placeBeside } from './popover.tsx';

import { moveFocus } from './roving.ts';
import type { UnsentActions } from './unsent-actions.ts';

/** Which part of the menu. */
export type MenuPart = 'react' | 'more' | 'all';

interface MenuOpen {
  entry: Entry;
  actions: UnsentActions;
  part: MenuPart;
  /** Stands beside it, and gets the focus back. */
  anchor: HTMLElement;
}

const ID = 'message-menu';
const shown = signal<MenuOpen | null>(null);

const element = (): HTMLElement | null => document.querySelector<HTMLElement>(`#${ID}`);

/** Shows the menu; one that is open moves. */
export function openMessageMenu(open: MenuOpen): void {
  const panel = element();
  panel?.hidePopover();
  shown.value = open;
  panel?.showPopover();
}

export function isMenuOpenAt(anchor: HTMLElement): boolean {
  return shown.value?.anchor === anchor && element()?.matches(':popover-open') === true;
}

/** Stands once beside the messages. */
export function MessageMenu() {
  const panel = useRef<HTMLDivElement>(null);
  const open = shown.value;
  useEffect(() => {
    const menu = panel.current;
    // The browser tells of a closed menu later; by then it may be open again.
    const toggled = (): void => {
      if (menu?.matches(':popover-open') === true) return;
      // The button that opened it may be gone, as nobody points at its message any more.
      if (document.activeElement === document.body) focusMessage(shown.value?.entry.id ?? '');
      shown.value = null;
    };
    menu?.addEventListener('toggle', toggled);
    return () => menu?.removeEventListener('toggle', toggled);
  }, []);
  useLayoutEffect(() => {
    const menu = panel.current;
    if (menu === null || open === null) return;
    placeBeside(menu, open.anchor);
    menu.querySelector<HTMLElement>('[role=menuitem]')?.focus();
  }, [open]);
  const items = (): HTMLElement[] => [
    ...(panel.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? []),
  ];
  return (
    <div
      ref={panel}
      id={ID}
      popover="auto"
      role="menu"
      aria-label={open?.part === 'react' ? 'Reactions' : 'Message actions'}
      class={open?.part === 'react' ? 'popover message-menu just-signs' : 'popover message-menu'}
      onKeyDown={(event) => {
        if (event.key === 'Tab') panel.current?.hidePopover();
        moveFocus(event, items());
        event.stopPropagation();
      }}
    >
      {open === null ? null : <Items open={open} />}
    </div>
  );
}

function Items({ open: { entry, actions, part } }: { open: MenuOpen }) {
  const signs = part !== 'more';
  return (
    <>
      {signs ? (
        <div class="menu-signs" role="group" aria-label="React">
          {REACTIONS.map(([kind, sign, name]) => (
            <Item key={kind} name={name} run={() => void react(entry, kind)}>
              {sign}
            </Item>
          ))}
        </div>
      ) : null}
      {part === 'all' ? (
        <>
          {actions.reply === undefined ? null : <Item name="Reply" run={() => actions.reply?.(entry)} />}
          {entry.mine ? <Item name="Edit" run={() => (editing.value = entry.id)} /> : null}
          {actions.openThread === undefined ? null : (
            <Item name="Open thread" run={() => actions.openThread?.(entry)} />
          )}
        </>
      ) : null}
      {part === 'react' ? null : <More entry={entry} />}
    </>
  );
}

function More({ entry }: { entry: Entry }) {
  const inChannel = entry.channelId !== null;
  const ask = (what: 'lifespan' | 'details'): void => {
    asking.value = { what, entry };
  };
  return (
    <>
      <Item name="Copy text" run={() => void copyMessageText(entry)} />
      <Item name="Copy link" run={() => void copyMessageLink(entry)} />
      <Item name={isSaved(entry.id) ? 'Remove bookmark' : 'Save'} run={() => toggleSaved(entry)} />
      {canMarkUnread(entry) ? (
        <Item name="Mark unread from here" run={() => void markUnreadFrom(entry)} />
      ) : null}
      {entry.mine && inChannel ? <Item name="Lifespan" run={() => ask('lifespan')} /> : null}
      {entry.mine ? <Item name="Delete" run={() => removeFrom(entry)} danger /> : null}
      <Item name="Details" run={() => ask('details')} />
    </>
  );
}

interface ItemProps {
  name: string;
  run: () => void;
  danger?: boolean;
  /** In place of the name, which then is said. */
  children?: ComponentChildren;
}

function Item({ name, run, danger, children }: ItemProps) {
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      class={danger === true ? 'menu-item danger' : 'menu-item'}
      aria-label={children === undefined ? undefined : name}
      title={children === undefined ? undefined : name}
      onClick={() => {
        // First the focus goes back, then what is chosen may take it.
        element()?.hidePopover();
        run();
      }}
    >
      {children ?? name}
    </button>
  );
}
