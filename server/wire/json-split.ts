/**
 * Cuts a long list out of a JSON document and into its elements, without reading them: so that each can be read by itself,
 * with pauses in between (08 section 5). Every part is read by the parser afterwards, so what is not JSON is found there.
 */

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** A document without the elements of a list, and these. */
export interface SplitDocument {
  /** The document with the list empty. */
  rest: string;
  elements: string[];
}

/**
 * Splits the list that stands under `key` in the outermost object; `null` when there is none, or the document ends
 * within it.
 */
export function splitElements(text: string, key: string): SplitDocument | null {
  const begin = listBegin(text, key);
  if (begin === null) return null;
  const elements: string[] = [];
  let depth = 0;
  let from = begin;
  for (let at = begin; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = stringEnd(text, at);
    else if (code === OPEN_LIST || code === OPEN_OBJECT) depth += 1;
    else if (code === COMMA && depth === 0) {
      elements.push(text.slice(from, at));
      from = at + 1;
    } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) {
      depth -= 1;
      if (depth >= 0) continue;
      const last = text.slice(from, at);
      if (elements.length > 0 || last.trim() !== '') elements.push(last);
      return { rest: text.slice(0, begin) + text.slice(at), elements };
    }
  }
  return null;
}

/** Where the first element of the list would stand. */
function listBegin(text: string, key: string): number | null {
  const name = JSON.stringify(key);
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === OPEN_LIST || code === OPEN_OBJECT) depth += 1;
    else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth -= 1;
    else if (code === QUOTE) {
      const end = stringEnd(text, at);
      if (depth === 1 && text.slice(at, end + 1) === name) {
        const colon = skipBlanks(text, end + 1);
        const list = skipBlanks(text, colon + 1);
        if (text.charCodeAt(colon) === COLON && text.charCodeAt(list) === OPEN_LIST) return list + 1;
      }
      at = end;
    }
  }
  return null;
}

/** The place of the quote that ends the string beginning at `at`; the end of the text when none does. */
function stringEnd(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return end;
  }
  return text.length;
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\n\r'.includes(text.charAt(at))) at += 1;
  return at;
}
