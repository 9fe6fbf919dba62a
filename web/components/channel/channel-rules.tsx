/** What those who look after a channel decide: its name, who it is for, who posts, when it is archived (05 section 3.3). */
import { useState } from 'preact/hooks';
import type { ChannelJson } from '../../api/types.ts';
import { AUDIENCES, LIFECYCLES } from '../../state/channel-words.ts';
import { api } from '../../state/session.ts';
import { Button } from '../button.tsx';
import { Field, Select } from '../field.tsx';
import type { Act } from './act.ts';

interface RulesProps {
  channel: ChannelJson;
  path: string;
  act: Act;
}

export function Naming({ channel, path, act }: RulesProps) {
  const [name, setName] = useState(channel.name);
  const [about, setAbout] = useState(channel.description ?? '');
  return (
    <fieldset class="choose">
      <legend>Name and purpose</legend>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '')
            void act(() => api.call('PUT', `${path}/details`, { name: name.trim(), description: about }));
        }}
      >
        <Field label="Name of the channel" value={name} onInput={setName} maxLength={80} />
        <Field label="What it is about" value={about} onInput={setAbout} maxLength={500} />
        <Button
          type="submit"
          disabledBecause={
            name.trim() === ''
              ? 'A channel has a name.'
              : name === channel.name && about === (channel.description ?? '')
                ? 'Nothing is changed yet.'
                : null
          }
        >
          Save
        </Button>
      </form>
    </fieldset>
  );
}

const NEVER = 'never';

/** Each is saved when it is chosen. */
export function Rules({ channel, path, act }: RulesProps) {
  const put = (part: string, body: object): void =>
    void act(() => api.call('PUT', part === '' ? path : `${path}/${part}`, body));
  const curated = channel.post_policy === 'curated';
  return (
    <fieldset class="choose">
      <legend>Rules</legend>
      <div class="form">
        <Select
          label="Who it is for"
          value={channel.privacy_mode}
          options={AUDIENCES.map(({ mode, label }) => [mode, label] as const)}
          onChange={(mode) => put('', { privacy_mode: mode })}
          hint={AUDIENCES.find(({ mode }) => mode === channel.privacy_mode)?.hint}
        />
        <Select
          label="Who posts"
          value={channel.post_policy}
          options={[
            ['open', 'Everybody who reads it'],
            ['curated', 'Only those who look after it, and chosen members'],
          ]}
          onChange={(policy) =>
            put('post-policy', { post_policy: policy, allow_member_replies: channel.allow_member_replies })
          }
        />
        {curated ? (
          <label class="check">
            <input
              type="checkbox"
              checked={channel.allow_member_replies}
              onChange={() =>
                put('post-policy', {
                  post_policy: 'curated',
                  allow_member_replies: !channel.allow_member_replies,
                })
              }
            />
            <span>Everybody may reply</span>
          </label>
        ) : null}
        <Select
          label="Archived by itself"
          value={channel.lifecycle_preserved ? NEVER : String(channel.lifecycle_ttl_days)}
          options={[
            [NEVER, 'Never'],
            ...LIFECYCLES.map(({ days, label }) => [String(days), label] as const),
            ...(LIFECYCLES.some(({ days }) => days === channel.lifecycle_ttl_days)
              ? []
              : [
                  [
                    String(channel.lifecycle_ttl_days),
                    `After ${channel.lifecycle_ttl_days} quiet days`,
                  ] as const,
                ]),
          ]}
          onChange={(wanted) =>
            put(
              'lifecycle',
              wanted === NEVER ? { preserved: true } : { preserved: false, ttl_days: Number(wanted) },
            )
          }
        />
      </div>
    </fieldset>
  );
}
