/** A thread beside its channel (05 section 10.5, M-7): what was said first, the answers, and a composer with a draft of its own. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { withUnsent } from '../state/entries.ts';
import { vanishing } from '../state/message-actions.ts';
import { outbox, sendText, taken, unsentOf } from '../state/sending.ts';
import { me } from '../state/session.ts';
import { showThread, threadRoot, threadShown, threadViewEntries } from '../state/thread-view.ts';
import { Composer } from './composer.tsx';
import { MessageList, type ListSource } from './message-list.tsx';
import { Empty } from './parts.tsx';
import { SidePane } from './side-pane.tsx';
import { deviceOf, editLastOf, threadActions } from './thread-pane.tsx';

const nothing = (): Promise<void> => Promise.resolve();
/** All of it is there. */
const SOURCE: ListSource = {
  hasOlder: false,
  hasNewer: false,
  missed: 0,
  older: nothing,
  newer: nothing,
  newest: nothing,
  follow: () => undefined,
  seen: () => undefined,
};

interface ThreadViewProps {
  channel: string;
  /** Any message of the thread. */
  id: string;
  maxLength: number;
  /** Whether one may answer. */
  canReply: boolean;
  onClose: () => void;
}

export function ThreadView({ channel, id, maxLength, canReply, onClose }: ThreadViewProps) {
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    setError(null);
    showThread(channel, id).catch((cause: unknown) =>
      setError(cause instanceof Error ? cause.message : 'Not available.'),
    );
  }, [channel, id]);
  useEffect(() => () => void showThread(channel, null), []);
  const root = threadRoot.value;
  const user = me.value;
  const entries = useMemo(() => {
    const ids = new Set(threadViewEntries.value.map((entry) => entry.id));
    const unsent = unsentOf({ kind: 'channel', id: channel }).filter(
      ({ replyTo }) => replyTo != null && ids.has(replyTo),
    );
    const there = threadViewEntries.value.filter((entry) => !vanishing.value.has(entry.id));
    return user === null ? there : withUnsent(there, unsent, user, taken);
  }, [threadViewEntries.value, vanishing.value, outbox.items.value, user]);
  const loaded = threadShown.value === id;
  return (
    <SidePane title="Thread" onClose={onClose}>
      {error === null ? (
        <MessageList
          threadKey={`thread:${id}:${loaded ? 'loaded' : 'loading'}`}
          label="Thread"
          entries={entries}
          source={SOURCE}
          deviceOf={deviceOf}
          actions={threadActions}
          newFrom={null}
          empty={null}
        />
      ) : (
        <Empty>{error}</Empty>
      )}
      {root !== null && canReply ? (
        <Composer
          id="thread-composer"
          label="Reply in thread"
          draftKey={`channel:${channel}:thread:${root.id}`}
          placeholder="Reply in thread"
          maxLength={maxLength}
          send={(text, files) =>
            void sendText({ kind: 'channel', id: channel }, text, { files, replyTo: root.id })
          }
          onEscape={onClose}
          onEditLast={() => editLastOf(entries)}
          autoFocus
        />
      ) : null}
    </SidePane>
  );
}
