/**
 * The reader behind `parsePyJson` (01 section 7.4). It reads its text with `charCodeAt` and `slice` only, each
 * character a constant number of times, so a test can hand in a text that counts what is read.
 */
import { WireError } from './errors.ts';
import { PyFloat } from './pyvalue.ts';
import type { PyObject, PyValue } from './pyvalue.ts';

/** Digits that a double holds exactly whatever they are. */
const EXACT_DIGITS = 15;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const COMMA = 0x2c;
const COLON = 0x3a;
const ZERO = 0x30;
const NINE = 0x39;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const FIRST_PRINTABLE = 0x20;

/** From this length on a slice of a string refers to the string it was taken from; shorter ones are copied. */
const MIN_SHARED_UNITS = 13;

/** What a document may hold. */
export interface DocumentLimits {
  /** Lists and objects within each other. */
  maxDepth: number;
  /** Of one integer. */
  maxDigits: number;
  /** Of every kind, lists and objects included. */
  maxValues: number;
}

/**
 * Parses one whole document.
 *
 * @throws {WireError}
 */
export function parseDocument(text: string, limits: DocumentLimits): PyValue {
  return new Parser(text, limits).document();
}

class Parser {
  readonly text: string;
  readonly end: number;
  readonly maxDepth: number;
  readonly maxDigits: number;
  at = 0;
  /** Values that may still begin. */
  valuesLeft: number;

  constructor(text: string, { maxDepth, maxDigits, maxValues }: DocumentLimits) {
    this.text = text;
    this.end = text.length;
    this.maxDepth = maxDepth;
    this.maxDigits = maxDigits;
    this.valuesLeft = maxValues;
  }

  document(): PyValue {
    const value = this.value(0);
    this.blanks();
    if (this.at !== this.end) throw syntax('data after the document');
    return value;
  }

  /** One value with the blanks before it. */
  value(depth: number): PyValue {
    this.valuesLeft -= 1;
    if (this.valuesLeft < 0) throw new WireError('json_values', 'JSON holds too many values');
    this.blanks();
    const unit = this.peek();
    switch (unit) {
      case QUOTE:
        return this.string();
      case OPEN_OBJECT:
        return this.object(depth + 1);
      case OPEN_LIST:
        return this.list(depth + 1);
      case 0x74:
        return this.word('true', true);
      case 0x66:
        return this.word('false', false);
      case 0x6e:
        return this.word('null', null);
      case 0x4e:
        return this.word('NaN', new PyFloat(NaN));
      case 0x49:
        return this.word('Infinity', new PyFloat(Infinity));
      default:
        return this.number(unit);
    }
  }

  object(depth: number): PyObject {
    this.enter(depth);
    const object: PyObject = new Map();
    if (this.closes(CLOSE_OBJECT)) return object;
    do {
      this.blanks();
      if (this.peek() !== QUOTE) throw syntax('a key must be a string');
      const key = this.string();
      this.blanks();
      if (this.peek() !== COLON) throw syntax('missing colon');
      this.at += 1;
      object.set(key, this.value(depth)); // the last of equal keys wins, at the place of the first
    } while (this.continues(CLOSE_OBJECT));
    return object;
  }

  list(depth: number): PyValue[] {
    this.enter(depth);
    const list: PyValue[] = [];
    if (this.closes(CLOSE_LIST)) return list;
    do list.push(this.value(depth));
    while (this.continues(CLOSE_LIST));
    return list;
  }

  enter(depth: number): void {
    if (depth > this.maxDepth) throw new WireError('json_depth', 'JSON is nested too deeply');
    this.at += 1;
  }

  /** Whether the container ends right after its opening bracket. */
  closes(bracket: number): boolean {
    this.blanks();
    if (this.peek() !== bracket) return false;
    this.at += 1;
    return true;
  }

  /** After an item: true at a comma, false at the closing bracket. */
  continues(bracket: number): boolean {
    this.blanks();
    const unit = this.peek();
    this.at += 1;
    if (unit === COMMA) return true;
    if (unit === bracket) return false;
    throw syntax('missing comma or closing bracket');
  }

  string(): string {
    this.at += 1;
    const from = this.at;
    let isEscaped = false;
    for (;;) {
      // Most of every document is inside its strings.
      let at = this.at;
      let unit = -1;
      while (at < this.end && (unit = this.text.charCodeAt(at)) !== QUOTE && unit !== BACKSLASH) {
        if (unit < FIRST_PRINTABLE) break;
        at += 1;
      }
      this.at = at;
      if (at >= this.end) throw syntax('unterminated string');
      if (unit === QUOTE) break;
      if (unit !== BACKSLASH) throw syntax('control character in a string');
      isEscaped = true;
      this.at += 2;
    }
    const to = this.at;
    this.at += 1;
    if (!isEscaped && to - from < MIN_SHARED_UNITS) return this.text.slice(from, to);
    return ownString(this.text.slice(from - 1, to + 1));
  }

  number(first: number): PyValue {
    const from = this.at;
    let unit = first;
    if (unit === MINUS) {
      unit = this.next();
      if (unit === 0x49) return this.word('Infinity', new PyFloat(-Infinity));
    }
    const digitsFrom = this.at;
    if (unit === ZERO) unit = this.next();
    else unit = this.digits();
    const digits = this.at - digitsFrom;
    const isFloat = unit === POINT || unit === 0x65 || unit === 0x45;
    if (!isFloat) return this.integer(from, digits);
    if (unit === POINT) {
      this.at += 1;
      unit = this.digits();
    }
    if (unit === 0x65 || unit === 0x45) {
      unit = this.next();
      if (unit === PLUS || unit === MINUS) this.at += 1;
      this.digits();
    }
    return new PyFloat(Number(this.text.slice(from, this.at)));
  }

  integer(from: number, digits: number): number | bigint {
    if (digits > this.maxDigits) throw new WireError('json_digits', 'an integer has too many digits');
    const token = this.text.slice(from, this.at);
    if (digits <= EXACT_DIGITS) return Number(token) || 0; // -0 is the integer 0
    const big = BigInt(token);
    const number = Number(big);
    return Number.isSafeInteger(number) ? number : big;
  }

  /** Passes one or more digits; the unit after them. */
  digits(): number {
    if (!isDigit(this.peek())) throw syntax('not a value');
    let unit = this.next();
    while (isDigit(unit)) unit = this.next();
    return unit;
  }

  word<T>(word: string, value: T): T {
    for (let i = 0; i < word.length; i += 1) {
      if (this.peek() !== word.charCodeAt(i)) throw syntax('not a value');
      this.at += 1;
    }
    return value;
  }

  blanks(): void {
    for (;;) {
      const unit = this.peek();
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return;
      this.at += 1;
    }
  }

  /** The unit at the position, -1 at the end. */
  peek(): number {
    return this.at < this.end ? this.text.charCodeAt(this.at) : -1;
  }

  next(): number {
    this.at += 1;
    return this.peek();
  }
}

function isDigit(unit: number): boolean {
  return unit >= ZERO && unit <= NINE;
}

/**
 * What a string literal says, in memory of its own: a slice would keep the whole frame for as long as an id out of it is
 * remembered. Escapes are the same in JSON and in Python, lone surrogates included.
 */
function ownString(literal: string): string {
  try {
    return JSON.parse(literal) as string;
  } catch {
    throw syntax('unknown escape in a string');
  }
}

function syntax(defect: string): WireError {
  return new WireError('json_syntax', `not JSON: ${defect}`);
}
