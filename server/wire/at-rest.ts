/**
 * At-rest encryption: `ENC:1:` (01 section 9), which the reference reads too, and a form of this program alone that is
 * bound to the place where it stands. What became of a stored text is a state of its own; the reference's placeholder
 * texts are made at the edge only, by {@link atRestText}.
 */
import type { CryptoBackend, RandomBytes } from '../crypto/backend.ts';
import { concatBytes, fromPythonHex, fromUtf8, toHex, utf8 } from '../crypto/bytes.ts';
import { KEY_BYTES } from '../crypto/keys.ts';
import { NONCE_BYTES, TAG_BYTES } from '../crypto/sizes.ts';
import { WireError } from './errors.ts';

/** What an encrypted text begins with. */
export const AT_REST_PREFIX = 'ENC:1:';

const SALT = 'canopy-data-at-rest-v1';
const INFO = 'canopy-local-storage-encryption';
/** Of the keys of this program alone, so that neither form opens as the other. */
const NATIVE_SALT = 'canopy-native-storage-v1';
const COLUMNS_INFO = 'columns';
const FILES_INFO = 'files';

/** Of what tells the pieces of one file from those of another. */
export const FILE_SALT_BYTES = 16;
/** What a piece of a file is longer as ciphertext. */
export const SEALED_BYTES_OVERHEAD = NONCE_BYTES + TAG_BYTES;

/** The first byte of a bound text: which form it has. */
const BOUND_FORM = 1;

/** Where the bytes of a place stand while a text is sealed or opened: memory for each would cost a third of that. */
const placeMemory = new Uint8Array(512);
const placeEncoder = new TextEncoder();

/** A stored text, read. */
export type AtRestOpened =
  | { state: 'plain' | 'decrypted'; text: string }
  /** Damaged, moved from another node, or forged. */
  | { state: 'failed' }
  /** Encrypted, and this cipher has no key. */
  | { state: 'no_key' };

/** Encrypts and decrypts stored texts with the key of one node. */
export class AtRestCipher {
  readonly #crypto: CryptoBackend;
  readonly #random: RandomBytes;
  readonly #key: Uint8Array | null;
  readonly #columns: Uint8Array | null;
  readonly #files: Uint8Array | null;

  /** @param init.ed25519Seed the node's signing seed, 32 bytes; `null`: nothing can be encrypted or read */
  constructor(
    components: { crypto: CryptoBackend; random: RandomBytes },
    init: { ed25519Seed: Uint8Array | null },
  ) {
    this.#crypto = components.crypto;
    this.#random = components.random;
    const { crypto } = components;
    const seed = init.ed25519Seed;
    this.#key = seed && crypto.hkdf(seed, utf8(SALT), INFO, KEY_BYTES);
    this.#columns = seed && crypto.hkdf(seed, utf8(NATIVE_SALT), COLUMNS_INFO, KEY_BYTES);
    this.#files = seed && crypto.hkdf(seed, utf8(NATIVE_SALT), FILES_INFO, KEY_BYTES);
  }

  /**
   * The stored form of `text`; an empty text stays empty.
   *
   * @throws {WireError} `crypto` without a key: clear text is never stored in its place (pitfall S13)
   */
  encrypt(text: string): string {
    if (text === '') return '';
    const sealed = this.seal(text);
    return `${AT_REST_PREFIX}${toHex(sealed.subarray(0, NONCE_BYTES))}:${toHex(sealed.subarray(NONCE_BYTES))}`;
  }

