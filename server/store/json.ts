/** JSON text of shared columns. It was written by other programs, so reading never fails. */

/** The object in a JSON column; null when there is none. */
export function jsonObject(text: string | null): Record<string, unknown> | null {
  const value = parse(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

/** The array in a JSON column; empty when there is none. */
export function jsonArray(text: string | null): unknown[] {
  const value = parse(text);
  return Array.isArray(value) ? value : [];
}

/** The text to store for a value; null for null, an empty object and an empty array. */
export function jsonText(value: object | null | undefined): string | null {
  if (value === null || value === undefined || Object.keys(value).length === 0) return null;
  return JSON.stringify(value);
}

function parse(text: string | null): unknown {
  if (text === null || text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
