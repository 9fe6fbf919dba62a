/** How a receiver reads the loosely typed handshake fields (01 sections 5.3 and 5.6). */
import { pyStrip } from './endpoint.ts';
import { pyFloatText } from './pyfloat.ts';
import { PyFloat } from './pyjson.ts';
import type { PyValue } from './pyjson.ts';

/**
 * The capability list both sides sign: trimmed texts, the first of equal ones; empty texts stay. Lists and objects
 * inside the list have no text anyone agrees on and are left out, which makes the signature fail.
 */
export function normalizeCapabilities(raw: PyValue | undefined): string[] {
  const items = typeof raw === 'string' ? raw.split(',') : Array.isArray(raw) ? raw : [];
  const texts = new Set<string>();
  for (const item of items) {
    const text = pyText(item);
    if (text !== null) texts.add(pyStrip(text));
  }
  return [...texts];
}

/** The protocol version shown and compared: at least 1, and 1 for whatever is no number. */
export function protocolVersionOf(raw: PyValue | undefined): number {
  const version = Math.trunc(versionNumber(raw));
  return Number.isSafeInteger(version) && version >= 1 ? version : 1;
}

function versionNumber(raw: PyValue | undefined): number {
  if (typeof raw === 'number' || typeof raw === 'bigint') return Number(raw);
  if (raw instanceof PyFloat) return raw.value;
  return typeof raw === 'string' && /^[+-]?[0-9]{1,15}$/.test(pyStrip(raw)) ? Number(pyStrip(raw)) : NaN;
}

/** Text of a scalar as the reference prints it in prose. */
function pyText(value: PyValue): string | null {
  if (typeof value === 'string') return value;
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return value instanceof PyFloat
    ? pyFloatText(value.value).replace('Infinity', 'inf').replace('NaN', 'nan')
    : null;
}
