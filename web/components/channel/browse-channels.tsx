/** Channels one is not in: what they are, from which device, and joining the open ones (05 section 10.2). */
import { useEffect, useState } from 'preact/hooks';
import type { ChannelJson } from '../../api/types.ts';
import { loadChannels } from '../../state/channel.ts';
import { peerName, status } from '../../state/mesh.ts';
import { counted } from '../../state/numbers.ts';
import { navigate } from '../../state/router.ts';
import { api } from '../../state/session.ts';
import { Button } from '../button.tsx';
import { Dialog } from '../dialog.tsx';
import { ChannelsIcon } from '../icons.tsx';
import { Empty, Name, Notice } from '../parts.tsx';
import { SearchField } from '../search-field.tsx';

export function BrowseChannels({ onClose, onNew }: { onClose: () => void; onNew: () => void }) {
  const [list, setList] = useState<readonly ChannelJson[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [wanted, setWanted] = useState('');
  const load = async (): Promise<void> => {
    setError(null);
    try {
      setList((await api.get<{ channels: ChannelJson[] }>('/api/v1/channels/joinable')).channels);
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : 'The channels could not be read.');
    }
  };
  useEffect(() => void load(), []);
  const join = async (id: string): Promise<void> => {
    setError(null);
    try {
      await api.post(`/api/v1/channels/${encodeURIComponent(id)}/join`);
      await loadChannels();
      navigate(`/channels?channel=${encodeURIComponent(id)}`, { replace: true });
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : 'Joining did not work.');
    }
  };
  const shown = (list ?? []).filter((channel) =>
    `${channel.name} ${channel.description ?? ''}`
      .toLocaleLowerCase()
      .includes(wanted.trim().toLocaleLowerCase()),
  );
  return (
    <Dialog title="Browse channels" onClose={onClose} toRead>
      {error === null ? null : (
        <Notice tone="danger" action={<Button onClick={load}>Retry</Button>}>
          {error}
        </Notice>
      )}
      {list !== null && list.length > 0 ? (
        <SearchField label="Find a channel" value={wanted} onInput={setWanted} />
      ) : null}
      {list?.length === 0 ? (
        <Empty
          icon={ChannelsIcon}
          action={
            <Button kind="primary" onClick={onNew}>
              New channel
            </Button>
          }
        >
          You are in every channel there is. Those that others open on connected devices appear here.
        </Empty>
      ) : null}
      {list !== null && list.length > 0 && shown.length === 0 ? (
        <p class="quiet-text">No channel is called so.</p>
      ) : null}
      <ul class="lines" aria-label="Channels to join">
        {shown.map((channel) => (
          <li key={channel.id} class="line">
            <ChannelWords channel={channel} />
            {channel.privacy_mode === 'open' ? (
              <Button label={`Join ${channel.name}`} onClick={() => join(channel.id)}>
                Join
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
      <div class="row-actions">
        <Button onClick={onClose}>Close</Button>
      </div>
    </Dialog>
  );
}

function ChannelWords({ channel }: { channel: ChannelJson }) {
  const { member_count: count, origin_peer: origin } = channel;
  return (
    <div class="line-text">
      <p class="strong">
        <Name>{`#${channel.name}`}</Name>
      </p>
      {channel.description === null || channel.description === '' ? null : (
        <p>
          <Name>{channel.description}</Name>
        </p>
      )}
      <p class="quiet-text facts-line">
        {count === 0 ? null : <span>{counted(count, 'member', 'members')}</span>}
        {origin === null || origin === '' || origin === status.value?.peer_id ? null : (
          <span>
            from <Name>{peerName(origin)}</Name>
          </span>
        )}
        {channel.privacy_mode === 'guarded' ? <span>those who look after it let people in</span> : null}
      </p>
    </div>
  );
}
