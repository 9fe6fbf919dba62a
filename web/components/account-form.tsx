/**
 * The fields of a new account, for Setup and Register (05 section 10.3, S-2): rules are shown before and ticked off
 * while typing, everything that is wrong is said at once, and what was typed stays.
 */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from '../api/client.ts';
import {
  displayNameProblem,
  passwordRules,
  usernameMistake,
  usernameProblem,
} from '../state/account-rules.ts';
import type { AccountForm as Account } from '../state/session.ts';
import { Button } from './button.tsx';
import { Field, PasswordField } from './field.tsx';
import { Notice } from './parts.tsx';
import { PasswordRules } from './password-rules.tsx';

interface AccountFormProps {
  action: string;
  /** @throws {ApiError} */
  submit: (account: Account) => Promise<void>;
  /** Further fields under `More`. */
  more?: ComponentChildren;
  /** False while a further field holds something that cannot be used. */
  ready?: boolean;
}

export function AccountForm({ action, submit, more, ready = true }: AccountFormProps) {
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [displayName, setDisplayName] = useState('');
  const [checked, setChecked] = useState(false);
  const [unfolded, setUnfolded] = useState(false);
  const [nameLeft, setNameLeft] = useState(false);
  const [error, setError] = useState<{ text: string; code: string; violations: string[] } | null>(null);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const nameField = useRef<HTMLInputElement>(null);
  // Counts what could not be sent off: each time the first field that is wrong has the focus.
  const [refused, setRefused] = useState(0);

  // At once: later, it would take the focus from who types already.
  useLayoutEffect(() => nameField.current?.focus(), []);
  useLayoutEffect(() => {
    if (refused > 0) form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus();
  }, [refused]);

  const rules = passwordRules(password);
  const nameProblem = usernameProblem(username);
  const displayProblem = displayNameProblem(displayName);
  const broken = rules.filter((rule) => !rule.kept);

  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    setChecked(true);
    setError(null);
    // What is wrong in there is seen, and stays there while it is mended.
    if (displayProblem !== null || !ready) setUnfolded(true);
    if (nameProblem !== null || broken.length > 0 || displayProblem !== null || !ready)
      return setRefused(refused + 1);
    setBusy(true);
    try {
      await submit({ username: username.trim(), password, displayName });
    } catch (cause) {
      setError(describe(cause));
      nameField.current?.focus();
    } finally {
      setBusy(false);
    }
  };

  const nameTaken = error?.code === 'username_taken' ? error.text : null;
  return (
    <form ref={form} class="form" onSubmit={(event) => void send(event)} noValidate>
      {error === null || nameTaken !== null ? null : (
        <Notice tone="danger">
          {error.text}
          {error.violations.length < 2 ? null : (
            <ul>
              {error.violations.map((violation) => (
                <li key={violation}>{violation}</li>
              ))}
            </ul>
          )}
        </Notice>
      )}
      <Field
        label="Username"
        value={username}
        onInput={(value) => {
          setUsername(value);
          if (nameTaken !== null) setError(null);
        }}
        onBlur={() => setNameLeft(username !== '')}
        autocomplete="username"
        required
        maxLength={60}
        inputRef={nameField}
        hint="2 to 30 letters A to Z, digits, _ or -"
        error={nameTaken ?? (checked || nameLeft ? nameProblem : usernameMistake(username))}
      />
      <PasswordField
        label="Password"
        value={password}
        onInput={setPassword}
        autocomplete="new-password"
        error={checked && broken.length > 0 ? 'The password does not keep every rule yet.' : null}
      >
        <PasswordRules rules={rules} />
      </PasswordField>
      <details class="more" open={unfolded} onToggle={(event) => setUnfolded(event.currentTarget.open)}>
        <summary>More</summary>
        <Field
          label="Display name"
          value={displayName}
          onInput={setDisplayName}
          autocomplete="name"
          hint="What others see. Your username if left empty."
          error={displayProblem}
        />
        {more}
      </details>
      <Button type="submit" kind="primary" busy={busy}>
        {action}
      </Button>
    </form>
  );
}

function describe(cause: unknown): { text: string; code: string; violations: string[] } {
  if (!(cause instanceof ApiError))
    return { text: 'That did not work. Try again.', code: '', violations: [] };
  const violations = cause.body['violations'];
  const list = Array.isArray(violations) ? violations.filter((item) => typeof item === 'string') : [];
  return { text: cause.message, code: cause.code, violations: list };
}
