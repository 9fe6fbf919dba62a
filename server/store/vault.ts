/**
 * The vault: columns that are ciphertext at rest (03 section 2.6). Reading never fails; it says what it found and
 * gives the reference's placeholder for what cannot be read. Key and format are in the wire room (01 section 9).
 *
 * What the reference reads encrypted is {@link Vault.encrypt}ed in every directory. The columns of `sealed-columns.ts`
 * are a {@link SealedField} each: ciphertext in the mode `full`, clear text in `reference`, read in both forms always.
 */
import { atRestText } from '../wire/at-rest.ts';
import type { AtRestCipher, AtRestOpened } from '../wire/at-rest.ts';
import type { ByteSealing } from './sealed-bytes.ts';
import { SealedField } from './sealed-field.ts';
import type { SealedColumnName } from './sealed-columns.ts';

/** What is encrypted in a directory: what the reference reads back, or also everything else that people wrote. */
export type StorageMode = 'reference' | 'full';

/** How a stored value was found: clear text, own ciphertext, ciphertext that does not open, or no key here. */
export type VaultState = AtRestOpened['state'];

export class Vault {
  readonly #cipher: AtRestCipher;
  readonly mode: StorageMode;

  /** @param cipher with the key of this node's identity. */
  constructor(cipher: AtRestCipher, init: { mode: StorageMode } = { mode: 'reference' }) {
    this.#cipher = cipher;
    this.mode = init.mode;
  }

  /** The same key for a directory of that mode. */
  inMode(mode: StorageMode): Vault {
    return new Vault(this.#cipher, { mode });
  }

  /**
   * How a column of `sealed-columns.ts` is written and read:
   * `seal(text, row)` gives the value to bind, `open(value, row)` the text; null and undefined pass.
   */
  field(column: SealedColumnName): SealedField {
    return new SealedField(this.#cipher, { column, seals: this.mode === 'full' });
  }

  /** How the bytes of files are written and read; null: as they are. */
  files(): ByteSealing | null {
    return this.mode === 'full' ? this.#cipher : null;
  }

  /** How bytes are sealed, whatever the mode. */
  sealing(): ByteSealing {
    return this.#cipher;
  }

  /** The value to store for `text`; the empty text stays empty. */
  encrypt(text: string): string {
    return this.#cipher.encrypt(text);
  }

  /** The text of a stored value, or the reference's placeholder for it. */
  decrypt(stored: string): { text: string; state: VaultState } {
    const opened = this.#cipher.decrypt(stored);
    return { text: atRestText(opened), state: opened.state };
  }

  /** As {@link encrypt}, as bytes, for columns of native tables. */
  seal(text: string): Uint8Array {
    return this.#cipher.seal(text);
  }

  /** The text of what {@link seal} or, in older rows, {@link encrypt} made; `null` when it cannot be read. */
  open(stored: Uint8Array | string): string | null {
    const opened = typeof stored === 'string' ? this.#cipher.decrypt(stored) : this.#cipher.open(stored);
    return opened.state === 'decrypted' ? opened.text : null;
  }
}
