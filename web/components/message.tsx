/** One message in a thread: head of its group, text, state, and what can be done when it was not sent. */
import { useComputed } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { memo } from './memo.ts';
import { deliveryWords } from '../state/delivery.ts';
import { DELIVERY_PEERS, peerName } from '../state/mesh.ts';
import { atHand, landedOn } from '../state/list-control.ts';
import { editing } from '../state/message-actions.ts';
import { counted } from '../state/numbers.ts';
import { readOut, type Entry } from '../state/thread.ts';
import { DeliveryDetails, UnconfirmedDetails } from './delivery-details.tsx';
import { Attachments } from './attachments.tsx';
import { DELIVERY_SIGNS } from './delivery-sign.tsx';
import { RingIcon } from './icons.tsx';
import { EditHistory } from './edit-history.tsx';
import { EditText } from './edit-text.tsx';
import { messageKey, MessageToolbar, ReactionRow, useLongPress } from './message-actions.tsx';
import { Markdown } from './markdown.tsx';
import { PollCard } from './poll-card.tsx';
import { hasPoll, withoutPoll } from '../state/poll.ts';
import type { UnsentActions } from './unsent-actions.ts';
import { Avatar, Name, PersonLink, Time } from './parts.tsx';
import { QuoteLine } from './quote.tsx';
import type { Quote } from '../state/replying.ts';
import { Popover } from './popover.tsx';
import { clockText, exactText, tightClockText } from '../state/time.ts';
import { Button } from './button.tsx';

interface MessageProps {
  entry: Entry;
  head: boolean;
  showState: boolean;
  /** Device the author is at home on, in words; null for this one. */
  device: string | null;
  actions: UnsentActions;
  /** What it replies to; undefined while that is being read. */
  quote: Quote | null | undefined;
  /** It calls whoever is signed in. */
  callsMe: boolean;
  /** How many messages answer it. */
  replies: number;
}

function MessageView(props: MessageProps) {
  const { entry, head, showState, device, actions, quote, callsMe, replies } = props;
  const isAtHand = useComputed(() => atHand.value === entry.id).value;
  const isLandedOn = useComputed(() => landedOn.value === entry.id).value;
  const unconfirmed = entry.unconfirmedVia !== null;
  const longPress = useLongPress({ entry, actions });
  const classes = [
    'message',
    head ? 'head' : '',
    entry.unsent?.state ?? '',
    unconfirmed ? 'unconfirmed' : '',
    callsMe ? 'calls-me' : '',
  ]
    .filter((name) => name !== '')
    .join(' ');
  return (
    <article
      class={classes}
      tabIndex={-1}
      data-message={entry.id}
      aria-current={isLandedOn ? 'true' : undefined}
      onKeyDown={(event) => messageKey(event, entry, actions)}
      {...longPress}
      aria-label={`${readOut(entry)}, ${clockText(entry.at)}`}
    >
      <div class="message-side">
        {head ? (
          <Avatar id={entry.authorId} name={entry.authorName} />
        ) : (
          <time
            class="message-time"
            dateTime={new Date(entry.at).toISOString()}
            title={exactText(entry.at)}
            aria-hidden="true"
          >
            {tightClockText(entry.at)}
          </time>
        )}
      </div>
      <div class="message-body">
        {head ? (
          <p class="message-head">
            <strong>
              <PersonLink id={entry.authorId} name={entry.authorName} tabIndex={-1} />
            </strong>
            {device === null ? null : (
              <span class="quiet-text">
                <Name>{device}</Name>
              </span>
            )}
            <Time at={entry.at} clock />
          </p>
        ) : null}
        {entry.replyTo === null ? null : <QuoteLine quote={quote} />}
        {editing.value === entry.id ? <EditText entry={entry} /> : <Text entry={entry} />}
        <Attachments files={entry.files ?? []} />
        {entry.edited ? (
          <div class="state">
            <Opens id={`history-${entry.id}`} label="Earlier texts" details={<EditHistory entry={entry} />}>
              edited
            </Opens>
          </div>
        ) : null}
        {entry.unconfirmedVia === null ? null : <Unconfirmed id={entry.id} via={entry.unconfirmedVia} />}
        <ReactionRow entry={entry} />
        {replies > 0 && actions.openThread !== undefined ? (
          <button type="button" class="replies" tabIndex={-1} onClick={() => actions.openThread?.(entry)}>
            {counted(replies, 'reply', 'replies')}
          </button>
        ) : null}
        {showState ? <State entry={entry} actions={actions} /> : null}
      </div>
      {isAtHand && editing.value !== entry.id ? <MessageToolbar entry={entry} actions={actions} /> : null}
    </article>
  );
}

/** The text; a poll in it is one that can be voted in. */
function Text({ entry }: { entry: Entry }) {
  if (entry.channelId === null || entry.unsent !== undefined || !hasPoll(entry.text))
    return <Markdown text={entry.text} />;
  return (
    <>
      <Markdown text={withoutPoll(entry.text)} />
      <PollCard id={entry.id} type="channel" turn={entry.text} />
    </>
  );
}

function State({ entry, actions }: { entry: Entry; actions: UnsentActions }) {
  const words = deliveryWords(entry, DELIVERY_PEERS);
  const Sign = DELIVERY_SIGNS[words.sign];
  const bad = words.sign === 'alert';
  return (
    <div class={bad ? 'state bad' : 'state'}>
      {entry.unsent === undefined && entry.delivery !== null ? (
        <Opens
          id={`delivery-${entry.id}`}
          label="Delivery"
          title={words.meaning}
          details={<DeliveryDetails entry={entry} />}
        >
          <Sign />
          <span>{words.text}</span>
        </Opens>
      ) : (
        <span class="state-words" title={words.meaning}>
          <Sign />
          <span>{words.text}</span>
        </span>
      )}
      {entry.unsent?.state === 'failed' ? (
        <span class="row-actions">
          <Button onClick={() => actions.retry(entry.id)}>Retry</Button>
          <Button onClick={() => actions.edit(entry.id)}>Edit</Button>
          <Button onClick={() => actions.remove(entry.id)}>Delete</Button>
        </span>
      ) : null}
    </div>
  );
}

/** A message of which its author's home has not spoken. */
function Unconfirmed({ id, via }: { id: string; via: string }) {
  return (
    <div class="state">
      <Opens id={`unconfirmed-${id}`} label="Not confirmed" details={<UnconfirmedDetails via={via} />}>
        <RingIcon />
        <span>
          via <Name>{peerName(via)}</Name>, unconfirmed
        </span>
      </Opens>
    </div>
  );
}

interface OpensProps {
  id: string;
  label: string;
  title?: string;
  details: ComponentChildren;
  children: ComponentChildren;
}

/** Words that say more when they are pressed; in the Tab order while their message has the focus. */
function Opens({ id, label, title, details, children }: OpensProps) {
  return (
    <>
      <button type="button" class="state-words state-details" tabIndex={-1} title={title} popovertarget={id}>
        {children}
      </button>
      <Popover id={id} label={label}>
        {details}
      </Popover>
    </>
  );
}

function same(before: MessageProps, after: MessageProps): boolean {
  return (
    before.head === after.head &&
    before.showState === after.showState &&
    before.device === after.device &&
    before.actions === after.actions &&
    before.callsMe === after.callsMe &&
    before.replies === after.replies &&
    before.quote?.text === after.quote?.text &&
    before.quote?.name === after.quote?.name &&
    JSON.stringify(before.entry) === JSON.stringify(after.entry)
  );
}

/** Drawn again only when something of it changed. */
export const Message = memo(MessageView, same);
