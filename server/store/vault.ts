/**
 * The vault: columns that are ciphertext at rest (03 section 2.6). Reading never fails; it says what it found and
 * gives the reference's placeholder for what cannot be read. Key and format are in the wire room (01 section 9).
 */
import { atRestText } from '../wire/at-rest.ts';
import type { AtRestCipher, AtRestOpened } from '../wire/at-rest.ts';

/** How a stored value was found: clear text, own ciphertext, ciphertext that does not open, or no key here. */
export type VaultState = AtRestOpened['state'];

export class Vault {
  readonly #cipher: AtRestCipher;

  /** @param cipher with the key of this node's identity. */
  constructor(cipher: AtRestCipher) {
    this.#cipher = cipher;
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
