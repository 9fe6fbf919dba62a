/**
 * The list of a thread (05 section 10.5, M-9, M-10): one Tab stop with arrows inside, follows the newest message when it
 * is at the end, stays where it is otherwise, and reads older pages before the upper edge is reached.
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { readsOut, threadRows, type Entry } from '../state/thread.ts';
import { dayLabel } from '../state/time.ts';
import { callsMe } from '../state/people.ts';
import { quoted } from '../state/replying.ts';
import { DownIcon } from './icons.tsx';
import { focusMessage } from './quote.tsx';
import { Message } from './message.tsx';
import type { UnsentActions } from './unsent-actions.ts';

/** Nearer than this to the end counts as at the end. */
const END_PX = 48;
/** Older messages are read this far before the upper edge. */
const AHEAD_PX = 600;

interface MessageListProps {
  /** Another thread starts at its end. */
  threadKey: string;
  entries: readonly Entry[];
  hasOlder: boolean;
  loadOlder: () => Promise<void>;
  /** Called when the list follows the newest: what is far above may go. */
  trim?: () => void;
  deviceOf: (entry: Entry) => string | null;
  actions: UnsentActions;
  /** A message that gets the focus once it is there. */
  focusId?: string | null | undefined;
  /** Above it stands the line `New`. */
  newFrom: string | null;
  empty: ComponentChildren;
}

interface Seen {
  threadKey: string;
  firstId: string | null;
  lastId: string | null;
  height: number;
  /** The first message in view and how far below the upper edge it begins: it stays there when others come above. */
  anchor: { id: string; top: number } | null;
}

function messageIn(log: HTMLElement, id: string): HTMLElement | null {
  return log.querySelector<HTMLElement>(`:scope > [data-message="${CSS.escape(id)}"]`);
}

/** The first message that is in view. */
function anchorOf(log: HTMLElement): Seen['anchor'] {
  for (const message of log.querySelectorAll<HTMLElement>(':scope > article')) {
    const top = message.offsetTop - log.scrollTop;
    if (top + message.offsetHeight > 0) return { id: message.dataset['message'] ?? '', top };
  }
  return null;
}

