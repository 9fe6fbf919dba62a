/** Changes to an input: some blind, some that know what texts of the protocol are made of. */
import type { Random } from '../../server/ports/types.ts';

/** Longest input tried, in characters: room for every shape, and short enough for thousands of runs a second. */
export const MAX_INPUT = 8192;

/** Strings, numbers, words and single characters, as JSON, addresses and codes have them. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[-+.\w]+|[^]/gu;

/** Pieces that parsers treat in a way of their own. */
const PIECES = [
  ...'{ } [ ] : , " \\ / // :// @ % . - + = # ? ; null true false NaN Infinity -Infinity [] {} "" {"":'.split(
    ' ',
  ),
  ...'0 -0 1 -1 1.0 0.1 1e5 1e400 5e-324 00 65535 65536 9007199254740993 \\ud83d \\udc00 \\u0000 \\u \\n'.split(
    ' ',
  ),
  ...'"__proto__" "constructor" canopy: ws:// wss:// localhost 127.0.0.1 ::1 \0 \ufeff \u2100 é ß 🌳'.split(
    ' ',
  ),
  ...[' ', '\t', '\n', '\r\n', '\u0085', '\u00a0', '\u2028'],
  ...['['.repeat(300), 'a'.repeat(300), '1234567890'.repeat(44)],
];

/** A changed `input`. `other` is some input to cross it with. */
export function mutate(random: Random, input: string, other: string): string {
  let text = input;
  for (let left = 1 + int(random, 0, 3); left > 0; left -= 1) text = mutateOnce(random, text, other);
  // What arrives has been UTF-8, so half a surrogate pair is none of our inputs.
  return Buffer.from(text.slice(0, MAX_INPUT)).toString();
}

function mutateOnce(random: Random, text: string, other: string): string {
  const at = int(random, 0, text.length);
  const end = Math.min(text.length, at + int(random, 0, 16));
  switch (int(random, 0, 8)) {
    case 0:
      return text.slice(0, at) + String.fromCodePoint(int(random, 0, 0xff)) + text.slice(at + 1);
    case 1:
      return text.slice(0, at) + text.slice(end);
    case 2:
      return text.slice(0, end) + text.slice(at);
    case 3:
      return text.slice(0, at) + pick(random, PIECES) + text.slice(end);
    case 4:
      return text.slice(0, at) + other.slice(int(random, 0, other.length));
    default:
      return changeToken(random, text, other);
  }
}

/** Replaces, drops or doubles one token. */
function changeToken(random: Random, text: string, other: string): string {
  const tokens = text.match(TOKEN) ?? [''];
  const at = int(random, 0, tokens.length - 1);
  const old = tokens[at] ?? '';
  const fresh = [
    pick(random, PIECES),
    pick(random, other.match(TOKEN) ?? ['']),
    pick(random, tokens),
    '',
    old + old,
  ];
  tokens[at] = pick(random, fresh);
  return tokens.join('');
}

/** A whole number from `low` to `high`, both included. */
function int(random: Random, low: number, high: number): number {
  return low + Math.floor(random.fraction() * (high - low + 1));
}

function pick(random: Random, list: readonly string[]): string {
  return list[int(random, 0, list.length - 1)] ?? '';
}
