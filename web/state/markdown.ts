/**
 * Message text to HTML (05 section 10.5, M-4), by the rules of `server/markdown`. The result is sanitised again before it is
 * inserted.
 */
import { createMarkdown } from '../../server/markdown/markdown.ts';

const markdown = createMarkdown();

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
