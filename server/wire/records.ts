/** Plain data of unknown shape: the two questions every reader of a payload asks first. */

/** `value` as an object with string keys, `null` when it is anything else. */
export function asRecord(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : null;
}

/** The own member `key` of `record` when it is a text, else `null`. */
export function textMember(record: Readonly<Record<string, unknown>>, key: string): string | null {
  const value = Object.hasOwn(record, key) ? record[key] : null;
  return typeof value === 'string' ? value : null;
}
