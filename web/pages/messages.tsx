/** `/messages`: conversations with people, groups and everyone (05 sections 3.3, 10.2, 10.5). */
import { useEffect, useState } from 'preact/hooks';
import type { DirectMessage } from '../api/types.ts';
import { IconButton } from '../components/button.tsx';
import { FindButton } from '../components/find-button.tsx';
import { FindPane } from '../components/find-pane.tsx';
import { BackIcon, MessagesIcon, PlusIcon } from '../components/icons.tsx';
import { Avatar, Empty, Link, Name, PersonLink, Time } from '../components/parts.tsx';
import { ConversationChoices } from '../components/conversation-choices.tsx';
import { FAVOURITE_ID, ListOptions, StarSign, UnreadSign } from '../components/list-options.tsx';
import { NewMessage } from '../components/new-message.tsx';
import { directSource } from '../components/list-source.ts';
import { walkLinks } from '../components/roving.ts';
import { SearchField } from '../components/search-field.tsx';
import { Shell } from '../components/shell.tsx';
import { ThreadPane } from '../components/thread-pane.tsx';
import { ThreadView } from '../components/thread-view.tsx';
import { DELIVERY_SIGNS } from '../components/delivery-sign.tsx';
import { choiceOf } from '../state/choices.ts';
import {
  conversationAddress,
  conversationKey,
  conversationOf,
  protectionWords,
  type Conversation,
  type ConversationId,
} from '../state/conversations.ts';
import {
  broadcastWords,
  conversationName,
  MAX_DIRECT_LENGTH,
  NEW_ADDRESS,
  targetOf,
} from '../state/conversation-words.ts';
import {
  conversations,
  directLoaded,
  directReplies,
  newestDirect,
  refreshDirect,
  showConversation,
  threadEntries,
  threadLoaded,
  threadNewFrom,
} from '../state/direct.ts';
import { deliveryWords } from '../state/delivery.ts';
import { directEntry } from '../state/entries.ts';
import { finding } from '../state/finding.ts';
import { focusMessage } from '../state/list-control.ts';
import { drafts } from '../state/drafts.ts';
import { DELIVERY_PEERS, reachableCount } from '../state/mesh.ts';
import { lineOf, personName } from '../state/people.ts';
import { targetKey } from '../state/outbox.ts';
import { location, navigate } from '../state/router.ts';
import { broadcastReport } from '../state/sending.ts';
import { me } from '../state/session.ts';
import { shownConversations } from '../state/list-order.ts';
import { unreadMark } from '../state/unread-marks.ts';

export function MessagesPage() {
  const { query } = location.value;
  const open = conversationOf(query);
  const writing = query.get('new') !== null;
  const key = open === null ? null : conversationKey(open);
  useEffect(() => {
    if (!directLoaded.value) void refreshDirect().catch(() => undefined);
  }, []);
  const focusId = query.get('focus_message');
  useEffect(() => {
    showConversation(open, focusId).catch(() => undefined);
  }, [key, focusId]);
  const found = conversations.value.find((one) => one.key === key);
  const name = open === null ? null : conversationName(open, found?.members ?? []);
  return (
    <Shell
      title={name ?? 'Messages'}
      list={<ConversationList open={key} />}
      showList={open === null && !writing}
    >
      {writing && open === null ? <NewMessage /> : null}
      {open !== null && name !== null ? <Thread id={open} name={name} focusId={focusId} /> : null}
      {open !== null && name !== null ? <BesideConversation id={open} name={name} /> : null}
      {open === null && !writing ? (
        <div class="page-empty">
          <h1 class="visually-hidden">Messages</h1>
          <NoMessages />
        </div>
      ) : null}
    </Shell>
  );
}

function NoMessages() {
  return (
    <Empty
      icon={MessagesIcon}
      action={
        <Link href={NEW_ADDRESS} class="button primary">
          Write a message
        </Link>
      }
    >
      Messages to one person, to a group, or to every connected device appear here.
    </Empty>
  );
}

/** The thread that is open, or the search; the thread has an address. */
function BesideConversation({ id, name }: { id: ConversationId; name: string }) {
  const thread = location.value.query.get('thread');
  if (thread !== null && id.kind !== 'everyone')
    return (
      <ThreadView
        target={targetOf(id)}
        id={thread}
        maxLength={MAX_DIRECT_LENGTH}
        canReply
        onClose={() => {
          navigate(conversationAddress(id));
          if (!focusMessage(thread)) document.querySelector<HTMLElement>('#composer')?.focus();
        }}
      />
    );
  return finding.value ? <FindPane target={targetOf(id)} name={name} /> : null;
}

