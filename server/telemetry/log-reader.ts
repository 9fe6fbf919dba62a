/**
 * Reads the end of the log files back for the owner of the node (05 section 10.15, K-6). What is in them is redacted
 * where it is written; here only sizes are bounded, so that a log of any length costs the same.
 */
import { open } from 'node:fs/promises';

/** Read at most from the end of the log: some ten thousand lines. */
const MAX_TAIL_BYTES = 2 * 1_048_576;
/** UTF-16 units shown of what a line says besides its message. */
const MAX_DETAILS = 2_000;

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One line. */
export interface LogLine {
  /** ISO 8601 with zone, as written. */
  time: string;
  level: LogLevel;
  room: string | null;
  message: string;
  /** The other fields, as JSON; blank without any. */
  details: string;
}

/** Which lines are wanted. */
export interface LogWish {
  /** This level and the graver ones. */
  level: LogLevel;
  room: string | null;
  /** Words of the line, in whatever case; blank for all. */
  text: string;
  limit: number;
}

/** What was read. */
export interface LogPage {
  /** Newest first. */
  lines: LogLine[];
  /** Rooms that wrote something, for choosing among them. */
  rooms: string[];
  /** Older lines are in the files and were not looked at. */
  hasOlder: boolean;
}

/** @param file the newest file; the one before it is read, too, while that one is short. */
export async function readLog(file: string, wish: LogWish): Promise<LogPage> {
  const newest = await tail(file, MAX_TAIL_BYTES);
  const older = newest.cut ? null : await tail(`${file}.1`, MAX_TAIL_BYTES - newest.text.length);
  const rooms = new Set<string>();
  const lines: LogLine[] = [];
  const wanted = wish.text.trim().toLowerCase();
  for (const text of [...newest.text.split('\n').reverse(), ...(older?.text.split('\n').reverse() ?? [])]) {
    const line = parsed(text);
    if (line === null) continue;
    if (line.room !== null) rooms.add(line.room);
    if (LOG_LEVELS.indexOf(line.level) < LOG_LEVELS.indexOf(wish.level)) continue;
    if (wish.room !== null && line.room !== wish.room) continue;
    if (wanted !== '' && !`${line.message} ${line.details}`.toLowerCase().includes(wanted)) continue;
    if (lines.length < wish.limit) lines.push(line);
  }
  return { lines, rooms: [...rooms].sort(), hasOlder: newest.cut || older?.cut === true };
}

/** The last bytes of a file, from the beginning of a line on; a file that is not there is empty. */
async function tail(file: string, bytes: number): Promise<{ text: string; cut: boolean }> {
  const handle = await open(file, 'r').catch(() => null);
  if (handle === null) return { text: '', cut: false };
  try {
    const { size } = await handle.stat();
    const from = Math.max(0, size - bytes);
    const buffer = Buffer.alloc(size - from);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
    const text = buffer.toString('utf8', 0, bytesRead);
    return from === 0 ? { text, cut: false } : { text: text.slice(text.indexOf('\n') + 1), cut: true };
  } finally {
    await handle.close();
  }
}

function parsed(text: string): LogLine | null {
  if (text === '') return null;
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
  const { time, level: word, room, msg, ...rest } = fields;
  const level = LOG_LEVELS.find((known) => known === word);
  if (level === undefined || typeof time !== 'string') return null;
  const details = Object.keys(rest).length === 0 ? '' : JSON.stringify(rest).slice(0, MAX_DETAILS);
  return {
    time,
    level,
    room: typeof room === 'string' ? room : null,
    message: typeof msg === 'string' ? msg : '',
    details,
  };
}
