/** One channel: what it is, who is in it, and what those who look after it can do (05 section 3.3). */
import { useEffect, useState } from 'preact/hooks';
import type { ChannelJson, ChannelMemberJson } from '../../api/types.ts';
import { GENERAL, loadChannels, staysHere } from '../../state/channel.ts';
import { AUDIENCES, encryptionWords } from '../../state/channel-words.ts';
import { peerName, status } from '../../state/mesh.ts';
import { isReserved, loadPeople, personName } from '../../state/people.ts';
import { navigate } from '../../state/router.ts';
import { api, isOwner, me } from '../../state/session.ts';
import { Button } from '../button.tsx';
import { Dialog } from '../dialog.tsx';
import { LockIcon, OpenLockIcon } from '../icons.tsx';
import { Name, Notice } from '../parts.tsx';
import { Skeleton } from '../skeleton.tsx';
import type { Act } from './act.ts';
import { Members } from './channel-members.tsx';
import { Naming, Rules } from './channel-rules.tsx';

interface Loaded {
  channel: ChannelJson;
  members: ChannelMemberJson[];
}

export function ChannelDetails({ id, onClose }: { id: string; onClose: () => void }) {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [error, setError] = useState<string | null>(null);
  const path = `/api/v1/channels/${encodeURIComponent(id)}`;
  const load = async (): Promise<void> => {
    const [list, { members }] = await Promise.all([
      api.get<{ channels: ChannelJson[] }>('/api/v1/channels'),
      api.get<{ members: ChannelMemberJson[] }>(`${path}/members`),
    ]);
    const channel = list.channels.find((one) => one.id === id);
    const shown = members.filter((member) => !isReserved(member.user_id));
    setLoaded(channel === undefined ? null : { channel, members: shown });
  };
  const act: Act = async (work) => {
    setError(null);
    try {
      await work();
      await load();
      await loadChannels();
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : 'That did not work.');
    }
  };
  useEffect(() => {
    void loadPeople().catch(() => undefined);
    void act(() => Promise.resolve());
  }, [id]);
  const gone: Act = async (work) => {
    setError(null);
    try {
      await work();
      await loadChannels();
      navigate('/channels', { replace: true });
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : 'That did not work.');
    }
  };

  return (
    <Dialog title={loaded === null ? 'Channel' : `#${loaded.channel.name}`} onClose={onClose} toRead>
      <div class="form">
        {loaded === null ? (
          <Skeleton lines={4} />
        ) : (
          <Body loaded={loaded} path={path} act={act} gone={gone} />
        )}
        {error === null ? null : <Notice tone="danger">{error}</Notice>}
        <div class="row-actions">
          <Button onClick={onClose}>Close</Button>
        </div>
      </div>
    </Dialog>
  );
}

interface BodyProps {
  loaded: Loaded;
  path: string;
  act: Act;
  gone: Act;
}

function Body({ loaded: { channel, members }, path, act, gone }: BodyProps) {
  const own = me.value?.id ?? '';
  const isGeneral = channel.id === GENERAL || staysHere(channel.id);
  const manages = (channel.user_role === 'admin' || isOwner.value) && !isGeneral;
  const isMember = members.some((member) => member.user_id === own);
  const isArchived = channel.lifecycle_status === 'archived';
  return (
    <>
      <About channel={channel} />
      <Members channel={channel} members={members} path={path} act={manages ? act : null} />
      {manages ? (
        <>
          <Naming channel={channel} path={path} act={act} />
          <Rules channel={channel} path={path} act={act} />
        </>
      ) : null}
      {isGeneral ? null : (
        <div class="row-actions">
          {isMember ? (
            <Button onClick={() => gone(() => api.delete(`${path}/members/${encodeURIComponent(own)}`))}>
              Leave channel
            </Button>
          ) : null}
          {manages ? (
            <>
              <Button
                onClick={() => act(() => api.call('PUT', `${path}/lifecycle`, { archived: !isArchived }))}
              >
                {isArchived ? 'Take out of the archive' : 'Archive'}
              </Button>
              <Deleting name={channel.name} onDelete={() => gone(() => api.delete(path))} />
            </>
          ) : null}
        </div>
      )}
    </>
  );
}

/** What everybody may know of it. */
function About({ channel }: { channel: ChannelJson }) {
  const { description, origin_peer: origin } = channel;
  const secrecy = encryptionWords(channel, (id) => personName(id), status.value?.peer_id ?? null);
  const elsewhere = origin !== null && origin !== '' && origin !== status.value?.peer_id;
  return (
    <>
      {description === null || description === '' ? null : (
        <p>
          <Name>{description}</Name>
        </p>
      )}
      <dl class="facts">
        <dt>For</dt>
        <dd>{AUDIENCES.find(({ mode }) => mode === channel.privacy_mode)?.hint}</dd>
        {elsewhere ? (
          <>
            <dt>From</dt>
            <dd>
              <Name>{peerName(origin)}</Name>
            </dd>
          </>
        ) : null}
        {secrecy === null ? null : (
          <>
            <dt>Encryption</dt>
            <dd class="with-icon">
              {secrecy.sealed ? <LockIcon /> : <OpenLockIcon />}
              <span>{secrecy.long}</span>
            </dd>
          </>
        )}
      </dl>
    </>
  );
}

/** Asks once more: nothing brings a channel back. */
function Deleting({ name, onDelete }: { name: string; onDelete: () => Promise<void> }) {
  const [asked, setAsked] = useState(false);
  return asked ? (
    <Button kind="danger" onClick={onDelete}>
      {`Delete #${name} and its messages everywhere`}
    </Button>
  ) : (
    <Button kind="danger" onClick={() => setAsked(true)}>
      Delete channel…
    </Button>
  );
}
