/** `/channels`: the list of channels and the thread of one (05 sections 3.3, 10.2, 10.5). */
import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../api/client.ts';
import { IconButton } from '../components/button.tsx';
import { BrowseChannels } from '../components/channel/browse-channels.tsx';
import { ChannelDetails } from '../components/channel/channel-details.tsx';
import { NewChannel } from '../components/channel/new-channel.tsx';
import { ChannelList } from '../components/channel/channel-list.tsx';
import { ConversationChoices } from '../components/conversation-choices.tsx';
import { FindButton } from '../components/find-button.tsx';
import { FindPane } from '../components/find-pane.tsx';
import { FirstSteps } from '../components/first-steps.tsx';
import { ImportResult } from '../components/import-result.tsx';
import { BackIcon, ChannelsIcon, LockIcon, OpenLockIcon, PeopleIcon } from '../components/icons.tsx';
import { NotHere } from '../components/not-here.tsx';
import { Empty, Name } from '../components/parts.tsx';
import { channelSource } from '../components/list-source.ts';
import { Shell } from '../components/shell.tsx';
import { ThreadView } from '../components/thread-view.tsx';
import { ThreadPane } from '../components/thread-pane.tsx';
import {
  channelEntries,
  channelLoaded,
  channels,
  GENERAL,
  newFrom,
  replyCounts,
  showChannel,
  staysHere,
  type Channel,
} from '../state/channel.ts';
import { channelAddress } from '../state/channel-address.ts';
import { streamState } from '../state/live.ts';
import { finding } from '../state/finding.ts';
import { focusMessage } from '../state/list-control.ts';
import { closedWords, encryptionWords, isForMembers, isOfThisDevice } from '../state/channel-words.ts';
import { reachableCount, status } from '../state/mesh.ts';
import { counted } from '../state/numbers.ts';
import { personName } from '../state/people.ts';
import { location, navigate } from '../state/router.ts';

/** The node's limit for one channel message (04 section 3.8). */
const MAX_LENGTH = 50_000;

const NOT_HERE =
  'This channel is not on this device. It was deleted, its name was cut off on the way, or you are not one of its members.';

export function ChannelsPage() {
  const id = location.value.query.get('channel') ?? location.value.query.get('focus_channel') ?? GENERAL;
  const focusId = location.value.query.get('focus_message');
  const known = channels.value.find((channel) => channel.id === id);
  const [listOpen, setListOpen] = useState(false);
  const [error, setError] = useState<string | null>(null);
  // The node was away when it was to be read: writing goes on, and it is read when the node is back.
  const [missed, setMissed] = useState(false);
  const back = missed && streamState.value.status === 'live';
  const read = (): void => {
    setError(null);
    setMissed(false);
    showChannel(id, focusId).catch((cause: unknown) => {
      if (cause instanceof ApiError && cause.unreachable) setMissed(true);
      else if (cause instanceof ApiError && cause.status === 404) setError(NOT_HERE);
      else setError(cause instanceof Error ? cause.message : 'Not available.');
    });
  };
  useEffect(() => {
    setListOpen(false);
    read();
  }, [id, focusId]);
  useEffect(() => {
    if (back) read();
  }, [back]);

  const name = `#${known?.name ?? id}`;
  const loaded = channelLoaded.value === id;
  const ownPeer = status.value?.peer_id ?? null;
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
          <Audience channel={known ?? { id, name: id, unread_count: 0, privacy_mode: 'open' }} />
          <FindButton />
          <ConversationChoices of={`channel:${id}`} />
          <IconButton name="Channel details" onClick={() => navigate(channelAddress(id, 'details'))}>
            <PeopleIcon />
          </IconButton>
        </header>
        <ImportResult />
        {id === GENERAL ? <FirstSteps /> : null}
        {error === null ? (
          <ThreadPane
            target={{ kind: 'channel', id }}
            entries={loaded ? channelEntries.value : []}
            loaded={loaded}
            source={channelSource()}
            replies={replyCounts.value}
            placeholder={`Message ${name}`}
            maxLength={MAX_LENGTH}
            focusId={focusId}
            newFrom={newFrom.value}
            canReply={known?.can_reply === true}
            closed={known === undefined ? null : closedWords(known)}
            warning={
              staysHere(id) || isOfThisDevice(known ?? {}, ownPeer) ? (
                <p class="composer-warning">This channel stays on this device.</p>
              ) : undefined
            }
            empty={
              <Empty icon={ChannelsIcon}>
                No messages yet. What you and the people on connected devices write appears here.
              </Empty>
            }
          />
        ) : (
          <NotHere>{error}</NotHere>
        )}
      </section>
      <BesideChannel id={id} name={name} canReply={known === undefined || known.can_reply !== false} />
      <ChannelDialog id={id} />
    </Shell>
  );
}

/** The thread that is open, or the search; the thread has an address. */
function BesideChannel({ id, name, canReply }: { id: string; name: string; canReply: boolean }) {
  const thread = location.value.query.get('thread');
  if (thread !== null)
    return (
      <ThreadView
        target={{ kind: 'channel', id }}
        id={thread}
        maxLength={MAX_LENGTH}
        canReply={canReply}
        onClose={() => {
          navigate(channelAddress(id));
          if (!focusMessage(thread)) document.querySelector<HTMLElement>('#composer')?.focus();
        }}
      />
    );
  return finding.value ? <FindPane target={{ kind: 'channel', id }} name={name} /> : null;
}

/** Dialogs have addresses, so that Back closes them and a link opens them. */
function ChannelDialog({ id }: { id: string }) {
  const { query } = location.value;
  const close = (): void => navigate(channelAddress(id), { replace: true });
  if (query.has('new')) return <NewChannel onClose={close} />;
  if (query.has('browse'))
    return (
      <BrowseChannels onClose={close} onNew={() => navigate(channelAddress(id, 'new'), { replace: true })} />
    );
  return query.has('details') ? <ChannelDetails id={id} onClose={close} /> : null;
}

/** Whom the channel reaches now, and whether what is written is for them alone. */
function Audience({ channel }: { channel: Channel }) {
  const secrecy = encryptionWords(
    { encrypted: false, encryption_prevented_by: [], ...channel },
    (id) => personName(id),
    status.value?.peer_id ?? null,
  );
  if (secrecy !== null && channel.encrypted !== undefined)
    return (
      <p class="quiet-text with-icon" title={secrecy.long}>
        {secrecy.sealed ? <LockIcon /> : <OpenLockIcon />}
        <span>{secrecy.short}</span>
      </p>
    );
  return <p class="quiet-text">{audience(channel, reachableCount.value)}</p>;
}

function audience(channel: Channel, peers: number): string {
  if (staysHere(channel.id)) return 'On this device only';
  if (isForMembers(channel)) return 'Its members only';
  if (peers === 0) return 'Everyone who connects';
  return counted(peers, 'peer connected', 'peers connected');
}
