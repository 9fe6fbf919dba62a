/**
 * What can be done with a message (05 section 10.5, M-7, M-8, M-13): a toolbar on hover and focus in the order like, react, reply,
 * edit, more; single letters on the message that has the focus; reactions under the text.
 */
import type { ComponentChildren, TargetedPointerEvent, TargetedTouchEvent } from 'preact';
import { useRef } from 'preact/hooks';
import { toggleSaved } from '../state/bookmarks.ts';
import { editing, react, REACTION_SIGNS } from '../state/message-actions.ts';
import { messageKeyOf, type MessageKey } from '../state/shortcuts.ts';
import { listWords } from '../state/channel-words.ts';
import type { Entry } from '../state/thread.ts';
import { exactText } from '../state/time.ts';
import { EditIcon, EmojiIcon, MoreIcon, ReplyIcon } from './icons.tsx';
import { isMenuOpenAt, openMessageMenu, type MenuPart } from './message-menu.tsx';
import { removeFrom } from './message-removal.ts';
import type { UnsentActions } from './unsent-actions.ts';

interface OfMessage {
  entry: Entry;
  actions: UnsentActions;
}

/**
 * In the Tab order while their message has the focus, as all buttons inside it. Beside them stands the exact time of a
 * message the keyboard is on, which a pointer finds as the title of the time (M-9).
 */
export function MessageToolbar({ entry, actions }: OfMessage) {
  if (entry.unsent !== undefined) return null;
  return (
    <div class="message-toolbar">
      <span class="message-exact">{exactText(entry.at)}</span>
      <Tool name="Like" onClick={() => void react(entry, 'like')}>
        <span aria-hidden="true">👍</span>
      </Tool>
      <Opens name="React" part="react" entry={entry} actions={actions}>
        <EmojiIcon />
      </Opens>
      {actions.reply === undefined ? null : (
        <Tool name="Reply" onClick={() => actions.reply?.(entry)}>
          <ReplyIcon />
        </Tool>
      )}
      {entry.mine ? (
        <Tool name="Edit" onClick={() => (editing.value = entry.id)}>
          <EditIcon />
        </Tool>
      ) : null}
      <Opens name="More" part="more" entry={entry} actions={actions}>
        <MoreIcon />
      </Opens>
    </div>
  );
}

interface ToolProps {
  name: string;
  onClick: () => void;
  children: ComponentChildren;
}

function Tool({ name, onClick, children }: ToolProps) {
  return (
    <button type="button" class="icon-button" tabIndex={-1} aria-label={name} title={name} onClick={onClick}>
      {children}
    </button>
  );
}

interface OpensProps extends OfMessage {
  name: string;
  part: MenuPart;
  children: ComponentChildren;
}

/** A button with a menu under it; a second press closes it. */
function Opens({ name, part, entry, actions, children }: OpensProps) {
  const wasOpen = useRef(false);
  return (
    <button
      type="button"
      class="icon-button"
      tabIndex={-1}
      aria-label={name}
      title={name}
      aria-haspopup="menu"
      // The press itself closes an open menu before the click comes.
      onPointerDown={(event) => (wasOpen.current = isMenuOpenAt(event.currentTarget))}
      onClick={(event) => {
        if (!wasOpen.current) openMessageMenu({ entry, actions, part, anchor: event.currentTarget });
        wasOpen.current = false;
      }}
    >
      {children}
    </button>
  );
}

/** Single letters work on the message that has the focus, unless they are switched off (05 section 10.10). */
export function messageKey(event: KeyboardEvent, entry: Entry, actions: UnsentActions): void {
  const message = event.currentTarget;
  if (event.target !== message || !(message instanceof HTMLElement) || entry.unsent !== undefined) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const menu = (part: MenuPart): void => openMessageMenu({ entry, actions, part, anchor: message });
  // The keys that ask for a menu everywhere.
  if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) menu('all');
  else if (!act(messageKeyOf(event), { entry, actions }, menu)) return;
  event.preventDefault();
}

