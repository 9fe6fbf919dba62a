/**
 * Times as people read them (05 sections 10.5 M-9 and 10.16 T-2): the browser's locale and zone, relative under 24 h.
 * The node sends several text forms (04 section 1.2); one without a zone is UTC.
 */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * A format that is made once: making one takes longer than everything else that a message in the list needs. Where the
 * clock of the device moved to another zone it is made anew, since a page stays open for days.
 */
function timeFormat(options: Intl.DateTimeFormatOptions): () => Intl.DateTimeFormat {
  let made: { format: Intl.DateTimeFormat; offset: number } | null = null;
  return () => {
    const offset = new Date().getTimezoneOffset();
    if (made?.offset !== offset) made = { format: new Intl.DateTimeFormat(undefined, options), offset };
    return made.format;
  };
}

const dayThisYear = timeFormat({ weekday: 'long', day: 'numeric', month: 'long' });
const dayOfYear = timeFormat({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const clock = timeFormat({ hour: '2-digit', minute: '2-digit' });
const tightClock = timeFormat({ hour: 'numeric', minute: '2-digit' });
const exact = timeFormat({ dateStyle: 'full', timeStyle: 'medium' });
const mediumDate = timeFormat({ dateStyle: 'medium' });
const shortDate = timeFormat({ day: 'numeric', month: 'short' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'always' });

/** Reads a time of the API: ISO with or without zone, SQL form, or epoch seconds. Null when it is none. */
export function parseTime(value: string | number | null | undefined): number | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? value * 1000 : null;
  const text = value.trim().replace(' ', 'T');
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/iu.test(text) || !text.includes('T') ? text : `${text}Z`;
  const ms = Date.parse(zoned);
  return Number.isNaN(ms) ? null : ms;
}

/** A key that is equal for two moments of one local day. */
export function dayKey(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
}

/** The text of a day divider. */
export function dayLabel(at: number, now: number): string {
  if (dayKey(at) === dayKey(now)) return 'Today';
  if (dayKey(at) === dayKey(now - DAY)) return 'Yesterday';
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return (sameYear ? dayThisYear() : dayOfYear()).format(at);
}

/** `09:14`. */
export function clockText(at: number): string {
  return clock().format(at);
}

/** The same without AM or PM, for the narrow column beside grouped messages. */
export function tightClockText(at: number): string {
  return tightClock()
    .formatToParts(at)
    .filter((part) => part.type !== 'dayPeriod')
    .map((part) => part.value)
    .join('')
    .trim();
}

/** The exact moment, for the title of a time. */
export function exactText(at: number): string {
  return exact().format(at);
}

/** `just now`, `5 minutes ago`, `3 hours ago`, else the date. */
export function relativeText(at: number, now: number): string {
  const age = now - at;
  if (age < MINUTE) return 'just now';
  if (age < HOUR) return relative.format(-Math.floor(age / MINUTE), 'minute');
  if (age < DAY) return relative.format(-Math.floor(age / HOUR), 'hour');
  return mediumDate().format(at);
}

/** `in 7 days`, `in 3 hours`, `in 5 minutes`, to the nearest; `now` once it is over. */
export function untilText(at: number, now: number): string {
  const left = at - now;
  if (left < MINUTE) return 'now';
  if (left < HOUR) return relative.format(Math.round(left / MINUTE), 'minute');
  if (left < DAY) return relative.format(Math.round(left / HOUR), 'hour');
  return relative.format(Math.round(left / DAY), 'day');
}

/** For narrow places: the clock today, else the day. */
export function shortText(at: number, now: number): string {
  if (dayKey(at) === dayKey(now)) return clockText(at);
  return shortDate().format(at);
}
