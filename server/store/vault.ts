/**
 * The vault: columns that are ciphertext at rest (03 section 2.6). Reading never fails; it says what it found.
 * The cipher itself, its key and format are in the wire room (01 section 9).
 */

/** What the vault needs of the at-rest cipher. */
export interface TextCipher {
  /** `ENC:1:…` of the text; the empty string stays empty. */
  encrypt(plaintext: string): string;
  /** The text of an `ENC:1:` value; null when it does not open. */
  decrypt(stored: string): string | null;
}

/** How a stored value was found. */
export type VaultState =
  /** It was our own ciphertext. */
  | 'decrypted'
  /** It was clear text (written while encryption was off, or by design). */
  | 'clear'
  /** Ciphertext of another node, or damaged. */
  | 'undecryptable'
  /** Ciphertext, and this process has no key. */
  | 'no_key';

export const CIPHERTEXT_PREFIX = 'ENC:1:';
/** The reference's texts for what cannot be read; people and scripts know them. */
const DECRYPTION_FAILED = '[Decryption failed]';
const KEY_NOT_AVAILABLE = '[Encrypted - key not available]';

export class Vault {
  readonly #cipher: TextCipher | null;

  /** @param cipher null leaves new values in clear and ciphertext unread; only for tools and tests. */
  constructor(cipher: TextCipher | null) {
    this.#cipher = cipher;
  }

  /** The value to store for `text`. */
  encrypt(text: string): string {
    return this.#cipher === null ? text : this.#cipher.encrypt(text);
  }

  /** The text of a stored value, or the reference's placeholder for it. */
  decrypt(stored: string): { text: string; state: VaultState } {
    if (!stored.startsWith(CIPHERTEXT_PREFIX)) return { text: stored, state: 'clear' };
    if (this.#cipher === null) return { text: KEY_NOT_AVAILABLE, state: 'no_key' };
    const text = this.#cipher.decrypt(stored);
    return text === null ? { text: DECRYPTION_FAILED, state: 'undecryptable' } : { text, state: 'decrypted' };
  }
}
