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
import { CheckIcon, CloseIcon, RingIcon } from './icons.tsx';
import { QrButton } from './qr-button.tsx';
import { Link, Name } from './parts.tsx';

interface DeviceProfile {
  display_name: string;
  description: string;
}

const KEY = 'first-steps';
/** One thing at a time (05 section 11.2). */
const NARROW = '(max-width: 719px)';
/** Whether the steps are shown; `null` as long as nobody has said. */
const unfolded = signal<boolean | null>(null);
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
  // On a phone they take the room of what people write, so that one line is enough as soon as there is something.
  const open = unfolded.value ?? !(channelEntries.value.length > 0 && matchMedia(NARROW).matches);
  const steps = [connected, hello, ...(isOwner.value ? [named.value] : [])];
  return (
    <section class="first-steps" aria-label="First steps">
      <header>
        <h2>First steps</h2>
        <span class="quiet-text">{`${steps.filter(Boolean).length} of ${steps.length} done`}</span>
        <span class="only-narrow">
          <Button kind="quiet" expanded={open} onClick={() => void (unfolded.value = !open)}>
            {open ? 'Hide' : 'Show'}
          </Button>
        </span>
        <IconButton name="Close first steps" onClick={close}>
          <CloseIcon />
        </IconButton>
      </header>
      <ol hidden={!open}>
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
          <span class="quiet-text">Give your invite code to the other device, or paste its code.</span>
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

const ERROR_ID = 'first-steps-error';

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
      {/* The step beside it is its label for those who see it. */}
      <input
        class="input"
        aria-label="Device name"
        value={profile.display_name}
        maxLength={50}
        autocomplete="off"
        dir="auto"
        aria-invalid={error === null ? undefined : 'true'}
        aria-describedby={error === null ? undefined : ERROR_ID}
        onInput={(event) => setProfile({ ...profile, display_name: event.currentTarget.value })}
      />
      <Button
        type="submit"
        disabledBecause={profile.display_name.trim() === '' ? 'Write a name first.' : null}
      >
        Save
      </Button>
      {error === null ? null : (
        <p id={ERROR_ID} class="note error">
          {error}
        </p>
      )}
    </form>
  );
}
