/**
 * Stands in for the package `entities` where the page reads Markdown (`vite.config.ts`): the table of all names HTML knows
 * would be a seventh of the page's script, and every browser has it already.
 */
import { sanitised } from './sanitise.ts';

/**
 * Decodes one named character reference, as CommonMark has them: whole, with its semicolon.
 *
 * @param reference an ampersand, a name and a semicolon, and nothing else
 * @returns what it stands for; the reference itself when there is none of that name
 */
export function decodeHTMLStrict(reference: string): string {
  const read = sanitised(reference).textContent;
  // `&notit;` is a browser's old `&not` and the rest of a word.
  return read.endsWith(';') && reference !== '&semi;' ? reference : read;
}

export { decodeHTMLStrict as decodeHTML };
