/**
 * Where messages are written (05 section 10.5, M-2, M-3): Enter sends and Shift+Enter breaks the line, or the other way round if
 * so chosen; an input method never sends, inside an open code fence Enter breaks the line, and Ctrl+Enter always sends.
 * Files come by button, paste and drop (05 section 10.7, F-1).
 */
import type { ComponentChildren, TargetedKeyboardEvent } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useCompletions } from './completions.tsx';
import { draftOf, setDraft } from '../state/drafts.ts';
import { enterDoes, enterSends, formatted, type TextChange } from '../state/composing.ts';
import { textKey } from '../state/shortcuts.ts';
import { addedFiles } from '../state/sending.ts';
import { refsOf, type FileRef } from '../state/uploads.ts';
import { IconButton } from './button.tsx';
import { EmojiPicker } from './emoji-picker.tsx';
import { AddedFilesTray } from './added-files.tsx';
import { AttachFiles } from './attach-files.tsx';
import { SendIcon } from './icons.tsx';
import { useDroppedFiles } from './drop-files.ts';

interface ComposerProps {
  /** @default composer */
  id?: string;
  /** @default Message */
  label?: string;
  /** Which conversation: the key of its draft. */
  draftKey: string;
  placeholder: string;
  /** At most this many characters; the node's limit. */
  maxLength: number;
  /** `false`: it was not taken, and stays in the draft. */
  send: (text: string, files: readonly FileRef[]) => boolean | void;
  /** Whether files can go along. @default true */
  files?: boolean;
  autoFocus?: boolean;
  /** Between the files and the field: what is replied to. */
  above?: ComponentChildren;
  /** ArrowUp in the empty field. */
  onEditLast?: () => void;
}

/** From here on the remaining length is shown. */
const COUNT_FROM = 0.9;

function selectionOf(area: HTMLTextAreaElement): [start: number, end: number] {
  return [area.selectionStart, area.selectionEnd];
}

/** Changes the text as if it were typed, so that it can be undone. */
function change(area: HTMLTextAreaElement, { start, end, put, select }: TextChange): void {
  area.focus();
  area.setSelectionRange(start, end);
  // The only way to a change that the field's own undo knows.
  if (!document.execCommand('insertText', false, put)) {
    area.setRangeText(put, start, end, 'end');
    area.dispatchEvent(new Event('input', { bubbles: true }));
  }
  area.setSelectionRange(...select);
}

export function Composer(props: ComposerProps) {
  const {
    draftKey,
    placeholder,
    maxLength,
    send,
    autoFocus,
    files = true,
    id = 'composer',
    label = 'Message',
  } = props;
  const form = useRef<HTMLFormElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const [complaint, setComplaint] = useState<string | null>(null);
  const [hasty, setHasty] = useState(false);
  const added = addedFiles.of(draftKey);
  const area = useRef<HTMLTextAreaElement>(null);
  const text = draftOf(draftKey);
  const [touch] = useState(() => window.matchMedia('(pointer: coarse)').matches);

  const completions = useCompletions(id, area, (next) => setDraft(draftKey, next));

  useLayoutEffect(() => {
    const element = area.current;
    const frame = form.current;
    if (element === null || frame === null) return;
    // Measured inside a frame that keeps its height: otherwise the list above would grow for a moment and scroll.
    frame.style.height = `${frame.offsetHeight}px`;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight + 2}px`;
    frame.style.height = '';
  }, [text, draftKey]);

  useEffect(() => {
    // On touch a focused field opens the keyboard over what is to be read.
    if (autoFocus === true && !touch) area.current?.focus({ preventScroll: true });
  }, [draftKey]);

  const add = (list: readonly File[]): void => setComplaint(addedFiles.add(draftKey, list));
  useDroppedFiles(form, files, add);

  const ready = (text.trim() !== '' || added.length > 0) && added.every((file) => file.state === 'done');
  const submit = (): void => {
    setHasty(!ready && added.length > 0);
    if (!ready || text.length > maxLength) return;
    if (send(text, refsOf(added)) === false) return;
    setDraft(draftKey, '');
    addedFiles.take(draftKey);
    setComplaint(null);
    area.current?.focus();
  };

  const keyDown = (event: TargetedKeyboardEvent<HTMLTextAreaElement>): void => {
    if (completions.keyDown(event)) return;
    if (event.key === 'ArrowUp' && text === '' && props.onEditLast !== undefined) {
      event.preventDefault();
      return props.onEditLast();
    }
    const format = textKey(event);
    if (format !== null) {
      event.preventDefault();
      return change(event.currentTarget, formatted(text, ...selectionOf(event.currentTarget), format));
    }
    if (event.key !== 'Enter') return;
    if (enterDoes(event, text, event.currentTarget.selectionStart) === 'break') return;
    event.preventDefault();
    submit();
  };

  const insert = (emoji: string): void => {
    const element = area.current;
    if (element === null) return;
    const [start, end] = selectionOf(element);
    const caret = start + emoji.length;
    change(element, { start, end, put: emoji, select: [caret, caret] });
  };

  const left = maxLength - text.length;
  const whyNot =
    left < 0
      ? 'It is too long.'
      : ready
        ? null
        : added.length > 0
          ? 'Its files are not on this node yet.'
          : 'There is nothing to send yet.';
  return (
    <form
      ref={form}
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <AddedFilesTray draftKey={draftKey} files={added} />
      {props.above}
      {completions.list}
      <textarea
        ref={area}
        id={id}
        class="input"
        rows={1}
        value={text}
        aria-label={label}
        aria-describedby={left < 0 ? `${id}-limit` : undefined}
        aria-invalid={left < 0 ? 'true' : undefined}
        placeholder={placeholder}
        dir="auto"
        enterkeyhint={enterSends.value ? 'send' : 'enter'}
        {...completions.aria}
        onInput={(event) => {
          setDraft(draftKey, event.currentTarget.value);
          completions.look(event.currentTarget);
        }}
        onSelect={(event) => completions.look(event.currentTarget)}
        onBlur={completions.close}
        onKeyDown={keyDown}
        onPaste={(event) => {
          const pasted = [...(event.clipboardData?.files ?? [])];
          if (!files || pasted.length === 0) return;
          event.preventDefault();
          add(pasted);
        }}
      />
      {files ? <AttachFiles picker={picker} add={add} /> : null}
      <EmojiPicker id={id} pick={insert} />
      <IconButton name="Send" type="submit" disabledBecause={whyNot}>
        <SendIcon />
      </IconButton>
      {hasty && !ready && added.length > 0 ? (
        <p class="note" role="status">
          It can be sent when its files are on this node.
        </p>
      ) : null}
      {complaint === null ? null : (
        <p class="note error" role="alert">
          {complaint}
        </p>
      )}
      {text.length > maxLength * COUNT_FROM ? (
        <p id={`${id}-limit`} class={left < 0 ? 'note error' : 'note'}>
          {left < 0 ? `${-left} characters too long.` : `${left} characters left.`}
        </p>
      ) : null}
    </form>
  );
}
