/**
 * Shows a message text: rendered, sanitised by an allow-list, inserted once and cached (05 section 10.5, M-4, M-5).
 */
import DOMPurify from 'dompurify';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { mentionSpans } from '../state/mentions.ts';
import { byHandle, personName } from '../state/people.ts';
import { showPerson } from '../state/person-card.ts';
import { me } from '../state/session.ts';
import { renderMarkdown } from '../state/markdown.ts';
import { codePressed, decorateCode } from './code-block.ts';

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
    // What is no address need not look like one.
    ADD_URI_SAFE_ATTR: ['rel', 'target', 'start'],
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

/** Texts in which nothing is looked for. */
const LITERAL = 'code, pre, a, button';

/** Makes every `@name` of a known person a button that shows their card; code and links stay as they are. */
function markMentions(content: DocumentFragment): void {
  const walker = document.createTreeWalker(content, NodeFilter.SHOW_TEXT);
  const found: Text[] = [];
  while (walker.nextNode() !== null) {
    const node = walker.currentNode;
    if (node instanceof Text && node.data.includes('@') && node.parentElement?.closest(LITERAL) == null)
      found.push(node);
  }
  for (const node of found) {
    const text = node.data;
    const parts: (Node | string)[] = [];
    let at = 0;
    for (const { start, end, handle } of mentionSpans(text)) {
      const person = byHandle.value.get(handle.toLowerCase());
      if (person === undefined) continue;
      const mention = document.createElement('button');
      mention.type = 'button';
      mention.className = person.user_id === me.value?.id ? 'mention me' : 'mention';
      mention.dataset['person'] = person.user_id;
      // An id says nothing to anybody.
      mention.textContent = `@${handle === person.user_id ? personName(person.user_id) : handle}`;
      mention.title = personName(person.user_id);
      parts.push(text.slice(at, start), mention);
      at = end;
    }
    if (at > 0) node.replaceWith(...parts, text.slice(at));
  }
}

function pressed(event: MouseEvent): void {
  const target = event.target instanceof Element ? event.target : null;
  const person = target?.closest<HTMLElement>('button[data-person]')?.dataset['person'];
  if (person === undefined) codePressed(target);
  else showPerson(person);
}

/** The text of a message. */
export function Markdown({ text }: { text: string }) {
  const place = useRef<HTMLDivElement>(null);
  const people = text.includes('@') ? byHandle.value : null;
  useLayoutEffect(() => {
    const content = document.createDocumentFragment();
    content.append(contentOf(text).cloneNode(true));
    if (people !== null) markMentions(content);
    place.current?.replaceChildren(content);
  }, [text, people]);
  return <div class="text" dir="auto" ref={place} onClick={pressed} />;
}
