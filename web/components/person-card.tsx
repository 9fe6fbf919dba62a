/** The card of a person: how they look, what they say of themselves, on which device they are at home (05 section 10.5). */
import { useEffect, useState } from 'preact/hooks';
import { conversationAddress } from '../state/conversations.ts';
import { peerName, sections } from '../state/mesh.ts';
import { shownPerson } from '../state/person-card.ts';
import { personName } from '../state/people.ts';
import { navigate } from '../state/router.ts';
import { api, me } from '../state/session.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Avatar, Name, Notice, ReachBadge } from './parts.tsx';

interface PersonAnswer {
  user_id: string;
  username: string;
  display_name: string;
  account_type: 'human' | 'agent';
  bio: string;
  is_remote: boolean;
  origin_peer: string | null;
  mention_handles: string[];
  device: {
    display_name: string;
    description: string;
    avatar_b64: string | null;
    avatar_mime: string | null;
  } | null;
}

/** Over whatever page it was asked for. */
export function PersonCard() {
  const id = shownPerson.value;
  return id === null ? null : <Card key={id} id={id} />;
}

function close(): void {
  shownPerson.value = null;
}

function Card({ id }: { id: string }) {
  const [person, setPerson] = useState<PersonAnswer | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    api
      .get<PersonAnswer>(`/api/v1/people/${encodeURIComponent(id)}`)
      .then(setPerson, (cause: unknown) =>
        setError(cause instanceof Error ? cause.message : 'The card could not be read.'),
      );
  }, [id]);
  const name = personName(id, person?.display_name);
  const own = id === me.value?.id;
  const go = (address: string): void => {
    close();
    navigate(address);
  };
  return (
    <Dialog title={name} onClose={close} toRead>
      <div class="person-card">
        <Avatar id={id} name={name} large />
        <div class="stacked">
          {person === null ? null : (
            <p class="quiet-text">
              <Name>{`@${person.mention_handles[0] ?? person.username}`}</Name>
              {person.account_type === 'agent' ? ', an agent' : ''}
            </p>
          )}
          {person === null || person.bio === '' ? null : (
            <p class="bio">
              <Name>{person.bio}</Name>
            </p>
          )}
          {person === null ? null : <Device person={person} />}
        </div>
      </div>
      {error === null ? null : <Notice tone="danger">{error}</Notice>}
      <div class="row-actions">
        {own ? (
          <Button kind="primary" onClick={() => go('/profile')}>
            Edit your profile
          </Button>
        ) : (
          <Button kind="primary" onClick={() => go(conversationAddress({ kind: 'person', id }))}>
            Write a message
          </Button>
        )}
        <Button onClick={close}>Close</Button>
      </div>
    </Dialog>
  );
}

/** Pictures of devices come as data; only these kinds are shown. */
const PICTURE = /^image\/(?:png|jpeg|webp|gif)$/u;

function Device({ person: { device, origin_peer: peer } }: { person: PersonAnswer }) {
  if (peer === null) return <p class="quiet-text">On this device</p>;
  const at = sections.value.connected.find((one) => one.peerId === peer);
  const picture =
    device !== null && device.avatar_b64 !== null && PICTURE.test(device.avatar_mime ?? '')
      ? `data:${device.avatar_mime};base64,${device.avatar_b64}`
      : null;
  return (
    <div class="person-device">
      {picture === null ? null : <img src={picture} alt="" />}
      <div>
        <p>
          On <Name>{device?.display_name.trim() || peerName(peer)}</Name>{' '}
          <ReachBadge reach={at?.reach ?? { kind: 'offline' }} />
        </p>
        {device === null || device.description === '' ? null : (
          <p class="quiet-text">
            <Name>{device.description}</Name>
          </p>
        )}
      </div>
    </div>
  );
}
