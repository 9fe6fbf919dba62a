/**
 * Where messages are written (05 section 10.5, M-2, M-3): Enter sends, Shift+Enter breaks the line, an input method
 * never sends, and inside an open code fence Enter breaks the line and Ctrl+Enter sends.
 */
import type { TargetedKeyboardEvent } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { draftOf, setDraft } from '../state/drafts.ts';
import { insideCodeFence } from '../state/code-fence.ts';
import { IconButton } from './button.tsx';
import { EmojiPicker } from './emoji-picker.tsx';
import { SendIcon } from './icons.tsx';

interface ComposerProps {
  /** Which conversation: the key of its draft. */
  draftKey: string;
  placeholder: string;
  /** At most this many characters; the node's limit. */
  maxLength: number;
  send: (text: string) => void;
  autoFocus?: boolean;
}

/** From here on the remaining length is shown. */
const COUNT_FROM = 0.9;

export function Composer({ draftKey, placeholder, maxLength, send, autoFocus }: ComposerProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const text = draftOf(draftKey);
  const [touch] = useState(() => window.matchMedia('(pointer: coarse)').matches);

  useLayoutEffect(() => {
    const element = area.current;
    if (element === null) return;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight + 2}px`;
  }, [text, draftKey]);

  useEffect(() => {
    // On touch a focused field opens the keyboard over what is to be read.
    if (autoFocus === true && !touch) area.current?.focus({ preventScroll: true });
  }, [draftKey]);

  const submit = (): void => {
    if (text.trim() === '' || text.length > maxLength) return;
    setDraft(draftKey, '');
    send(text);
    area.current?.focus();
  };

  const keyDown = (event: TargetedKeyboardEvent<HTMLTextAreaElement>): void => {
    // 229: Safari reports the end of a composition only so.
    if (event.key !== 'Enter' || event.isComposing || event.keyCode === 229 || event.shiftKey) return;
    const forced = event.ctrlKey || event.metaKey;
    if (!forced && insideCodeFence(text, event.currentTarget.selectionStart)) return;
    event.preventDefault();
    submit();
  };

  const insert = (emoji: string): void => {
    const element = area.current;
    const at = element?.selectionStart ?? text.length;
    setDraft(draftKey, text.slice(0, at) + emoji + text.slice(element?.selectionEnd ?? at));
    window.requestAnimationFrame(() => {
      element?.focus();
      element?.setSelectionRange(at + emoji.length, at + emoji.length);
    });
  };

  const left = maxLength - text.length;
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <textarea
        ref={area}
        id="composer"
        class="input"
        rows={1}
        value={text}
        aria-label="Message"
        aria-describedby={left < 0 ? 'composer-limit' : undefined}
        aria-invalid={left < 0 ? 'true' : undefined}
        placeholder={placeholder}
        dir="auto"
        enterkeyhint="send"
        onInput={(event) => setDraft(draftKey, event.currentTarget.value)}
        onKeyDown={keyDown}
      />
      <EmojiPicker pick={insert} />
      <IconButton name="Send" type="submit" disabled={text.trim() === '' || left < 0}>
        <SendIcon />
      </IconButton>
      {text.length > maxLength * COUNT_FROM ? (
        <p id="composer-limit" class={left < 0 ? 'note error' : 'note'}>
          {left < 0 ? `${-left} characters too long.` : `${left} characters left.`}
        </p>
      ) : null}
    </form>
  );
}
