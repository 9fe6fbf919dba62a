/**
 * Code blocks of messages (05 section 10.5, M-5): their language, a button that copies, and one that unfolds what is long. They
 * are built once and cloned, so their buttons work by one listener around them.
 */
import { copyText } from './copy.ts';

/** Longer blocks are folded. */
const FOLD_LINES = 400;
/** How long `Copied` is shown. */
const COPIED_MS = 2_000;
const COPY = 'Copy code';

/** Adds the head and, to what is long, the fold. */
export function decorateCode(block: HTMLElement): void {
  const language = /language-([\w+#-]{1,30})/u.exec(block.querySelector('code')?.className ?? '')?.[1] ?? '';
  const figure = document.createElement('div');
  figure.className = 'code-block';
  const head = document.createElement('div');
  head.className = 'code-head';
  const label = document.createElement('span');
  label.textContent = language;
  head.append(label, button(COPY, 'copy'));
  block.replaceWith(figure);
  block.tabIndex = 0;
  figure.append(head, block);
  const lines = linesOf(block);
  if (lines <= FOLD_LINES) return;
  figure.classList.add('folded');
  const unfold = button(unfoldWords(lines), 'fold');
  unfold.setAttribute('aria-expanded', 'false');
  figure.append(unfold);
}

function button(words: string, does: 'copy' | 'fold'): HTMLButtonElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = 'button quiet';
  made.textContent = words;
  made.dataset['code'] = does;
  return made;
}

function linesOf(block: HTMLElement): number {
  return block.textContent.replace(/\n$/u, '').split('\n').length;
}

function unfoldWords(lines: number): string {
  return `Show all ${lines} lines`;
}

/** What a press inside a text means for a code block. */
export function codePressed(target: Element | null): void {
  const pressed = target?.closest('button[data-code]');
  const figure = pressed?.closest('.code-block');
  const block = figure?.querySelector('pre');
  if (!(pressed instanceof HTMLButtonElement) || figure == null || block == null) return;
  if (pressed.dataset['code'] === 'copy') copy(pressed, block);
  else fold(pressed, figure, block);
}

function copy(pressed: HTMLButtonElement, block: HTMLElement): void {
  void copyText(block.textContent, null).then((ok) => {
    pressed.textContent = ok ? 'Copied' : 'Not copied';
    window.setTimeout(() => (pressed.textContent = COPY), COPIED_MS);
  });
}

function fold(pressed: HTMLButtonElement, figure: Element, block: HTMLElement): void {
  const folded = figure.classList.toggle('folded');
  pressed.setAttribute('aria-expanded', String(!folded));
  pressed.textContent = folded ? unfoldWords(linesOf(block)) : 'Show fewer lines';
  // What is folded from its end keeps its place in the view.
  if (folded) figure.scrollIntoView({ block: 'nearest' });
}
