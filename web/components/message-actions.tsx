/**
 * What can be done with a message (05 section 10.5, M-7, M-8, M-13): a toolbar on hover and focus, reactions under the
 * text, and the text in a field while it is changed.
 */
import type { TargetedKeyboardEvent } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { editing, react, REACTIONS, removeSoon, saveEdit } from '../state/message-actions.ts';
import type { Entry } from '../state/thread.ts';
import { Button } from './button.tsx';
import { EmojiMenu } from './emoji-picker.tsx';
import { EditIcon, TrashIcon } from './icons.tsx';

const SIGNS = new Map(REACTIONS.map(([kind, sign]) => [kind, sign]));
const KINDS = new Map(REACTIONS.map(([kind, sign]) => [sign, kind]));
const CHOICES = REACTIONS.map(([, sign, name]) => [sign, name] as const);

/** In the Tab order while their message has the focus, as all buttons inside it. */
export function MessageToolbar({ entry }: { entry: Entry }) {
  if (entry.unsent !== undefined || (entry.channelId === null && !entry.mine)) return null;
  return (
    <div class="message-toolbar">
      {entry.channelId === null ? null : (
        <EmojiMenu
          id={`react-${entry.id}`}
          button="React"
          label="Reactions"
          choices={CHOICES}
          pick={(sign) => void react(entry, KINDS.get(sign) ?? 'like')}
          tabIndex={-1}
        />
      )}
      {entry.mine ? (
        <>
          <button
            type="button"
            class="icon-button"
            tabIndex={-1}
            aria-label="Edit"
            title="Edit"
            onClick={() => (editing.value = entry.id)}
          >
            <EditIcon />
          </button>
          <button
            type="button"
            class="icon-button"
            tabIndex={-1}
            aria-label="Delete"
            title="Delete"
            onClick={() => removeSoon(entry)}
          >
            <TrashIcon />
          </button>
        </>
      ) : null}
    </div>
  );
}

/** Who reacted and how; one's own can be taken back. */
export function ReactionRow({ entry }: { entry: Entry }) {
  if (entry.reactions.length === 0) return null;
  return (
    <div class="reactions">
      {entry.reactions.map(({ kind, count, names, mine }) => (
        <button
          key={kind}
          type="button"
          class="reaction"
          tabIndex={-1}
          aria-pressed={mine}
          aria-label={`${kind}, ${count}: ${names.join(', ')}`}
          title={names.join(', ')}
          onClick={() => void react(entry, kind)}
        >
          <span aria-hidden="true">{SIGNS.get(kind) ?? '👍'}</span> {count}
        </button>
      ))}
    </div>
  );
}

/** The text in a field: Enter saves, Shift+Enter breaks the line, Escape leaves it as it was. */
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
    if (event.key !== 'Enter' || event.isComposing || event.keyCode === 229 || event.shiftKey) return;
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
        <Button kind="primary" type="submit" disabled={text.trim() === ''}>
          Save
        </Button>
        <Button onClick={back}>Cancel</Button>
      </span>
    </form>
  );
}
