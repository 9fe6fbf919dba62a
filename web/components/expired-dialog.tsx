/** The session ended: sign in over the page, then what was going on goes on (05 section 10.8, L-6). */
import { useEffect } from 'preact/hooks';
import { abandonSession, checkRenewed, expired, me } from '../state/session.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { SignInForm } from './sign-in-form.tsx';

export function ExpiredDialog() {
  const open = expired.value;
  useEffect(() => {
    if (!open) return undefined;
    // Signed in again in another tab: nothing is left to ask.
    const returned = (): void => void checkRenewed();
    window.addEventListener('focus', returned);
    return () => window.removeEventListener('focus', returned);
  }, [open]);
  if (!open) return null;
  return (
    <Dialog title="Sign in again">
      <p>
        Your session ended. Nothing on this page is lost; what you were doing continues after you sign in.
      </p>
      <SignInForm username={me.value?.username ?? ''} onDone={() => undefined} />
      <Button kind="quiet" onClick={abandonSession}>
        Leave this page
      </Button>
    </Dialog>
  );
}
