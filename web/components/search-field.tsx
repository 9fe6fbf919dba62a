/** A field to search with: what was typed can be taken back at once, in every browser (05 section 11.5, Field). */
import type { Ref } from 'preact';
import { useRef } from 'preact/hooks';
import { IconButton } from './button.tsx';
import { CloseIcon } from './icons.tsx';

interface SearchFieldProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  autoFocus?: boolean;
  /** @default the label */
  placeholder?: string;
  inputRef?: Ref<HTMLInputElement>;
  class?: string;
}

export function SearchField({
  label,
  value,
  onInput,
  autoFocus,
  placeholder = label,
  inputRef,
  class: className,
}: SearchFieldProps) {
  const frame = useRef<HTMLDivElement>(null);
  const clear = (): void => {
    onInput('');
    frame.current?.querySelector('input')?.focus();
  };
  return (
    <div ref={frame} class={`search-field ${className ?? ''}`.trim()}>
      <input
        ref={inputRef}
        type="search"
        class="input"
        aria-label={label}
        placeholder={placeholder}
        value={value}
        dir="auto"
        enterkeyhint="search"
        autofocus={autoFocus}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      {value === '' ? null : (
        <IconButton name="Clear" onClick={clear}>
          <CloseIcon />
        </IconButton>
      )}
    </div>
  );
}
