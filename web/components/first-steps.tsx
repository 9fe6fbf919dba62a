/**
 * The short card above an empty #general (05 section 10.3, S-4): connect a device, say hello, name this device. Each
 * step ticks itself; the card goes when all are done or it is closed.
 */
import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import type { InviteAnswer } from '../api/types.ts';
import { channelEntries, channelLoaded, GENERAL } from '../state/channel.ts';
import { connectPeer, meshLoaded, reachableCount, readInviteCode, sections } from '../state/mesh.ts';
import { api, isOwner, me } from '../state/session.ts';
import { browserStore } from '../state/storage.ts';
import { Button, CopyButton, IconButton } from './button.tsx';
import { Field } from './field.tsx';
import { CheckIcon, CloseIcon, RingIcon } from './icons.tsx';
import { QrButton } from './qr-button.tsx';
import { Link, Name } from './parts.tsx';

interface DeviceProfile {
  display_name: string;
  description: string;
}

const KEY = 'first-steps';
const closed = signal(browserStore.read(KEY) === 'closed');
const named = signal(browserStore.read(`${KEY}.named`) === true);

function close(): void {
  closed.value = true;
  browserStore.write(KEY, 'closed');
}

export function FirstSteps() {
  const hello = channelEntries.value.some((entry) => entry.mine);
  const connected = reachableCount.value > 0;
  // Somebody who came to a busy channel needs no introduction.
  const busy = channelEntries.value.some((entry) => !entry.mine) && hello;
  const show =
    !closed.value && !busy && channelLoaded.value === GENERAL && meshLoaded.value && me.value !== null;
  if (!show || (connected && hello && (named.value || !isOwner.value))) return null;
  return (
    <section class="first-steps" aria-label="First steps">
      <header>
        <h2>First steps</h2>
        <IconButton name="Close first steps" onClick={close}>
          <CloseIcon />
        </IconButton>
      </header>
      <ol>
        <li>
          <Step done={connected} title="Connect a device" />
          {connected ? null : <ConnectStep />}
        </li>
        <li>
          <Step done={hello} title="Say hello" />
          {hello ? null : (
            <Button onClick={() => document.querySelector<HTMLElement>('#composer')?.focus()}>
              Write a message
            </Button>
          )}
        </li>
        {isOwner.value ? (
          <li>
            <Step done={named.value} title="Name this device" />
            {named.value ? null : <NameStep />}
          </li>
        ) : null}
      </ol>
    </section>
  );
}

function Step({ done, title }: { done: boolean; title: string }) {
  return (
    <p class={done ? 'step done' : 'step'}>
      {done ? <CheckIcon /> : <RingIcon />}
      <span>
        {title}
        {done ? <span class="visually-hidden">: done</span> : null}
      </span>
    </p>
  );
}

function ConnectStep() {
  const [invite, setInvite] = useState<InviteAnswer | null>(null);
  useEffect(() => {
    readInviteCode('')
      .then(setInvite)
      .catch(() => undefined);
  }, []);
  const nearby = sections.value.discovered.filter((peer) => peer.state !== 'connected');
  return (
    <>
      {nearby.map((peer) => (
        <div class="row-actions" key={peer.peerId}>
          <span>
            <Name>{peer.name}</Name> is on this network
          </span>
          <Button kind="primary" onClick={() => connectPeer(peer.peerId)}>
            Connect
          </Button>
        </div>
      ))}
      {invite === null ? null : (
        <div class="row-actions">
          <span>Give your invite code to the other device, or paste its code.</span>
          <input
            class="input code"
            readOnly
            aria-label="Invite code"
            value={invite.invite_code}
            onFocus={(event) => event.currentTarget.select()}
          />
          <CopyButton text={invite.invite_code} name="Copy invite code" />
          <QrButton text={invite.invite_code} what="invite code" />
          <Link href="/connect" class="button plain">
            Paste a code
          </Link>
        </div>
      )}
    </>
  );
}

function NameStep() {
  const [profile, setProfile] = useState<DeviceProfile | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    api
      .get<DeviceProfile>('/api/v1/device/profile')
      .then(setProfile)
      .catch(() => undefined);
  }, []);
  if (profile === null) return null;
  const save = async (): Promise<void> => {
    setError(null);
    try {
      await api.post('/api/v1/device/profile', { display_name: profile.display_name.trim() });
      named.value = true;
      browserStore.write(`${KEY}.named`, true);
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : 'Not saved.');
    }
  };
  return (
    <form
      class="row-actions"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Field
        label="Device name"
        value={profile.display_name}
        onInput={(display_name) => setProfile({ ...profile, display_name })}
        maxLength={50}
        error={error}
      />
      <Button type="submit" disabled={profile.display_name.trim() === ''}>
        Save
      </Button>
    </form>
  );
}
