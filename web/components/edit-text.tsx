/** A message's text in a field, in its place, while it is changed (05 section 10.5, M-7). */
import type { TargetedKeyboardEvent } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { enterDoes } from '../state/composing.ts';
import { editing, saveEdit } from '../state/message-actions.ts';
import type { Entry } from '../state/thread.ts';
import { Button } from './button.tsx';

/** The text in a field: Enter does as in the composer, Escape leaves it as it was. */
export function EditText({ entry }: { entry: Entry }) {
  const area = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(entry.text);
  const [error, setError] = useState<string | null>(null);
  useLayoutEffect(() => {
    area.current?.focus();
    area.current?.setSelectionRange(text.length, text.length);
  }, []);
  useLayoutEffect(() => {
    const element = area.current;
    if (element === null) return;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight + 2}px`;
  }, [text]);
  const back = (): void => {
    const message = area.current?.closest('article');
    editing.value = null;
    message?.focus();
  };
  const save = async (): Promise<void> => {
    const message = area.current?.closest('article');
    const refused = await saveEdit(entry, text);
    setError(refused);
    if (refused === null) message?.focus();
  };
  const keyDown = (event: TargetedKeyboardEvent<HTMLTextAreaElement>): void => {
    event.stopPropagation();
    if (event.key === 'Escape') back();
    if (event.key !== 'Enter') return;
    if (enterDoes(event, text, event.currentTarget.selectionStart) === 'break') return;
    event.preventDefault();
    if (text.trim() !== '') void save();
  };
  return (
    <form
      class="edit-text"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <textarea
        ref={area}
        class="input"
        rows={1}
        value={text}
        aria-label="Edit message"
        dir="auto"
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={keyDown}
      />
      {error === null ? null : (
        <p class="note error" role="alert">
          {error}
        </p>
      )}
      <span class="row-actions">
        <Button
          kind="primary"
          type="submit"
          disabledBecause={text.trim() === '' ? 'A message has words; Delete removes it.' : null}
        >
          Save
        </Button>
        <Button onClick={back}>Cancel</Button>
      </span>
    </form>
  );
}
