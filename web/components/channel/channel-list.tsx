/** The list of channels beside the conversation (05 sections 10.2 and 10.9, U-3). */
import type { ComponentChildren } from 'preact';
import { mentionsBy } from '../../state/attention.ts';
import { channelAddress } from '../../state/channel-address.ts';
import type { Channel } from '../../state/channel.ts';
import { isForMembers } from '../../state/channel-words.ts';
import { choiceOf } from '../../state/choices.ts';
import { drafts } from '../../state/drafts.ts';
import { targetKey } from '../../state/outbox.ts';
import { navigate } from '../../state/router.ts';
import { shownChannels } from '../../state/list-order.ts';
import { calmText } from '../../state/names.ts';
import { isBeingRead } from '../../state/reading.ts';
import { unreadMark } from '../../state/unread-marks.ts';
import { LockIcon, PlusIcon, SearchIcon } from '../icons.tsx';
import { FAVOURITE_ID, ListOptions, StarSign, UnreadSign } from '../list-options.tsx';
import { Link, Name } from '../parts.tsx';
import { walkLinks } from '../roving.ts';

export function ChannelList({ open }: { open: string }) {
  const called = mentionsBy.value;
  const shown = shownChannels(open);
  // The list is one Tab stop: the open channel, else the first.
  const stop = Math.max(
    0,
    shown.findIndex((one) => one.open),
  );
  return (
    <section aria-label="Channels">
      <header class="list-head">
        <h2>Channels</h2>
      </header>
      <ul class="list" onKeyDown={walkLinks}>
        {shown.map(({ channel, open: current, favourite }, index) => (
          <li key={channel.id}>
            <ChannelLink
              channel={channel}
              current={current}
              favourite={favourite}
              mentions={called.get(`channel:${channel.id}`) ?? 0}
              tabIndex={index === stop ? 0 : -1}
            />
          </li>
        ))}
        <li>
          <ListButton
            name="New channel"
            sign={<PlusIcon />}
            onClick={() => navigate(channelAddress(open, 'new'))}
          />
        </li>
        <li>
          <ListButton
            name="Browse channels"
            sign={<SearchIcon />}
            onClick={() => navigate(channelAddress(open, 'browse'))}
          />
        </li>
        <ListOptions alone={false} />
      </ul>
    </section>
  );
}

/** At the foot of the list, in the same Tab stop. */
function ListButton({ name, sign, onClick }: { name: string; sign: ComponentChildren; onClick: () => void }) {
  return (
    <button type="button" class="row row-button" tabIndex={-1} onClick={onClick}>
      <span class="hash" aria-hidden="true">
        {sign}
      </span>
      {name}
    </button>
  );
}

interface ChannelLinkProps {
  channel: Channel;
  current: boolean;
  favourite: boolean;
  /** Unread messages that call by name. */
  mentions: number;
  tabIndex: number;
}

function ChannelLink({ channel, current, favourite, mentions, tabIndex }: ChannelLinkProps) {
  const reads = current && isBeingRead(`channel:${channel.id}`);
  const unread = reads ? 0 : channel.unread_count;
  const { level } = choiceOf(`channel:${channel.id}`);
  const mark = unreadMark({ unread, mentions: reads ? 0 : mentions, direct: false }, level);
  const hasDraft = drafts.value[targetKey({ kind: 'channel', id: channel.id })] !== undefined;
  return (
    <Link
      href={channelAddress(channel.id)}
      class={mark === null ? 'row' : 'row unread'}
      current={current}
      label={mark === null ? undefined : `${calmText(channel.name)}, ${unread} unread`}
      describedBy={favourite ? FAVOURITE_ID : undefined}
      tabIndex={tabIndex}
    >
      <span class="hash" aria-hidden="true">
        {isForMembers(channel) ? <LockIcon /> : '#'}
      </span>
      <span class="row-name">
        <Name>{channel.name}</Name>
      </span>
      {hasDraft && !current ? <span class="quiet-text">Draft</span> : null}
      {favourite ? <StarSign /> : null}
      <UnreadSign mark={mark} />
    </Link>
  );
}
