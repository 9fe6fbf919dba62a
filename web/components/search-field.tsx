/** A field that narrows a list while one types. */
interface SearchFieldProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  autoFocus?: boolean;
}

export function SearchField({ label, value, onInput, autoFocus }: SearchFieldProps) {
  return (
    <input
      type="search"
      class="input"
      aria-label={label}
      placeholder={label}
      value={value}
      dir="auto"
      autofocus={autoFocus}
      onInput={(event) => onInput(event.currentTarget.value)}
    />
  );
}
