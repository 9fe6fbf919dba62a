/** Polls in texts (05 section 10.5, M-16): what is shown of such a text besides the poll, and the block for a new one. Pure. */

const BLOCK = /\[poll\][\s\S]*?\[\/poll\]/iu;

/** Whether a text carries a poll. */
export function hasPoll(text: string): boolean {
  return BLOCK.test(text);
}

/** The text around the poll. */
export function withoutPoll(text: string): string {
  return text.replace(BLOCK, '').trim();
}

/** A new poll as text, which every node understands. @param days how long it runs. */
export function pollText(question: string, options: readonly string[], days: number): string {
  const clean = (line: string): string => line.trim().replace(/\s+/gu, ' ');
  const lines = options.map(clean).filter((option) => option !== '');
  return [
    '[poll]',
    `question: ${clean(question)}`,
    ...lines.map((option) => `- ${option}`),
    `duration: ${days}d`,
    '[/poll]',
  ].join('\n');
}
