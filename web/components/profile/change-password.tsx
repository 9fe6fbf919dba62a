/** Changing the password, which signs out every other session (05 section 10.15, K-4). */
import { useRef, useState } from 'preact/hooks';
import { passwordRules } from '../../state/account-rules.ts';
import { changePassword, me } from '../../state/session.ts';
import { PasswordField } from '../field.tsx';
import { PasswordRules } from '../password-rules.tsx';
import { Region } from '../region.tsx';
import { SaveRow } from '../save-row.tsx';
import { problemOf, useSaving } from '../saving.ts';

/** @param onChanged told afterwards: the list of sessions is another one. */
export function ChangePassword({ onChanged }: { onChanged: () => void }) {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const { outcome, run, refuse, clear } = useSaving();
  const currentField = useRef<HTMLInputElement>(null);
  const nextField = useRef<HTMLInputElement>(null);
  const rules = passwordRules(next);

  const submit = async (): Promise<void> => {
    if (outcome.kind === 'busy') return;
    if (current === '') {
      refuse('Type the password you have now.', 'current_password');
      return currentField.current?.focus();
    }
    if (rules.some((rule) => !rule.kept)) {
      refuse('The new password does not keep every rule yet.', 'password');
      return nextField.current?.focus();
    }
    const work = async (): Promise<void> => {
      await changePassword(current, next);
      setCurrent('');
      setNext('');
    };
    if (await run(work, 'Password changed. Every other session was ended.')) onChanged();
    else currentField.current?.focus();
  };
  return (
    <Region title="Password">
      <p class="quiet-text">
        Changing it signs you out everywhere but here. API keys keep working; revoke those you do not need on
        API Keys.
      </p>
      <form
        class="form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {/* Password managers want to know whose password it is. */}
        <input type="text" hidden readOnly autocomplete="username" value={me.value?.username ?? ''} />
        <PasswordField
          label="Current password"
          value={current}
          onInput={(value) => {
            setCurrent(value);
            clear();
          }}
          autocomplete="current-password"
          inputRef={currentField}
          error={problemOf(outcome, 'current_password')}
        />
        <PasswordField
          label="New password"
          value={next}
          onInput={(value) => {
            setNext(value);
            clear();
          }}
          autocomplete="new-password"
          inputRef={nextField}
          error={problemOf(outcome, 'password')}
        >
          <PasswordRules rules={rules} />
        </PasswordField>
        <SaveRow action="Change password" outcome={outcome} fields={['current_password', 'password']} />
      </form>
    </Region>
  );
}
