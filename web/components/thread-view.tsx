/** A thread beside its channel or conversation (05 section 10.5, M-7): what was said first, the answers, and a composer with a draft of its own. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { targetKey, type Target } from '../state/outbox.ts';
import { withUnsent } from '../state/entries.ts';
import { vanishing } from '../state/message-actions.ts';
import { outbox, sendText, taken, unsentOf } from '../state/sending.ts';
import { me } from '../state/session.ts';
import {
  showThread,
  threadHistory,
  threadRoot,
  threadShown,
  threadViewEntries,
} from '../state/thread-view.ts';
import { Composer } from './composer.tsx';
import { sourceOf } from './list-source.ts';
import { MessageList } from './message-list.tsx';
import { Empty } from './parts.tsx';
import { SidePane } from './side-pane.tsx';
import { deviceOf, editLastOf, threadActions } from './thread-pane.tsx';

async function showNewest(): Promise<void> {
  await threadHistory.open({ kind: 'newest' });
}

interface ThreadViewProps {
  target: Target;
  /** Any message of the thread. */
  id: string;
  maxLength: number;
  /** Whether one may answer. */
  canReply: boolean;
  onClose: () => void;
}

export function ThreadView({ target, id, maxLength, canReply, onClose }: ThreadViewProps) {
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    setError(null);
    showThread(target, id).catch((cause: unknown) =>
      setError(cause instanceof Error ? cause.message : 'Not available.'),
    );
  }, [targetKey(target), id]);
  useEffect(() => () => void showThread(target, null), []);
  const root = threadRoot.value;
  const user = me.value;
  const entries = useMemo(() => {
    const ids = new Set(threadViewEntries.value.map((entry) => entry.id));
    const unsent = unsentOf(target).filter(({ replyTo }) => replyTo != null && ids.has(replyTo));
    const there = threadViewEntries.value.filter((entry) => !vanishing.value.has(entry.id));
    const all = user === null ? there : withUnsent(there, unsent, user, taken);
    // What answers the beginning need not quote it: it stands above.
    return all.map((entry) => (entry.replyTo === root?.id ? { ...entry, replyTo: null } : entry));
  }, [threadViewEntries.value, vanishing.value, outbox.items.value, user]);
  const loaded = threadShown.value === id;
  return (
    <SidePane title="Thread" onClose={onClose}>
      {error === null ? (
        <MessageList
          threadKey={`thread:${id}:${loaded ? 'loaded' : 'loading'}`}
          label="Thread"
          entries={entries}
          source={{ ...sourceOf(threadHistory), newest: showNewest, seen: () => undefined }}
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
          draftKey={`${targetKey(target)}:thread:${root.id}`}
          placeholder="Reply in thread"
          maxLength={maxLength}
          send={(text, files) => {
            if (threadHistory.hasNewer.value) void showNewest();
            void sendText(target, text, { files, replyTo: root.id });
          }}
          onEditLast={() => editLastOf(entries)}
          autoFocus
        />
      ) : null}
    </SidePane>
  );
}
