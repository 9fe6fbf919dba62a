/** Form fields: label above, hint below, an error in its place (05 sections 10.11 A-8, 11.5). */
import type { ComponentChildren, Ref } from 'preact';
import { useId, useState } from 'preact/hooks';

interface FieldProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  hint?: ComponentChildren;
  error?: string | null;
  autocomplete?: string;
  required?: boolean;
  inputmode?: 'text' | 'numeric' | 'url';
  maxLength?: number;
  placeholder?: string;
  inputRef?: Ref<HTMLInputElement>;
  onBlur?: () => void;
  rows?: number;
  /** @default text */
  type?: 'text' | 'date';
  code?: boolean;
}

/** A one-line field, or several lines with `rows`. */
export function Field(props: FieldProps) {
  const id = useId();
  const note = props.error ?? props.hint;
  const shared = {
    id,
    value: props.value,
    required: props.required,
    maxLength: props.maxLength,
    placeholder: props.placeholder,
    spellcheck: props.code === true ? false : undefined,
    autocomplete: props.autocomplete ?? 'off',
    class: props.code === true ? 'input code' : 'input',
    'aria-invalid': props.error == null ? undefined : ('true' as const),
    'aria-describedby': note == null ? undefined : `${id}-note`,
    onBlur: props.onBlur,
  };
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      {props.rows === undefined ? (
        <input
          {...shared}
          ref={props.inputRef}
          {...(props.type === 'date'
            ? { type: 'date' as const }
            : { type: 'text' as const, inputMode: props.inputmode })}
          dir="auto"
          onInput={(event) => props.onInput(event.currentTarget.value)}
        />
      ) : (
        <textarea
          {...shared}
          rows={props.rows}
          dir="auto"
          onInput={(event) => props.onInput(event.currentTarget.value)}
        />
      )}
      <Note id={`${id}-note`} error={props.error ?? null} hint={props.hint} />
    </div>
  );
}

/** What {@link Select} takes. */
export interface SelectProps {
  label: string;
  value: string;
  /** Values with their words. */
  options: readonly (readonly [string, string])[];
  onChange: (value: string) => void;
  hint?: ComponentChildren;
}

/** One of several. */
export function Select({ label, value, options, onChange, hint }: SelectProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        class="input"
        value={value}
        aria-describedby={hint == null ? undefined : `${id}-note`}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {options.map(([key, words]) => (
          <option key={key} value={key}>
            {words}
          </option>
        ))}
      </select>
      <Note id={`${id}-note`} error={null} hint={hint} />
    </div>
  );
}

function Note({ id, error, hint }: { id: string; error: string | null; hint: ComponentChildren }) {
  if (error !== null) {
    return (
      <p id={id} class="note error" role="alert">
        {error}
      </p>
    );
  }
  return hint == null ? null : (
    <div id={id} class="note">
      {hint}
    </div>
  );
}

interface PasswordProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  autocomplete: 'current-password' | 'new-password';
  error?: string | null;
  children?: ComponentChildren;
  inputRef?: Ref<HTMLInputElement>;
  /** A dialog begins here. */
  autoFocus?: boolean;
}

/** A password with a button that shows it instead of a second field (05 section 10.3, S-2). */
export function PasswordField({
  label,
  value,
  onInput,
  autocomplete,
  error,
  children,
  inputRef,
  autoFocus,
}: PasswordProps) {
  const id = useId();
  const [shown, setShown] = useState(false);
  const described = [error == null ? null : `${id}-note`, children == null ? null : `${id}-rules`].filter(
    Boolean,
  );
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="input-with-button">
        <input
          id={id}
          ref={inputRef}
          class="input"
          {...(shown ? { type: 'text' as const } : { type: 'password' as const })}
          value={value}
          autocomplete={autocomplete}
          autocapitalize="off"
          spellcheck={false}
          required
          autofocus={autoFocus}
          aria-invalid={error == null ? undefined : 'true'}
          aria-describedby={described.length === 0 ? undefined : described.join(' ')}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
        <button type="button" class="button quiet" aria-pressed={shown} onClick={() => setShown(!shown)}>
          Show<span class="visually-hidden"> password</span>
        </button>
      </div>
      <Note id={`${id}-note`} error={error ?? null} hint={null} />
      {children == null ? null : <div id={`${id}-rules`}>{children}</div>}
    </div>
  );
}