function Thread({ id, name, focusId }: { id: ConversationId; name: string; focusId: string | null }) {
  const key = conversationKey(id);
  const loaded = threadLoaded.value === key;
  return (
    <section class="conversation" aria-label={`Conversation with ${name}`}>
      <header class="conversation-head">
        <Link href="/messages" class="icon-button back" label="Conversations">
          <BackIcon />
        </Link>
        <h1>{id.kind === 'person' ? <PersonLink id={id.id} name={name} /> : <Name>{name}</Name>}</h1>
        <p class="quiet-text">
          {id.kind === 'everyone'
            ? broadcastWords(reachableCount.value)
            : protectionWords(newestDirect.value)}
        </p>
        <FindButton />
        <ConversationChoices of={key} />
      </header>
      <ThreadPane
        target={targetOf(id)}
        entries={loaded ? threadEntries.value : []}
        loaded={loaded}
        source={directSource()}
        focusId={focusId}
        newFrom={threadNewFrom.value}
        replies={directReplies.value}
        placeholder={`Message ${name}`}
        maxLength={MAX_DIRECT_LENGTH}
        empty={<Empty icon={MessagesIcon}>No messages with {name} yet. Write the first one below.</Empty>}
        warning={
          id.kind === 'everyone' && broadcastReport.value !== null ? (
            <p class="composer-warning">{broadcastReport.value}</p>
          ) : undefined
        }
      />
    </section>
  );
}

function ConversationList({ open }: { open: string | null }) {
  const [search, setSearch] = useState('');
  const wanted = search.trim().toLocaleLowerCase();
  const shown = shownConversations(open, wanted);
  // The list is one Tab stop: the open conversation, else the first.
  const stop = Math.max(
    0,
    shown.findIndex((one) => one.key === open),
  );
  return (
    <section aria-label="Conversations">
      <header class="list-head">
        <h2>Conversations</h2>
        <IconButton name="New message" onClick={() => navigate(NEW_ADDRESS)}>
          <PlusIcon />
        </IconButton>
      </header>
      <SearchField class="list-search" label="Search messages" value={search} onInput={setSearch} />
      {shown.length === 0 && directLoaded.value ? (
        <p class="quiet-text list-empty">{wanted === '' ? 'No conversations yet.' : 'Nothing found.'}</p>
      ) : null}
      {shown.length === 0 && wanted === '' && directLoaded.value ? (
        // Beside the page this stands there.
        <div class="only-narrow">
          <NoMessages />
        </div>
      ) : null}
      <ul class="list" onKeyDown={walkLinks}>
        {shown.map((one, index) => (
          <li key={one.key}>
            <ConversationRow
              conversation={one}
              current={one.key === open}
              tabIndex={index === stop ? 0 : -1}
            />
          </li>
        ))}
        <ListOptions alone={shown.length === 0} />
      </ul>
    </section>
  );
}

function ConversationRow({
  conversation,
  current,
  tabIndex,
}: {
  conversation: Conversation;
  current: boolean;
  tabIndex: number;
}) {
  const { id, key, last, at, unread } = conversation;
  const { level, favourite } = choiceOf(key);
  const mark = unreadMark({ unread, mentions: 0, direct: true }, level);
  const name = conversationName(id, conversation.members);
  const draft = drafts.value[targetKey(targetOf(id))];
  const from = last.sender_id === me.value?.id ? 'You: ' : '';
  return (
    <Link
      href={conversationAddress(id)}
      class={mark === null ? 'row tall' : 'row tall unread'}
      current={current}
      describedBy={favourite ? FAVOURITE_ID : undefined}
      tabIndex={tabIndex}
    >
      <Avatar id={id.kind === 'everyone' ? 'everyone' : id.id} name={name} small />
      <span class="row-text">
        <span class="row-name">
          <Name>{name}</Name>
          {mark === null ? null : <span class="visually-hidden">{`, ${unread} unread`}</span>}
          {favourite ? <StarSign /> : null}
        </span>
        <span class="row-last">
          {draft === undefined ? <OwnState message={last} /> : null}
          <Name>{draft === undefined ? `${from}${lineOf(last.content)}` : `Draft: ${draft}`}</Name>
        </span>
      </span>
      <span class="row-side">
        {at === 0 ? null : <Time at={at} short />}
        <UnreadSign mark={mark} />
      </span>
    </Link>
  );
}

/** How far the last message came, if it is one's own (05 section 10.6). */
function OwnState({ message }: { message: DirectMessage }) {
  const id = me.value?.id ?? '';
  if (message.sender_id !== id || message.delivery === null) return null;
  const { sign, text } = deliveryWords(directEntry(message, id, personName), DELIVERY_PEERS);
  const Sign = DELIVERY_SIGNS[sign];
  return (
    <span class={sign === 'alert' ? 'row-state bad' : 'row-state'} title={text}>
      <Sign />
      <span class="visually-hidden">{`${text}. `}</span>
    </span>
  );
}
