/**
 * Shows a message text: rendered, sanitised by an allow-list, inserted once and cached (05 section 10.5, M-4, M-5).
 */
import DOMPurify from 'dompurify';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { renderMarkdown } from '../state/markdown.ts';
import { copyText } from './copy.ts';

const ALLOWED_TAGS = [
  'p',
  'br',
  'hr',
  'em',
  'strong',
  's',
  'del',
  'code',
  'pre',
  'blockquote',
  'ul',
  'ol',
  'li',
  'a',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'table',
  'thead',
  'tbody',
  'tr',
  'th',
  'td',
];
const ALLOWED_ATTR = ['href', 'title', 'rel', 'target', 'class', 'start'];

/** Rendered messages kept; more than any list shows at once. */
const CACHE_SIZE = 600;
const cache = new Map<string, DocumentFragment>();

/** The sanitised content of a text, ready to be cloned. */
function contentOf(text: string): DocumentFragment {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const content = DOMPurify.sanitize(renderMarkdown(text), {
    ALLOWED_TAGS,
    ALLOWED_ATTR,
    ALLOWED_URI_REGEXP: /^(?:https?|mailto):/iu,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
  // A heading inside a message is no heading of the page.
  for (const heading of content.querySelectorAll('h1,h2,h3,h4,h5,h6')) {
    const line = document.createElement('p');
    line.className = 'text-heading';
    line.append(...heading.childNodes);
    heading.replaceWith(line);
  }
  for (const table of content.querySelectorAll('table')) scrollable(table, 'Table');
  for (const block of content.querySelectorAll('pre')) decorateCode(block);
  // Reached through the message, see MessageList.
  for (const inner of content.querySelectorAll<HTMLElement>('a, button')) inner.tabIndex = -1;
  if (cache.size >= CACHE_SIZE) cache.delete(cache.keys().next().value ?? '');
  cache.set(text, content);
  return content;
}

/** Wide content scrolls by itself, with the keyboard too. */
function scrollable(element: HTMLElement, name: string): void {
  const frame = document.createElement('div');
  frame.className = 'scroll-x';
  frame.tabIndex = 0;
  frame.setAttribute('role', 'group');
  frame.setAttribute('aria-label', name);
  element.replaceWith(frame);
  frame.append(element);
}

/** Adds the language and a copy button to a code block. */
function decorateCode(block: HTMLElement): void {
  const language = /language-([\w+#-]{1,30})/u.exec(block.querySelector('code')?.className ?? '')?.[1] ?? '';
  const figure = document.createElement('div');
  figure.className = 'code-block';
  const head = document.createElement('div');
  head.className = 'code-head';
  const label = document.createElement('span');
  label.textContent = language;
  const copy = document.createElement('button');
  copy.type = 'button';
  copy.className = 'button quiet';
  copy.textContent = 'Copy code';
  copy.dataset['copy'] = 'code';
  head.append(label, copy);
  block.replaceWith(figure);
  block.tabIndex = 0;
  figure.append(head, block);
}

/** One delegated listener: clones of the cached content carry none. */
function copyCode(event: MouseEvent): void {
  const button = event.target instanceof Element ? event.target.closest('button[data-copy]') : null;
  if (!(button instanceof HTMLButtonElement)) return;
  const text = button.closest('.code-block')?.querySelector('pre')?.textContent ?? '';
  void copyText(text, null).then((ok) => {
    button.textContent = ok ? 'Copied' : 'Not copied';
    window.setTimeout(() => (button.textContent = 'Copy code'), 2_000);
  });
}

/** The text of a message. */
export function Markdown({ text }: { text: string }) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    place.current?.replaceChildren(contentOf(text).cloneNode(true));
  }, [text]);
  return <div class="text" dir="auto" ref={place} onClick={copyCode} />;
}
