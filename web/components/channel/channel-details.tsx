/** One channel: what it is, who is in it, and what those who look after it can do (05 section 3.3). */
import { useEffect, useState } from 'preact/hooks';
import type { ChannelJson } from '../../api/types.ts';
import { ApiError } from '../../api/client.ts';
import { GENERAL, loadChannels, staysHere } from '../../state/channel.ts';
import { correspondents, loadPeople, personName } from '../../state/people.ts';
import { navigate } from '../../state/router.ts';
import { api, isOwner, me } from '../../state/session.ts';
import { Button } from '../button.tsx';
import { Dialog } from '../dialog.tsx';
import { Field } from '../field.tsx';
import { Empty, Notice } from '../parts.tsx';

interface Member {
  user_id: string;
  role: 'admin' | 'member';
  username: string;
  display_name: string;
}
interface Loaded {
  channel: ChannelJson;
  members: Member[];
}
type Act = (work: () => Promise<unknown>) => Promise<void>;

const AUDIENCE: Readonly<Record<ChannelJson['privacy_mode'], string>> = {
  open: 'Open to everybody on the connected devices.',
  guarded: 'For its members; who is here can be invited.',
  private: 'For its members alone.',
  confidential: 'For its members alone, and kept apart.',
};

export function ChannelDetails({ id, onClose }: { id: string; onClose: () => void }) {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [error, setError] = useState<string | null>(null);
  const path = `/api/v1/channels/${encodeURIComponent(id)}`;
  const load = async (): Promise<void> => {
    const [list, { members }] = await Promise.all([
      api.get<{ channels: ChannelJson[] }>('/api/v1/channels'),
      api.get<{ members: Member[] }>(`${path}/members`),
    ]);
    const channel = list.channels.find((one) => one.id === id);
    setLoaded(channel === undefined ? null : { channel, members });
  };
  /** Does something and reads again; what was refused is said. */
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
  const gone = async (work: () => Promise<unknown>): Promise<void> => {
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
    <Dialog title={loaded === null ? 'Channel' : `#${loaded.channel.name}`} onClose={onClose}>
      <div class="form">
        {error === null ? null : <Notice tone="danger">{error}</Notice>}
        {loaded === null ? (
          <Empty>Reading the channel…</Empty>
        ) : (
          <Body loaded={loaded} path={path} act={act} gone={gone} />
        )}
        <div class="row-actions">
          <Button onClick={onClose}>Close</Button>
        </div>
      </div>
    </Dialog>
  );
}

function Body({
  loaded: { channel, members },
  path,
  act,
  gone,
}: {
  loaded: Loaded;
  path: string;
  act: Act;
  gone: Act;
}) {
  const own = me.value?.id ?? '';
  const manages = channel.user_role === 'admin' || isOwner.value;
  const isGeneral = channel.id === GENERAL || staysHere(channel.id);
  const isArchived = channel.lifecycle_status === 'archived';
  return (
    <>
      <p>
        {AUDIENCE[channel.privacy_mode]} {channel.description}
      </p>
      {manages && !isGeneral ? <Naming channel={channel} path={path} act={act} /> : null}
      <Members channel={channel} members={members} path={path} act={manages && !isGeneral ? act : null} />
      {isGeneral ? null : (
        <div class="row-actions">
          <Button onClick={() => gone(() => api.delete(`${path}/members/${encodeURIComponent(own)}`))}>
            Leave channel
          </Button>
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

function Naming({ channel, path, act }: { channel: ChannelJson; path: string; act: Act }) {
  const [name, setName] = useState(channel.name);
  const [about, setAbout] = useState(channel.description ?? '');
  return (
    <fieldset>
      <legend>Name</legend>
      <div class="form">
        <Field label="Name of the channel" value={name} onInput={setName} maxLength={80} />
        <Field label="What it is about" value={about} onInput={setAbout} maxLength={500} />
        <Button
          disabled={name.trim() === '' || (name === channel.name && about === (channel.description ?? ''))}
          onClick={() =>
            act(() => api.call('PUT', `${path}/details`, { name: name.trim(), description: about }))
          }
        >
          Save
        </Button>
      </div>
    </fieldset>
  );
}

/** @param act null: only to be read. */
function Members({
  channel,
  members,
  path,
  act,
}: {
  channel: ChannelJson;
  members: readonly Member[];
  path: string;
  act: Act | null;
}) {
  const own = me.value?.id;
  const at = (member: Member): string => `${path}/members/${encodeURIComponent(member.user_id)}`;
  return (
    <fieldset>
      <legend>{members.length === 1 ? '1 member' : `${members.length} members`}</legend>
      <ul class="list" aria-label="Members">
        {members.map((member) => {
          const name = personName(member.user_id, member.display_name);
          const other = member.role === 'admin' ? 'member' : 'admin';
          return (
            <li key={member.user_id} class="row-actions">
              <span class="row-name">
                <bdi>{name}</bdi>{' '}
                <span class="quiet-text">{member.role === 'admin' ? 'looks after it' : ''}</span>
              </span>
              {act === null || member.user_id === own ? null : (
                <>
                  <Button
                    label={other === 'admin' ? `Let ${name} look after it` : `Make ${name} a member only`}
                    onClick={() => act(() => api.call('PUT', `${at(member)}/role`, { role: other }))}
                  >
                    {other === 'admin' ? 'Make admin' : 'Make member'}
                  </Button>
                  <Button label={`Remove ${name}`} onClick={() => act(() => api.delete(at(member)))}>
                    Remove
                  </Button>
                </>
              )}
            </li>
          );
        })}
      </ul>
      {act === null || channel.privacy_mode === 'open' ? null : (
        <Adding members={members} path={path} act={act} />
      )}
    </fieldset>
  );
}

function Adding({ members, path, act }: { members: readonly Member[]; path: string; act: Act }) {
  const [who, setWho] = useState('');
  const [clear, setClear] = useState(false);
  const left = correspondents.value.filter((person) =>
    members.every((one) => one.user_id !== person.user_id),
  );
  const add = async (): Promise<void> => {
    try {
      await api.post(`${path}/members`, { user_id: who, ...(clear ? { accept_unencrypted: true } : {}) });
      setWho('');
      setClear(false);
    } catch (cause) {
      setClear(cause instanceof ApiError && cause.code === 'channel_not_readable_encrypted');
      throw cause;
    }
  };
  if (left.length === 0) return <p class="quiet-text">Everybody known here is in.</p>;
  return (
    <div class="field">
      <label for="channel-add">Add somebody</label>
      <div class="input-with-button">
        <select
          id="channel-add"
          class="input"
          value={who}
          onChange={(event) => {
            setWho(event.currentTarget.value);
            setClear(false);
          }}
        >
          <option value="">Choose a person</option>
          {left.map((person) => (
            <option key={person.user_id} value={person.user_id}>
              {personName(person.user_id)} (@{person.username})
            </option>
          ))}
        </select>
        <Button disabled={who === ''} onClick={() => act(add)}>
          {clear ? 'Add, and encrypt no longer' : 'Add'}
        </Button>
      </div>
    </div>
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
