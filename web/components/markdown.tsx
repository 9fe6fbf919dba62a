/**
 * Shows a message text: rendered, sanitised by an allow-list, inserted once and cached (05 section 10.5, M-4, M-5).
 */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { mentionSpans } from '../state/mentions.ts';
import { byHandle, personName } from '../state/people.ts';
import { showPerson } from '../state/person-card.ts';
import { me } from '../state/session.ts';
import { sanitised } from '../sanitise.ts';
import { renderMarkdown } from '../state/markdown.ts';
import { codePressed, decorateCode } from './code-block.ts';

/** Rendered messages kept; more than any list shows at once. */
const CACHE_SIZE = 600;
const cache = new Map<string, DocumentFragment>();

/** A paragraph of nothing but text, as most messages are: there is nothing in it to parse or to sanitise. */
const PLAIN = /^<p>([^<&]*)<\/p>\n$/u;

function paragraph(text: string): DocumentFragment {
  const content = document.createDocumentFragment();
  const only = document.createElement('p');
  only.textContent = text;
  content.append(only);
  return content;
}

/** The sanitised content of a text, ready to be cloned. */
function contentOf(text: string): DocumentFragment {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const html = renderMarkdown(text);
  const plain = PLAIN.exec(html)?.[1];
  const content = plain === undefined ? sanitised(html) : paragraph(plain);
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
