/**
 * Message text to HTML (05 section 10.5, M-4): Markdown with raw HTML shown as text, no images, and only links that
 * leave for the web or a mail program. The result is sanitised again before it is inserted.
 */
import MarkdownIt from 'markdown-it';

const SCHEMES = /^(?:https?|mailto):/iu;

const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true, typographer: false });
markdown.disable(['image']);
markdown.linkify.set({ fuzzyEmail: false, fuzzyLink: false });
// Anything that is not absolute would be an address of this node, chosen by whoever wrote the message.
markdown.validateLink = (url: string) => SCHEMES.test(url.trim());

markdown.renderer.rules['link_open'] = (tokens, index, options, _env, self) => {
  const token = tokens[index];
  if (token !== undefined) {
    token.attrSet('rel', 'noopener noreferrer nofollow');
    token.attrSet('target', '_blank');
    token.attrSet('title', hostOf(String(token.attrGet('href') ?? '')));
  }
  return self.renderToken(tokens, index, options);
};

function hostOf(url: string): string {
  try {
    return new URL(url).host || url;
  } catch {
    return url;
  }
}

/** Renders one message. The output still has to pass the sanitiser. */
export function renderMarkdown(text: string): string {
  return markdown.render(text);
}
