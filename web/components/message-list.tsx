/**
 * The list of a thread (05 section 10.5, M-9, M-10): one Tab stop with arrows inside, follows the newest message when it
 * is at the end, stays where it is otherwise, holds only what is near the screen in the document, and reads on before an
 * edge is reached.
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { newAtEnd, threadRows, type Entry, type Row } from '../state/thread.ts';
import { dayLabel } from '../state/time.ts';
import { addList, atHand, landedOn } from '../state/list-control.ts';
import { opensAtEnd } from '../state/entering.ts';
import { editing } from '../state/message-actions.ts';
import { counted } from '../state/numbers.ts';
import { callsMe } from '../state/people.ts';
import { quoted } from '../state/replying.ts';
import { Button } from './button.tsx';
import { DownIcon } from './icons.tsx';
import { AHEAD_PX, useListView, type ListView, type Stay } from './list-view.ts';
import { Message } from './message.tsx';
import { keepTabStops } from './tab-inside.ts';
import type { UnsentActions } from './unsent-actions.ts';

/** Room above the line `New` when one begins there. */
const NEW_TOP_PX = 48;
const NEW_KEY = 'new';

/** What a list needs of the conversation it shows. */
export interface ListSource {
  hasOlder: boolean;
  hasNewer: boolean;
  /** New messages that are not in `entries`. */
  missed: number;
  older: () => Promise<void>;
  newer: () => Promise<void>;
  newest: () => Promise<void>;
  /** Told whether the reader is at the end, so that what is far above may go. */
  follow: (atEnd: boolean) => void;
  /** The last message on the screen of a focused window. */
  seen: (entry: Entry) => void;
  /** Shows the first message that was not read, if it is not in `entries`. */
  firstUnread?: (() => Promise<void>) | undefined;
  markAllRead?: (() => Promise<void>) | undefined;
}

interface MessageListProps {
  /** Another thread begins anew. */
  threadKey: string;
  /** What it is called. @default Messages */
  label?: string;
  entries: readonly Entry[];
  source: ListSource;
  deviceOf: (entry: Entry) => string | null;
  actions: UnsentActions;
  /** How many answer a message. */
  replies?: Readonly<Record<string, number>>;
  /** A message that gets the focus once it is there. */
  focusId?: string | null | undefined;
  /** Above it stands the line `New`. */
  newFrom: string | null;
  empty: ComponentChildren;
}

export function MessageList(props: MessageListProps) {
  const { threadKey, entries, source, newFrom } = props;
  const rows = useMemo(() => threadRows(entries, newFrom), [entries, newFrom]);
  const listed = useMemo(() => new Map(entries.map((entry) => [entry.id, entry])), [entries]);
  const begin: Stay =
    props.focusId != null && listed.has(props.focusId)
      ? { key: props.focusId, center: true }
      : newFrom !== null && !opensAtEnd.value && listed.has(newFrom)
        ? { keys: [NEW_KEY], top: NEW_TOP_PX }
        : 'end';
  const [below, setBelow] = useState(0);
  const [away, setAway] = useState(false);
  const seen = useRef({
    threadKey: '',
    lastId: null as string | null,
    hasNewer: false,
    missed: 0,
  });
  const fresh = seen.current.threadKey !== threadKey;
  const lastSeen = useRef(-1);
  const report = (): void => {
    if (!document.hasFocus() || document.visibilityState !== 'visible') return;
    for (let at = Math.min(lastSeen.current, rows.length - 1); at >= 0; at -= 1) {
      const row = rows[at];
      if (row?.kind !== 'message' || row.entry.unsent !== undefined) continue;
      return source.seen(row.entry);
    }
  };
  const view = useListView({
    rows,
    listKey: threadKey,
    begin,
    whole: !source.hasNewer,
    pinned: [editing.value],
    settled: (edge, last) => {
      lastSeen.current = last;
      report();
      source.follow(view.atEnd());
      const far = edge.below > AHEAD_PX / 2 || source.hasNewer;
      if (far !== away) setAway(far);
      if (view.atEnd() && below !== 0) setBelow(0);
      if (rows.length === 0) return;
      if (edge.above < AHEAD_PX && source.hasOlder) void source.older().catch(() => undefined);
      if (edge.below < AHEAD_PX && source.hasNewer) void source.newer().catch(() => undefined);
    },
  });
  const latest = useRef({ view, listed });
  latest.current = { view, listed };

  useLayoutEffect(() => {
    const { lastId, hasNewer, missed } = seen.current;
    const last = entries.at(-1);
    // What is read on the way down is not new.
    const news = hasNewer
      ? source.hasNewer
        ? 0
        : missed
      : newAtEnd(lastId, entries).filter((entry) => !entry.mine).length;
    if (fresh) {
      setBelow(0);
      landedOn.value = null;
    } else if (last?.id !== lastId && last?.mine === true && last.unsent !== undefined) {
      landedOn.value = null;
      view.go('end');
    } else if (!view.atEnd() && news > 0) setBelow(below + news);
    const { hasNewer: more, missed: gone } = source;
    seen.current = { threadKey, lastId: last?.id ?? null, hasNewer: more, missed: gone };
  }, [threadKey, entries]);

  useEffect(
    () =>
      addList((id) => {
        const { current } = latest;
        if (!current.listed.has(id)) return false;
        current.view.focusRow(id, true);
        return true;
      }),
    [],
  );
  useLayoutEffect(() => (view.log.current === null ? undefined : keepTabStops(view.log.current)), []);
  const focused = useRef<string | null>(null);
  useEffect(() => {
    const { focusId } = props;
    if (focusId == null || focused.current === focusId || !listed.has(focusId)) return;
    focused.current = focusId;
    landedOn.value = focusId;
    view.focusRow(focusId, true);
  }, [props.focusId, entries]);
  // Whoever comes back to the window sees what is on the screen.
  const reporting = useRef(report);
  reporting.current = report;
  useEffect(() => {
    const came = (): void => reporting.current();
    window.addEventListener('focus', came);
    return () => window.removeEventListener('focus', came);
  }, []);

  const toEnd = async (): Promise<void> => {
    if (source.hasNewer) await source.newest();
    setBelow(0);
    landedOn.value = null;
    latest.current.view.go('end');
    view.log.current?.focus();
  };
  const news = below + source.missed;
  return (
    <div class="log-frame">
      <UnreadBar view={view} newFrom={newFrom} listed={listed} source={source} away={away} />
      <div
        ref={view.log}
        class="log"
        role="log"
        aria-label={props.label ?? 'Messages'}
        // What is new is read out by the page; what comes into the document by scrolling is not.
        aria-live="off"
        tabIndex={0}
        onScroll={view.scrolled}
        onKeyDown={(event) => walk(event, rows, { view, openThread: props.actions.openThread })}
        onPointerOver={(event) => takeInHand(event.target)}
        onFocusIn={(event) => takeInHand(event.target)}
      >
        {entries.length === 0 && props.empty !== null ? <div data-beside="">{props.empty}</div> : null}
        {view.shown.map((piece) => {
          if (piece.kind === 'room')
            return (
              <div key={piece.key} class="room" aria-hidden="true" style={{ height: `${piece.height}px` }} />
            );
          const row = rows[piece.index];
          return row === undefined ? null : <RowView key={row.key} row={row} listed={listed} list={props} />;
        })}
      </div>
      {news > 0 || away ? (
        <button type="button" class="button new-below" onClick={() => void toEnd()}>
          {news === 0 ? 'Jump to newest' : counted(news, 'new message', 'new messages')}
          <DownIcon />
        </button>
      ) : null}
    </div>
  );
}

