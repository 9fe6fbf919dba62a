/**
 * Times as text (03 section 2.3). Inside the program a time is Unix milliseconds; text exists only in the shared
 * tables and on the wire. All stored times that are compared are db-time, so text order is time order.
 */

const TIME =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?(Z|z|[+-]\d{2}:?\d{2}(?::?\d{2})?)?$/;

interface TimeParts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
  /** Zone suffix as written, undefined when there is none. */
  zone: string | undefined;
}

/** A second as text, in both forms. */
interface Second {
  second: number;
  iso: string;
  db: string;
}

/** Seconds written last, each in the place its number has among so many: most times that are written are of now. */
const PLACES = 64;
const written: Second[] = [];

function writtenSecond(ms: number): Second {
  const second = Math.floor(ms / 1000);
  const place = Math.abs(second % PLACES);
  const known = written[place];
  if (known?.second === second) return known;
  const iso = new Date(second * 1000).toISOString().slice(0, 19);
  const fresh = { second, iso, db: iso.replace('T', ' ') };
  written[place] = fresh;
  return fresh;
}

/** `YYYY-MM-DD HH:MM:SS` in UTC; a fraction of a second is cut off. */
export function toDbTime(ms: number): string {
  return writtenSecond(ms).db;
}

/** `YYYY-MM-DDTHH:MM:SS.ffffff+00:00`, the form of mesh payloads and REST answers. */
export function toIsoTime(ms: number): string {
  const { second, iso } = writtenSecond(ms);
  const millisecond = Math.floor(ms - second * 1000);
  return `${iso}.${String(millisecond).padStart(3, '0')}000+00:00`;
}

/** `YYYY-MM-DD HH:MM:SS.ffffff` in UTC: db-time with its fraction, for rows that are told apart within a second. */
export function toFineDbTime(ms: number): string {
  return toIsoTime(ms).slice(0, 26).replace('T', ' ');
}

/**
 * Reads a time in any form of 03 section 2.3: ISO with `Z` or an offset (converted), ISO or db-time without zone
 * (= UTC), with or without fraction (below a millisecond it is cut off).
 * @returns Unix milliseconds, or null when the text is no such time.
 */
export function parseTime(text: string): number | null {
  const parts = split(text);
  if (parts === null) return null;
  const utc = Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
  const offset = parts.zone === undefined ? 0 : zoneOffsetMs(parts.zone);
  return offset === null ? null : utc + parts.millisecond - offset;
}

/** As {@link parseTime}, but a text without zone is this machine's local time (`api_keys.expires_at`). */
export function parseLocalTime(text: string): number | null {
  const parts = split(text);
  if (parts === null) return null;
  if (parts.zone !== undefined) return parseTime(text);
  const { year, month, day, hour, minute, second, millisecond } = parts;
  return new Date(year, month - 1, day, hour, minute, second, millisecond).getTime();
}

/** The time of a nullable column; null also for text that is no time. */
export function columnTime(value: string | null | undefined): number | null {
  return typeof value === 'string' ? parseTime(value) : null;
}

function split(text: string): TimeParts | null {
  const match = TIME.exec(text);
  if (match === null) return null;
  const parts: TimeParts = {
    year: Number(match[1]),
    month: Number(match[2]),
    day: Number(match[3]),
    hour: Number(match[4]),
    minute: Number(match[5]),
    second: Number(match[6]),
    millisecond: Number((match[7] ?? '').padEnd(3, '0').slice(0, 3)),
    zone: match[8],
  };
  const inRange =
    parts.year >= MIN_YEAR && parts.hour <= 23 && parts.minute <= 59 && parts.second <= 59 && isDay(parts);
  return inRange ? parts : null;
}

/** `Date.UTC` reads the years 0 to 99 as 1900 to 1999; nothing here is that old. */
const MIN_YEAR = 100;

function isDay({ year, month, day }: TimeParts): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function zoneOffsetMs(zone: string): number | null {
  if (zone === 'Z' || zone === 'z') return 0;
  const digits = zone.slice(1).replaceAll(':', '');
  const hours = Number(digits.slice(0, 2));
  const minutes = Number(digits.slice(2, 4));
  const seconds = Number(digits.slice(4, 6));
  if (hours > 23 || minutes > 59 || seconds > 59) return null;
  const ms = ((hours * 60 + minutes) * 60 + seconds) * 1000;
  return zone.startsWith('-') ? -ms : ms;
}
