/**
 * One column that is ciphertext in the mode `full` (`sealed-columns.ts`; 03 section 2.6). A value without anything to
 * stay readable is bytes, which no clear text is, so what a person writes is never taken for ciphertext. JSON that
 * statements look into stays JSON: its first part is the ciphertext of the whole, then follows what they look for.
 */
import { toBase64 } from '../crypto/bytes.ts';
import { atRestText } from '../wire/at-rest.ts';
import type { AtRestCipher } from '../wire/at-rest.ts';
import { SEALED_COLUMNS } from './sealed-columns.ts';
import type { SealedColumn, SealedColumnName } from './sealed-columns.ts';

/** A value of such a column as it stands in the database. */
export type Stored = string | Uint8Array;

const SEALED_KEY = 'canopy_sealed';
const SEALED_OBJECT = `{"${SEALED_KEY}":"`;
const SEALED_LIST = `[{"${SEALED_KEY}":"`;

export class SealedField {
  readonly #cipher: AtRestCipher;
  readonly #column: SealedColumnName;
  readonly #seals: boolean;
  readonly #clear: SealedColumn['clear'];

  constructor(cipher: AtRestCipher, init: { column: SealedColumnName; seals: boolean }) {
    this.#cipher = cipher;
    this.#column = init.column;
    this.#seals = init.seals;
    this.#clear = SEALED_COLUMNS[init.column].clear;
  }

  /**
   * The value to bind for `text`. The empty text stays empty; null and undefined pass.
   * @param row what the row is called by, as `sealed-columns.ts` says it.
   * @param links ids of files the row names elsewhere, which are to be found as those in the list are.
   */
  seal(text: string, row: string, links?: readonly string[]): Stored;
  seal(text: string | null, row: string, links?: readonly string[]): Stored | null;
  seal(text: string | null | undefined, row: string, links?: readonly string[]): Stored | null | undefined;
  seal(
    text: string | null | undefined,
    row: string,
    links: readonly string[] = [],
  ): Stored | null | undefined {
    if (!this.#seals || text === null || text === undefined || text === '') return text;
    const sealed = this.#cipher.sealAt(text, this.#place(row));
    if (this.#clear === undefined) return sealed;
    return withClearPart(text, { sealed: toBase64(sealed), clear: this.#clear, links });
  }

  /** The text of a stored value, clear or sealed; the reference's placeholder for what does not open. */
  open(stored: Stored, row: string): string;
  open(stored: Stored | null, row: string): string | null;
  open(stored: Stored | null, row: string): string | null {
    if (stored === null) return null;
    if (typeof stored !== 'string') return atRestText(this.#cipher.openAt(stored, this.#place(row)));
    return this.look(stored, row)?.text ?? stored;
  }

  /** Whether new values are ciphertext. */
  get seals(): boolean {
    return this.#seals;
  }

  /** What an empty value of JSON is, for rows of which nothing but links is to be found. */
  get emptyText(): string {
    return this.#clear?.lists === undefined && this.#clear?.keys === undefined ? '[]' : '{}';
  }

  /** The text of a stored value and its form; null for ciphertext that does not open. */
  look(stored: Stored, row: string): { text: string; isSealed: boolean } | null {
    const sealed = typeof stored === 'string' ? this.#sealedPart(stored) : stored;
    const opened = sealed === null ? null : this.#cipher.openAt(sealed, this.#place(row));
    if (opened?.state === 'decrypted') return { text: opened.text, isSealed: true };
    return typeof stored === 'string' ? { text: stored, isSealed: false } : null;
  }

  #sealedPart(stored: string): Uint8Array | null {
    return this.#clear === undefined ? null : sealedPart(stored);
  }

  #place(row: string): string {
    return `${this.#column} ${row}`;
  }
}

function sealedPart(stored: string): Uint8Array | null {
  const start = [SEALED_OBJECT, SEALED_LIST].find((one) => stored.startsWith(one));
  if (start === undefined) return null;
  // Whatever is no base64 does not open either.
  return Buffer.from(stored.slice(start.length, stored.indexOf('"', start.length)), 'base64');
}

function withClearPart(
  text: string,
  parts: { sealed: string; clear: NonNullable<SealedColumn['clear']>; links: readonly string[] },
): string {
  const { sealed, clear, links } = parts;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  if (clear.keys === undefined && clear.lists === undefined)
    return JSON.stringify([
      { [SEALED_KEY]: sealed },
      ...idsOf(value, clear.ids),
      ...links.map((id) => ({ id })),
    ]);
  const [linked] = clear.lists ?? [];
  const source = isRecord(value) ? value : {};
  const shown: Record<string, unknown> = { [SEALED_KEY]: sealed };
  for (const key of clear.keys ?? []) if (Object.hasOwn(source, key)) shown[key] = source[key];
  for (const key of clear.lists ?? [])
    if (Object.hasOwn(source, key)) shown[key] = idsOf(source[key], clear.ids);
  if (linked !== undefined && links.length > 0)
    shown[linked] = [...idsOf(source[linked], clear.ids), ...links.map((id) => ({ id }))];
  return JSON.stringify(shown);
}

/** The entries of a list, with nothing but what names a file. */
function idsOf(list: unknown, keys: readonly string[]): Record<string, unknown>[] {
  if (!Array.isArray(list)) return [];
  return list
    .filter(isRecord)
    .map((entry) =>
      Object.fromEntries(
        keys.filter((key) => typeof entry[key] === 'string').map((key) => [key, entry[key]]),
      ),
    );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
