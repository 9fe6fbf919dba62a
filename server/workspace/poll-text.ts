/**
 * Polls are written into a text (04 section 4.8): a `[poll]` block with a question and options, and how long it runs. The
 * reference's guide writes the question as the first line, without a word before it; votes name an option by its place, so
 * the same lines must count as options here and there. Pure: the same text and time give the same poll on every node.
 */
import { parseTime } from '../store/time.ts';
import { cut } from './text.ts';

/** A poll as its text defines it. */
export interface PollDefinition {
  question: string;
  options: readonly string[];
  /** Unix ms. */
  endsAt: number;
}

const BEGIN = /\[poll\]/i;
const END = /\[\/poll\]/i;
/** Longest block that is read, UTF-16 units: a question and options at their limits fit into it. */
const MAX_BLOCK = 8_000;
const FIELD = /^\s*(question|options|duration|ttl|expires|ends|ends_at|end)\s*:\s*(.*)$/i;
/** The reference takes a mark without a space for one, and a row of marks; numbers are of ours alone. */
const OPTION = /^\s*(?:[-*•][-*•\s]*|\d{1,2}[.)]\s+)(.*)$/;
const DURATION = /^(\d{1,4})\s*(m|min|h|d|w)$/i;
const UNITS: Readonly<Record<string, number>> = {
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
/** A poll that says nothing runs so long. */
const DEFAULT_LIFE_MS = 7 * 86_400_000;
/** Nothing runs longer: posts do not live longer either (03 section 5.5). */
const MAX_LIFE_MS = 730 * 86_400_000;
const MIN_OPTIONS = 2;
/** Options of a poll; more could not be told apart at a glance. */
const MAX_OPTIONS = 20;
/** Longest question that is shown, code points. */
const MAX_QUESTION = 500;
/** Longest option that is shown, code points. */
const MAX_OPTION = 200;

/** The poll in a text; null when there is none, or it has no question or fewer than two options. */
export function parsePoll(text: string, createdAt: number): PollDefinition | null {
  const body = blockIn(text);
  if (body === null) return null;
  let question = '';
  let endsAt = createdAt + DEFAULT_LIFE_MS;
  const options: string[] = [];
  for (const line of body.split('\n')) {
    const field = FIELD.exec(line);
    const value = field?.[2]?.trim() ?? '';
    switch (field?.[1]?.toLowerCase()) {
      case 'question':
        question = cut(value, MAX_QUESTION);
        break;
      case 'options':
        options.push(...value.split('|').filter((one) => one.trim() !== ''));
        break;
      case 'duration':
      case 'ttl':
      case 'expires':
      case 'ends':
      case 'ends_at':
      case 'end':
        endsAt = endOf(value, createdAt) ?? endsAt;
        break;
      default: {
        const option = OPTION.exec(line)?.[1];
        if (option === undefined) question ||= cut(line.trim(), MAX_QUESTION);
        else if (option.trim() !== '') options.push(option);
      }
    }
  }
  const labels = options.slice(0, MAX_OPTIONS).map((option) => cut(option, MAX_OPTION));
  if (question === '' || labels.length < MIN_OPTIONS) return null;
  return { question, options: labels, endsAt: Math.min(endsAt, createdAt + MAX_LIFE_MS) };
}

/** How long a poll still runs, in the reference's words. */
export function pollStatus(poll: PollDefinition, now: number): string {
  const left = poll.endsAt - now;
  if (left <= 0) return 'Closed';
  for (const unit of ['d', 'h', 'm'] as const) {
    const count = Math.floor(left / (UNITS[unit] ?? Infinity));
    if (count >= 1) return `Ends in ${count}${unit}`;
  }
  return 'Ends in <1m';
}

/** What stands between the first marks; looked for once, however often a text repeats them. */
function blockIn(text: string): string | null {
  const begin = BEGIN.exec(text);
  if (begin === null) return null;
  const from = begin.index + begin[0].length;
  const rest = text.slice(from, from + MAX_BLOCK);
  const end = END.exec(rest);
  return end === null ? null : rest.slice(0, end.index);
}

function endOf(value: string, createdAt: number): number | null {
  const duration = DURATION.exec(value);
  if (duration === null) return parseTime(value);
  return createdAt + Number(duration[1]) * (UNITS[duration[2]?.toLowerCase() ?? ''] ?? 0);
}
