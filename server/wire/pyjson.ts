/**
 * JSON as the reference reads and prints it (01 section 7.4): a lossless parser that keeps integers and floats apart
 * and big integers whole, and the printer whose sorted form is what gets signed. A value that was parsed and printed
 * again has not changed for any verifier behind us.
 */
import { WireError } from './errors.ts';
import { pyFloatText } from './pyfloat.ts';
import { parseDocument } from './pyjson-parser.ts';
import { PyFloat } from './pyvalue.ts';
import type { PyObject, PyValue } from './pyvalue.ts';

export { PyFloat };
export type { PyObject, PyValue };

/** How a document is printed. */
export interface PrintOptions {
  /** Keys by code point instead of insertion order. @default false */
  sortKeys?: boolean;
  /** `,` and `:` without blanks, as in invites, bundles and grants. @default false */
  compact?: boolean;
}

/** Nesting accepted when parsing and made when converting. The reference gives up near 990; nobody nests past 20. */
export const MAX_JSON_DEPTH = 256;

/** Digits of one integer accepted by the reference. */
export const MAX_INTEGER_DIGITS = 4300;

/**
 * Deviation D-92. Values in one document. A parsed value may cost a hundred times its text (`{}`), so a limit on bytes alone bounds
 * neither memory nor time. A payload that may be delivered (1 MiB, 02 section 3.7) holds 40,000 of them when it is
 * nothing but the smallest records anybody sends.
 */
export const MAX_JSON_VALUES = 65_536;

/**
 * Parses one JSON document without losing anything. Linear in the length of the text.
 *
 * @throws {WireError} `json_syntax`, `json_depth`, `json_digits` or `json_values`
 */
export function parsePyJson(text: string, limits: { maxDepth?: number } = {}): PyValue {
  return parseDocument(text, {
    maxDepth: limits.maxDepth ?? MAX_JSON_DEPTH,
    maxDigits: MAX_INTEGER_DIGITS,
    maxValues: MAX_JSON_VALUES,
  });
}

/** Prints `value`; pure ASCII. */
export function printPyJson(value: PyValue, options: PrintOptions = {}): string {
  const compact = options.compact === true;
  return print(value, options.sortKeys === true, compact ? ',' : ', ', compact ? ':' : ': ');
}

/** The canonical text of `value`: sorted keys, `", "` and `": "`, ASCII (PYJSON of 01 section 7.4). */
export function canonicalJson(value: PyValue): string {
  return print(value, true, ', ', ': ');
}

/**
 * Plain data for schemas and storage: floats and big integers become numbers, as from `JSON.parse`, so that it always
 * has a JSON form; objects lose their prototype.
 */
export function toPlain(value: PyValue): unknown {
  if (value instanceof PyFloat) return value.value;
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(toPlain);
  if (!(value instanceof Map)) return value;
  const object = Object.create(null) as Record<string, unknown>;
  for (const [key, item] of value) object[key] = toPlain(item);
  return object;
}

/**
 * The value a receiver would parse from `JSON.stringify(value)`, so that whatever spelling a number gets is the same
 * for signer and verifier (01 section 7.4, "Sending from JavaScript"). Members that are `undefined` are left out.
 *
 * @throws {WireError} `json_value` for functions, symbols, class instances and non-finite numbers, `json_depth` for
 *   cycles
 */
export function fromPlain(value: unknown): PyValue {
  return convert(value, 0);
}

function convert(value: unknown, depth: number): PyValue {
  if (depth > MAX_JSON_DEPTH) throw new WireError('json_depth', 'value is nested too deeply');
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return convertNumber(value);
    case 'bigint':
      return fits(value) ? Number(value) : value;
    case 'object':
      return value === null ? null : convertObject(value, depth);
    default:
      throw new WireError('json_value', `a ${typeof value} has no JSON form`);
  }
}

function convertNumber(value: number): PyValue {
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  if (!Number.isFinite(value)) throw new WireError('json_value', 'NaN and Infinity are never sent');
  const text = String(value);
  return /[.e]/.test(text) ? new PyFloat(value) : BigInt(text);
}

function convertObject(value: object, depth: number): PyValue {
  if (Array.isArray(value))
    return value.map((item: unknown) => convert(item === undefined ? null : item, depth + 1));
  if (value instanceof PyFloat) return value;
  if (!(value instanceof Map)) {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== null && prototype !== Object.prototype)
      throw new WireError('json_value', 'not a plain object');
  }
  const object: PyObject = new Map();
  for (const [key, item] of value instanceof Map ? value : Object.entries(value)) {
    if (item !== undefined) object.set(String(key), convert(item, depth + 1));
  }
  return object;
}

function fits(value: bigint): boolean {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
}

function print(value: PyValue, sort: boolean, comma: string, colon: string): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'number':
      return Number.isSafeInteger(value) ? String(value) : pyFloatText(value);
    default:
  }
  if (value instanceof PyFloat) return pyFloatText(value.value);
  let text = '';
  if (Array.isArray(value)) {
    for (const item of value) text += (text === '' ? '' : comma) + print(item, sort, comma, colon);
    return `[${text}]`;
  }
  if (sort) {
    for (const key of sortedKeys(value)) {
      text +=
        (text === '' ? '' : comma) + quote(key) + colon + print(value.get(key) ?? null, sort, comma, colon);
    }
  } else {
    for (const [key, item] of value)
      text += (text === '' ? '' : comma) + quote(key) + colon + print(item, sort, comma, colon);
  }
  return `{${text}}`;
}

const SURROGATE = /[\ud800-\udfff]/;

/** Keys in code point order; the language's own order, by UTF-16 unit, is the same as long as no surrogate occurs. */
function sortedKeys(object: PyObject): string[] {
  const keys = [...object.keys()];
  if (keys.length < 2) return keys;
  return keys.some((key) => SURROGATE.test(key)) ? keys.sort(compareCodePoints) : keys.sort();
}

function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let i = 0;
  while (i < length && a.charCodeAt(i) === b.charCodeAt(i)) i += 1;
  if (i === length) return a.length - b.length;
  // A high surrogate just before belongs to one pair here and may stand alone there.
  if (i > 0 && isHighSurrogate(a.charCodeAt(i - 1))) i -= 1;
  const difference = (a.codePointAt(i) ?? 0) - (b.codePointAt(i) ?? 0);
  // Equal only for that high surrogate standing alone in both: then the next unit decides.
  return difference !== 0 ? difference : (a.codePointAt(i + 1) ?? 0) - (b.codePointAt(i + 1) ?? 0);
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

/** Anything that is not printed as it stands. */
const SPECIAL = /[^ !#-[\]-~]/;

const SHORT_ESCAPES = new Map([
  [0x22, '\\"'],
  [0x5c, '\\\\'],
  [0x08, '\\b'],
  [0x0c, '\\f'],
  [0x0a, '\\n'],
  [0x0d, '\\r'],
  [0x09, '\\t'],
]);

/** Two hex digits per byte; text in other scripts escapes every character, so this is on the hot path. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function quote(text: string): string {
  if (!SPECIAL.test(text)) return `"${text}"`;
  let quoted = '"';
  let from = 0;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x20 && unit <= 0x7e && unit !== 0x22 && unit !== 0x5c) continue;
    if (from < i) quoted += text.slice(from, i);
    quoted += SHORT_ESCAPES.get(unit) ?? `\\u${HEX[unit >> 8]}${HEX[unit & 0xff]}`;
    from = i + 1;
  }
  return `${quoted}${text.slice(from)}"`;
}