/** @returns whether the key means something for this message; threads are opened by the list. */
function act(key: MessageKey | null, { entry, actions }: OfMessage, menu: (part: MenuPart) => void): boolean {
  if (key === 'reply' && actions.reply !== undefined) actions.reply(entry);
  else if (key === 'edit' && entry.mine) editing.value = entry.id;
  else if (key === 'save') toggleSaved(entry);
  else if (key === 'delete' && entry.mine) removeFrom(entry);
  else if (key === 'react') menu('react');
  else if (key === 'menu') menu('all');
  else return false;
  return true;
}

/** How long a finger rests on a message until its menu opens. */
const LONG_PRESS_MS = 500;
/** Farther than this it is a movement. */
const PRESS_PX = 10;
/** What has a long press of its own. */
const OWN_PRESS = 'a, button, input, textarea, pre, audio, video';

/** Handlers for the message itself: the menu on touch (05 section 10.5, M-13). */
export function useLongPress({ entry, actions }: OfMessage) {
  const press = useRef<{ timer: number; x: number; y: number; opened: boolean } | null>(null);
  const end = (): void => {
    if (press.current !== null) window.clearTimeout(press.current.timer);
    press.current = null;
  };
  const openAt = (anchor: HTMLElement): void => {
    anchor.focus({ preventScroll: true });
    openMessageMenu({ entry, actions, part: 'all', anchor });
  };
  return {
    onPointerDown: (event: TargetedPointerEvent<HTMLElement>): void => {
      end();
      const anchor = event.currentTarget;
      const own = event.target instanceof Element && event.target.closest(OWN_PRESS) !== null;
      if (event.pointerType !== 'touch' || own || entry.unsent !== undefined) return;
      const timer = window.setTimeout(() => {
        if (press.current !== null) press.current.opened = true;
        openAt(anchor);
      }, LONG_PRESS_MS);
      press.current = { timer, x: event.clientX, y: event.clientY, opened: false };
    },
    onPointerMove: ({ clientX, clientY }: PointerEvent): void => {
      const at = press.current;
      if (at !== null && !at.opened && Math.hypot(clientX - at.x, clientY - at.y) > PRESS_PX) end();
    },
    onPointerUp: (): void => {
      if (press.current?.opened !== true) end();
    },
    onTouchEnd: (event: TargetedTouchEvent<HTMLElement>): void => {
      if (press.current?.opened !== true) return;
      end();
      // Browsers take the end of a touch that began outside of an open menu for one that closes it.
      event.preventDefault();
      const anchor = event.currentTarget;
      window.setTimeout(() => (isMenuOpenAt(anchor) ? undefined : openAt(anchor)), 0);
    },
    onPointerCancel: end,
  };
}

/** Who reacted and how; one's own can be taken back. */
export function ReactionRow({ entry }: { entry: Entry }) {
  if (entry.reactions.length === 0) return null;
  return (
    <div class="reactions">
      {entry.reactions.map(({ kind, count, names, mine }) => (
        <button
          key={kind}
          type="button"
          class="reaction"
          tabIndex={-1}
          aria-pressed={mine}
          aria-label={`${kind}, ${count}: ${names.join(', ')}`}
          title={names.join(', ')}
          onClick={() => void react(entry, kind)}
        >
          <span aria-hidden="true">{REACTION_SIGNS.get(kind) ?? '👍'}</span> {count}
        </button>
      ))}
      <Unseen entry={entry} />
    </div>
  );
}

/** Said where one's own reaction is not seen by somebody it is meant for. */
function Unseen({ entry: { reactions, reactionsUnseenBy: names = [] } }: { entry: Entry }) {
  if (names.length === 0 || !reactions.some(({ mine }) => mine)) return null;
  return <span class="note">Not seen by {listWords(names)}: the program there does not show it.</span>;
}
