/** The sign-in fields, for the page and for the dialog over the page (05 sections 10.2, 10.8 L-6). */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { login } from '../state/session.ts';
import { Button } from './button.tsx';
import { Field, PasswordField } from './field.tsx';

interface SignInFormProps {
  username?: string;
  onDone: () => void;
}

export function SignInForm({ username: given = '', onDone }: SignInFormProps) {
  const [username, setUsername] = useState(given);
  const [password, setPassword] = useState('');
  const [error, setError] = useState<{ at: 'name' | 'password'; text: string } | null>(null);
  const [busy, setBusy] = useState(false);
  const nameField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);

  // At once: later, it would take the focus from who types already. A dialog that opens asks for `autoFocus`.
  useLayoutEffect(() => (given === '' ? nameField : passwordField).current?.focus(), []);

  const complain = (at: 'name' | 'password', text: string): void => {
    setError({ at, text });
    (at === 'name' ? nameField : passwordField).current?.focus();
  };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    if (username.trim() === '') return complain('name', 'Enter your username.');
    if (password === '') return complain('password', 'Enter your password.');
    setBusy(true);
    setError(null);
    try {
      await login(username.trim(), password);
      onDone();
    } catch (cause) {
      complain('password', cause instanceof Error ? cause.message : 'Signing in failed.');
    } finally {
      setBusy(false);
    }
  };

  return (
    <form class="form" onSubmit={(event) => void submit(event)} noValidate>
      <Field
        label="Username"
        value={username}
        onInput={setUsername}
        autocomplete="username"
        required
        inputRef={nameField}
        error={error?.at === 'name' ? error.text : null}
      />
      <PasswordField
        label="Password"
        value={password}
        onInput={setPassword}
        autocomplete="current-password"
        inputRef={passwordField}
        error={error?.at === 'password' ? error.text : null}
        autoFocus={given !== ''}
      />
      <Button type="submit" kind="primary" busy={busy}>
        Sign in
      </Button>
    </form>
  );
}
