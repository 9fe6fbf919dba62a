/**
 * Markdown as messages are written in (05 section 10.5, M-4): raw HTML is text, pictures are not loaded, and only what leaves for
 * the web or a mail program is a link. The page draws it; node and page read it in words by the same rules.
 */
import MarkdownIt from 'markdown-it';

const SCHEMES = /^(?:https?|mailto):/iu;

/** A parser with these rules. It is heavy enough to be made once, and only where it is needed. */
export function createMarkdown(): MarkdownIt {
  const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true, typographer: false });
  markdown.disable(['image']);
  markdown.linkify.set({ fuzzyEmail: false, fuzzyLink: false });
  // Anything that is not absolute would be an address of this node, chosen by whoever wrote the message.
  markdown.validateLink = (url: string) => SCHEMES.test(url.trim());
  return markdown;
}
