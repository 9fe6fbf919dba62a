/** `/channels`: the list of channels and the thread of one (05 sections 3.3, 10.2, 10.5). */
import { useEffect, useState } from 'preact/hooks';
import { ChannelDetails } from '../components/channel/channel-details.tsx';
import { NewChannel } from '../components/channel/new-channel.tsx';
import { FirstSteps } from '../components/first-steps.tsx';
import { ImportResult } from '../components/import-result.tsx';
import { BackIcon } from '../components/icons.tsx';
import { Empty, Link, Name } from '../components/parts.tsx';
import { walkLinks } from '../components/roving.ts';
import { Shell } from '../components/shell.tsx';
import { ThreadPane } from '../components/thread-pane.tsx';
import {
  channelEntries,
  channelLoaded,
  channels,
  GENERAL,
  hasOlder,
  loadOlder,
  showChannel,
  staysHere,
  trimChannel,
  type Channel,
} from '../state/channel.ts';
import { drafts } from '../state/drafts.ts';
import { reachableCount } from '../state/mesh.ts';
import { targetKey } from '../state/outbox.ts';
import { location, navigate } from '../state/router.ts';

/** The node's limit for one channel message (04 section 3.8). */
const MAX_LENGTH = 50_000;

export function ChannelsPage() {
  const id = location.value.query.get('channel') ?? location.value.query.get('focus_channel') ?? GENERAL;
  const known = channels.value.find((channel) => channel.id === id);
  const [listOpen, setListOpen] = useState(false);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    setListOpen(false);
    setError(null);
    showChannel(id).catch((cause: unknown) =>
      setError(cause instanceof Error ? cause.message : 'Not available.'),
    );
  }, [id]);

  const name = `#${known?.name ?? id}`;
  const loaded = channelLoaded.value === id;
  return (
    <Shell title={name} list={<ChannelList open={id} />} showList={listOpen}>
      <section class="conversation" aria-label={name}>
        <header class="conversation-head">
          <button
            type="button"
            class="icon-button back"
            aria-label="Channels"
            onClick={() => setListOpen(true)}
          >
            <BackIcon />
          </button>
          <h1>
            <Name>{name}</Name>
          </h1>
          <p class="quiet-text">{audience(known ?? { id, privacy_mode: 'open' }, reachableCount.value)}</p>
        </header>
        <ImportResult />
        {id === GENERAL ? <FirstSteps /> : null}
        {error === null ? (
          <ThreadPane
            target={{ kind: 'channel', id }}
            entries={loaded ? channelEntries.value : []}
            loaded={loaded}
            hasOlder={hasOlder.value}
            loadOlder={loadOlder}
            trim={trimChannel}
            placeholder={`Message ${name}`}
            maxLength={MAX_LENGTH}
            warning={
              staysHere(id) ? <p class="composer-warning">This channel stays on this device.</p> : undefined
            }
            empty={
              <Empty>No messages yet. What you and the people on connected devices write appears here.</Empty>
            }
          />
        ) : (
          <Empty action={<Link href="/channels">Go to #general</Link>}>{error}</Empty>
        )}
      </section>
      <ChannelDialog id={id} />
    </Shell>
  );
}

/** Dialogs have addresses, so that Back closes them and a link opens them. */
function ChannelDialog({ id }: { id: string }) {
  const { query } = location.value;
  const close = (): void => navigate(addressOf(id), { replace: true });
  if (query.has('new')) return <NewChannel onClose={close} />;
  return query.has('details') ? <ChannelDetails id={id} onClose={close} /> : null;
}

function addressOf(id: string, dialog?: 'new' | 'details'): string {
  const query = new URLSearchParams(id === GENERAL ? {} : { channel: id });
  if (dialog !== undefined) query.set(dialog, '1');
  return query.size === 0 ? '/channels' : `/channels?${query.toString()}`;
}

/** Whom the channel reaches now. */
function audience({ id, privacy_mode: mode }: Pick<Channel, 'id' | 'privacy_mode'>, peers: number): string {
  if (staysHere(id)) return 'On this device only';
  if (mode === 'private' || mode === 'confidential') return 'Its members only';
  if (peers === 0) return 'Everyone who connects';
  return peers === 1 ? '1 peer connected' : `${peers} peers connected`;
}

function ChannelList({ open }: { open: string }) {
  // The list is one Tab stop: the open channel, else the first.
  const stop = Math.max(
    0,
    channels.value.findIndex((channel) => channel.id === open),
  );
  return (
    <section aria-label="Channels">
      <header class="list-head">
        <h2>Channels</h2>
      </header>
      <ul class="list" onKeyDown={walkLinks}>
        {channels.value.map((channel, index) => (
          <li key={channel.id}>
            <ChannelLink channel={channel} current={channel.id === open} tabIndex={index === stop ? 0 : -1} />
            {channel.id === open ? (
              <Link href={addressOf(open, 'details')} class="row quiet-text" tabIndex={-1}>
                Members and details
                <span class="visually-hidden">{` of ${channel.name}`}</span>
              </Link>
            ) : null}
          </li>
        ))}
        <li>
          <Link href={addressOf(open, 'new')} class="row" tabIndex={-1}>
            <span class="hash" aria-hidden="true">
              +
            </span>
            New channel
          </Link>
        </li>
      </ul>
    </section>
  );
}

function ChannelLink({
  channel,
  current,
  tabIndex,
}: {
  channel: Channel;
  current: boolean;
  tabIndex: number;
}) {
  const unread = current ? 0 : channel.unread_count;
  const hasDraft = drafts.value[targetKey({ kind: 'channel', id: channel.id })] !== undefined;
  const href = addressOf(channel.id);
  return (
    <Link href={href} class="row" current={current} tabIndex={tabIndex}>
      <span class="hash" aria-hidden="true">
        #
      </span>
      <span class="row-name">
        <Name>{channel.name}</Name>
        {unread > 0 ? <span class="visually-hidden">{`, ${unread} unread`}</span> : null}
      </span>
      {hasDraft && !current ? <span class="quiet-text">Draft</span> : null}
      {unread > 0 ? (
        <span class="count" aria-hidden="true">
          {unread}
        </span>
      ) : null}
    </Link>
  );
}
