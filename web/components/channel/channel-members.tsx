/** Who is in a channel, what each may do there, and adding somebody (05 section 3.3). */
import { useState } from 'preact/hooks';
import type { ChannelJson, ChannelMemberJson } from '../../api/types.ts';
import { ApiError } from '../../api/client.ts';
import { counted } from '../../state/numbers.ts';
import { correspondents, personName } from '../../state/people.ts';
import { api, me } from '../../state/session.ts';
import { Button } from '../button.tsx';
import { Avatar, PersonLink } from '../parts.tsx';
import { EndsEncryption } from './ends-encryption.tsx';
import type { Act } from './act.ts';

interface MembersProps {
  channel: ChannelJson;
  members: readonly ChannelMemberJson[];
  path: string;
  /** Null: only to be read. */
  act: Act | null;
}

export function Members({ channel, members, path, act }: MembersProps) {
  return (
    <fieldset class="choose">
      <legend>{counted(members.length, 'member', 'members')}</legend>
      <ul class="lines" aria-label="Members">
        {members.map((member) => (
          <MemberLine key={member.user_id} channel={channel} member={member} path={path} act={act} />
        ))}
      </ul>
      {act === null || channel.privacy_mode === 'open' ? null : (
        <Adding members={members} path={path} act={act} />
      )}
    </fieldset>
  );
}

function MemberLine({
  channel,
  member,
  path,
  act,
}: {
  channel: ChannelJson;
  member: ChannelMemberJson;
  path: string;
  act: Act | null;
}) {
  const id = encodeURIComponent(member.user_id);
  const name = personName(member.user_id, member.display_name);
  const leads = member.role === 'admin';
  const curated = channel.post_policy === 'curated';
  const can = leads ? 'looks after it' : curated && member.explicit_post_permission ? 'posts' : '';
  return (
    <li class="line member">
      <Avatar id={member.user_id} name={name} small />
      <span class="line-text grow">
        <PersonLink id={member.user_id} name={name} /> <span class="quiet-text">{can}</span>
      </span>
      {act === null || member.user_id === me.value?.id ? null : (
        <span class="row-actions">
          {!curated || leads ? null : member.explicit_post_permission ? (
            <Button
              label={`Stop posting: ${name}`}
              onClick={() => act(() => api.delete(`${path}/posters/${id}`))}
            >
              Stop posting
            </Button>
          ) : (
            <Button
              label={`Let post: ${name}`}
              onClick={() => act(() => api.post(`${path}/posters`, { user_id: member.user_id }))}
            >
              Let post
            </Button>
          )}
          <Button
            label={`${leads ? 'Make member' : 'Make admin'}: ${name}`}
            onClick={() =>
              act(() => api.call('PUT', `${path}/members/${id}/role`, { role: leads ? 'member' : 'admin' }))
            }
          >
            {leads ? 'Make member' : 'Make admin'}
          </Button>
          <Button label={`Remove ${name}`} onClick={() => act(() => api.delete(`${path}/members/${id}`))}>
            Remove
          </Button>
        </span>
      )}
    </li>
  );
}

function Adding({ members, path, act }: { members: MembersProps['members']; path: string; act: Act }) {
  const [who, setWho] = useState('');
  const [asking, setAsking] = useState(false);
  const left = correspondents.value.filter((person) =>
    members.every((one) => one.user_id !== person.user_id),
  );
  const add = (acceptUnencrypted: boolean): Promise<void> =>
    act(async () => {
      try {
        await api.post(`${path}/members`, {
          user_id: who,
          ...(acceptUnencrypted ? { accept_unencrypted: true } : {}),
        });
        setWho('');
        setAsking(false);
      } catch (cause) {
        if (!(cause instanceof ApiError && cause.code === 'channel_not_readable_encrypted')) throw cause;
        setAsking(true);
      }
    });
  if (left.length === 0) return <p class="quiet-text">Everybody known here is in.</p>;
  if (asking)
    return (
      <EndsEncryption
        name={personName(who)}
        action="Add, and encrypt no longer"
        onAccept={() => add(true)}
        onCancel={() => setAsking(false)}
      />
    );
  return (
    <div class="field">
      <label for="channel-add">Add somebody</label>
      <div class="input-with-button">
        <select
          id="channel-add"
          class="input"
          value={who}
          onChange={(event) => setWho(event.currentTarget.value)}
        >
          <option value="">Choose a person</option>
          {left.map((person) => (
            <option key={person.user_id} value={person.user_id}>
              {personName(person.user_id)} (@{person.username})
            </option>
          ))}
        </select>
        <Button disabledBecause={who === '' ? 'Choose a person first.' : null} onClick={() => add(false)}>
          Add
        </Button>
      </div>
    </div>
  );
}
