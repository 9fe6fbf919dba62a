/**
 * A message in one line of plain words, for lists and for screen readers (05 sections 9 P-11 and 10.11, A-2): what Markdown
 * draws is left out, what somebody wrote stays.
 */

/** As much as is read of a line, or out loud before the next thing is said. */
export const LINE_CHARS = 200;

/** @param max characters that are kept; what is left out is marked. */
export function plainText(markdown: string, max = LINE_CHARS): string {
  // A line is made of the beginning; nobody reads a page of it.
  const line = markdown
    .slice(0, max * 4)
    .replaceAll(/^[ \t]*(?:```|~~~).*$/gmu, '')
    .replaceAll(/^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+(?:\[[ xX]\][ \t]+)?)/gmu, '')
    .replaceAll(/^[ \t]*\|?(?:[ \t]*:?-{3,}:?[ \t]*\|)+[ \t]*(?::?-{3,}:?)?[ \t]*$/gmu, '')
    .replaceAll(/\[([^\]\n]+)\]\((?:https?|mailto):[^)\s]*\)/giu, '$1')
    .replaceAll(/(\*\*|__|~~)(?=\S)(.+?)(?<=\S)\1/gu, '$2')
    .replaceAll(/(?<![\p{L}\p{N}*_])([*_])(?=[^\s*_])([^*_\n]+?)(?<=\S)\1(?![\p{L}\p{N}*_])/gu, '$2')
    .replaceAll(/`([^`\n]+)`/gu, '$1')
    .replaceAll(/\s+/gu, ' ')
    .trim();
  return line.length > max ? `${line.slice(0, max).trimEnd()}…` : line;
}
