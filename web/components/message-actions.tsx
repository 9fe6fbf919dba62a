/**
 * What can be done with a message (05 section 10.5, M-7, M-8, M-13): a toolbar on hover and focus, reactions under the
 * text, and the text in a field while it is changed.
 */
import type { ComponentChildren, TargetedKeyboardEvent } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { bookmarks, messageAddress, toggleBookmark } from '../state/bookmarks.ts';
import { showToast } from '../state/notices.ts';
import { editing, react, REACTIONS, removeSoon, saveEdit } from '../state/message-actions.ts';
import type { Entry } from '../state/thread.ts';
import { Button } from './button.tsx';
import { copyText } from './copy.ts';
import { EmojiMenu } from './emoji-picker.tsx';
import { BookmarkIcon, ConnectIcon, EditIcon, ReplyIcon, TrashIcon } from './icons.tsx';
import type { UnsentActions } from './unsent-actions.ts';

const SIGNS = new Map(REACTIONS.map(([kind, sign]) => [kind, sign]));
const KINDS = new Map(REACTIONS.map(([kind, sign]) => [sign, kind]));
const CHOICES = REACTIONS.map(([, sign, name]) => [sign, name] as const);

/** In the Tab order while their message has the focus, as all buttons inside it. */
export function MessageToolbar({ entry, actions }: { entry: Entry; actions: UnsentActions }) {
  if (entry.unsent !== undefined) return null;
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
      {actions.reply === undefined ? null : (
        <Tool name="Reply" onClick={() => actions.reply?.(entry)}>
          <ReplyIcon />
        </Tool>
      )}
      {entry.mine ? (
        <Tool name="Edit" onClick={() => (editing.value = entry.id)}>
          <EditIcon />
        </Tool>
      ) : null}
      <Tool
        name={isSaved(entry) ? 'Remove bookmark' : 'Save'}
        pressed={isSaved(entry)}
        onClick={() => save(entry)}
      >
        <BookmarkIcon />
      </Tool>
      {entry.channelId === null ? null : (
        <Tool name="Copy link" onClick={() => void copyLink(entry)}>
          <ConnectIcon />
        </Tool>
      )}
      {entry.mine ? (
        <Tool name="Delete" onClick={() => removeSoon(entry)}>
          <TrashIcon />
        </Tool>
      ) : null}
    </div>
  );
}

interface ToolProps {
  name: string;
  onClick: () => void;
  pressed?: boolean;
  children: ComponentChildren;
}

function Tool({ name, onClick, pressed, children }: ToolProps) {
  return (
    <button
      type="button"
      class="icon-button"
      tabIndex={-1}
      aria-label={name}
      title={name}
      data-pressed={pressed === true ? '' : undefined}
      onClick={onClick}
    >
      {children}
    </button>
  );
}

function isSaved({ id }: Entry): boolean {
  return (bookmarks.value ?? []).some((one) => one.source_id === id);
}

function save({ id, channelId }: Entry): void {
  void toggleBookmark(channelId === null ? 'dm_message' : 'channel_message', id);
}

async function copyLink({ id, channelId }: Entry): Promise<void> {
  const copied = await copyText(window.location.origin + messageAddress(channelId ?? '', id), null);
  showToast({
    key: 'link',
    text: copied ? 'Link copied.' : 'The browser did not let the link be copied.',
    actions: [],
  });
}

/** Single letters work on the message that has the focus (05 section 10.10). */
export function messageKey(event: KeyboardEvent, entry: Entry, actions: UnsentActions): void {
  if (event.target !== event.currentTarget || entry.unsent !== undefined) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toLowerCase();
  if (key === 'r') actions.reply?.(entry);
  else if (key === 'e' && entry.mine) editing.value = entry.id;
  else if (key === 's') save(entry);
  else if (key === 'delete' && entry.mine) removeSoon(entry);
  else return;
  event.preventDefault();
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
