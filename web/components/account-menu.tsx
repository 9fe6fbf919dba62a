/** The account button: who is signed in, and signing out (05 section 10.2, banner). */
import { useState } from 'preact/hooks';
import { counted } from '../state/numbers.ts';
import { outbox } from '../state/sending.ts';
import { me, signOut } from '../state/session.ts';
import { Button } from './button.tsx';
import { Avatar, Link, Name } from './parts.tsx';
import { closePopover, Popover } from './popover.tsx';

export function AccountMenu() {
  const user = me.value;
  const [error, setError] = useState<string | null>(null);
  if (user === null) return null;
  const unsent = outbox.items.value.length;
  const leave = async (): Promise<void> => {
    setError(null);
    await signOut().catch((cause: unknown) =>
      setError(cause instanceof Error ? cause.message : 'Signing out failed.'),
    );
  };
  return (
    <>
      <button type="button" class="account-button" aria-label="Account" popovertarget="account-menu">
        <Avatar id={user.id} name={user.display_name} small />
      </button>
      <Popover id="account-menu" label="Account">
        <p class="strong">
          <Name>{user.display_name}</Name>
        </p>
        <p class="quiet-text">
          <Name>{`@${user.username}`}</Name>
          {user.is_owner ? ', owner of this node' : ''}
        </p>
        <nav class="row-actions" aria-label="Your account" onClick={() => closePopover('account-menu')}>
          <Link class="lone" href="/profile">
            Profile and sessions
          </Link>
          <Link class="lone" href="/help">
            Help
          </Link>
        </nav>
        {unsent === 0 ? null : (
          <p class="quiet-text">
            {counted(unsent, 'message is', 'messages are')} not sent yet. Signing out deletes what is not
            sent.
          </p>
        )}
        <Button onClick={leave}>Sign out</Button>
        {error === null ? null : <p class="note error">{error}</p>}
      </Popover>
    </>
  );
}
