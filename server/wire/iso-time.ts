/** Times in whole seconds as signed artifacts spell them (01 section 8.4). */

const ISO = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?(?:Z|([+-])(\d\d):?(\d\d))?$/;

/** Unix seconds of an ISO 8601 time, fractions dropped, no zone meaning UTC; `null` when it is none. */
export function parseIsoSeconds(text: string): number | null {
  const parts = ISO.exec(text);
  if (parts === null) return null;
  const part = (index: number): number => Number(parts[index] ?? 0);
  const [year, month, day] = [part(1), part(2), part(3)];
  const ms = Date.UTC(year, month - 1, day, part(4), part(5), part(6));
  const date = new Date(ms);
  // An impossible day or hour would roll over into the next one.
  if (year < 1000 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  if (part(5) > 59 || part(6) > 59 || part(4) > 23) return null;
  const offset = (parts[7] === '-' ? -1 : 1) * (part(8) * 60 + part(9)) * 60;
  return ms / 1000 - offset;
}

/** `YYYY-MM-DDTHH:MM:SS+00:00` of Unix seconds. */
export function printIsoSeconds(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}+00:00`;
}