export function MessageList(props: MessageListProps) {
  const { threadKey, entries, hasOlder, loadOlder, deviceOf, actions, empty } = props;
  const log = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const seen = useRef<Seen>({ threadKey: '', firstId: null, lastId: null, height: 0, anchor: null });
  const [below, setBelow] = useState(0);
  const live =
    seen.current.threadKey === threadKey && readsOut(seen.current.lastId, entries) ? 'polite' : 'off';
  const listed = useMemo(() => new Map(entries.map((entry) => [entry.id, entry])), [entries]);
  const rows = useMemo(() => threadRows(entries, props.newFrom), [entries, props.newFrom]);

  useLayoutEffect(() => {
    const element = log.current;
    if (element === null) return;
    const before = seen.current;
    const firstId = entries[0]?.id ?? null;
    const lastId = entries.at(-1)?.id ?? null;
    const fresh = before.threadKey !== threadKey;
    if (fresh) atEnd.current = true;
    const ownNew = entries.at(-1)?.mine === true && lastId !== before.lastId;
    if (fresh || atEnd.current || (ownNew && entries.at(-1)?.unsent !== undefined)) {
      element.scrollTop = element.scrollHeight;
      const line = fresh ? element.querySelector<HTMLElement>('.new-line') : null;
      // One begins where one left off.
      if (line !== null && line.offsetTop < element.scrollTop)
        element.scrollTop = Math.max(0, line.offsetTop - END_PX);
      atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < END_PX;
      if (below !== 0) setBelow(0);
    } else {
      const { anchor } = before;
      const kept = anchor === null ? null : messageIn(element, anchor.id);
      if (kept !== null && anchor !== null) element.scrollTop = kept.offsetTop - anchor.top;
      else if (firstId !== before.firstId) element.scrollTop += element.scrollHeight - before.height;
      const at = entries.findIndex((entry) => entry.id === before.lastId);
      const added = at === -1 ? 0 : entries.slice(at + 1).filter((entry) => !entry.mine).length;
      if (added > 0) setBelow(below + added);
    }
    seen.current = { threadKey, firstId, lastId, height: element.scrollHeight, anchor: anchorOf(element) };
  }, [threadKey, entries]);

  const focused = useRef<string | null>(null);
  useEffect(() => {
    const { focusId } = props;
    if (focusId == null || focused.current === focusId || !listed.has(focusId)) return;
    focused.current = focusId;
    atEnd.current = false;
    focusMessage(focusId);
  }, [props.focusId, entries]);

  // A growing composer, a notice or the keyboard of a phone take height from the list: its end stays in view.
  useEffect(() => {
    const element = log.current;
    if (element === null) return undefined;
    const stay = (): void => {
      const { anchor } = seen.current;
      const kept = anchor === null ? null : messageIn(element, anchor.id);
      if (atEnd.current) element.scrollTop = element.scrollHeight;
      else if (kept !== null && anchor !== null) element.scrollTop = kept.offsetTop - anchor.top;
    };
    const observer = new ResizeObserver(() => {
      if (atEnd.current) stay();
    });
    observer.observe(element);
    // Pictures take their room when they are there; they tell it only to who listens on the way down.
    element.addEventListener('load', stay, true);
    return () => {
      observer.disconnect();
      element.removeEventListener('load', stay, true);
    };
  }, []);

  const scrolled = (): void => {
    const element = log.current;
    if (element === null) return;
    seen.current.anchor = anchorOf(element);
    atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < END_PX;
    if (atEnd.current) {
      if (below !== 0) setBelow(0);
      props.trim?.();
    }
    if (element.scrollTop < AHEAD_PX && hasOlder) void loadOlder().catch(() => undefined);
  };

  const toEnd = (): void => {
    log.current?.scrollTo({ top: log.current.scrollHeight });
    log.current?.focus();
  };

  return (
    <div class="log-frame">
      <div
        ref={log}
        class="log"
        role="log"
        aria-label="Messages"
        aria-live={live}
        tabIndex={0}
        onScroll={scrolled}
        onKeyDown={walk}
        onFocusIn={(event) => tabInside(event.target, 0)}
        onFocusOut={(event) => tabInside(event.target, -1)}
      >
        {entries.length === 0 ? empty : null}
        {hasOlder ? <p class="older quiet-text">Older messages follow as you scroll.</p> : null}
        {rows.map((row) =>
          row.kind === 'new' ? (
            <div class="day new-line" key={row.key}>
              <span>New</span>
            </div>
          ) : row.kind === 'day' ? (
            <div class="day" key={row.key}>
              <span>{dayLabel(row.at, Date.now())}</span>
            </div>
          ) : (
            <Message
              key={row.key}
              entry={row.entry}
              head={row.head}
              showState={row.showState}
              device={deviceOf(row.entry)}
              actions={actions}
              quote={quoted(row.entry, listed)}
              callsMe={callsMe(row.entry)}
            />
          ),
        )}
      </div>
      {below > 0 ? (
        <button type="button" class="button new-below" onClick={toEnd}>
          {below === 1 ? '1 new message' : `${below} new messages`}
          <DownIcon />
        </button>
      ) : null}
    </div>
  );
}

/** What can be pressed inside a message. */
const INNER =
  '.person-link, button.quote, .text a, .text button, .state-details, .reaction, .message-toolbar > button, .poll-option';

/** The list is one Tab stop; links and buttons inside a message can be reached once that message has the focus. */
function tabInside(target: EventTarget | null, tabIndex: 0 | -1): void {
  const message = target instanceof Element ? target.closest('article') : null;
  for (const inner of message?.querySelectorAll<HTMLElement>(INNER) ?? []) inner.tabIndex = tabIndex;
}

/** Arrows, Home and End move between messages. */
function walk(event: KeyboardEvent): void {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const list = event.currentTarget;
  if (!(list instanceof HTMLElement)) return;
  const inside = event.target instanceof Element ? event.target.closest('article, .log') : null;
  if (event.target !== inside) return;
  const messages = [...list.querySelectorAll<HTMLElement>('article')];
  const now = messages.findIndex((message) => message === document.activeElement);
  const last = messages.length - 1;
  const targets: Readonly<Record<string, number>> = {
    ArrowUp: now === -1 ? last : Math.max(0, now - 1),
    ArrowDown: now === -1 ? last : Math.min(last, now + 1),
    Home: 0,
    End: last,
  };
  const target = messages[targets[event.key] ?? -1];
  if (target === undefined) return;
  event.preventDefault();
  target.focus({ preventScroll: true });
  target.scrollIntoView({ block: 'nearest' });
}