interface RowProps {
  row: Row;
  listed: ReadonlyMap<string, Entry>;
  list: MessageListProps;
}

function RowView({ row, listed, list }: RowProps) {
  if (row.kind !== 'message')
    return (
      <div class={row.kind === 'new' ? 'day new-line' : 'day'}>
        <span>{row.kind === 'new' ? 'New' : dayLabel(row.at, Date.now())}</span>
      </div>
    );
  const { entry, head, showState } = row;
  return (
    <Message
      entry={entry}
      head={head}
      showState={showState}
      device={list.deviceOf(entry)}
      actions={list.actions}
      quote={quoted(entry, listed)}
      callsMe={callsMe(entry)}
      replies={list.replies?.[entry.id] ?? 0}
    />
  );
}

/** While what was not read begins above what is seen, or goes on far below: the ways there and past it. */
function UnreadBar({
  view,
  newFrom,
  listed,
  source,
  away,
}: {
  view: ListView;
  newFrom: string | null;
  listed: ReadonlyMap<string, Entry>;
  source: ListSource;
  /** The end is far below. */
  away: boolean;
}) {
  if (newFrom === null) return null;
  const there = listed.has(newFrom);
  const jumps = there ? view.isAbove(NEW_KEY) === true : source.firstUnread !== undefined;
  if (!jumps && (!away || source.markAllRead === undefined)) return null;
  const jump = async (): Promise<void> => {
    if (!there) await source.firstUnread?.();
    view.go({ keys: [NEW_KEY], top: NEW_TOP_PX });
    view.log.current?.focus();
  };
  return (
    <div class="unread-bar">
      {jumps ? <Button onClick={jump}>Jump to first unread</Button> : null}
      {source.markAllRead === undefined ? null : (
        <Button onClick={source.markAllRead}>Mark all as read</Button>
      )}
    </div>
  );
}

/** The tools of a message are in the document while it is under the pointer or has the focus; an open menu keeps them. */
function takeInHand(target: EventTarget | null): void {
  const id = target instanceof Element ? target.closest('article')?.dataset['message'] : undefined;
  if (id === undefined || id === atHand.value) return;
  if (document.querySelector(':is(:popover-open)') !== null) return;
  atHand.value = id;
}

/** Arrows, Home and End move between messages; Enter opens the thread of one. */
function walk(
  event: KeyboardEvent,
  rows: readonly Row[],
  { view, openThread }: { view: ListView; openThread: UnsentActions['openThread'] },
): void {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const inside = event.target instanceof Element ? event.target.closest('article, .log') : null;
  if (event.target !== inside) return;
  const keys = rows.filter((row) => row.kind === 'message').map((row) => row.key);
  const active = document.activeElement instanceof HTMLElement ? document.activeElement : null;
  const now = keys.indexOf(active?.dataset['message'] ?? '');
  const last = keys.length - 1;
  const targets: Readonly<Record<string, number>> = {
    ArrowUp: now === -1 ? last : Math.max(0, now - 1),
    ArrowDown: now === -1 ? last : Math.min(last, now + 1),
    Home: 0,
    End: last,
  };
  const entry = rows.find((row) => row.key === keys[now]);
  if (event.key === 'Enter' && entry?.kind === 'message' && openThread !== undefined) {
    event.preventDefault();
    return openThread(entry.entry);
  }
  const key = keys[targets[event.key] ?? -1];
  if (key === undefined) return;
  event.preventDefault();
  view.focusRow(key);
}
