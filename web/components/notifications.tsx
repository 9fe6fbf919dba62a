/**
 * The notifications button: requests with their answer in place, what calls, conversations with something unread, each
 * leading there, and who came and went on the mesh lately.
 */
import { activity, decideRequest, peerName, sections } from '../state/mesh.ts';
import { Button } from './button.tsx';
import { BellIcon } from './icons.tsx';
import { CallLine } from './call-line.tsx';
import { calls, unreadCalls } from '../state/attention.ts';
import { Link, Name, Time } from './parts.tsx';
import { closePopover, Popover } from './popover.tsx';
import { activityText } from '../state/activity.ts';
import { choiceOf } from '../state/choices.ts';
import { conversationName } from '../state/conversation-words.ts';
import { conversationAddress, directMessageAddress } from '../state/conversations.ts';
import { conversations } from '../state/direct.ts';
import { counted } from '../state/numbers.ts';

/** What waits, in words. */
function waitingWords(requests: number, called: number): string {
  const parts = [
    ...(called === 0 ? [] : [counted(called, 'unread notification', 'unread notifications')]),
    ...(requests === 0 ? [] : [meshRequests(requests)]),
  ];
  return parts.length === 0 ? 'Nothing waits for you' : parts.join(', ');
}

/** `1 request waiting`. */
function meshRequests(count: number): string {
  return counted(count, 'request waiting', 'requests waiting');
}

/** Enough to see what happened lately; Connect has the whole list. */
const SHOWN = 6;

export function Notifications() {
  const waiting = sections.value.requests;
  const called = calls.value.filter((call) => call.unread).slice(0, SHOWN);
  const letters = conversations.value
    .filter(({ key, unread }) => unread > 0 && choiceOf(key).level === 'all')
    .slice(0, SHOWN);
  const events = activity.value.events
    .filter((event) => event.kind === 'connection' && event.status !== 'attempt')
    .slice(-SHOWN)
    .reverse();
  return (
    <>
      <div class="with-count">
        <button
          type="button"
          class="icon-button"
          aria-label="Notifications"
          aria-describedby="notification-count"
          popovertarget="notifications"
        >
          <BellIcon />
        </button>
        {waiting.length + unreadCalls.value > 0 ? (
          <span class="count" aria-hidden="true">
            {waiting.length + unreadCalls.value}
          </span>
        ) : null}
        <span id="notification-count" class="visually-hidden">
          {waitingWords(waiting.length, unreadCalls.value)}
        </span>
      </div>
      <Popover id="notifications" label="Notifications">
        <h2>Notifications</h2>
        {waiting.length + events.length + called.length + letters.length === 0 ? (
          <p class="quiet-text">Nothing new.</p>
        ) : null}
        <ul class="plain-list">
          {waiting.map((request) => (
            <li key={request.peerId} class="stacked">
              <p>
                <Name>{request.names[0] ?? peerName(request.peerId)}</Name> wants to connect
              </p>
              <div class="row-actions">
                <Button kind="primary" onClick={() => decideRequest(request.peerId, 'accept')}>
                  Accept
                </Button>
                <Button onClick={() => decideRequest(request.peerId, 'ignore')}>Ignore</Button>
              </div>
            </li>
          ))}
          {called.map((call) => (
            <li key={call.key} onClick={() => closePopover('notifications')}>
              <CallLine call={call} />
            </li>
          ))}
          {letters.map(({ id, key, members, last, unread }) => (
            <li key={key} onClick={() => closePopover('notifications')}>
              {/* With several unread it opens at the first of them. */}
              <Link href={unread === 1 ? directMessageAddress(id, last.id) : conversationAddress(id)}>
                <Name>{conversationName(id, members)}</Name>
                {unread === 1 ? ': 1 unread message' : `: ${unread} unread messages`}
              </Link>
            </li>
          ))}
          {events.map((event) => (
            <li key={`${event.id}:${event.timestamp}:${event.status ?? ''}`}>
              <p>
                <Name>{activityText(event, peerName(event.peer_id))}</Name>
              </p>
              <p class="quiet-text">
                <Time at={event.timestamp * 1000} />
              </p>
            </li>
          ))}
        </ul>
        <p onClick={() => closePopover('notifications')}>
          <Link class="lone" href="/notifications">
            All notifications
          </Link>
        </p>
      </Popover>
    </>
  );
}
