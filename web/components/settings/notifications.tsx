/** Notifications: whether the browser tells of what comes, and how much it says (05 sections 10.2 and 10.9, U-4). */
import { useId, useState } from 'preact/hooks';
import { askPermission, hideTexts, permission, systemNotices } from '../../state/system-notices.ts';
import { Region } from '../region.tsx';
import { FlagChoice } from './flag-choice.tsx';

const ABSENT =
  'This browser shows notifications only of pages opened over https or on the same machine; this one is not.';
const DENIED = 'The browser does not let this page show notifications. Allow it beside its address bar.';

export function NotificationSettings() {
  const id = useId();
  const [refused, setRefused] = useState(false);
  const allowed = permission();
  const turn = async (on: boolean): Promise<void> => {
    const granted = !on || (await askPermission());
    setRefused(!granted);
    systemNotices.choose(on && granted);
  };
  const why = allowed === 'absent' ? ABSENT : allowed === 'denied' || refused ? DENIED : null;
  return (
    <Region title="Notifications">
      <div>
        <label class="check">
          <input
            type="checkbox"
            checked={systemNotices.value && allowed === 'granted'}
            disabled={allowed === 'absent'}
            aria-describedby={`${id}-note`}
            onChange={(event) => void turn(event.currentTarget.checked)}
          />
          <span>Show notifications of this browser</span>
        </label>
        <p id={`${id}-note`} class="note">
          {why ??
            'Of messages and mentions that come while you look elsewhere. How much of a conversation counts is chosen at its head.'}
        </p>
      </div>
      <FlagChoice
        flag={hideTexts}
        label="Without the text of the message"
        hint="A notification then says who and where, not what."
      />
    </Region>
  );
}
