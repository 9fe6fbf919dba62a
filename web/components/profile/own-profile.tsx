/** Names and words about oneself (05 section 10.15, K-4). Other nodes see them. */
import { useEffect, useState } from 'preact/hooks';
import { displayNameProblem } from '../../state/account-rules.ts';
import { loadPeople } from '../../state/people.ts';
import { api, loadSession, me } from '../../state/session.ts';
import { transport } from '../../state/sending.ts';
import { uploadOne } from '../../state/uploads.ts';
import { Button } from '../button.tsx';
import { Field } from '../field.tsx';
import { Avatar, Notice } from '../parts.tsx';
import { PictureChoice } from '../picture-choice.tsx';
import { Region } from '../region.tsx';
import { SaveRow } from '../save-row.tsx';
import { ThemeChoice } from '../settings/theme-choice.tsx';
import { problemOf, useSaving } from '../saving.ts';

const ADDRESS = '/api/v1/profile';

interface OwnProfileAnswer {
  username: string;
  display_name: string | null;
  bio: string | null;
  avatar_file_id: string | null;
}

export function OwnProfile() {
  const [profile, setProfile] = useState<OwnProfileAnswer | null>(null);
  const [unread, setUnread] = useState<string | null>(null);
  const { outcome, run, refuse, clear } = useSaving();

  const load = async (): Promise<void> => {
    try {
      setProfile(await api.get<OwnProfileAnswer>(ADDRESS));
      setUnread(null);
    } catch (cause) {
      setUnread(cause instanceof Error ? cause.message : 'Your profile could not be read.');
    }
  };
  useEffect(() => void load(), []);

  const change = (changes: Partial<OwnProfileAnswer>): void => {
    if (profile !== null) setProfile({ ...profile, ...changes });
    clear();
  };
  const setPicture = async (id: string | null): Promise<void> => {
    await api.post(ADDRESS, { avatar_file_id: id });
    await Promise.all([load(), loadPeople()]);
  };
  const save = async (): Promise<void> => {
    if (profile === null) return;
    const problem = displayNameProblem(profile.display_name ?? '');
    if (problem !== null) return refuse(problem, 'display_name');
    const { display_name, bio } = profile;
    // The name stands in the account menu, too.
    if (await run(() => api.post(ADDRESS, { display_name, bio }))) await loadSession().catch(() => undefined);
  };
  return (
    <Region title="About you">
      {unread === null ? null : (
        <Notice tone="danger" action={<Button onClick={load}>Retry</Button>}>
          {unread}
        </Notice>
      )}
      {profile === null ? null : (
        <form
          class="form"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void save();
          }}
        >
          <PictureChoice
            what="you"
            has={profile.avatar_file_id !== null}
            save={async (picture) => {
              const file = new File([picture], 'avatar.jpg', { type: 'image/jpeg' });
              const { id } = await uploadOne(transport, file);
              await setPicture(id);
            }}
            remove={() => setPicture(null)}
          >
            <Avatar id={me.value?.id ?? ''} name={profile.display_name ?? profile.username} large />
          </PictureChoice>
          <dl class="facts">
            <dt>Username</dt>
            <dd>{profile.username}</dd>
          </dl>
          <Field
            label="Display name"
            value={profile.display_name ?? ''}
            onInput={(display_name) => change({ display_name })}
            autocomplete="name"
            hint="What others see. Your username if left empty."
            error={problemOf(outcome, 'display_name')}
          />
          <Field
            label="About"
            value={profile.bio ?? ''}
            onInput={(bio) => change({ bio })}
            maxLength={500}
            rows={3}
            error={problemOf(outcome, 'bio')}
          />
          <ThemeChoice />
          <SaveRow action="Save" outcome={outcome} fields={['display_name', 'bio']} />
        </form>
      )}
    </Region>
  );
}
