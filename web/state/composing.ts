/** What keys do to a text that is written (05 sections 10.5 M-2 and 10.10). Pure, but for the choice of what Enter does. */
import { insideCodeFence } from './code-fence.ts';
import type { TextKey } from './shortcuts.ts';
import { storedFlag } from './stored-flag.ts';

/** Enter sends and Shift+Enter breaks the line, or the other way round; chosen in Settings. */
export const enterSends = storedFlag('enter-sends', true);

interface EnterKey {
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  isComposing: boolean;
  keyCode: number;
}

/**
 * What Enter does at `caret` of `text`.
 * @returns `break` leaves it to the field, which breaks the line or ends what an input method composes.
 */
export function enterDoes(
  event: EnterKey,
  text: string,
  caret: number,
  sends = enterSends.value,
): 'send' | 'break' {
  // 229: Safari reports the end of a composition only so.
  if (event.isComposing || event.keyCode === 229) return 'break';
  if (event.ctrlKey || event.metaKey) return 'send';
  if (event.shiftKey) return sends ? 'break' : 'send';
  return sends && !insideCodeFence(text, caret) ? 'send' : 'break';
}

const MARKS: Readonly<Record<Exclude<TextKey, 'block'>, string>> = {
  bold: '**',
  italic: '_',
  code: '`',
  strike: '~~',
};

/** A change of a text: what replaces `start` to `end`, and what is selected then. */
export interface TextChange {
  start: number;
  end: number;
  put: string;
  select: readonly [number, number];
}

/** Puts marks around what is selected; where they stand already, takes them away. */
export function formatted(text: string, start: number, end: number, key: TextKey): TextChange {
  const chosen = text.slice(start, end);
  if (key === 'block') return block(text, start, end);
  const mark = MARKS[key];
  const size = mark.length;
  if (text.slice(start - size, start) === mark && text.slice(end, end + size) === mark)
    return { start: start - size, end: end + size, put: chosen, select: [start - size, end - size] };
  return { start, end, put: mark + chosen + mark, select: [start + size, end + size] };
}

/** A fence stands on lines of its own. */
function block(text: string, start: number, end: number): TextChange {
  const before = start === 0 || text[start - 1] === '\n' ? '```\n' : '\n```\n';
  const after = end === text.length || text[end] === '\n' ? '\n```' : '\n```\n';
  const from = start + before.length;
  return {
    start,
    end,
    put: before + text.slice(start, end) + after,
    select: [from, from + (end - start)],
  };
}
