/**
 * A text in the words a person reads (05 sections 9 P-11, 10.5 M-11 and 10.11 A-2), on one line, for lists, quotes, notices and
 * search results: what Markdown draws is left out, what somebody wrote stays. Pure.
 */
import type MarkdownIt from 'markdown-it';
import { createMarkdown } from './markdown.ts';

/** As much as is read of a line, or out loud before the next thing is said. */
export const LINE_CHARS = 200;
/** UTF-16 units of markup that are read for one unit of the line; what begins later is cut off anyway. */
const MARKUP_SHARE = 4;
/** What the node puts at the end of what it shortened. */
const SHORTENED = /(?:\.\.\.|…)$/u;

type Token = ReturnType<MarkdownIt['parse']>[number];

let parser: MarkdownIt | null = null;

/** @param max UTF-16 units that are kept; what is left out is marked. */
export function plainText(text: string, max = LINE_CHARS): string {
  const read = cut(text, max * MARKUP_SHARE);
  // An address reads the same whether it is a link or not, and looking for addresses costs the most.
  parser ??= createMarkdown().disable('linkify');
  const line = oneLine(wordsOf(parser.parse(withoutBegun(read), {})));
  // Of a rule, or of what only names an address, nothing is left: better the signs than an empty line.
  const shown = line === '' ? oneLine(read) : line;
  return shown.length > max ? `${cut(shown, max).trimEnd()}…` : shown;
}

/** Never within a character. */
function cut(text: string, at: number): string {
  if (text.length <= at) return text;
  const within = /[\ud800-\udbff]$/u.test(text.slice(0, at)) ? at - 1 : at;
  return text.slice(0, within);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/gu, ' ').trim();
}

/** What stands in blocks next to each other is kept apart by a space. */
function wordsOf(tokens: readonly Token[]): string {
  return tokens
    .map((token) => {
      if (token.type === 'inline') return inlineWords(token.children ?? []).replace(TASK, '');
      return token.type === 'fence' || token.type === 'code_block' ? token.content : '';
    })
    .join(' ');
}

/** The box of a task list. */
const TASK = /^\[[ xX]\]\s+/u;

function inlineWords(tokens: readonly Token[]): string {
  return tokens
    .map((token) => (token.type === 'softbreak' || token.type === 'hardbreak' ? ' ' : token.content))
    .join('');
}

/** A text that was shortened may end within markup, whose beginning would be shown then. */
function withoutBegun(text: string): string {
  if (!SHORTENED.test(text)) return text;
  const plain = text.replace(/!?\[([^\][\n]*)\]\([^()\s]*$/u, '$1…');
  for (const mark of ['**', '~~', '`']) {
    const parts = plain.split(mark);
    const last = parts.at(-1) ?? '';
    if (parts.length % 2 === 0 && /^\S/u.test(last) && !last.includes('\n'))
      return parts.slice(0, -1).join(mark) + last;
  }
  return plain;
}
