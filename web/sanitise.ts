/**
 * The sanitiser, with what a message may contain (05 section 10.5, M-4). It is set up once: reading an allow-list takes
 * longer than most messages.
 */
import DOMPurify from 'dompurify';

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

DOMPurify.setConfig({
  ALLOWED_TAGS,
  ALLOWED_ATTR,
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/iu,
  // What is no address need not look like one.
  ADD_URI_SAFE_ATTR: ['rel', 'target', 'start'],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
});

/** What of `html` may stand in the page. */
export function sanitised(html: string): DocumentFragment {
  // Said again for its type alone; with a configuration set nothing is read from here.
  return DOMPurify.sanitize(html, { RETURN_DOM_FRAGMENT: true });
}