  /**
   * The form of `text` in tables of this program alone: nonce and ciphertext as they are, half as long.
   * @throws {WireError} as {@link encrypt}.
   */
  seal(text: string): Uint8Array {
    if (this.#key === null) throw new WireError('crypto', 'no key for encryption at rest');
    const nonce = this.#random.bytes(NONCE_BYTES);
    return concatBytes(nonce, this.#crypto.seal(this.#key, nonce, utf8(text)));
  }

  /**
   * The form of `text` for one place: a byte that says so, nonce, ciphertext. It opens nowhere else.
   * @param place what the text is and of which row, authenticated with it.
   * @throws {WireError} as {@link encrypt}.
   */
  sealAt(text: string, place: string): Uint8Array {
    if (this.#columns === null) throw new WireError('crypto', 'no key for encryption at rest');
    const nonce = this.#random.bytes(NONCE_BYTES);
    const sealed = this.#crypto.seal(this.#columns, nonce, utf8(text), placeBytes(place));
    return concatBytes(Uint8Array.of(BOUND_FORM), nonce, sealed);
  }

  /** Reads what {@link sealAt} made for the same place. Never throws. */
  openAt(stored: Uint8Array, place: string): AtRestOpened {
    if (this.#columns === null) return { state: 'no_key' };
    const from = 1 + NONCE_BYTES;
    if (stored[0] !== BOUND_FORM || stored.length < from) return { state: 'failed' };
    const plaintext = this.#crypto.open(
      this.#columns,
      stored.subarray(1, from),
      stored.subarray(from),
      placeBytes(place),
    );
    const text = plaintext && fromUtf8(plaintext);
    return text === null ? { state: 'failed' } : { state: 'decrypted', text };
  }

  /**
   * A piece of a file: nonce and ciphertext, {@link SEALED_BYTES_OVERHEAD} bytes longer. It opens nowhere else.
   * @param place which piece of which file it is, authenticated with it.
   * @throws {WireError} as {@link encrypt}.
   */
  sealBytes(bytes: Uint8Array, place: Uint8Array): Uint8Array {
    if (this.#files === null) throw new WireError('crypto', 'no key for encryption at rest');
    const nonce = this.#random.bytes(NONCE_BYTES);
    return concatBytes(nonce, this.#crypto.seal(this.#files, nonce, bytes, place));
  }

  /** Reads what {@link sealBytes} made for the same place; null when it did not, or without a key. */
  openBytes(sealed: Uint8Array, place: Uint8Array): Uint8Array | null {
    if (this.#files === null || sealed.length < SEALED_BYTES_OVERHEAD) return null;
    const nonce = sealed.subarray(0, NONCE_BYTES);
    return this.#crypto.open(this.#files, nonce, sealed.subarray(NONCE_BYTES), place);
  }

  /** Random bytes that make one file's pieces its own. */
  newFileSalt(): Uint8Array {
    return this.#random.bytes(FILE_SALT_BYTES);
  }

  /** Reads a stored text. A text without the prefix and both of its parts was never encrypted. Never throws. */
  decrypt(stored: string): AtRestOpened {
    if (!stored.startsWith(AT_REST_PREFIX)) return { state: 'plain', text: stored };
    if (this.#key === null) return { state: 'no_key' };
    const colon = stored.indexOf(':', AT_REST_PREFIX.length);
    if (colon < 0) return { state: 'plain', text: stored };
    const nonce = fromPythonHex(stored.slice(AT_REST_PREFIX.length, colon));
    const sealed = fromPythonHex(stored.slice(colon + 1));
    if (nonce?.length !== NONCE_BYTES || sealed === null) return { state: 'failed' };
    return this.open(concatBytes(nonce, sealed));
  }

  /** Reads what {@link seal} made. Never throws. */
  open(stored: Uint8Array): AtRestOpened {
    if (this.#key === null) return { state: 'no_key' };
    if (stored.length < NONCE_BYTES) return { state: 'failed' };
    const plaintext = this.#crypto.open(
      this.#key,
      stored.subarray(0, NONCE_BYTES),
      stored.subarray(NONCE_BYTES),
    );
    const text = plaintext && fromUtf8(plaintext);
    return text === null ? { state: 'failed' } : { state: 'decrypted', text };
  }
}

/** The UTF-8 bytes of a place, until the next call. */
function placeBytes(place: string): Uint8Array {
  const { read, written } = placeEncoder.encodeInto(place, placeMemory);
  return read === place.length ? placeMemory.subarray(0, written) : utf8(place);
}

/** The text shown for a stored text, with the reference's placeholders. */
export function atRestText(opened: AtRestOpened): string {
  switch (opened.state) {
    case 'failed':
      return '[Decryption failed]';
    case 'no_key':
      return '[Encrypted - key not available]';
    case 'plain':
    case 'decrypted':
      return opened.text;
  }
}
