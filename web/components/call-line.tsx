/** One thing that calls whoever is signed in: who, where, what, and the way there (05 section 10.9, U-4). */
import { settle, type Call } from '../state/attention.ts';
import { channels } from '../state/channel.ts';
import { lineOf, personName } from '../state/people.ts';
import { Avatar, Link, Name, Time } from './parts.tsx';

export function CallLine({ call }: { call: Call }) {
  const name = call.authorId === null ? 'Somebody' : personName(call.authorId);
  const channel = channels.value.find((one) => one.id === call.channelId);
  return (
    <div
      class={call.unread ? 'call unread' : 'call'}
      onClick={() => void settle([call]).catch(() => undefined)}
    >
      <Avatar id={call.authorId ?? ''} name={name} small />
      <div class="line-text">
        <Link href={call.address}>
          {call.unread ? <span class="visually-hidden">Unread: </span> : null}
          <Name>{callWords(call, name, channel?.name ?? null)}</Name>
        </Link>
        {call.text === '' ? null : (
          <p class="call-text">
            <Name>{lineOf(call.text)}</Name>
          </p>
        )}
        <p class="quiet-text">
          <Time at={call.at} />
        </p>
      </div>
    </div>
  );
}

function callWords(call: Call, name: string, channel: string | null): string {
  const where =
    channel === null ? (call.address.startsWith('/feed') ? ' in the feed' : '') : ` in #${channel}`;
  switch (call.kind) {
    case 'mention':
      return `${name} mentioned you${where}`;
    case 'reply':
      return `${name} replied to you${where}`;
    case 'added':
      return channel === null ? `${name} added you to a channel` : `${name} added you to #${channel}`;
    case 'dm':
      return call.place.startsWith('group:') ? `${name} wrote in a group` : `${name} wrote to you`;
  }
}
