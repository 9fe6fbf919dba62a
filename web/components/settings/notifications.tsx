/** Notifications: whether the browser tells of what comes, and how much it says (05 sections 10.2 and 10.9, U-4). */
import { useId, useState } from 'preact/hooks';
import { askPermission, hideTexts, permission, systemNotices } from '../../state/system-notices.ts';
import { chooseQuietHours, doNotDisturb, quietHours, USUAL_HOURS, withSound } from '../../state/quiet.ts';
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
      <FlagChoice flag={withSound} label="With a sound" hint="Two quiet notes, made by this browser." />
      <FlagChoice
        flag={doNotDisturb}
        label="Do not disturb"
        hint="Nothing is told until you turn this off; what comes is counted as always."
      />
      <QuietHoursChoice />
    </Region>
  );
}

/** Hours of every day at which nothing is told. */
function QuietHoursChoice() {
  const hours = quietHours.value;
  const id = useId();
  const field = (which: 'from' | 'to', label: string) => (
    <label class="inline-field">
      <span>{label}</span>
      <input
        type="time"
        class="input"
        required
        value={hours?.[which]}
        onChange={(event) =>
          hours !== null && chooseQuietHours({ ...hours, [which]: event.currentTarget.value })
        }
      />
    </label>
  );
  return (
    <div>
      <label class="check">
        <input
          type="checkbox"
          checked={hours !== null}
          aria-describedby={`${id}-note`}
          onChange={(event) => chooseQuietHours(event.currentTarget.checked ? USUAL_HOURS : null)}
        />
        <span>Quiet hours every day</span>
      </label>
      <p id={`${id}-note`} class="note">
        Nothing is told between these times, by the clock of this browser.
      </p>
      {hours === null ? null : (
        <div class="row-actions">
          {field('from', 'From')}
          {field('to', 'To')}
        </div>
      )}
    </div>
  );
}
