/** The error of the crypto room: a key that must not be used (08 section 4). */

/** Why a key was refused. */
export type CryptoErrorCode = 'key_length' | 'key_encoding' | 'key_weak';

/** A key was refused. The message never contains key material. */
export class CryptoError extends Error {
  override readonly name = 'CryptoError';
  readonly code: CryptoErrorCode;
  constructor(code: CryptoErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
