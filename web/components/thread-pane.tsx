/** A thread with its composer: what channels, direct messages and broadcasts share (05 section 10.5). */
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { directMessageAddress } from '../state/conversations.ts';
import { conversations, openConversation } from '../state/direct.ts';
import { setDraft } from '../state/drafts.ts';
import { withUnsent } from '../state/entries.ts';
import { homeOf, personName } from '../state/people.ts';
import { reachWords } from '../state/reach-words.ts';
import { peersWithoutFiles, tooLargeWords } from '../state/file-limits.ts';
import { meshLoaded, peerName, peers, reachableCount, sections, status } from '../state/mesh.ts';
import { targetKey, type Target } from '../state/outbox.ts';
import { addedFiles, outbox, sendText, taken, unsentOf } from '../state/sending.ts';
import { navigate } from '../state/router.ts';
import { me } from '../state/session.ts';
import type { Entry } from '../state/thread.ts';
import { editing, vanishing } from '../state/message-actions.ts';
import { replying, startReply, stopReply } from '../state/replying.ts';
import { Composer } from './composer.tsx';
import type { UnsentActions } from './unsent-actions.ts';
import { Replying } from './quote.tsx';
import { Skeleton } from './skeleton.tsx';
import { MessageList, type ListSource } from './message-list.tsx';

interface ThreadPaneProps {
  target: Target;
  entries: readonly Entry[];
  loaded: boolean;
  source: ListSource;
  /** How many answer a message. */
  replies?: Readonly<Record<string, number>>;
  placeholder: string;
  maxLength: number;
  empty: ComponentChildren;
  /** A line above the composer. */
  warning?: ComponentChildren;
  /** Why nothing can be written here, in place of the composer. */
  closed?: string | null;
  /** Replies can be written nevertheless. */
  canReply?: boolean;
  /** A message that gets the focus once it is there. */
  focusId?: string | null;
  /** Above it stands the line `New`. */
  newFrom: string | null;
}

/** What to do with refused messages; one object for the life of the page, so that messages are not drawn again. */
const actions: UnsentActions = {
  retry: (localId) => void outbox.retry(localId),
  edit: (localId) => {
    const item = outbox.remove(localId);
    if (item === null) return;
    setDraft(targetKey(item.target), item.text);
    addedFiles.restore(targetKey(item.target), item.files ?? []);
    document.querySelector<HTMLElement>('#composer')?.focus();
  },
  remove: (localId) => void outbox.remove(localId),
  reply: (entry) => {
    startReply(openKey, entry);
    // Where only replies are written the composer comes with it.
    window.requestAnimationFrame(() => document.querySelector<HTMLElement>('#composer')?.focus());
  },
};
/** Messages have threads. */
const withThreads: UnsentActions = { ...actions, openThread: (entry) => navigate(threadAddress(entry)) };
/** In the thread itself, where everything written is an answer. */
export const threadActions: UnsentActions = { ...actions, reply: undefined };
/** What goes to everyone cannot be a reply. */
const broadcastActions: UnsentActions = { ...actions, reply: undefined };
const ACTIONS = { channel: withThreads, dm: withThreads, everyone: broadcastActions };
/** Key of the conversation that is on the screen. */
let openKey = '';

/** Gives up the reply that is written in the conversation on the screen. @returns whether there was one. */
export function stopReplyHere(): boolean {
  if (replying.value[openKey] === undefined) return false;
  stopReply(openKey);
  return true;
}

/** The device an author is at home on, unless it is this one. */
export function deviceOf(entry: Entry): string | null {
  if (entry.device !== null && !entry.mine) return entry.device;
  if (entry.originPeer === null || entry.originPeer === status.value?.peer_id || entry.mine) return null;
  const name = peerName(entry.originPeer);
  return name === entry.authorName ? null : name;
}

/** Opens the newest own message for a change. */
export function editLastOf(entries: readonly Entry[]): void {
  const last = entries.findLast((entry) => entry.mine && entry.unsent === undefined);
  if (last !== undefined) editing.value = last.id;
}

/** Where the thread of a message is read. */
function threadAddress({ channelId, id }: Entry): string {
  if (channelId !== null)
    return `/channels?${new URLSearchParams({ channel: channelId, thread: id }).toString()}`;
  return directMessageAddress(openConversation.value ?? { kind: 'everyone' }, id, 'thread');
}

export function ThreadPane(props: ThreadPaneProps) {
  const { target, entries, loaded } = props;
  const user = me.value;
  const unsent = unsentOf(target);
  const shown = useMemo(() => {
    const there = entries.filter((entry) => !vanishing.value.has(entry.id));
    return user === null ? there : withUnsent(there, unsent, user, taken);
  }, [entries, vanishing.value, outbox.items.value, targetKey(target), user]);
  const key = targetKey(target);
  openKey = key;
  const reply = replying.value[key];
  const canWrite = props.closed == null || (reply !== undefined && props.canReply === true);
  return (
    <>
      <MessageList
        threadKey={`${key}:${loaded ? 'loaded' : 'loading'}`}
        entries={shown}
        source={props.source}
        replies={props.replies ?? {}}
        deviceOf={deviceOf}
        actions={ACTIONS[target.kind]}
        focusId={props.focusId}
        newFrom={loaded ? props.newFrom : null}
        empty={loaded ? props.empty : <Skeleton lines={5} />}
      />
      {props.warning ?? <NotReached target={target} />}
      <TooLarge target={target} />
      {props.closed == null ? null : <p class="composer-warning composer-closed">{props.closed}</p>}
      {canWrite ? (
        <Composer
          draftKey={key}
          placeholder={props.placeholder}
          maxLength={props.maxLength}
          send={(text, files) => {
            // What is written stands at the end, wherever one was reading.
            if (props.source.hasNewer) void props.source.newest();
            void sendText(target, text, { files, replyTo: reply?.id ?? null });
            stopReply(key);
          }}
          files={target.kind !== 'everyone'}
          above={reply === undefined ? null : <Replying quote={reply} draftKey={key} />}
          onEditLast={() => editLastOf(shown)}
          autoFocus={props.focusId == null}
        />
      ) : null}
    </>
  );
}

/** Says so when what is written cannot arrive yet (05 section 10.6). */
function NotReached({ target }: { target: Target }) {
  if (!meshLoaded.value) return null;
  const to = target.kind === 'dm' ? whomFor(target.id) : null;
  const words = reachWords({ reachable: reachableCount.value, connected: sections.value.connected, to });
  return words === null ? null : <p class="composer-warning">{words}</p>;
}

/** Everybody else in a direct conversation, and where they are at home. @param id of a person or a group. */
function whomFor(id: string): { name: string; home: string | null }[] {
  const group = conversations.value.find((one) => one.id.kind === 'group' && one.id.id === id);
  const others = group?.members.filter((member) => member !== me.value?.id) ?? [id];
  return others.map((other) => ({ name: personName(other), home: homeOf(other) }));
}

/** Says before sending which device will not get a file that was added. */
function TooLarge({ target }: { target: Target }) {
  const files = addedFiles.of(targetKey(target));
  if (files.length === 0 || target.kind === 'everyone') return null;
  const connected = sections.value.connected.map(({ peerId }) => peerId);
  const home = target.kind === 'dm' ? homeOf(target.id) : null;
  const concerned = home === null ? connected : connected.filter((peer) => peer === home);
  const without = peersWithoutFiles(concerned, peers.value.peer_versions ?? {});
  const words = tooLargeWords(files, without.map(peerName));
  return words === null ? null : (
    <p class="composer-warning" role="status">
      {words}
    </p>
  );
}
