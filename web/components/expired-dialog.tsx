/** The session ended: sign in over the page, then what was going on goes on (05 section 10.8, L-6). */
import { abandonSession, expired, me } from '../state/session.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { SignInForm } from './sign-in-form.tsx';

export function ExpiredDialog() {
  if (!expired.value) return null;
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
